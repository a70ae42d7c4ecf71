# Continuous responses without and with group effects: glmmTMB, and for Student-t ones, which this
# glmmTMB does not have, the template student.cpp in TMB. One JSON file; the data are simulated.
# Run from this folder: Rscript make_reference.R
# Debian: r-base-core r-cran-glmmtmb r-cran-tmb r-cran-rcppeigen r-cran-jsonlite g++.
suppressMessages({library(glmmTMB); library(TMB); library(jsonlite)})

set.seed(12)
n <- 240
d <- data.frame(x = round(rnorm(n), 3), g = rep(1:20, each = 12), w = sample(1:3, n, TRUE))
u <- rnorm(20, 0, 0.5)
s <- rnorm(20, 0, 0.4)
eta <- 1 + 0.4 * d$x + u[d$g] + s[d$g] * d$x
p <- plogis(eta)
d$positive <- rgamma(n, 3, 3 / exp(eta))
d$rate <- rgamma(n, 3, 3 * (8 + 4 * u[d$g] + 0.5 * d$x))
d$share <- rbeta(n, 8 * p, 8 * (1 - p))
d$tailed <- 300 + 40 * (eta + 0.5 * rt(n, 4))
d$curve <- exp(2 + eta) + 0.5 * rnorm(n)
stopifnot(d$curve > 0)  # R wants it of a log link
d <- signif(d, 10)
write.csv(d, "continuous.csv", row.names = FALSE, quote = FALSE)
d$g <- factor(d$g)

record <- function(name, formula, family, link, how, weighted = FALSE, start = NULL) {
  control <- glmmTMBControl(optCtrl = list(iter.max = 2000, eval.max = 4000))
  d$weight <- if (weighted) d$w else rep(1, nrow(d))
  m <- glmmTMB(as.formula(formula), d, family = how, weights = weight, control = control, start = start)
  s <- coef(summary(m))$cond
  v <- VarCorr(m)$cond
  sds <- unlist(lapply(v, function(block) attr(block, "stddev")), use.names = FALSE)
  dispersion <- switch(family, gamma = c(alpha = 1 / sigma(m)^2), beta = c(kappa = sigma(m)), c(sigma = sigma(m)))
  cat(name, logLik(m), m$sdr$pdHess, "\n")
  list(name = name, formula = formula, family = family, link = link, weighted = weighted, source = paste("glmmTMB", packageVersion("glmmTMB")),
       estimate = unname(s[, 1]), se = unname(s[, 2]), sd = I(as.numeric(sds)), auxiliary = as.list(dispersion),
       loglik = as.numeric(logLik(m)), df = attr(logLik(m), "df"))
}

compile("student.cpp", flags = "-O1")
dyn.load(dynlib("student"))
student <- function(name, formula, Z, log_link = FALSE) {
  X <- cbind(1, d$x)
  y <- d$tailed
  start <- c(if (log_link) log(mean(y)) else mean(y), 0)
  q <- ncol(Z)
  # scaled effects, as TMB wants parameters of unit order
  own <- MakeADFun(list(y = y, X = X, Z = Z, g = as.integer(d$g) - 1L, log_link = as.integer(log_link)),
                   list(beta = start, log_sd = rep(if (log_link) -1 else 2.5, q), log_sigma = log(sd(y) / 2), log_nu = log(5), v = matrix(0, 20, q)),
                   random = if (q > 0) "v" else NULL, DLL = "student", silent = TRUE)
  o <- nlminb(own$par, own$fn, own$gr, control = list(iter.max = 2000, eval.max = 4000, rel.tol = 1e-14))
  H <- optimHess(o$par, own$fn, own$gr, control = list(ndeps = rep(1e-4, length(o$par))))
  cat(name, -o$objective, max(abs(own$gr(o$par))), "\n")
  e <- o$par
  list(name = name, formula = formula, family = "t", link = if (log_link) "log" else "identity", weighted = FALSE,
       source = paste("TMB", packageVersion("TMB")), estimate = unname(e[names(e) == "beta"]), se = sqrt(diag(solve(H)))[names(e) == "beta"],
       sd = I(unname(exp(e[names(e) == "log_sd"]))), auxiliary = list(sigma = unname(exp(e["log_sigma"])), nu = unname(exp(e["log_nu"]))),
       loglik = -o$objective, df = length(o$par))
}

one <- matrix(1, n, 1)
fits <- list(
  record("gamma", "positive ~ x", "gamma", "log", Gamma("log")),
  record("gamma_groups", "positive ~ x + (1 | g)", "gamma", "log", Gamma("log")),
  record("gamma_slopes", "positive ~ x + (1 | g) + (0 + x | g)", "gamma", "log", Gamma("log")),
  record("gamma_weighted", "positive ~ x + (1 | g)", "gamma", "log", Gamma("log"), weighted = TRUE),
  record("gamma_inverse", "rate ~ x + (1 | g)", "gamma", "inverse", Gamma("inverse"), start = list(beta = c(8, 0.5))),
  record("beta", "share ~ x", "beta", "logit", beta_family("logit")),
  record("beta_groups", "share ~ x + (1 | g)", "beta", "logit", beta_family("logit")),
  record("beta_probit", "share ~ x + (1 | g)", "beta", "probit", beta_family("probit")),
  record("gaussian_log", "curve ~ x", "gaussian", "log", gaussian("log")),
  record("gaussian_log_groups", "curve ~ x + (1 | g)", "gaussian", "log", gaussian("log")),
  record("gaussian_log_slopes", "curve ~ x + (1 | g) + (0 + x | g)", "gaussian", "log", gaussian("log")),
  student("t", "tailed ~ x", matrix(0, n, 0)),
  student("t_groups", "tailed ~ x + (1 | g)", one),
  student("t_slopes", "tailed ~ x + (1 | g) + (0 + x | g)", cbind(1, d$x)),
  student("t_log", "tailed ~ x + (1 | g)", one, TRUE)
)
versions <- list(R = R.version.string, glmmTMB = as.character(packageVersion("glmmTMB")), TMB = as.character(packageVersion("TMB")))
write_json(list(versions = versions, fits = fits), "continuous.json", digits = 12, auto_unbox = TRUE, pretty = TRUE)
invisible(file.remove(Filter(file.exists, c("student.o", "student.so"))))
