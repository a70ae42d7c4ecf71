"""Formula, design, families and priors: the model as data.

eta = b0 + (X - mean X) beta + offset + sum_k Z_k u_k, with u = diag(sd) L z, z ~ N(0, 1) and
L L' ~ LKJ(eta). The prior of ``Intercept`` is that of b0, at the mean of the predictors, which the
PyMC model calls ``Intercept_centred``; the reported ``Intercept`` is at X = 0. What priors, starts
and pilots are scaled by comes from two files: `response_scale` (level and spread of y, less the
offset, per unit of the weights) and `predictor_scale` (which columns hold the constant, and what
each column is measured about).

Every parameter of the family has a `predictor.Predictor`, ``design.mu`` and
``design.predictor("sigma")``. One without a formula is an intercept alone (``design.constants``),
and the parameter itself, not its link, is what has a name and a prior (`names.coefficient_names`);
others vary (``design.varying``). An effect of a block says which predictor it is added to and which
column of its block it multiplies: effects with one label, ``(1 | p | g)``, on two predictors are in
one block (`group_parts`, what each formula says of it). A formula of zi or hu makes of the family
one with 1 - psi in the place of psi (`bayesmm.family.complement`). What reads one linear predictor
(marginal means, slopes, pictures) answers for another parameter when it is given
``view_of_parameter(fit, "sigma")``, a record in which that one is mu; what cannot answer for such a
model calls ``refuse_varying``, and ``tests/test_varying.py`` goes through every method of ``Fit``.

Of categories without an order each but the reference is a parameter that has a predictor whatever
its formula says (`Parameter.always`), and that of mu is empty (``design.mu_is_empty``). What
answers for a mean answers for the probability of each category by `for_each_category`, which gives
it ``category_view(fit, label)``: a record whose response is whether Y is that one.

Where x = 0 is must change no answer that does not name it. The default priors are therefore of
columns measured from the means of their variables: `centring` finds the triangular change C, with
Z C the columns of x - mean(x), wherever these span what the raw columns do ((1, x), x * z,
x + x^2, a + a:x; not 0 + x, nor effects that are independent at x = 0). `prior_columns` makes of a
design the one in these columns, which the presets scale to and every engine samples; the PyMC model
of a fit has the columns of the formula and samples ``1|g_sigma_centred`` beside them.
`bayesmm.sampling.raw_columns` turns draws into those of the formula's columns, u = C u_c,
Sigma = C Sigma_c C', which tables and predictions read, and back for what compares with a prior.
brms, rstanarm and bambi state their priors of the raw columns, and so do their presets.

`bambi_model` writes this as a Bambi model of generated columns, `pymc_model` as one of PyMC alone
where further parameters vary (`specification` chooses), and ``tests/test_bambi_model.py`` proves
the first against the equation. Every other path is proved against that model:
``tests/test_same_model.py`` for the joint density, a dense multivariate normal for the collapsed
one. `bayesmm.sampling.free_variables` is the inverse; ``fit.draws`` has both, and
``tests/test_pymc_draws.py`` holds PyMC's likelihood, mean and replicates against ours.
"""
