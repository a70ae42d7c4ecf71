"""Every fit can be verified: the density that was sampled against the PyMC model of the fit.

An engine moves in coordinates x of its own. From x come the parameters of the model, from these
the free variables z of the PyMC model, and so

    log p_engine(x) = log p_PyMC(z(x)) + log |det dz/dx| + constant,

where the determinant is taken by differences of the very functions that make the draws. What an
engine has integrated out, v, has an exact normal distribution given x, and whatever v is,

    log p_engine(x) = log p_PyMC(z(x, v)) + log |det d(z)/d(x, v)| - log N(v | x) + constant.

`engine_density` says what an engine moves in, `pymc_points` what PyMC does, `verify` compares.
"""
