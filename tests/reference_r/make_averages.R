# Averages over the rows of data of models with group effects, for tests/test_averages.py; what
# marginaleffects computes for merMod objects, by hand: predictions with re.form, their averages, and
# the delta method. Run from this folder: Rscript make_averages.R. Debian: r-cran-lme4 r-cran-emmeans r-cran-jsonlite.
suppressMessages({library(lme4); library(emmeans); library(jsonlite)})

read_set <- function(name) read.csv(file.path("..", "..", "bayesmm", "data", paste0(name, ".csv")))

cbpp <- read_set("cbpp"); cbpp$period <- factor(cbpp$period); cbpp$herd <- factor(cbpp$herd)
herds <- glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), data = cbpp, family = binomial,
  control = glmerControl(tolPwrss = 1e-12, optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9)))

sitka <- read_set("sitka"); sitka$treat <- factor(sitka$treat); sitka$tree <- factor(sitka$tree)
sitka$t <- sitka$Time / 100
trees <- lmer(size ~ treat * (t + I(t^2)) + (t | tree), sitka, REML = TRUE,
  control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9)))

# of f(beta), its value and standard error
coefficients_of <- function(model) if (inherits(model, "merMod")) fixef(model) else coef(model)
delta <- function(f, model) {
  b <- coefficients_of(model); V <- as.matrix(vcov(model)); h <- 1e-5 * sqrt(diag(V))
  g <- sapply(seq_along(b), function(k) { e <- replace(0 * b, k, h[k]); (f(b + e) - f(b - e)) / (2 * h[k]) })
  list(estimate = unname(f(b)), std_error = sqrt(drop(g %*% V %*% g)))
}
X <- function(model, data) model.matrix(delete.response(terms(model, fixed.only = TRUE)), data)
at <- function(data, name, value) {
  data[[name]] <- if (is.factor(data[[name]])) factor(value, levels = levels(data[[name]])) else value
  data
}
mean_at <- function(data) { M <- X(herds, data); function(b) mean(plogis(M %*% b)) }
odds <- function(p) p / (1 - p)

typical <- lapply(2:4, function(k) {
  m1 <- mean_at(at(cbpp, "period", k)); m0 <- mean_at(at(cbpp, "period", 1))
  list(period = k,
    difference = delta(function(b) m1(b) - m0(b), herds),
    log_ratio = delta(function(b) log(m1(b) / m0(b)), herds),
    log_odds_ratio = delta(function(b) log(odds(m1(b)) / odds(m0(b))), herds))
})
predicted <- function(model, data, form) mean(predict(model, newdata = data, re.form = form, type = "response"))
these <- lapply(1:4, function(k) predicted(herds, at(cbpp, "period", k), NULL))
slope_of_t <- function(level) {
  d <- sitka[sitka$treat == level, ]; h <- 1e-4
  up <- X(trees, transform(d, t = t + h)); down <- X(trees, transform(d, t = t - h))
  list(treat = level) |> c(delta(function(b) mean((up - down) %*% b) / (2 * h), trees))
}
# slopes of generalised linear models, exact in x: marginaleffects takes a difference of differences
# for their standard errors, which is wrong in the second or third digit
cars <- read_set("mtcars"); cars$cyl <- factor(cars$cyl)
cod <- subset(read_set("cod_parasites_twin"), !is.na(Intensity) & !is.na(Length)); cod$Area <- factor(cod$Area)
glms <- list(
  logistic = list(glm(am ~ wt + cyl, binomial, cars, epsilon = 1e-14, maxit = 100), "wt", "cyl"),
  probit = list(glm(am ~ wt, binomial("probit"), cars, epsilon = 1e-14, maxit = 100), "wt", NULL),
  counts = list(glm(Intensity ~ Length + Area, poisson, cod, epsilon = 1e-14, maxit = 100), "Length", "Area"))
exact_slope <- function(model, variable, rows) {
  M <- model.matrix(model)[rows, , drop = FALSE]
  delta(function(b) mean(model$family$mu.eta(drop(M %*% b))) * b[[variable]], model)
}
slopes_of <- lapply(glms, function(m) list(exact_slope(m[[1]], m[[2]], TRUE)))
slopes_by <- lapply(glms[c("logistic", "counts")], function(m) {
  group <- model.frame(m[[1]])[[m[[3]]]]
  lapply(levels(group), function(level) exact_slope(m[[1]], m[[2]], group == level))
})
as_rows <- function(d, old) { d <- as.data.frame(d); names(d)[names(d) == old] <- "estimate"; d[, c("contrast", "estimate", "SE")] }
result <- list(
  average = list(typical = delta(mean_at(cbpp), herds), these = predicted(herds, cbpp, NULL)),
  comparisons = typical, these_groups = unlist(these), slopes = lapply(levels(sitka$treat), slope_of_t),
  odds_ratios = as_rows(contrast(emmeans(herds, "period"), "pairwise", type = "response"), "odds.ratio"),
  glm_slopes = slopes_of, glm_slopes_by = slopes_by,
  versions = list(R = R.version.string, lme4 = as.character(packageVersion("lme4")), emmeans = as.character(packageVersion("emmeans")))
)
write_json(result, "averages.json", auto_unbox = TRUE, digits = NA, pretty = TRUE)
