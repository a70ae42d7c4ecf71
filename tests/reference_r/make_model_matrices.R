# Columns of R's model.matrix and of lme4's Z for every form of the formula language.
# Run from this folder with `Rscript make_model_matrices.R`; writes model_matrices.json.
# Debian: r-base-core r-cran-lme4 r-cran-jsonlite.
suppressMessages({library(lme4); library(splines); library(jsonlite)})
set.seed(20240917)
n <- 48
d <- data.frame(
  y = round(rnorm(n, 10, 3), 3),
  x = round(runif(n, -2, 5), 3),
  w = round(rexp(n, 0.5) + 0.05, 3),
  z = round(rnorm(n, 2000, 20), 2),
  a = sample(c("A", "B", "C"), n, TRUE),
  b = sample(c("no", "yes"), n, TRUE),
  k = sample(c("k1", "k2", "k3", "k4"), n, TRUE),
  flag = sample(c(TRUE, FALSE), n, TRUE),
  year = sample(c(1999L, 2000L, 2001L), n, TRUE),
  g = sample(c("g1", "g2", "g3", "g4"), n, TRUE),
  h = sample(c("h1", "h2", "h3"), n, TRUE),
  id = sample(c(7L, 10L, 308L), n, TRUE),
  my_col = round(rnorm(n), 3)
)
new <- data.frame(x = c(-2.5, -1, 0, 1.2345, 4, 6), w = c(0.2, 1, 2, 3, 5, 9))
names(d)[names(d) == "my_col"] <- "my col"
f <- d
for (v in c("a", "b", "k", "g", "h")) f[[v]] <- factor(f[[v]])

fixed <- c(
  "~ 1", "~ x", "~ 0 + x", "~ -1 + x", "~ x - 1", "~ x + 0 + 1", "~ x + w + z", "~ `my col`",
  "~ a", "~ 0 + a", "~ a - 1", "~ a + b", "~ 0 + a + b", "~ 0 + x + a", "~ flag", "~ x:flag",
  "~ a * b", "~ a:b", "~ a + a:b", "~ b + a:b", "~ 0 + a:b", "~ 0 + a * b", "~ a * b - a", "~ a:b + b + a",
  "~ a * x", "~ x * a", "~ a:x", "~ x:a", "~ 0 + a:x", "~ 0 + x:a", "~ a + a:x", "~ a / x", "~ a / b",
  "~ x + x:a", "~ 0 + x + x:a", "~ 0 + a + a:x", "~ x:w", "~ x * w", "~ x * w * z",
  "~ a * b * x", "~ a * (b + x)", "~ (a + b + x)^2", "~ (a + b + k)^2", "~ (x + w)^2", "~ (x + w + z)**2 - x:w",
  "~ (a + b) / x", "~ a / (b + x)", "~ a / b / x", "~ (a + b):(x + w)", "~ x + a:b", "~ a:b:x", "~ a * b - a:b",
  "~ k:a", "~ 0 + k:a + a", "~ (a * b * k) - a:b:k",
  "~ I(x^2)", "~ x + I(x^2)", "~ I(x * 2)", "~ I(x/2 - w^-1)", "~ I((x + 3)^2/w)", "~ I(-x)", "~ I(2^x)", "~ I(-x^2)",
  "~ a * (x + I(x^2))", "~ log(w)", "~ log(w, base = 2)", "~ log10(w)", "~ log2(w)", "~ log1p(w)", "~ exp(x)",
  "~ sqrt(w)", "~ abs(x)", "~ log(w + 1) + sqrt(abs(x))",
  "~ scale(x)", "~ scale(x, scale = FALSE)", "~ scale(x, center = FALSE)", "~ a * scale(x)", "~ scale(log(w))", "~ I(scale(x)^2)",
  "~ poly(x, 1)", "~ poly(x, 2)", "~ poly(z, 3)", "~ poly(x, 2, raw = TRUE)", "~ a * poly(x, 2)", "~ 0 + poly(x, 2):b", "~ poly(log(w), 4)",
  "~ bs(x)", "~ bs(x, df = 4)", "~ bs(x, df = 6, intercept = TRUE) - 1", "~ bs(x, knots = c(0, 2))", "~ bs(x, degree = 2, df = 5)",
  "~ bs(x, degree = 1)", "~ bs(x, df = 5, Boundary.knots = c(-3, 6))",
  "~ ns(x)", "~ ns(x, df = 2)", "~ ns(x, df = 4)", "~ ns(x, knots = c(0, 2))", "~ ns(x, df = 3, intercept = TRUE) - 1", "~ ns(w, df = 3) * b",
  "~ ns(x, df = 3, Boundary.knots = c(-1, 4))",
  "~ factor(year)", "~ factor(year) * x", "~ year", "~ 0 + factor(year) + a", "~ factor(a)"
)
# R's words for contrasts differ from ours: the second is what our formula says.
contrasts_forms <- list(
  c("~ C(a, contr.treatment(3, base = 2))", "~ C(a, Treatment(\"B\"))"),
  c("~ C(a, contr.sum(3))", "~ C(a, Sum)"),
  c("~ C(a, contr.sum(3)) * b", "~ C(a, Sum) * b"),
  c("~ C(a, contr.sum(3)):C(b, contr.sum(2)) + C(a, contr.sum(3)) + C(b, contr.sum(2))", "~ C(a, Sum):C(b, Sum) + C(a, Sum) + C(b, Sum)"),
  c("~ 0 + C(a, contr.sum(3))", "~ 0 + C(a, Sum)"),
  c("~ C(factor(year), contr.treatment(3, base = 3))", "~ C(year, Treatment(2001))")
)
matrix_of <- function(text, formula) {
  X <- model.matrix(as.formula(formula), f)
  list(formula = text, names = I(colnames(X)), columns = unname(split(unname(c(X)), rep(seq_len(ncol(X)), each = n))))
}
common <- c(lapply(fixed, function(s) matrix_of(s, s)), lapply(contrasts_forms, function(p) matrix_of(p[2], p[1])))

