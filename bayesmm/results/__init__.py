"""Tables, checks and comparisons of a fit, in a folder for each question.

``tables`` (effects, standard deviations, summary, maximum likelihood beside), ``prediction``,
``marginal`` (means, contrasts, slopes, averages over rows; ``measures`` has the differences and
ratios), ``comparison`` (leave-one-out, likelihood ratio, F), ``checks``, ``densities`` (log
likelihood and log prior at the draws) and ``partial_pooling``. What only pictures show stands
beside them in `bayesmm.plots`.
"""
