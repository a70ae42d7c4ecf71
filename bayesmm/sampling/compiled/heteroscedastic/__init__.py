"""Gaussian models whose residual sd varies: coefficients and effects of mu integrated out.

Where sigma takes few distinct values, rows fall into cells: those of one level of the eliminated
factor with one sigma. Given the sigmas a cell enters by its cross-products divided by sigma^2, and
beta and u integrate out as in `collapsed`, whose algebra this is with V = diag(sigma_i^2) + Z G Z'.
What NUTS moves in are the linear predictor of log sigma, in transported coordinates, and sds and
correlations of the effects of mu.

The two halves meet in one evaluation: to the driver of the transported density
(`kernels.transported`) the cells are the rows of a model of log sigma (`model`), whose likelihood
(`likelihood`) is the integrated one (`integrated`, `cells`), and whose further parameters are the
coordinates of the covariance of mu. Scores come from Fisher's identity: d log p / d log sigma_i is
the posterior mean, given theta, of r_i^2 / sigma_i^2 - 1, the residual r_i with its posterior
variance.

Effects of mu and sigma that are correlated, ``(1 | p | g)``, are drawn up as v, of log sigma, and
u | v = diag(sd_u) (L_uv w + L_uu e), where w are the standardised v and [L_uv, L_uu] the last rows
of the factor of the correlation matrix: given v the response is shifted, and e integrates out.

Sds of the effects of mu are folded (`collapsed.soft_ends`): s0 is of the spread of all rows, of
which those with a small sigma may tell far smaller sds, and on the signed line these have two hills
apart. Of 16 simulated data sets of ``y ~ x + (1 | g); sigma ~ 1 + (1 | g)`` the median of the
smallest ESS of 4,000 draws was 3,538 signed with 11.2 leapfrogs, folded 3,862 with 8.6; correlated
2,420 with 11.2, and 3,315 with 9.0.

`plan` says which models; all others with a formula for sigma are left to the joint density.
"""
