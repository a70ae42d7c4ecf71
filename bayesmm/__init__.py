"""Bayesian multilevel models in Python: lme4 formulas, NUTS, and ML beside every posterior."""
