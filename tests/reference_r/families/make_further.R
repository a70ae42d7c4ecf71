# Fits of further families by glmmTMB and survreg, into further.json; their data, simulated here, into further.csv.
# Run from this folder: Rscript make_further.R
# Debian: r-base-core r-cran-glmmtmb r-cran-survival r-cran-jsonlite. Versions are inside the file.
suppressMessages({library(glmmTMB); library(survival); library(jsonlite)})
set.seed(11)
n <- 240; g <- rep(1:20, 12); x <- round(rnorm(n), 3)
eta <- 0.3 + 0.4 * x + rnorm(20, 0, 0.4)[g]
size <- sample(3:12, n, TRUE); p <- plogis(eta)
above <- rbinom(n, 1, 0.75)
m <- exp(eta); counts <- rpois(n, m^0.4 / 0.4)  # a Tweedie variable of phi = 1, power = 1.6
rows <- data.frame(
  g = g, x = x, size = size,
  successes = rbinom(n, size, rbeta(n, 6 * p, 6 * (1 - p))),
  inflated = above * rbinom(n, size, p),
  amount = round(above * rgamma(n, 2.5, 2.5 / m), 4),
  total = round(ifelse(counts > 0, rgamma(n, pmax(counts, 1) * 0.4 / 0.6, 1 / (0.6 * m^0.6)), 0), 4),
  share = round(above * rbeta(n, 6 * p, 6 * (1 - p)), 5),
  wait = round(exp(eta + 0.3 * rlogis(n)), 4))
write.csv(rows, "further.csv", row.names = FALSE)
of <- function(formula, family, zi = ~0) {
  f <- glmmTMB(formula, rows, family = family, ziformula = zi)
  list(loglik = as.numeric(logLik(f)), coef = unname(fixef(f)$cond), se = unname(sqrt(diag(vcov(f)$cond))),
       sd = unname(attr(VarCorr(f)$cond$g, "stddev")), sigma = sigma(f),
       zi = if (length(fixef(f)$zi)) unname(plogis(fixef(f)$zi)) else NULL,
       own = unname(family_params(f)))
}
s <- survreg(Surv(wait) ~ x, rows, dist = "loglogistic")
out <- list(
  R = R.version.string, glmmTMB = as.character(packageVersion("glmmTMB")), survival = as.character(packageVersion("survival")),
  beta_binomial = of(cbind(successes, size - successes) ~ x + (1 | g), betabinomial),
  zero_inflated_binomial = of(cbind(inflated, size - inflated) ~ x + (1 | g), binomial, ~1),
  hurdle_gamma = of(amount ~ x + (1 | g), ziGamma(link = "log"), ~1),
  tweedie = of(total ~ x + (1 | g), tweedie),
  loglogistic = list(loglik = s$loglik[2], coef = unname(coef(s)), se = unname(sqrt(diag(vcov(s)))[1:2]), sigma = s$scale))
write_json(out, "further.json", digits = 12, auto_unbox = TRUE, pretty = TRUE, null = "null")
