# Categories without order: nnet::multinom without group effects; with an intercept per group and
# category, the likelihood by Gauss-Hermite quadrature in both, maximised by optim. One JSON file; the
# data are simulated. Run from this folder: Rscript make_reference.R
# Debian: r-base-core r-recommended (nnet) r-cran-jsonlite.
suppressMessages({library(nnet); library(jsonlite)})

set.seed(11)
groups <- 24; each <- 15; n <- groups * each
d <- data.frame(x = round(rnorm(n), 3), z = sample(c("p", "q", "r"), n, TRUE),
  g = sprintf("g%02d", rep(seq_len(groups), each = each)), w = sample(1:3, n, TRUE))
u <- matrix(rnorm(2 * groups), groups) %*% chol(matrix(c(0.7, 0.3, 0.3, 0.5), 2))
code <- rep(seq_len(groups), each = each)
eta <- cbind(0, 0.4 + 0.8 * d$x + 0.5 * (d$z == "q") + u[code, 1],
  -0.3 - 0.5 * d$x + 0.4 * (d$z == "r") + u[code, 2])
gumbel <- -log(-log(matrix(runif(3 * n), n)))
d$choice <- c("bus", "car", "on foot")[max.col(eta + gumbel)]
write.csv(d, "rows.csv", row.names = FALSE, quote = FALSE)
d$choice <- factor(d$choice); d$z <- factor(d$z)

record <- function(formula, data, weights) {
  # by value: multinom looks for names in the frame
  m <- do.call(multinom, list(formula, data = data, weights = weights, trace = FALSE, maxit = 2000,
    abstol = 1e-14, reltol = 1e-14))
  list(formula = deparse1(formula), reference = levels(data$choice)[1], weighted = any(weights != 1),
    loglik = as.numeric(logLik(m)), df = attr(logLik(m), "df"), terms = colnames(coef(m)),
    categories = rownames(coef(m)), estimates = unname(coef(m)), errors = unname(summary(m)$standard.errors))
}
one <- rep(1, n)
plain <- list(record(choice ~ x + z, d, one), record(choice ~ x + z, d, d$w),
  record(choice ~ x, transform(d, choice = relevel(choice, "on foot")), one))

# Nodes and weights of E f(Z), Z standard normal (Golub and Welsch 1969).
hermite <- function(k) {
  J <- matrix(0, k, k); off <- sqrt(seq_len(k - 1))
  J[cbind(1:(k - 1), 2:k)] <- off; J[cbind(2:k, 1:(k - 1))] <- off
  e <- eigen(J, symmetric = TRUE)
  list(x = e$values, w = e$vectors[1, ]^2)
}
h <- hermite(31)
points <- as.matrix(expand.grid(h$x, h$x)); weights <- as.vector(outer(h$w, h$w))
y <- as.integer(d$choice)
minus_loglik <- function(p) {
  L <- matrix(c(p[5], p[6], 0, p[7]), 2)
  shift <- points %*% t(L)
  a <- p[1] + p[2] * d$x; b <- p[3] + p[4] * d$x
  log_p <- sapply(seq_len(nrow(points)), function(k) {
    ea <- a + shift[k, 1]; eb <- b + shift[k, 2]
    (y == 2) * ea + (y == 3) * eb - log1p(exp(ea) + exp(eb))
  })
  of_groups <- rowsum(log_p, code)
  top <- apply(of_groups, 1, max)
  -sum(top + log(exp(of_groups - top) %*% weights))
}
fit <- optim(c(0.4, 0.8, -0.3, -0.5, 0.8, 0.3, 0.6), minus_loglik, method = "BFGS",
  control = list(maxit = 500, reltol = 1e-14), hessian = TRUE)
L <- matrix(c(fit$par[5], fit$par[6], 0, fit$par[7]), 2); S <- L %*% t(L)
grouped <- list(formula = "choice ~ x + (1 | p | g)", loglik = -fit$value, estimates = fit$par[1:4],
  errors = sqrt(diag(solve(fit$hessian)))[1:4], sds = sqrt(diag(S)), correlation = S[1, 2] / sqrt(S[1, 1] * S[2, 2]))
versions <- list(R = R.version.string, nnet = as.character(packageVersion("nnet")))
write(toJSON(list(plain = plain, grouped = grouped, versions = versions), digits = 12, auto_unbox = TRUE,
  pretty = TRUE), "reference.json")
