"""Sentences of notebooks/03_trees.ipynb that compare, and why they are true."""

from notebooks.claims import Claim

__all__ = ["CLAIMS"]

CLAIMS = (
    Claim(
        "79 spruce trees were measured five times in a year; 54 of them",
        (
            "trees['tree'].nunique() == 79",
            "(trees.groupby('tree').size() == 5).all()",
            "trees.groupby('tree')['treat'].first().eq('ozone').sum() == 54",
        ),
    ),
    Claim(
        "One line per treatment is not enough",
        ("bayesmm.likelihood_ratio(by_treatment, by_tree).p_value < 0.001",),
    ),
    Claim(
        "residual sum of squares of 157, a line per tree one of 6",
        (
            "round(by_treatment.sigma**2 * len(trees)) == 157",
            "round(by_tree.sigma**2 * len(trees)) == 6",
        ),
    ),
    Claim(
        "158 coefficients say nothing about another tree",
        (
            "len(by_tree.fixef()) == 158",
            "(trees.groupby('tree')['treat'].nunique() == 1).all()",
        ),
    ),
    Claim(
        "Trees that differ in size and grow alike",
        ("intercept.ranef()['term'].unique().tolist() == ['Intercept']",),
    ),
    Claim(
        "the size at the mean of the days of measurement, day 202",
        ("round(trees['Time'].mean()) == 202", "abs(trees['time'].mean()) < 1e-12"),
    ),
    Claim("The question is the difference in growth", because="the meaning of an interaction"),
    Claim(
        "fits both models to each of 1000 sets",
        ("bootstrapped.n_fitted == 1000",),
    ),
    Claim(
        "with a standard error of .003: it agrees with the .0055 of chi-square, and with the .011",
        (
            "round(bootstrapped.p_standard_error, 3) == 0.003",
            "round(bayesmm.likelihood_ratio(mm0, mm1).p_value, 4) == 0.0055",
            "abs(bootstrapped.p_value - 0.0055) < 2 * bootstrapped.p_standard_error",
            "abs(bootstrapped.p_value - 0.011) < 2 * (2 * 0.011 * 0.989 / 1000)**0.5",
        ),
    ),
    Claim("All of them are below .05", ("bootstrapped.p_value < 0.05",)),
    Claim("The two are different questions", because="what is left out is a row, or a tree"),
    Claim(
        "So the growth differs by treatment",
        (
            "fit.fixef().set_index('term').loc['treat[ozone]:time', 'upper'] < 0",
            "-comparison.table['d_elpd'].min() < comparison.table['d_se'].max()",
        ),
    ),
    Claim(
        "The spread between trees is larger",
        (
            "abs(fit.fixef().set_index('term').loc['treat[ozone]:time', 'mean'])"
            " < fit.varcorr().loc[1, 'sdcor']",
        ),
    ),
    Claim(
        "Of five rows for three effects, single ones weigh much",
        (
            "fit.loo().units['how'].eq('integrated').any()",
            "'integrated out' in"
            " fit.check().table.set_index('check').loc['influence of rows', 'words']",
        ),
    ),
    Claim(
        "One test finds something: the growth is not quite a parabola",
        ("fit.check().table.query('severity > 1')['check'].tolist() == ['straight lines']",),
    ),
    Claim(
        "two of them go together: trees that grow faster bend more",
        (
            "fit.varcorr().query(\"var2 == 'I(time^2)' and var1 == 'time'\")['upper'].item() < 0",
            "fit.fixef().set_index('term').loc['I(time^2)', 'upper'] < 0",
            "fit.varcorr().query(\"var1 == 'Intercept' and var2.notna()\")"
            ".eval('lower < 0 and upper > 0').all()",
        ),
    ),
    Claim(
        "is twice that of the line per treatment",
        (
            "1.8 < fit.ml.fixef().set_index('term').loc['treat[ozone]', 'se']"
            " / by_treatment.fixef().set_index('term').loc['treat[ozone]', 'se'] < 2.3",
        ),
    ),
    Claim("whose groups differ in level, slope and curvature", because="a goal"),
    Claim("A mixed model is the way out: trees differ", because="what the model assumes"),
    Claim(
        "Common effects and group effects have the same three columns",
        (
            "[e.name for e in fit.design.blocks[0].effects] == ['Intercept', 'time', 'I(time^2)']",
            "{e.name for e in fit.design.blocks[0].effects} < set(fit.design.mu.terms)",
        ),
    ),
    Claim(
        "ML makes sds too small, because it forgets what the common effects have cost",
        (
            "(mm1.varcorr()['sdcor'][:3] < fit.ml.varcorr()['sdcor'][:3]).all()",
            "fit.ml.reml and not mm1.reml",
        ),
    ),
    Claim(
        "chance alone makes such a difference in less than one of a hundred studies",
        (
            "bayesmm.likelihood_ratio(mm0, mm1).p_value < 0.01",
            "bootstrapped.p_value < 0.01",
        ),
    ),
    Claim(
        "trees differ so much by themselves",
        ("-comparison.table['d_elpd'].min() < comparison.table['d_se'].max()",),
    ),
)
