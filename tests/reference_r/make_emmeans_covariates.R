# Two-valued covariates (cov.keep = 2) by R's emmeans, for tests/test_marginal_means.py.
# Run from this folder: Rscript make_emmeans_covariates.R. Debian: r-cran-emmeans r-cran-jsonlite.
suppressMessages({library(emmeans); library(jsonlite)})

# no random numbers: both languages make the same frame
n <- 60
i <- 0:(n - 1)
d <- data.frame(
  a = factor(c("p", "q", "r")[i %% 3 + 1]),
  s = as.numeric(i %% 5 == 0),          # 0/1, a fifth of the rows
  u = ifelse(i %% 4 == 0, 2, 8),        # two values that are not 0 and 1
  x = sin(i), w = ifelse(i %% 6 == 1, 1, 3)
)
d$y <- cos(2 * i) + (d$a == "q") * (1 - 2 * d$s) + 0.3 * d$u * d$x + 0.1 * d$x^2
d$z <- as.numeric((7 * i) %% 11 < 5 + 2 * d$s - (d$u == 8))
d$k <- round(2 + abs(3 * cos(i)) + d$s * i %% 2)

rows <- function(x) {
  d <- as.data.frame(x)
  names(d)[names(d) %in% c("emmean", "prob", "rate", "estimate") | grepl("\\.trend$", names(d))] <- "estimate"
  d <- d[, !(names(d) %in% c("df", "lower.CL", "upper.CL", "asymp.LCL", "asymp.UCL", "t.ratio", "z.ratio", "p.value"))]
  for (k in seq_along(d)) if (is.factor(d[[k]])) d[[k]] <- as.character(d[[k]])
  d
}

linear <- lm(y ~ a * s + u * x, d)
logistic <- glm(z ~ s * a + u, binomial, d, epsilon = 1e-14, maxit = 100)
counts <- glm(k ~ s * x + offset(log(w)), poisson, d, epsilon = 1e-14, maxit = 100)

write_json(list(
  R = R.version.string, emmeans = as.character(packageVersion("emmeans")),
  means = list(
    linear_a = rows(emmeans(linear, "a")),
    linear_s = rows(emmeans(linear, "s")),
    linear_a_at = rows(emmeans(linear, "a", at = list(s = 0.2))),
    linear_u_by_s = rows(emmeans(linear, "u", by = "s")),
    logistic_a = rows(emmeans(logistic, "a")),
    logistic_a_response = rows(emmeans(regrid(ref_grid(logistic)), "a")),
    counts_s = rows(emmeans(ref_grid(counts, nesting = NULL), "s"))
  ),
  contrasts = list(
    linear_a = rows(contrast(emmeans(linear, "a"), "pairwise")),
    linear_s = rows(contrast(emmeans(linear, "s"), "pairwise"))
  ),
  slopes = list(
    linear_x_by_a = rows(emtrends(linear, ~ a, var = "x")),
    linear_s_by_a = rows(emtrends(linear, ~ a, var = "s"))
  )
), "emmeans_covariates.json", auto_unbox = TRUE, digits = NA, pretty = TRUE)
