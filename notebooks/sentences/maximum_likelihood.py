"""Sentences of notebooks/07_maximum_likelihood.ipynb that compare, and why they are true."""

from notebooks.claims import Claim

__all__ = ["CLAIMS"]

CLAIMS = (
    Claim(
        "estimate of the same columns beside it", ("fit.ml.design.mu.terms == fit.design.mu.terms",)
    ),
    Claim("Where the two agree, report either", because="advice"),
    Claim("Where they differ, one of a few reasons is at work", because="the four that follow"),
    Claim(
        "under the same names as a fit",
        ("estimate.fixef()['term'].tolist() == fit.fixef()['term'].tolist()",),
    ),
    Claim(
        "Reason 1: the posterior of a standard deviation is skewed",
        ("batches.varcorr().loc[0, 'sdcor'] > batches.varcorr().loc[0, 'median']",),
    ),
    Claim(
        "lies above its mode, and so above the estimate",
        (
            "batches.varcorr().loc[0, 'sdcor'] > batches.ml.varcorr().loc[0, 'sdcor']",
            "batches.design.blocks[0].n_groups == 6",
        ),
    ),
    Claim("Reason 2", because="a number of the list"),
    Claim(
        "A correlation of -1, or an sd of 0",
        (
            "round(laboratories.ml.varcorr().loc[2, 'sdcor'], 4) == -1",
            "len(laboratories.ml.singular) == 1",
        ),
    ),
    Claim(
        "The draws of the posterior are never there",
        ("float(laboratories.draws['posterior']['Group_corr'].min()) > -1",),
    ),
    Claim("Reason 3: a skewed likelihood", because="shown below"),
    Claim(
        "32 cars, zeros and ones, nearly separated",
        (
            "len(zeros_and_ones) == 32",
            "zeros_and_ones.query('wt < 2.4')['am'].all()",
            "not zeros_and_ones.query('wt > 3.6')['am'].any()",
        ),
    ),
    Claim(
        "Under a wide prior the mean of the posterior is farther from zero than the estimate",
        ("wide.compare_ml().eval('abs(mean) > abs(estimate)').all()",),
    ),
    Claim("Reason 4", because="a number of the list"),
    Claim(
        "The default prior of these cars is not wide beside what 32 of them say",
        (
            "'It says more than the data about' in"
            " manual.check().table.set_index('check').loc['prior against data', 'words']",
        ),
    ),
    Claim(
        "the posterior is narrower, and its mean nearer to zero than the estimate",
        (
            "(manual.fixef()['sd'] < wide.fixef()['sd']).all()",
            "(manual.fixef()['sd'] < manual.ml.fixef()['se']).all()",
            "manual.compare_ml().eval('abs(mean) < abs(estimate)').all()",
        ),
    ),
    Claim(
        "how much prior and data each pull, and notes that the prior says more",
        (
            "'It says more than the data about' in"
            " manual.check().table.set_index('check').loc['prior against data', 'words']",
        ),
    ),
    Claim(
        "A narrow prior moves the answer",
        ("sure.compare_ml().loc[1, 'difference'] < -5",),
    ),
    Claim(
        "held near 0 here, and the slopes of the people spread wider about it",
        (
            "sure.fixef().loc[1, 'mean'] < fit.fixef().loc[1, 'lower']",
            "sure.varcorr().loc[1, 'sdcor'] > 1.5 * fit.varcorr().loc[1, 'sdcor']",
        ),
    ),
    Claim(
        "The posterior averages over it, and its interval is wider",
        ("(fit.fixef().eval('upper - lower') > 4 * estimate.fixef()['se']).all()",),
    ),
    Claim(
        "its interval of `Days` agrees with that of the posterior",
        (
            "np.allclose(estimate.fixef().loc[1, ['lower', 'upper']].astype(float),"
            " fit.fixef().loc[1, ['lower', 'upper']].astype(float), atol=0.3)",
            "estimate.fixef()['df'].round(6).eq(17).all()",
        ),
    ),
    Claim(
        "Likelihood ratios need maximum likelihood, not REML",
        because="tests/test_likelihood_ratio.py",
    ),
    Claim(
        "where they differ, `compare_ml` gives the reason if it finds one",
        ("wide.compare_ml().query('abs(difference) > 0.3')['note'].ne('').all()",),
    ),
    Claim("where they are not the same number", because="a goal"),
    Claim("below a half it is of no consequence", because="a definition, and advice"),
    Claim("plus and minus 1.96 standard errors", because="a definition"),
    Claim(
        "as for the slope here, both are one number",
        ("abs(fit.compare_ml().loc[1, 'difference']) < 0.05",),
    ),
)
