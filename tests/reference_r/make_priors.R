# Default priors of rstanarm and brms for three models: run from this folder with `Rscript make_priors.R`.
# Debian: r-base-core r-cran-rstanarm r-cran-brms r-cran-lme4 r-cran-jsonlite. Writes priors.json.
suppressMessages({library(rstanarm); library(brms); library(lme4); library(jsonlite)})
d <- sleepstudy
cb <- cbpp
gr <- data.frame(y = c(0, 1, 3, 2, 8, 5, 4, 0, 2, 7, 1, 6), x = 1:12, g = factor(rep(1:4, 3)))
quick <- function(...) suppressWarnings(suppressMessages(stan_glmer(..., chains = 1, iter = 20, refresh = 0)))
arm <- function(m) {
  s <- prior_summary(m)
  list(intercept = c(s$prior_intercept$location, s$prior_intercept$adjusted_scale %||% s$prior_intercept$scale),
       slopes = as.numeric(s$prior$adjusted_scale %||% s$prior$scale),
       aux = s$prior_aux$adjusted_scale, covariance = s$prior_covariance[c("concentration", "shape", "scale")])
}
`%||%` <- function(a, b) if (is.null(a)) b else a
brm <- function(f, data, family) {
  p <- as.data.frame(get_prior(f, data, family = family))
  p[p$prior != "", c("prior", "class", "coef", "group")]
}
out <- list(
  R = R.version.string, rstanarm = as.character(packageVersion("rstanarm")), brms = as.character(packageVersion("brms")),
  poisson_data = gr,
  rstanarm_priors = list(
    sleepstudy = arm(quick(Reaction ~ Days + (Days | Subject), d, family = gaussian)),
    cbpp = arm(quick(cbind(incidence, size - incidence) ~ period + (1 | herd), cb, family = binomial)),
    poisson = arm(quick(y ~ x + (1 | g), gr, family = poisson))),
  brms_priors = list(
    sleepstudy = brm(Reaction ~ Days + (Days | Subject), d, gaussian()),
    cbpp = brm(incidence | trials(size) ~ period + (1 | herd), cb, binomial()),
    poisson = brm(y ~ x + (1 | g), gr, poisson())))
write_json(out, "priors.json", digits = 10, auto_unbox = TRUE, pretty = TRUE, dataframe = "rows")
