# Maximum-likelihood fits by R of the data sets in bayesmm/data, one JSON file per model.
# Run from this folder: BAYESMM_DATA=FOLDER Rscript make_reference.R
# FOLDER has the data sets of the course that may not be shipped; without it only their twins are
# fitted (files *_twin.json), whose numbers every checkout can compare.
# Debian: r-base-core r-cran-lme4 r-cran-jsonlite. Versions are inside each file.
# glmer stops its inner iteration early by default; tolPwrss = 1e-12 lets it reach the mode.
suppressMessages({library(lme4); library(jsonlite)})

shipped <- function(name) file.path("..", "..", "..", "bayesmm", "data", paste0(name, ".csv"))
own <- function(name) file.path(Sys.getenv("BAYESMM_DATA"), paste0(name, ".csv"))
read_set <- function(name) read.csv(if (file.exists(shipped(name))) shipped(name) else own(name))

rows_of <- function(m) {
  if (inherits(m, "merMod")) {
    v <- as.data.frame(VarCorr(m))
    r <- as.data.frame(ranef(m, condVar = TRUE))
    list(
      varcorr = v[, c("grp", "var1", "var2", "vcov", "sdcor")],
      ranef = data.frame(grp = r$grpvar, term = r$term, level = as.character(r$grp), estimate = r$condval, se = r$condsd),
      singular = isSingular(m)
    )
  } else if (!inherits(m, "glm")) list(sigma = summary(m)$sigma) else list()
}

record <- function(name, data, formula, family, method, call, m) {
  s <- coef(summary(m))
  out <- c(
    list(
      name = name, data = data, formula = formula, family = family, method = method, call = call,
      R = R.version.string, lme4 = as.character(packageVersion("lme4")), nobs = nobs(m),
      fixef = data.frame(term = rownames(s), estimate = unname(s[, 1]), se = unname(s[, 2]), row.names = NULL),
      loglik = as.numeric(logLik(m)), aic = AIC(m), bic = BIC(m)
    ),
    rows_of(m)
  )
  write_json(out, paste0(name, ".json"), digits = 10, auto_unbox = TRUE, pretty = TRUE, na = "null", dataframe = "rows")
}

linear <- function(name, data, d, formula, REML = TRUE, w = rep(1, nrow(d))) {
  m <- suppressMessages(lmer(as.formula(formula), d, REML = REML, weights = w, control = lmerControl(
    optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9))))
  record(name, data, formula, "gaussian", if (REML) "REML" else "ML", deparse1(match.call()), m)
}

generalised <- function(name, data, d, formula, family, label) {
  m <- suppressMessages(glmer(as.formula(formula), d, family = family, control = glmerControl(
    tolPwrss = 1e-12, optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9))))
  record(name, data, formula, label, "ML (Laplace)", deparse1(match.call()), m)
}

plain <- function(name, data, d, formula, family = NULL, label = "gaussian", w = rep(1, nrow(d))) {
  m <- if (is.null(family)) lm(as.formula(formula), d, weights = w) else
    glm(as.formula(formula), family, d, epsilon = 1e-14, maxit = 100)
  record(name, data, formula, label, if (is.null(family)) "OLS" else "ML", deparse1(match.call()), m)
}

sleep <- read_set("sleepstudy"); sleep$Subject <- factor(sleep$Subject)
sleep$late <- factor(ifelse(sleep$Days >= 5, "late", "early"))
sleep$day <- factor(sleep$Days)
linear("sleep_slopes_reml", "sleepstudy", sleep, "Reaction ~ Days + (Days | Subject)")
linear("sleep_slopes_ml", "sleepstudy", sleep, "Reaction ~ Days + (Days | Subject)", REML = FALSE)
linear("sleep_intercept_reml", "sleepstudy", sleep, "Reaction ~ Days + (1 | Subject)")
linear("sleep_independent_reml", "sleepstudy", sleep, "Reaction ~ Days + (Days || Subject)")
linear("sleep_two_blocks_ml", "sleepstudy", sleep, "Reaction ~ Days + (1 | Subject) + (0 + Days | Subject)", REML = FALSE)
linear("sleep_nested_reml", "sleepstudy with late = Days >= 5", sleep, "Reaction ~ Days + (1 | Subject/late)")
linear("sleep_crossed_reml", "sleepstudy with day = Days as a factor", sleep, "Reaction ~ Days + (Days | Subject) + (1 | day)")
linear("sleep_weights_ml", "sleepstudy with weights 1 + Days", sleep, "Reaction ~ Days + (Days | Subject)", REML = FALSE, w = 1 + sleep$Days)
linear("sleep_offset_reml", "sleepstudy", sleep, "Reaction ~ Days + offset(20 * Days) + (Days | Subject)")

sitka <- read_set("sitka"); sitka$tree <- factor(sitka$tree)
sitka$time <- (sitka$Time - mean(sitka$Time)) / sd(sitka$Time)
linear("sitka_m1", "sitka with time = (Time - mean) / sd", sitka, "size ~ treat * (time + I(time^2)) + (time + I(time^2) | tree)", REML = FALSE)
linear("sitka_m0", "sitka with time = (Time - mean) / sd", sitka, "size ~ time + I(time^2) + (time + I(time^2) | tree)", REML = FALSE)
linear("sitka_intercept", "sitka with time = (Time - mean) / sd", sitka, "size ~ time + (1 | tree)")
linear("penicillin_crossed", "penicillin", read_set("penicillin"), "diameter ~ 1 + (1 | plate) + (1 | sample)")
linear("dyestuff", "dyestuff", read_set("dyestuff"), "Yield ~ 1 + (1 | Batch)")
linear("hg_intercept_ml", "hg_fish", read_set("hg_fish"), "Hg ~ size + (1 | region)", REML = FALSE)

