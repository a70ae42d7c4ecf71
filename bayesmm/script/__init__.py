"""Code that makes a fit again: in bayesmm, PyMC, Bambi, and the calls of lme4, brms and rstanarm."""
