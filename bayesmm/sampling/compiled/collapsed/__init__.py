"""Gaussian models with identity link: coefficients and group effects integrated out exactly.

One density (`density`) and one function for what was integrated out (`draws`). The largest factor
is eliminated (`elimination`: equal groups by class, others side by side), coefficients and smaller
factors through one dense factorisation (`dense`); where a second large factor is too wide for that,
its level totals are sampled (`totals`). Without one all arrays of `Totals` are empty, and the code
skips it by ``if K > 0``. `plan` decides which factor is which, `engine.prepare` once per fit.

What compiled code reads are records of arrays (`kernels.records`): the annotation of a field is
all that is said about its place in the table. Scratch is cut from an arena (`kernels.arena`):
without numba's runtime a gradient of a small model is a tenth faster.
"""
