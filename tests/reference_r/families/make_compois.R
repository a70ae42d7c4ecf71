# Fits of Conway-Maxwell-Poisson counts by glmmTMB, into compois.json; their data, simulated here, into compois.csv.
# Run from this folder: Rscript make_compois.R
# Debian: r-base-core r-cran-glmmtmb r-cran-jsonlite. Versions are inside the file.
suppressMessages({library(glmmTMB); library(jsonlite)})
set.seed(12)
n <- 240; g <- rep(1:20, 12); x <- round(rnorm(n), 3)
m <- exp(1 + 0.3 * x + rnorm(20, 0, 0.3)[g])
rows <- data.frame(g = g, x = x,
  less = rbinom(n, ceiling(2 * m), m / ceiling(2 * m)),  # varies less than a Poisson count
  more = rnbinom(n, mu = m, size = 3))                   # and more
write.csv(rows, "compois.csv", row.names = FALSE)
of <- function(formula) {
  f <- glmmTMB(formula, rows, family = compois)
  list(loglik = as.numeric(logLik(f)), coef = unname(fixef(f)$cond), se = unname(sqrt(diag(vcov(f)$cond))),
       sd = unname(attr(VarCorr(f)$cond$g, "stddev")), sigma = sigma(f))
}
out <- list(R = R.version.string, glmmTMB = as.character(packageVersion("glmmTMB")),
            less = of(less ~ x + (1 | g)), more = of(more ~ x + (1 | g)))
write_json(out, "compois.json", digits = 12, auto_unbox = TRUE, pretty = TRUE)
