"""Coordinates in which the posterior is nearly a standard normal: plan, weights, start, draws.

`kernels.transported` is the joint density in them. Given the sds and correlations, coefficients
and effects are standardised by the posterior of the linear model that the rows look like: with
weights W and pulls W ytilde, frozen before the run, K K' = D'M'WM D + P, v = K^-T (c + z), u = C
v, and the density is exact whatever W is. It holds centred (much information) and non-centred
(none) levels and all between.

`plan` chooses a chain of factors nested in one another, eliminated level by level
(`kernels.elimination`, arrays along the levels), and a dense border of the other factors and the
coefficients (`kernels.border`); the sums over the rows are made once (`sums`). Weights come from a
pilot (`pilot`: penalised quasi-likelihood with the scores of the compiled rows, so of any family),
and once more from a short run at the start of the warm-up, W = E[w] and W ytilde = W E[eta] +
E[score] (`sample`).

Of several linear predictors w is a D x D matrix per row, the expected information from responses
that the family simulates (`information`: the observed one is indefinite in every normal row), and
its mean over draws the harmonic one (`weights`); mu and sigma may be in one block or each in a link
of the chain.

Sds are signed and correlations are normal scores (`kernels.signed`): the posterior is even in an
sd, 0 is no edge. Sds whose prior is 0 or infinite at 0, or bounded, keep their logarithm or logit.
Coefficients and further parameters are measured from where the short run expects them given the
further parameters that are known least (`kernels.shear`).
Too dear are many levels beside a large border (`plan.transport_problem`, measured in
``benchmarks/transport.py``); a coefficient with a bounded prior is not transported either.
"""
