# Counts of categories: nnet::multinom of a matrix of counts, and the log likelihood by dmultinom,
# which has the multinomial coefficients. The counts are the rows of ../categorical by group and z.
# One JSON file. Run from this folder: Rscript make_reference.R
# Debian: r-base-core r-recommended (nnet) r-cran-jsonlite.
suppressMessages({library(nnet); library(jsonlite)})

d <- read.csv("../categorical/rows.csv")
cells <- as.data.frame.matrix(table(paste(d$g, d$z), d$choice))
counts <- data.frame(g = sub(" .*", "", rownames(cells)), z = sub(".* ", "", rownames(cells)),
  x = round(as.vector(tapply(d$x, paste(d$g, d$z), mean)), 3),
  bus = cells$bus, car = cells$car, foot = cells[["on foot"]])
write.csv(counts, "counts.csv", row.names = FALSE, quote = FALSE)

record <- function(formula) {
  m <- do.call(multinom, list(formula, data = counts, trace = FALSE, maxit = 2000, abstol = 1e-14,
    reltol = 1e-14))
  Y <- as.matrix(counts[all.vars(formula)[1:3]])
  p <- fitted(m)
  loglik <- sum(sapply(seq_len(nrow(Y)), function(i) dmultinom(Y[i, ], prob = p[i, ], log = TRUE)))
  list(formula = deparse1(formula), loglik = loglik, df = attr(logLik(m), "df"),
    terms = colnames(coef(m)), categories = rownames(coef(m)), estimates = unname(coef(m)),
    errors = unname(summary(m)$standard.errors))
}
plain <- list(record(cbind(bus, car, foot) ~ x + z), record(cbind(foot, bus, car) ~ x))
versions <- list(R = R.version.string, nnet = as.character(packageVersion("nnet")))
write(toJSON(list(plain = plain, versions = versions), digits = 12, auto_unbox = TRUE,
  pretty = TRUE), "reference.json")
