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

Sds are folded onto the whole line (`kernels.folded`) and correlations are normal scores
(`kernels.signed`): 0 is no edge, and an sd of which nothing is known but that it is small has a
nearly normal coordinate, whose scale the short run tells (`sample`). Sds whose prior is 0 or
infinite at 0, or bounded, keep their logarithm or logit. What is known least (an sd, a correlation,
a share) bends what is known well given it: coefficients and further parameters are measured from
where the short run expects them (`kernels.shear`), told in the coordinates of the first weights, or
of the last where these change how coefficients lean (`leaning`).

Log sds of few rows, where all else is integrated out, have a long flat end: their coordinate is the
normal score of a curve fitted to the density along them (`bending`).

Weights are frozen, and fall as effects grow: where the finest levels have one effect each, of a
sd that is large beside what rows tell of, its coordinates follow the sd by a power and a shift per
level (`kernels.following`). Both come from quadrature of the levels' own densities (`following`),
and are taken where they tell 0.1 of what the posterior knows of the sd: with binary responses and
sds of 3 and more, in some data sets of few responses per level.

Where the elimination is dear (`plan`), what finer levels take from coarser ones and from the border
is frozen too, at the middle of the sds (`reduced`, `kernels.levels_alone`): many levels tell their
sds well. Coefficients whose column is the same within levels act on these in the place of the rows
(`carried`). Too dear is a border of hundreds of columns (`plan.transport_problem`, measured in
``benchmarks/transport.py``); a coefficient with a bounded prior is not transported either.

Tried, and no better: signed sds (even in the coordinate: what is asked of the size of an sd near 0
had 1,600 effective draws of 4,000 where the coordinate had 7,000), effects that follow their sd by
the shift alone (sds with 344 effective draws of 4,000 had 673, by the power alone 1,183, by both
3,665), other targets and shorter trees. The step for a target of .8 is nearly that of a standard
normal of as many coordinates (grouseticks, 591: .33 and .35), so it is their number that asks for
15 leapfrogs; smallest ESS per 1,000 of them at .6, .7, .8, .85 and .9: 55, 62, 61, 56 and 40; with
trees of 7 at .65, .7 and .8: 55, 48 and 34.
"""
