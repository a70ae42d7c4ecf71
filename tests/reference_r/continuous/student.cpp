// Student-t responses with group effects of one factor, for TMB's Laplace approximation.
#include <TMB.hpp>
template <class Type>
Type objective_function<Type>::operator()() {
  DATA_VECTOR(y); DATA_MATRIX(X); DATA_MATRIX(Z); DATA_IVECTOR(g); DATA_INTEGER(log_link);
  PARAMETER_VECTOR(beta); PARAMETER_VECTOR(log_sd); PARAMETER(log_sigma); PARAMETER(log_nu); PARAMETER_MATRIX(v);
  Type sigma = exp(log_sigma), nu = exp(log_nu), nll = 0;
  vector<Type> eta = X * beta;
  for (int j = 0; j < v.rows(); j++)
    for (int k = 0; k < v.cols(); k++) nll -= dnorm(v(j, k), Type(0), Type(1), true);
  for (int i = 0; i < y.size(); i++) {
    for (int k = 0; k < v.cols(); k++) eta(i) += Z(i, k) * exp(log_sd(k)) * v(g(i), k);
    Type mu = log_link ? exp(eta(i)) : eta(i);
    nll -= dt((y(i) - mu) / sigma, nu, true) - log_sigma;
  }
  return nll;
}
