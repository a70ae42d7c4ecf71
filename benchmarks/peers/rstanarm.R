# rstanarm with its default priors: precompiled, so a formula starts to sample at once.
suppressMessages(library(rstanarm))
source("benchmarks/peers/common.R")
options(mc.cores = parallel::detectCores())
run <- if (family_name == "gaussian") {
  function() stan_lmer(formula, data, seed = seed, refresh = 0)
} else {
  function() stan_glmer(formula, data, family = family_of(), seed = seed, refresh = 0)
}
whole <- system.time(model <- suppressWarnings(suppressMessages(run())))[["elapsed"]]
draws <- as.array(model)
draws <- draws[, , !grepl("_NEW_|mean_PPD|log-posterior", dimnames(draws)[[3]]), drop = FALSE]
# covariances as correlations; variances serve for sds, whose ranks they have
covariance <- regmatches(dimnames(draws)[[3]], regexec("^Sigma\\[(.*):(.*),(.*)\\]$", dimnames(draws)[[3]]))
for (k in seq_along(covariance)) {
  part <- covariance[[k]]
  if (length(part) == 4 && part[3] != part[4]) {
    of <- function(effect) draws[, , sprintf("Sigma[%s:%s,%s]", part[2], effect, effect)]
    draws[, , k] <- draws[, , k] / sqrt(of(part[3]) * of(part[4]))
  }
}
do.call(report, c(
  list(tool = "rstanarm", version = as.character(packageVersion("rstanarm")), whole = whole, sampling = whole),
  min_ess(draws), nuts(model$stanfit)
))
