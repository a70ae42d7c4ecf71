# A script of `fit.script("brms")`, run as it is but for its sampling, which takes brms's defaults
# (adapt_delta .8, 4 chains of 1,000 + 1,000) and is timed apart from compiling. Argument: the script.
given <- commandArgs(TRUE)
source("benchmarks/peers/nuts.R")
suppressMessages(library(brms))
# see brms.R
boost <- Sys.getenv("BAYESMM_BOOST", if (dir.exists("/usr/include/boost")) "/usr/include" else "")
if (nzchar(boost)) rstan::rstan_options(boost_lib = boost)
cpu <- function() sum(proc.time()[c("user.self", "sys.self", "user.child", "sys.child")])
quiet <- function(x) suppressWarnings(suppressMessages(x))
seconds <- numeric()
brm <- function(formula, data, family, prior, seed, ...) {
  began <- cpu()
  empty <- quiet(brms::brm(formula, data, family = family, prior = prior, chains = 0, refresh = 0))
  compiled <- cpu()
  model <- quiet(update(empty, recompile = FALSE, chains = 4, cores = 1, iter = 2000, seed = seed,
                        refresh = 0))
  seconds <<- c(compiled - began, cpu() - compiled)
  model
}
code <- parse(given[1])
setwd(dirname(given[1]))
for (line in head(code, -1)) eval(line)
began <- cpu()
invisible(capture.output(print(quiet(eval(tail(code, 1))))))
summary_seconds <- cpu() - began
draws <- posterior::as_draws_array(fit)
kept <- grepl("^(b_|sd_|cor_|r_|sigma$|beta$|shape$|phi$)", posterior::variables(draws))
draws <- unclass(draws[, , kept, drop = FALSE])
scalars <- dimnames(draws)[[3]][!grepl("^r_", dimnames(draws)[[3]])]
# name: mean and Monte Carlo error
means <- sapply(scalars, function(name) {
  c(mean(draws[, , name]), posterior::mcse_mean(draws[, , name]))
}, simplify = FALSE)
do.call(report, c(
  list(tool = "brms", version = as.character(packageVersion("brms")), compiling = seconds[1],
       sampling = seconds[2], whole = sum(seconds) + summary_seconds, means = means),
  min_ess(draws), nuts(fit$fit)
))
