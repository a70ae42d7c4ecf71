# Fits of further families by survreg and glmmTMB, into reference.json; the rows are those of ../distributional.
# Run from this folder: Rscript make_reference.R
# Debian: r-base-core r-cran-glmmtmb r-cran-survival r-cran-jsonlite. Versions are inside the file.
suppressMessages({library(glmmTMB); library(survival); library(jsonlite)})
rows <- read.csv("../distributional/rows.csv")
s <- survreg(Surv(wait) ~ x + w, rows, dist = "weibull")  # log y = eta + scale * extreme value
e <- survreg(Surv(wait) ~ x + w, rows, dist = "exponential")
n <- glmmTMB(nb ~ x + (1 | site), rows, family = nbinom1)
out <- list(
  R = R.version.string, glmmTMB = as.character(packageVersion("glmmTMB")), survival = as.character(packageVersion("survival")),
  weibull = list(formula = "wait ~ x + w", loglik = s$loglik[2], coef = unname(coef(s)), se = unname(sqrt(diag(vcov(s)))[1:4]), shape = 1 / s$scale),
  exponential = list(formula = "wait ~ x + w", loglik = e$loglik[2], coef = unname(coef(e)), se = unname(sqrt(diag(vcov(e))))),
  nbinom1 = list(formula = "nb ~ x + (1 | site)", loglik = as.numeric(logLik(n)), coef = unname(fixef(n)$cond), se = unname(sqrt(diag(vcov(n)$cond))),
                 sd = unname(attr(VarCorr(n)$cond$site, "stddev")), phi = unname(exp(fixef(n)$disp))))
write_json(out, "reference.json", digits = 12, auto_unbox = TRUE, pretty = TRUE)