groups <- c(
  "(1 | g)", "(x | g)", "(1 + x | g)", "(0 + x | g)", "(-1 + x | g)", "(x - 1 | g)", "(1 | g) + (0 + x | g)",
  "(x || g)", "(x + w || g)", "(0 + x + w || g)", "(1 | g/h)", "h + (1 | h:g)", "(x | g/h)", "(x | g) + (w | h)",
  "x * h + (x | h:g)", "(1 | g) + (1 | h)", "(1 | g:h)", "(a | g)", "(0 + a | g)", "(b * x | g)", "(x * w | g)", "(a + x | h)", "(0 + b:x | h)",
  "(1 | g/h/b)", "(1 | g:h:b)", "(I(x^2) | g)", "(poly(x, 2) | g)", "(x + I(x^2) | g)", "(log(w) | id)", "(1 | id)",
  "(scale(x) | h)", "(1 | flag)", "(1 | h/id)", "(ns(x, df = 2) | g)"
)
control <- lmerControl(check.nobs.vs.nRE = "ignore", check.nobs.vs.rankZ = "ignore", check.nlev.gtr.1 = "ignore")
blocks_of <- function(text) {
  t <- lFormula(as.formula(paste("y ~ 1 +", text)), f, control = control)$reTrms
  asgn <- attr(t$flist, "assign")
  list(formula = text, blocks = lapply(seq_along(t$cnms), function(i) list(
    factor = names(t$cnms)[i], effects = I(t$cnms[[i]]), levels = I(levels(t$flist[[asgn[i]]])),
    Zt = unname(apply(as.matrix(t$Ztlist[[i]]), 1, as.list)))))
}
group <- lapply(groups, function(s) { b <- blocks_of(s); b$blocks <- lapply(b$blocks, function(k) {
  k$Zt <- lapply(k$Zt, unlist); k }); b })

# Transforms applied to new data with what they learnt, through predict() of a linear model.
learnt <- c("scale(x)", "poly(x, 3)", "bs(x, df = 5)", "bs(x, degree = 1, df = 3)", "ns(x, df = 3)", "poly(w, 2)", "scale(log(w))")
new_columns <- lapply(learnt, function(s) {
  m <- lm(as.formula(paste("y ~", s)), f)
  X <- suppressWarnings(model.matrix(delete.response(terms(m)), model.frame(delete.response(terms(m)), new)))[, -1, drop = FALSE]
  list(call = s, columns = unname(split(unname(c(X)), rep(seq_len(ncol(X)), each = nrow(new)))))
})
write_json(list(R = R.version.string, lme4 = as.character(packageVersion("lme4")),
                data = d, new = new, common = common, groups = group, new_columns = new_columns),
           "model_matrices.json", digits = NA, auto_unbox = TRUE, dataframe = "columns")
cat(length(common), "fixed,", length(group), "group forms\n")
