# Fits of counts with group effects by glmmTMB, one JSON file per model.
# Run from this folder: BAYESMM_DATA=FOLDER Rscript make_reference.R
# FOLDER has cod_parasites.csv, which may not be shipped; without it only its twin is fitted.
# Debian: r-base-core r-cran-glmmtmb r-cran-jsonlite. Versions are inside each file.
suppressMessages({library(glmmTMB); library(jsonlite)})

read_set <- function(name) read.csv(file.path("..", "..", "..", "bayesmm", "data", paste0(name, ".csv")))

record <- function(name, data, d, formula, family) {
  control <- glmmTMBControl(optCtrl = list(iter.max = 2000, eval.max = 4000))
  how <- list(negativebinomial = nbinom2(), zero_inflated_poisson = poisson(), zero_inflated_negativebinomial = nbinom2(),
              hurdle_poisson = truncated_poisson(), hurdle_negativebinomial = truncated_nbinom2())[[family]]
  zi <- if (family == "negativebinomial") ~0 else ~1
  m <- glmmTMB(as.formula(formula), d, family = how, ziformula = zi, control = control)
  s <- coef(summary(m))$cond
  v <- VarCorr(m)$cond
  mixed <- length(v) > 0
  blocks <- do.call(rbind, lapply(seq_along(v), function(k) {
    sd <- attr(v[[k]], "stddev"); corr <- attr(v[[k]], "correlation")
    rows <- data.frame(grp = names(v)[k], var1 = names(sd), var2 = NA, sdcor = unname(sd))
    if (length(sd) == 2) rows <- rbind(rows, data.frame(grp = names(v)[k], var1 = names(sd)[1], var2 = names(sd)[2], sdcor = corr[1, 2]))
    rows
  }))
  out <- list(
    name = name, data = data, formula = formula, family = family, R = R.version.string,
    glmmTMB = as.character(packageVersion("glmmTMB")), nobs = nobs(m),
    fixef = data.frame(term = rownames(s), estimate = unname(s[, 1]), se = unname(s[, 2])),
    loglik = as.numeric(logLik(m)), df = attr(logLik(m), "df"), aic = AIC(m),
    gradient = max(abs(m$obj$gr(m$fit$par)))
  )
  if (mixed) {
    r <- as.data.frame(ranef(m)); r <- r[r$component == "cond", ]
    out$varcorr <- blocks
    out$ranef <- data.frame(grp = r$grpvar, term = r$term, level = as.character(r$grp), estimate = r$condval, se = r$condsd)
  }
  if (grepl("negativebinomial", family)) out$alpha <- sigma(m)
  if (family != "negativebinomial") out$psi <- unname(1 - plogis(fixef(m)$zi))
  write_json(out, paste0(name, ".json"), digits = 12, auto_unbox = TRUE, pretty = TRUE, na = "null", dataframe = "rows")
  cat(name, out$loglik, out$gradient, m$sdr$pdHess, "\n")
}

cod <- subset(read_set("cod_parasites_twin"), !is.na(Intensity) & !is.na(Length))
cod$Area <- factor(cod$Area); cod$Year <- factor(cod$Year); cod$Age <- factor(cod$Age)
cod$size <- (cod$Length - 50) / 10
label <- "cod_parasites_twin with size = (Length - 50) / 10"
families <- c("negativebinomial", "zero_inflated_poisson", "zero_inflated_negativebinomial", "hurdle_poisson", "hurdle_negativebinomial")
for (family in families) record(paste0("cod_", family), label, cod, "Intensity ~ size + (1 | Area:Year)", family)
for (family in families) record(paste0("cod_slopes_", family), label, cod, "Intensity ~ size + (size | Area:Year)", family)
record("cod_crossed", label, cod, "Intensity ~ size + (1 | Area:Year) + (1 | Age)", "negativebinomial")
record("cod_crossed_zero_inflated", label, cod, "Intensity ~ size + (size | Area:Year) + (1 | Age)", "zero_inflated_negativebinomial")

# The twin has hardly more zeros than a negative binomial; these counts have.
set.seed(20)
n <- 400
counts <- data.frame(x = round(rnorm(n), 3), g = sample(25, n, TRUE), h = sample(LETTERS[1:8], n, TRUE))
u <- cbind(rnorm(25, 0, 0.6), rnorm(25, 0, 0.4)); w <- rnorm(8, 0, 0.5)
mu <- exp(1 + 0.4 * counts$x + u[counts$g, 1] + u[counts$g, 2] * counts$x + w[match(counts$h, LETTERS)])
counts$y <- rnbinom(n, mu = mu, size = 2.5) * rbinom(n, 1, 0.7)
write.csv(counts, "counts.csv", row.names = FALSE, quote = FALSE)
counts$g <- factor(counts$g); counts$h <- factor(counts$h)
for (family in families) {
  record(paste0("counts_", family), "counts", counts, "y ~ x + (1 | g)", family)
  record(paste0("counts_crossed_", family), "counts", counts, "y ~ x + (x | g) + (1 | h)", family)
}
record("counts_independent", "counts", counts, "y ~ x + (1 | g) + (0 + x | g)", "zero_inflated_negativebinomial")

cbpp <- read_set("cbpp"); cbpp$period <- factor(cbpp$period); cbpp$herd <- factor(cbpp$herd)
for (family in c("negativebinomial", "zero_inflated_poisson", "hurdle_poisson"))
  record(paste0("cbpp_", family), "cbpp", cbpp, "incidence ~ period + offset(log(size)) + (1 | herd)", family)

# Without group effects: the course's models of the intensities, on the twin and on the real file.
counted <- function(d) subset(transform(d, Area = factor(Area), Year = factor(Year)), !is.na(Intensity) & !is.na(Length))
real <- file.path(Sys.getenv("BAYESMM_DATA"), "cod_parasites.csv")
for (family in families[1:3]) {
  formula <- "Intensity ~ Length + Year + Area"
  record(paste0("cod_counts_", family, "_twin"), "cod_parasites_twin", counted(read_set("cod_parasites_twin")), formula, family)
  if (file.exists(real)) record(paste0("cod_counts_", family), "cod_parasites", counted(read.csv(real)), formula, family)
}
