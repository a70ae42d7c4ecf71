# Fits in which further parameters have formulas, by glmmTMB and nlme, into reference.json; rows.csv holds
# the simulated rows that some are of. Run from this folder: Rscript make_reference.R
# Debian: r-base-core r-cran-glmmtmb r-cran-nlme r-cran-jsonlite. Versions are inside the file.
suppressMessages({library(glmmTMB); library(nlme); library(jsonlite)})

set.seed(20261129)
n_site <- 40; each <- 15; n <- n_site * each
site <- rep(seq_len(n_site), each = each)
x <- round(rnorm(n), 3); w <- rep(c("a", "b", "c"), length.out = n)
u <- rnorm(n_site, 0, .5); v <- rnorm(n_site, 0, .7); s <- rnorm(n_site, 0, .35)
mu <- exp(1.1 + .4 * x + u[site]); zi <- plogis(-.8 + .6 * x + v[site])
zero <- rbinom(n, 1, zi)
positive <- function(draw) { y <- draw(n); while (any(y == 0)) y[y == 0] <- draw(n)[y == 0]; y }
rows <- data.frame(
  site = paste0("s", site), x = x, w = w,
  nb = rnbinom(n, size = exp(.5 + .4 * x), mu = mu),
  zip = ifelse(zero == 1, 0, rpois(n, mu)),
  zinb = ifelse(zero == 1, 0, rnbinom(n, size = 2, mu = mu)),
  hurdle = ifelse(zero == 1, 0, positive(function(k) rnbinom(k, size = 2, mu = mu))),
  normal = round(2 + x + u[site] + rnorm(n, 0, exp(-.3 + .3 * x + s[site])), 4),
  share = round(pmin(pmax(rbeta(n, plogis(.3 * x + u[site]) * exp(2 + .4 * x), (1 - plogis(.3 * x + u[site])) * exp(2 + .4 * x)), 1e-4), 1 - 1e-4), 5),
  wait = round(rgamma(n, shape = exp(1 + .3 * x), rate = exp(1 + .3 * x) / mu) + 1e-4, 5))
write.csv(rows, "rows.csv", row.names = FALSE)
sleep <- read.csv("../../../bayesmm/data/sleepstudy.csv")
sitka <- read.csv("../../../bayesmm/data/sitka.csv")
sets <- list(rows = rows, sleepstudy = sleep, sitka = sitka)

# glmmTMB's dispersion of the gaussian family is log sigma^2 up to 1.1.8, and log sigma after it
multiplier <- function(family) switch(family, gaussian = if (packageVersion("glmmTMB") < "1.1.9") .5 else 1, 1)

fits <- list(
  list("rows", "nb ~ x + (1 | site)", "~ x", "~ 0", "nbinom2"),
  list("rows", "nb ~ x + w + (1 | site)", "~ x + w", "~ 0", "nbinom2"),
  list("rows", "nb ~ x + (x | site)", "~ w", "~ 0", "nbinom2"),
  list("rows", "zip ~ x + (1 | site)", "~ 1", "~ x", "poisson"),
  list("rows", "zip ~ x + (1 | site)", "~ 1", "~ x + (1 | site)", "poisson"),
  list("rows", "zip ~ x", "~ 1", "~ x + w", "poisson"),
  list("rows", "zinb ~ x + (1 | site)", "~ 1", "~ x", "nbinom2"),
  list("rows", "zinb ~ x + (1 | site)", "~ 1", "~ x + (1 | site)", "nbinom2"),
  list("rows", "zinb ~ x", "~ x", "~ x + (1 | site)", "nbinom2"),
  list("rows", "hurdle ~ x + (1 | site)", "~ 1", "~ x + (1 | site)", "truncated_nbinom2"),
  list("rows", "hurdle ~ x", "~ 1", "~ x + w", "truncated_nbinom2"),
  list("rows", "normal ~ x + (1 | site)", "~ x", "~ 0", "gaussian"),
  list("rows", "normal ~ x + (x | site)", "~ x + w", "~ 0", "gaussian"),
  list("rows", "normal ~ x", "~ x", "~ 0", "gaussian"),
  list("sleepstudy", "Reaction ~ Days + (Days | Subject)", "~ Days", "~ 0", "gaussian"),
  list("sitka", "size ~ Time + treat + (1 | tree)", "~ treat", "~ 0", "gaussian"),
  list("rows", "share ~ x + (1 | site)", "~ x", "~ 0", "beta_family"),
  list("rows", "share ~ x + (1 | site)", "~ w", "~ 0", "beta_family"),
  list("rows", "wait ~ x + (1 | site)", "~ x", "~ 0", "Gamma"))

table <- function(coefficients, by) {
  if (is.null(coefficients) || nrow(coefficients) == 0) return(NULL)
  data.frame(term = rownames(coefficients), estimate = by * unname(coefficients[, 1]), se = unname(coefficients[, 2]) * abs(by))
}
sds <- function(v) do.call(rbind, lapply(seq_along(v), function(k) {
  sd <- attr(v[[k]], "stddev"); corr <- attr(v[[k]], "correlation")
  out <- data.frame(grp = names(v)[k], var1 = names(sd), var2 = NA, sdcor = unname(sd))
  if (length(sd) == 2) out <- rbind(out, data.frame(grp = names(v)[k], var1 = names(sd)[1], var2 = names(sd)[2], sdcor = corr[1, 2]))
  out
}))
result <- lapply(fits, function(f) {
  family <- switch(f[[5]], Gamma = Gamma(link = "log"), get(f[[5]])())
  m <- glmmTMB(as.formula(f[[2]]), sets[[f[[1]]]], family = family, dispformula = as.formula(f[[3]]), ziformula = as.formula(f[[4]]),
               control = glmmTMBControl(optCtrl = list(iter.max = 2000, eval.max = 4000, rel.tol = 1e-14)))
  s <- coef(summary(m)); v <- VarCorr(m)
  list(data = f[[1]], formula = f[[2]], disp = f[[3]], zi = f[[4]], family = f[[5]], loglik = as.numeric(logLik(m)), df = attr(logLik(m), "df"),
       gradient = max(abs(m$obj$gr(m$fit$par))), cond = table(s$cond, 1),
       zero = table(s$zi, 1), dispersion = if (f[[3]] != "~ 1") table(s$disp, multiplier(f[[5]])),
       cond_sds = if (length(v$cond)) sds(v$cond), zi_sds = if (length(v$zi)) sds(v$zi))
})
o <- lme(size ~ Time, random = ~ 1 | tree, weights = varIdent(form = ~ 1 | treat), data = sitka, method = "ML")
identity_fit <- list(loglik = as.numeric(logLik(o)), sigma = o$sigma, ratio = as.list(coef(o$modelStruct$varStruct, unconstrained = FALSE)),
                     fixef = as.list(fixef(o)), first = as.character(sitka$treat[1]))
write_json(list(R = R.version.string, glmmTMB = as.character(packageVersion("glmmTMB")), nlme = as.character(packageVersion("nlme")),
                fits = result, varIdent = identity_fit), "reference.json", digits = 12, auto_unbox = TRUE, pretty = TRUE, na = "null")