cbpp <- read_set("cbpp"); cbpp$trend <- cbpp$period - 1
cbpp$period <- factor(cbpp$period); cbpp$herd <- factor(cbpp$herd)
binomial_formula <- "cbind(incidence, size - incidence) ~ period + (1 | herd)"
generalised("cbpp_logit", "cbpp", cbpp, binomial_formula, binomial, "binomial, logit")
generalised("cbpp_probit", "cbpp", cbpp, binomial_formula, binomial("probit"), "binomial, probit")
generalised("cbpp_cloglog", "cbpp", cbpp, binomial_formula, binomial("cloglog"), "binomial, cloglog")
generalised("cbpp_trend", "cbpp with trend = period - 1", cbpp, "cbind(incidence, size - incidence) ~ trend + (0 + trend | herd)", binomial, "binomial, logit")
generalised("cbpp_poisson", "cbpp", cbpp, "incidence ~ period + offset(log(size)) + (1 | herd)", poisson, "poisson, log")
penicillin <- read_set("penicillin"); penicillin$wide <- as.numeric(penicillin$diameter >= 23)
generalised("penicillin_wide", "penicillin with wide = diameter >= 23", penicillin, "wide ~ 1 + (1 | plate) + (1 | sample)", binomial, "bernoulli, logit")

plain("foodav_lm", "foodav", read_set("foodav"), "ReproductiveEffort ~ Foodavailability")
plain("drugz_interactive", "drugz", read_set("drugz"), "FC ~ IC * Dose")
plain("drugz_additive", "drugz", read_set("drugz"), "FC ~ IC + Dose")
plain("sleep_lm_weights", "sleepstudy with weights 1 + Days", sleep, "Reaction ~ Days", w = 1 + sleep$Days)
plain("mtcars_logit", "mtcars", read_set("mtcars"), "am ~ wt", binomial, "bernoulli, logit")
plain("mtcars_probit", "mtcars", read_set("mtcars"), "am ~ wt", binomial("probit"), "bernoulli, probit")
plain("mtcars_cloglog", "mtcars", read_set("mtcars"), "am ~ wt", binomial("cloglog"), "bernoulli, cloglog")
plain("mtcars_poisson", "mtcars", read_set("mtcars"), "carb ~ wt", poisson, "poisson, log")
plain("cbpp_glm", "cbpp", cbpp, "cbind(incidence, size - incidence) ~ period", binomial, "binomial, logit")

# The course's way to pooling leaves out the first two days.
late <- subset(sleep, Days >= 2); late$days_deprived <- late$Days - 2
of_late <- "sleepstudy of Days >= 2 with days_deprived = Days - 2"
plain("sleep2_complete", of_late, late, "Reaction ~ days_deprived")
plain("sleep2_none", of_late, late, "Reaction ~ days_deprived + Subject + days_deprived:Subject")
linear("sleep2_partial", of_late, late, "Reaction ~ days_deprived + (days_deprived | Subject)")

# The sets that may not be shipped: the twin always, the real one where its file is.
for (twin in c(FALSE, TRUE)) {
  names <- list(ace = "ace_mindfuldecline", dapr3 = "dapr3_lme4output", lifesat = "lifesat_scot", labs = "labs", cod = "cod_parasites")
  sets <- if (twin) lapply(names, paste0, "_twin") else replace(names, "labs", "analytic_garden_df_test_matched")
  if (!twin && !file.exists(own(sets$ace))) next
  end <- if (twin) "_twin" else ""
  one <- function(how, name, set, formula, ..., prepare = identity) how(paste0(name, end), sets[[set]], prepare(read_set(sets[[set]])), formula, ...)
  one(plain, "ace_lm", "ace", "ACE ~ 1 + visit")
  one(linear, "ace_intercept", "ace", "ACE ~ 1 + visit + (1 | ppt)")
  one(linear, "ace_slopes", "ace", "ACE ~ 1 + visit * condition + (1 + visit | ppt)")
  one(linear, "dapr3_slopes", "dapr3", "y ~ x + (1 + x | group)")
  one(linear, "dapr3_restricted_ml", "dapr3", "y ~ 1 + (1 + x | group)", REML = FALSE)
  one(linear, "dapr3_slopes_ml", "dapr3", "y ~ 1 + x + (1 + x | group)", REML = FALSE)
  one(linear, "lifesat_intercept", "lifesat", "lifesat ~ 1 + age + (1 | dwelling)")
  by_group <- function(d) transform(d, Group = factor(Group))
  one(linear, "labs_lmm1", "labs", "y ~ x + (1 | Group)", REML = FALSE, prepare = by_group)
  one(linear, "labs_lmm2", "labs", "y ~ x + (1 | Group) + (0 + x | Group)", REML = FALSE, prepare = by_group)
  one(linear, "labs_lmm3", "labs", "y ~ x + (1 + x | Group)", prepare = by_group)
  factors <- function(d) transform(d, Year = factor(Year), Area = factor(Area))
  one(plain, "cod_logistic", "cod", "Prevalence ~ Length + Year + Area", binomial, "bernoulli, logit", prepare = factors)
  one(plain, "cod_counts_poisson", "cod", "Intensity ~ Length + Year + Area", poisson, "poisson, log",
      prepare = function(d) subset(factors(d), !is.na(Intensity) & !is.na(Length)))
}
