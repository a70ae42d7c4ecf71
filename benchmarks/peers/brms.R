# brms with its default priors: each formula becomes a Stan program that is compiled first.
suppressMessages(library(brms))
source("benchmarks/peers/common.R")
# rstan compiles against boost's headers, which a distribution may keep apart from the R package
# BH or in a later version; BAYESMM_BOOST names their folder.
boost <- Sys.getenv("BAYESMM_BOOST", if (dir.exists("/usr/include/boost")) "/usr/include" else "")
if (nzchar(boost)) rstan::rstan_options(boost_lib = boost)
options(mc.cores = parallel::detectCores())
began <- proc.time()[["elapsed"]]
quiet <- function(x) suppressWarnings(suppressMessages(x))
empty <- quiet(brm(formula, data, family = family_of("bernoulli"), chains = 0, refresh = 0))
compiled <- proc.time()[["elapsed"]]
model <- quiet(update(empty, recompile = FALSE, chains = 4, iter = 2000, seed = seed, refresh = 0))
sampled <- proc.time()[["elapsed"]]
draws <- posterior::as_draws_array(model)
draws <- draws[, , grepl("^(b_|sd_|cor_|sigma$|shape$|phi$|r_)", posterior::variables(draws)), drop = FALSE]
do.call(report, c(
  list(tool = "brms", version = as.character(packageVersion("brms")), whole = sampled - began,
       sampling = sampled - compiled, compile = compiled - began),
  min_ess(unclass(draws)), nuts(model$fit)
))
