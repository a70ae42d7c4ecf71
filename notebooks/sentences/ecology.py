"""Sentences of notebooks/06_ecology.ipynb that compare, and why they are true."""

from notebooks.claims import Claim

__all__ = ["CLAIMS"]

CLAIMS = (
    Claim(
        "the three overlap",
        (
            "interactive.slopes('IC', by='Dose').table['lower'].max()"
            " < interactive.slopes('IC', by='Dose').table['upper'].min()",
        ),
    ),
    Claim("The 6 rows without a length", ("cod['Length'].isna().sum() == 6",)),
    Claim("Fish of one region are alike", ("fish.icc().table['lower'].item() > 0.5",)),
    Claim(
        "Four regions tell little",
        (
            "fish.design.blocks[0].n_groups == 4",
            "fish.varcorr().loc[0, 'upper'] > 3 * fish.varcorr().loc[0, 'lower']",
            "fish.check().table.set_index('check').loc['prior against data', 'verdict'] == 'note'",
        ),
    ),
    Claim(
        "its mean is smaller by a fifth; `check` says to show this",
        (
            "0.7 < other.varcorr().loc[0, 'sdcor'] / fish.varcorr().loc[0, 'sdcor'] < 0.9",
            "'another prior' in fish.check().table.set_index('check')"
            ".loc['prior against data', 'words']",
        ),
    ),
    Claim("a slope, what a step of 1 adds", because="a definition"),
    Claim(
        "is 1 for rows of the first dose and 0 for all others",
        (
            "(ancova.design.mu.matrix[:, 2] == (drugz['Dose'] == 'dose1')).all()",
            "ancova.design.mu.terms[2] == 'Dose[dose1]'",
        ),
    ),
    Claim(
        "is the same model: there the coefficients are the three intercepts",
        (
            "np.isclose(bayesmm.ml('FC ~ 0 + Dose + Dose:IC', drugz, reml=False).loglik,"
            " bayesmm.ml('FC ~ IC * Dose', drugz, reml=False).loglik)",
        ),
    ),
    Claim("An F compares a small model with a larger one", because="a definition"),
    Claim("when it comes in after those above it", because="what is computed"),
    Claim(
        "The course printed F of 346.55, 60.379 and 0.3168",
        ("np.allclose(f_table['F'], [346.5514, 60.3790, 0.3168], rtol=0.001)",),
    ),
    Claim("n less the number of coefficients", because="a definition"),
    Claim("is 1 or 0; what may matter", ("set(cod['Prevalence']) == {0, 1}",)),
    Claim("### Assignment question 1", because="a heading"),
    Claim(
        "Year 1999 and area 1 are in the intercept",
        ("not {'Year[1999]', 'Area[1]'} & set(logit.fixef()['term'])",),
    ),
    Claim("the two are .504 and .236, as the course printed", because="tests/test_course.py"),
    Claim(
        "with each unit of size a fish has about 0.02 more mercury",
        ("round(fish.fixef().loc[1, 'mean'], 2) == 0.02",),
    ),
    Claim(
        "Regions differ much in level, and from four of them one can hardly say how much",
        (
            "fish.varcorr().loc[0, 'lower'] > fish.varcorr().loc[1, 'upper']",
            "fish.varcorr().loc[0, 'upper'] > 3 * fish.varcorr().loc[0, 'lower']",
            "(lambda width: width('new group') > 1.5 * width('typical group'))(lambda who:"
            " fish.predict(course_data(mercury).frame[['size']].head(1), who=who, seed=1)"
            ".table.eval('upper - lower').item())",
        ),
    ),
    Claim("= 0, to the left of all data", ("drugz['IC'].min() > 0",)),
)
