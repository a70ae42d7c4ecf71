# What the peers share: arguments, data, and one JSON object on the last line.
# Arguments: CSV file, columns that are factors (comma-separated), formula, family, seed.
given <- commandArgs(TRUE)
data <- read.csv(given[1])
for (column in strsplit(given[2], ",")[[1]]) data[[column]] <- factor(data[[column]])
formula <- as.formula(given[3])
family_name <- given[4]
seed <- as.integer(given[5])
family_of <- function(bernoulli = "binomial") {
  get(if (family_name == "bernoulli") bernoulli else family_name)()
}
source("benchmarks/peers/nuts.R")
