# Satterthwaite's degrees of freedom and F tests by lmerTest: writes satterthwaite.json.
# Run from this folder: BAYESMM_DATA=FOLDER Rscript make_satterthwaite.R
# FOLDER has the data sets that may not be shipped; without it, their models are left out.
# Debian: r-base-core r-cran-lmertest r-cran-jsonlite. Versions are inside the file.
suppressMessages({library(lmerTest); library(jsonlite)})

shipped <- function(name) file.path("..", "..", "bayesmm", "data", paste0(name, ".csv"))
own <- function(name) file.path(Sys.getenv("BAYESMM_DATA"), paste0(name, ".csv"))
read_set <- function(name) read.csv(if (file.exists(shipped(name))) shipped(name) else own(name))
can_read <- function(name) file.exists(shipped(name)) || (Sys.getenv("BAYESMM_DATA") != "" && file.exists(own(name)))

prepare <- list(
  sleepstudy = function(d) transform(d, Subject = factor(Subject), day = factor(Days)),
  sitka = function(d) transform(d, tree = factor(tree), time = (Time - mean(Time)) / sd(Time)),
  labs_twin = function(d) transform(d, Group = factor(Group)),
  analytic_garden_df_test_matched = function(d) transform(d, Group = factor(Group))
)

models <- list()
# `small`: formula of the common effects of the model to test against.
add <- function(data, formula, REML = TRUE, small = NULL, weighted = FALSE) {
  if (!can_read(data)) return(invisible())
  d <- read_set(data)
  if (!is.null(prepare[[data]])) d <- prepare[[data]](d)
  d$w <- if (weighted) 1 + d$Days else 1
  m <- suppressWarnings(suppressMessages(lmer(as.formula(formula), d, REML = REML, weights = w, control = lmerControl(
    optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9)))))
  s <- coef(summary(m, ddf = "Satterthwaite"))
  entry <- list(
    data = data, formula = formula, reml = REML, weighted = weighted, singular = isSingular(m),
    terms = data.frame(term = rownames(s), df = s[, "df"], t = s[, "t value"], p = s[, "Pr(>|t|)"], row.names = NULL)
  )
  if (!is.null(small)) {
    X0 <- model.matrix(as.formula(small), d)
    f <- contestMD(m, lmerTest:::get_Ldiffmat2(X0, model.matrix(m)), ddf = "Satterthwaite")
    entry$small <- small
    entry$f <- list(df1 = f[["NumDF"]], df2 = f[["DenDF"]], f = f[["F value"]], p = f[["Pr(>F)"]])
  }
  models[[length(models) + 1]] <<- entry
}

slopes <- "Reaction ~ Days + (Days | Subject)"
add("sleepstudy", slopes, small = "~ 1")
add("sleepstudy", slopes, REML = FALSE)
add("sleepstudy", slopes, REML = FALSE, weighted = TRUE)
add("sleepstudy", "Reaction ~ Days + (Days || Subject)")
add("sleepstudy", "Reaction ~ Days + (1 | Subject)")
add("sleepstudy", "Reaction ~ Days + (Days | Subject) + (1 | day)", small = "~ 1")
mm1 <- "size ~ treat * (time + I(time^2)) + (time + I(time^2) | tree)"
add("sitka", mm1, small = "~ time + I(time^2)")
add("sitka", mm1, REML = FALSE, small = "~ time + I(time^2)")
add("sitka", "size ~ treat * time + (1 | tree)", small = "~ time")
add("penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)")
add("dyestuff", "Yield ~ 1 + (1 | Batch)")
add("hg_fish", "Hg ~ size + (1 | region)", REML = FALSE)
add("schools", "score ~ hours + (hours | school) + (1 | school:class)", small = "~ 1")
for (name in c("dapr3_lme4output", "dapr3_lme4output_twin")) add(name, "y ~ x + (1 + x | group)", small = "~ 1")
for (name in c("ace_mindfuldecline", "ace_mindfuldecline_twin")) {
  add(name, "ACE ~ 1 + visit + (1 | ppt)")
  add(name, "ACE ~ 1 + visit * condition + (1 + visit | ppt)", small = "~ visit")
}
for (name in c("analytic_garden_df_test_matched", "labs_twin")) {
  add(name, "y ~ x + (1 | Group)", REML = FALSE)
  add(name, "y ~ x + (1 | Group) + (0 + x | Group)", REML = FALSE)
  add(name, "y ~ x + (1 + x | Group)", small = "~ 1")
}
out <- list(R = R.version.string, lme4 = as.character(packageVersion("lme4")),
            lmerTest = as.character(packageVersion("lmerTest")), models = models)
write_json(out, "satterthwaite.json", digits = 12, auto_unbox = TRUE, pretty = TRUE, dataframe = "rows")
