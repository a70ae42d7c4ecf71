# What the peers say of themselves, as one JSON object on the last line.
# Largest resident memory of this process in MiB; NA where the system does not tell.
peak_memory <- function() {
  status <- tryCatch(readLines("/proc/self/status"), error = function(e) character(), warning = function(w) character())
  line <- grep("^VmHWM", status, value = TRUE)
  if (length(line)) as.numeric(gsub("[^0-9]", "", line)) / 1024 else NA
}

# Smallest bulk ESS over the quantities of an array (iteration, chain, quantity).
min_ess <- function(draws) {
  ess <- apply(draws, 3, posterior::ess_bulk)
  worst <- which.min(ess)
  list(min_ess = ess[[worst]], quantity = dimnames(draws)[[3]][worst], n_quantities = length(ess))
}

# Leapfrogs per draw and divergences of a stanfit.
nuts <- function(stanfit) {
  chains <- rstan::get_sampler_params(stanfit, inc_warmup = FALSE)
  list(leapfrogs = mean(sapply(chains, function(x) mean(x[, "n_leapfrog__"]))),
       divergences = sum(sapply(chains, function(x) sum(x[, "divergent__"]))))
}

report <- function(...) {
  facts <- list(..., R = paste(R.version$major, R.version$minor, sep = "."), peak_mib = peak_memory())
  cat(jsonlite::toJSON(facts, auto_unbox = TRUE, digits = 8, na = "null"), "\n", sep = "")
}
