# Posteriors of brms under its default priors, one JSON file per model: summaries of every
# parameter and of the first group effects, with the priors as brms prints them.
# Run from this folder: Rscript make_brms.R (some minutes: each model is compiled by Stan).
# Debian: r-cran-brms r-cran-jsonlite libboost-dev; rstan finds boost by rstan_options(boost_lib = ...).
suppressMessages({library(brms); library(posterior); library(jsonlite)})
rstan::rstan_options(boost_lib = "/usr/include")

read_set <- function(name) read.csv(file.path("..", "..", "..", "bayesmm", "data", paste0(name, ".csv")))

as_text <- function(formula) {
  parts <- if (inherits(formula, "brmsformula")) c(list(formula$formula), formula$pforms) else list(formula)
  paste(vapply(parts, deparse1, ""), collapse = "; ")
}

record <- function(name, formula, data, family = gaussian()) {
  m <- brm(formula, data, family, chains = 4, iter = 4000, warmup = 1000, seed = 1, cores = 2, refresh = 0)
  variables <- setdiff(variables(m), c("lp__", "lprior", "Intercept", grep("^r_|^z_", variables(m), value = TRUE)))
  draws <- summarise_draws(as_draws_array(m, variable = variables), "mean", "sd",
                           ~quantile2(.x, probs = c(.025, .5, .975)), "mcse_mean", "ess_bulk", "rhat")
  names(draws) <- c("variable", "mean", "sd", "2.5%", "50%", "97.5%", "mcse_mean", "ess_bulk", "rhat")
  effects <- lapply(ranef(m), function(r) lapply(dimnames(r)[[3]], function(term)
    data.frame(level = rownames(r), term = term, r[, , term], row.names = NULL, check.names = FALSE)))
  out <- list(name = name, formula = as_text(formula), brms = as.character(packageVersion("brms")),
              priors = as.data.frame(m$prior)[, c("prior", "class", "coef", "group")], draws = draws, ranef = effects)
  write_json(out, paste0(name, ".json"), digits = 8, auto_unbox = TRUE, pretty = TRUE, dataframe = "rows")
}

sleep <- read_set("sleepstudy"); sleep$Subject <- factor(sleep$Subject)
record("sleepstudy", Reaction ~ Days + (Days | Subject), sleep)
cbpp <- read_set("cbpp"); cbpp$period <- factor(cbpp$period); cbpp$herd <- factor(cbpp$herd)
record("cbpp", incidence | trials(size) ~ period + (1 | herd), cbpp, binomial())
record("penicillin", diameter ~ 1 + (1 | plate) + (1 | sample), read_set("penicillin"))
record("sleepstudy_scale", bf(Reaction ~ Days + (Days | p | Subject), sigma ~ 1 + (1 | p | Subject)), sleep)
rows <- read.csv(file.path("..", "distributional", "rows.csv"))
record("zero_inflated", bf(zip ~ x + (1 | site), zi ~ x + (1 | site)), rows, zero_inflated_poisson())
