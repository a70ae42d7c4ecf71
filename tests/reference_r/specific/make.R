# Makes reference.json: probabilities of the categories of wine by brms, with effects of cs().
# Rscript make.R    (brms 2.18.0, rstan; some minutes). BOOST_LIB is the folder of the headers of boost.
rstan::rstan_options(boost_lib = Sys.getenv("BOOST_LIB", "/usr/include"))
library(brms)
data <- read.csv("data.csv", colClasses = "character")
data$rating <- factor(data$rating, levels = c("1", "2", "3", "4", "5"), ordered = TRUE)
data$temp <- factor(data$temp, levels = c("cold", "warm"))
data$contact <- factor(data$contact, levels = c("no", "yes"))
priors <- c(
  set_prior("normal(0, 2)", class = "b"),
  set_prior("logistic(0, 1)", class = "Intercept")
)
rows <- expand.grid(temp = c("cold", "warm"), contact = c("no", "yes"), stringsAsFactors = TRUE)
found <- list()
for (family in c("sratio", "cratio", "acat")) {
  fit <- brm(rating ~ cs(contact) + temp, data, family = family, prior = priors, chains = 4,
    iter = 3500, warmup = 1000, seed = 1, cores = 1, refresh = 0)
  p <- posterior_epred(fit, newdata = rows)
  ess <- apply(p, c(2, 3), function(x) posterior::ess_mean(matrix(x, ncol = 4)))
  found[[family]] <- list(
    mean = apply(p, c(2, 3), mean),
    mcse = apply(p, c(2, 3), sd) / sqrt(ess)
  )
}
reference <- list(
  source = paste("brms", packageVersion("brms"), "posterior_epred of rating ~ cs(contact) + temp"),
  rows = rows, families = found
)
jsonlite::write_json(reference, "reference.json", auto_unbox = TRUE, digits = 10, pretty = TRUE)
