# Posteriors of rstanarm under its default priors: run from this folder with `Rscript make_rstanarm.R`.
# Debian: r-base-core r-cran-rstanarm r-cran-lme4 r-cran-jsonlite. Writes rstanarm_<name>.json.
suppressMessages({library(rstanarm); library(lme4); library(jsonlite)})
save_posterior <- function(name, formula, data, family) {
  m <- suppressWarnings(stan_glmer(formula, data, family = family, chains = 4, iter = 6000, warmup = 1000,
                                   cores = 2, seed = 1, refresh = 0, adapt_delta = 0.95))
  s <- as.data.frame(summary(m$stanfit)$summary)
  d <- as.matrix(m)
  keep <- intersect(rownames(s), colnames(d))
  keep <- keep[!grepl("_NEW_", keep)]
  out <- data.frame(variable = keep, mean = s[keep, "mean"], sd = s[keep, "sd"], n_eff = s[keep, "n_eff"], rhat = s[keep, "Rhat"])
  # the sds and the correlation: rstanarm reports variances and covariances as Sigma[...]
  sigma <- grep("^Sigma", colnames(d), value = TRUE)
  n_eff <- min(s[sigma, "n_eff"])
  variances <- sigma[sapply(strsplit(sub("\\]$", "", sub("^Sigma\\[", "", sigma)), "[:,]"), function(p) p[2] == p[3])]
  for (v in variances) { x <- sqrt(d[, v]); out <- rbind(out, data.frame(variable = paste0("sd ", v), mean = mean(x), sd = sd(x), n_eff = s[v, "n_eff"], rhat = s[v, "Rhat"])) }
  write_json(list(name = name, formula = deparse(formula), rstanarm = as.character(packageVersion("rstanarm")), R = R.version.string,
                  chains = 4, draws = 5000, seed = 1, posterior = out),
             paste0("rstanarm_", name, ".json"), digits = 10, auto_unbox = TRUE, pretty = TRUE, dataframe = "rows")
}
save_posterior("sleepstudy", Reaction ~ Days + (Days | Subject), sleepstudy, gaussian)
save_posterior("cbpp", cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial)
