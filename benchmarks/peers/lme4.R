# The maximum-likelihood estimate by lme4: the bar for the time of a whole posterior.
suppressMessages(library(lme4))
source("benchmarks/peers/common.R")
fit <- function() {
  if (family_name == "gaussian") lmer(formula, data, REML = FALSE)
  else glmer(formula, data, family = family_of())
}
first <- system.time(model <- suppressWarnings(suppressMessages(fit())))[["elapsed"]]
again <- if (first < 5) system.time(suppressWarnings(suppressMessages(fit())))[["elapsed"]] else first
summary_text <- capture.output(print(summary(model), correlation = FALSE))
report(tool = "lme4", version = as.character(packageVersion("lme4")), whole = min(first, again),
       first = first, converged = length(model@optinfo$conv$lme4$messages) == 0)
