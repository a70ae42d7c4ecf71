# Models in which further parameters vary: brms with its default priors (4 chains of 1,000 kept
# draws), or glmmTMB by maximum likelihood. Arguments: CSV file, formulas with ';' between, family,
# seed, tool.
given <- commandArgs(TRUE)
data <- read.csv(given[1], stringsAsFactors = TRUE)
formulas <- lapply(strsplit(given[2], ";")[[1]], as.formula)
family_name <- given[3]
seed <- as.integer(given[4])
source("benchmarks/peers/nuts.R")
cpu <- function() sum(proc.time()[c("user.self", "sys.self", "user.child", "sys.child")])
if (given[5] == "brms") {
  suppressMessages(library(brms))
  # see brms.R
  boost <- Sys.getenv("BAYESMM_BOOST", if (dir.exists("/usr/include/boost")) "/usr/include" else "")
  if (nzchar(boost)) rstan::rstan_options(boost_lib = boost)
  quiet <- function(x) suppressWarnings(suppressMessages(x))
  formula <- do.call(bf, formulas)
  family <- if (family_name == "gaussian") gaussian() else brmsfamily("zero_inflated_negbinomial")
  empty <- quiet(brm(formula, data, family = family, chains = 0, refresh = 0))
  began <- cpu()
  model <- quiet(update(empty, recompile = FALSE, chains = 4, cores = 1, iter = 2000, seed = seed,
                        refresh = 0))
  sampled <- cpu() - began
  draws <- posterior::as_draws_array(model)
  draws <- draws[, , grepl("^(b_|sd_|cor_|shape$|r_)", posterior::variables(draws)), drop = FALSE]
  do.call(report, c(list(tool = "brms", version = as.character(packageVersion("brms")), cpu = sampled),
                    min_ess(unclass(draws)), nuts(model$fit)))
} else {
  suppressMessages(library(glmmTMB))
  second <- formulas[[2]]
  second[[2]] <- NULL
  began <- cpu()
  model <- if (family_name == "gaussian") {
    glmmTMB(formulas[[1]], data, dispformula = second)
  } else {
    glmmTMB(formulas[[1]], data, ziformula = second, family = nbinom2)
  }
  fitted <- cpu() - began
  report(tool = "glmmTMB", version = as.character(packageVersion("glmmTMB")), cpu = fitted,
         log_likelihood = as.numeric(logLik(model)))
}
