# Reference numbers of tests/test_ordinal_ml.py and tests/wine.py: R's ordinal (Christensen), its data set wine
# (Randall 1989, 72 rows), and lme4's VerbAgg. Run: Rscript make_wine.R
library(ordinal)
cat(R.version.string, "; ordinal", format(packageVersion("ordinal")), "\n")

show <- function(label, model) {
  cat(label, format(as.numeric(logLik(model)), digits = 12), "\n")
  print(summary(model)$coefficients[, 1:2], digits = 9)
}
for (link in c("logit", "probit", "cloglog")) {
  show(paste("clm", link), clm(rating ~ temp + contact, data = wine, link = link))
}
for (link in c("logit", "probit")) {
  show(paste("clmm", link), clmm(rating ~ temp + contact + (1 | judge), data = wine, link = link))
}
show("clmm AGQ 10", clmm(rating ~ temp + contact + (1 | judge), data = wine, nAGQ = 10))
scaled <- clm(rating ~ temp + contact, scale = ~temp, data = wine)
cat("clm scale", format(as.numeric(logLik(scaled)), digits = 12), "\n")
print(scaled$coefficients, digits = 9)
print(sqrt(diag(vcov(scaled))), digits = 9)

data(VerbAgg, package = "lme4")
show("VerbAgg", clmm(resp ~ Anger + Gender + btype + situ + (1 | id) + (1 | item), data = VerbAgg))
