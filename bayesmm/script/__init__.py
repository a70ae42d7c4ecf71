"""Code that makes a fit again: bayesmm, PyMC, Bambi, lme4 or glmmTMB, brms, rstanarm."""
