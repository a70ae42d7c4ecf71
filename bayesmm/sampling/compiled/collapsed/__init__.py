"""Gaussian models with identity link: coefficients and group effects integrated out exactly."""
