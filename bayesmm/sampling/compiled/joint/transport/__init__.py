"""Coordinates in which the posterior is nearly a standard normal: plan, weights, start, draws."""
