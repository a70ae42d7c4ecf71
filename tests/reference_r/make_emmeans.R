# Marginal means, contrasts and slopes by R's emmeans, for tests/test_marginal_means.py.
# Run from this folder: Rscript make_emmeans.R. Debian: r-cran-emmeans r-cran-lme4 r-cran-jsonlite.
suppressMessages({library(emmeans); library(lme4); library(jsonlite)})
emm_options(lmer.df = "asymptotic")

read_set <- function(name) read.csv(file.path("..", "..", "bayesmm", "data", paste0(name, ".csv")))

rows <- function(x) {
  d <- as.data.frame(x)
  names(d)[names(d) %in% c("emmean", "prob", "rate", "estimate", "odds.ratio") | grepl("\\.trend$", names(d))] <- "estimate"
  keep <- !(names(d) %in% c("df", "lower.CL", "upper.CL", "asymp.LCL", "asymp.UCL", "t.ratio", "z.ratio", "p.value"))
  d <- d[, keep]
  for (k in seq_along(d)) if (is.factor(d[[k]])) d[[k]] <- as.character(d[[k]])
  d
}

drugz <- read_set("drugz"); drugz$Dose <- factor(drugz$Dose)
additive <- lm(FC ~ IC + Dose, drugz)
interactive <- lm(FC ~ IC * Dose, drugz)
curved <- lm(FC ~ log(IC) * Dose + I(IC^2), drugz)

cbpp <- read_set("cbpp"); cbpp$period <- factor(cbpp$period); cbpp$herd <- factor(cbpp$herd)
herds <- glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), data = cbpp, family = binomial,
  control = glmerControl(tolPwrss = 1e-12, optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9)))

sitka <- read_set("sitka"); sitka$treat <- factor(sitka$treat); sitka$tree <- factor(sitka$tree)
sitka$t <- sitka$Time / 100
trees <- lmer(size ~ treat * (t + I(t^2)) + (t | tree), sitka, REML = TRUE,
  control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9)))

cars <- read_set("mtcars"); cars$cyl <- factor(cars$cyl)
logistic <- glm(am ~ wt + cyl, binomial, cars, epsilon = 1e-14, maxit = 100)

means <- list(
  additive = rows(emmeans(additive, "Dose")),
  interactive_at = rows(emmeans(interactive, "Dose", by = "IC", at = list(IC = c(4, 8)))),
  curved = rows(emmeans(curved, "Dose")),
  herds_link = rows(emmeans(herds, "period")),
  herds_response = rows(emmeans(regrid(ref_grid(herds)), "period")),
  herds_overall_response = rows(emmeans(regrid(ref_grid(herds)), ~ 1)),
  trees = rows(emmeans(trees, "treat", by = "t", at = list(t = c(2, 6)))),
  logistic_cyl_response = rows(emmeans(regrid(ref_grid(logistic)), "cyl"))
)
contrasts <- list(
  additive = rows(contrast(emmeans(additive, "Dose"), "pairwise")),
  interactive_by = rows(contrast(emmeans(interactive, "Dose", by = "IC", at = list(IC = c(4, 8))), "pairwise")),
  additive_rev = rows(contrast(emmeans(additive, "Dose"), "revpairwise")),
  additive_ctrl = rows(contrast(emmeans(additive, "Dose"), "trt.vs.ctrl")),
  additive_consec = rows(contrast(emmeans(additive, "Dose"), "consec")),
  additive_eff = rows(contrast(emmeans(additive, "Dose"), "eff")),
  herds_link = rows(contrast(emmeans(herds, "period"), "pairwise")),
  herds_response = rows(contrast(emmeans(regrid(ref_grid(herds)), "period"), "pairwise"))
)
slopes <- list(
  interactive = rows(emtrends(interactive, ~ Dose, var = "IC")),
  curved = rows(emtrends(curved, ~ Dose, var = "IC", delta.var = 1e-5)),
  trees = rows(emtrends(trees, ~ treat, var = "t", at = list(t = 4), delta.var = 1e-5))
)
write_json(
  list(R = R.version.string, emmeans = as.character(packageVersion("emmeans")),
       lme4 = as.character(packageVersion("lme4")), means = means, contrasts = contrasts, slopes = slopes),
  "emmeans.json", digits = 10, auto_unbox = TRUE, pretty = TRUE, dataframe = "rows")
