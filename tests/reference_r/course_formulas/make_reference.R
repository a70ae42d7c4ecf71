# Course models in which a second parameter has a formula, by glmmTMB, into reference.json.
# Run from this folder: BAYESMM_DATA=FOLDER Rscript make_reference.R
# FOLDER has cod_parasites.csv, which may not be shipped; without it only its twin is fitted.
# Debian: r-base-core r-cran-glmmtmb r-cran-jsonlite. Versions are inside the file.
suppressMessages({library(glmmTMB); library(jsonlite)})

counted <- function(path) subset(transform(read.csv(path), Area = factor(Area), Year = factor(Year)), !is.na(Intensity) & !is.na(Length))
cod <- list(cod_parasites_twin = counted(file.path("..", "..", "..", "bayesmm", "data", "cod_parasites_twin.csv")))
real <- file.path(Sys.getenv("BAYESMM_DATA"), "cod_parasites.csv")
if (file.exists(real)) cod$cod_parasites <- counted(real)
families <- list(zero_inflated_poisson = poisson(), zero_inflated_negativebinomial = nbinom2(),
                 hurdle_poisson = truncated_poisson(), hurdle_negativebinomial = truncated_nbinom2())
table <- function(s) data.frame(term = rownames(s), estimate = unname(s[, 1]), se = unname(s[, 2]))

fits <- list()
for (data in names(cod)) for (family in names(families)) {
  m <- suppressWarnings(glmmTMB(Intensity ~ Length + Year + Area, cod[[data]], family = families[[family]], ziformula = ~ Length,
                                control = glmmTMBControl(optCtrl = list(iter.max = 2000, eval.max = 4000, rel.tol = 1e-14))))
  s <- coef(summary(m))
  fits[[length(fits) + 1]] <- list(data = data, model = paste0("cod_", family, "_length"), loglik = as.numeric(logLik(m)),
    gradient = max(abs(m$obj$gr(m$fit$par))), cond = table(s$cond), zi = table(s$zi),
    alpha = if (grepl("negativebinomial", family)) sigma(m))
}
write_json(list(R = R.version.string, glmmTMB = as.character(packageVersion("glmmTMB")), fits = fits), "reference.json",
           digits = 12, auto_unbox = TRUE, pretty = TRUE, na = "null")
