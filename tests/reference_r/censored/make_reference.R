# Fits of censored and truncated responses by survival, glmmTMB and optim, for tests/test_censored.py.
#
#   Rscript make_reference.R
#
# writes censored.csv, the data, and censored.json, estimates with standard errors and log
# likelihoods.

suppressMessages({
  library(survival)
  library(glmmTMB)
  library(jsonlite)
})

set.seed(20261129)
n <- 240
g <- rep(sprintf("g%02d", 1:24), each = 10)
x <- round(rnorm(n), 3)
u <- rep(0.4 * rnorm(24), each = 10)
time <- 3 * exp(0.5 * x + u) * rweibull(n, 1.4, 1)
limit <- runif(n, 1, 8)
event <- as.integer(time <= limit)
months <- round(pmin(time, limit), 4)

# observed at visits 1, 2, ...: an interval, below the first visit, above the last, or to the day
visit <- 1.5
status <- ifelse(time < visit, "left", ifelse(time > 4 * visit, "right", "interval"))
status[seq(1, n, 4)] <- "none"
low <- ifelse(
  status == "none", time,
  ifelse(status == "left", visit, ifelse(status == "right", 4 * visit, visit * floor(time / visit)))
)
low <- round(low, 4)
up <- ifelse(status == "interval", low + visit, NA)

entry <- round(0.5 * runif(n), 4)
level <- round(2 + x + rnorm(n), 4)
count <- rpois(n, exp(0.4 + 0.5 * x))
exposure <- round(runif(n, 0.5, 4), 3)
events <- rpois(n, exposure * exp(0.2 + 0.4 * x))
d <- data.frame(
  g, x, months, event, status, low, up, entry, level, count, exposure, events
)
write.csv(d, "censored.csv", row.names = FALSE, na = "")

of_survreg <- function(name, formula, family, dist, data = d, ...) {
  m <- survreg(formula, data, dist = dist, control = list(rel.tolerance = 1e-12), ...)
  list(
    name = name, family = family, estimates = unname(coef(m)),
    se = unname(sqrt(diag(vcov(m)))[seq_along(coef(m))]), scale = unname(m$scale),
    loglik = unname(tail(m$loglik, 1)), by = "survival::survreg"
  )
}
fits <- list()
for (dist in c("weibull", "exponential", "lognormal", "loglogistic")) {
  fits[[length(fits) + 1]] <- of_survreg(
    paste(dist, "right"), Surv(months, event) ~ x, dist, dist
  )
  first <- ifelse(d$status == "left", NA, d$low)
  last <- ifelse(
    d$status == "right", NA, ifelse(d$status == "interval", d$up, d$low)
  )
  fits[[length(fits) + 1]] <- of_survreg(
    paste(dist, "interval"), Surv(first, last, type = "interval2") ~ x, dist, dist
  )
}
d$above <- pmax(d$level, 1)
fits[[length(fits) + 1]] <- of_survreg(
  "gaussian left", Surv(above, level > 1, type = "left") ~ x, "gaussian", "gaussian"
)

# maximum of a log likelihood written out
of_optim <- function(name, family, start, loglik) {
  o <- optim(start, function(p) -loglik(p), method = "BFGS",
             control = list(reltol = 1e-14, maxit = 1000), hessian = TRUE)
  o <- optim(o$par, function(p) -loglik(p), method = "BFGS",
             control = list(reltol = 1e-15, maxit = 1000), hessian = TRUE)
  p <- length(o$par)
  list(
    name = name, family = family, estimates = o$par[1:2],
    se = sqrt(diag(solve(o$hessian)))[1:2], scale = exp(o$par[3]), loglik = -o$value,
    by = "optim of the log likelihood"
  )
}
seen <- d[d$level > 1, ]
fits[[length(fits) + 1]] <- of_optim(
  "gaussian truncated", "gaussian", c(2, 1, 0),
  function(p) with(seen, sum(
    dnorm(level, p[1] + p[2] * x, exp(p[3]), log = TRUE) -
      pnorm(1, p[1] + p[2] * x, exp(p[3]), lower.tail = FALSE, log.p = TRUE)
  ))
)
late <- d[d$months > d$entry, ]
fits[[length(fits) + 1]] <- of_optim(
  "weibull delayed entry", "weibull", c(1, 0.5, log(1.4)),
  function(p) {
    shape <- exp(p[3])
    scale <- exp(p[1] + p[2] * late$x) / gamma(1 + 1 / shape)
    with(late, sum(ifelse(
      event == 1, dweibull(months, shape, scale, log = TRUE),
      pweibull(months, shape, scale, lower.tail = FALSE, log.p = TRUE)
    ) - pweibull(entry, shape, scale, lower.tail = FALSE, log.p = TRUE)))
  }
)
m <- glmmTMB(count ~ x, d[d$count > 0, ], family = truncated_poisson())
fits[[length(fits) + 1]] <- list(
  name = "poisson truncated", family = "poisson", estimates = unname(fixef(m)$cond),
  se = unname(sqrt(diag(vcov(m)$cond))), scale = NA, loglik = as.numeric(logLik(m)),
  by = "glmmTMB, truncated_poisson"
)
m <- glm(events ~ x + offset(log(exposure)), poisson, d)
fits[[length(fits) + 1]] <- list(
  name = "poisson rate", family = "poisson", estimates = unname(coef(m)),
  se = unname(sqrt(diag(vcov(m)))), scale = NA, loglik = as.numeric(logLik(m)), by = "glm"
)
steps <- survfit(Surv(months, event) ~ 1, d)
kept <- steps$n.event > 0
late_steps <- survfit(Surv(entry, months, event) ~ 1, late)
late_kept <- late_steps$n.event > 0
writeLines(toJSON(list(
  made_by = R.version.string,
  survival = as.character(packageVersion("survival")),
  glmmTMB = as.character(packageVersion("glmmTMB")),
  fits = fits,
  kaplan_meier = list(time = steps$time[kept], survival = steps$surv[kept]),
  kaplan_meier_delayed = list(time = late_steps$time[late_kept], survival = late_steps$surv[late_kept])
), auto_unbox = TRUE, digits = 10, na = "null", pretty = TRUE), "censored.json")
