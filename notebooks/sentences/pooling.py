"""Sentences of notebooks/01_pooling.ipynb that compare, and why they are true."""

from notebooks.claims import Claim

__all__ = ["CLAIMS"]

CLAIMS = (
    Claim("Methods 3, week 3", because="a name, no comparison"),
    Claim("18 people", ("data['Subject'].nunique() == 18",)),
    Claim("day 2 and later", ("data['Days'].min() == 2", "data['days_deprived'].min() == 0")),
    Claim("Nobody differs", because="what the model assumes"),
    Claim(
        "nearly twice that of the partially pooled model",
        ("1.8 < complete.ml.sigma / partial.ml.sigma < 2.1",),
    ),
    Claim("36 coefficients, two for each person", ("len(separate.fixef()) == 36 == 2 * 18",)),
    Claim(
        "from 0 (complete pooling) to 1 (no pooling)",
        ("partial.pooling().shrinkage['mean'].between(0, 1).all()",),
    ),
    Claim(
        "is the weight of the person's own estimate; with two, no single weight says it",
        (
            "not partial.pooling().wide().eval('(partial - complete) / (no - complete)')"
            ".between(0, 1).all()",
        ),
    ),
    Claim(
        "the intercept of person 308 is higher than that of the common line and that of their own",
        (
            "partial.pooling().wide().query(\"level == '308' and term == 'Intercept'\")"
            ".eval('partial > no and partial > complete').item()",
        ),
    ),
    Claim(
        "The slope of 308, steep in their own data, is drawn to the common one",
        (
            "partial.pooling().wide().query(\"level == '308' and term == 'days_deprived'\")"
            ".eval('no > partial and partial > complete').item()",
            "abs(partial.pooling().wide().query(\"level == '308'\").eval('partial - no')"
            " @ [1, data['days_deprived'].mean()])"
            " < abs(partial.pooling().wide().query(\"level == '308'\")"
            ".eval('partial - no').iloc[0]) / 2",
        ),
    ),
    Claim(
        "(Gelman and Hill 2006, eq. 12.1)",
        (
            "np.isclose(bayesmm.multilevel_mean(4, y_group=7, y_all=4, sigma_y=3, sigma_alpha=1.5),"
            " (4 / 3**2 * 7 + 4 / 1.5**2) / (4 / 3**2 + 1 / 1.5**2))",
        ),
    ),
    Claim(
        "With no rows it is the overall mean; with many it is the group's own",
        (
            "np.allclose(bayesmm.multilevel_mean([0, 1e9], y_group=7, y_all=4, sigma_y=3,"
            " sigma_alpha=1.5), [4, 7])",
        ),
    ),
    Claim(
        "a slower way to the group's own mean; groups that differ more",
        (
            "np.all(np.diff([bayesmm.multilevel_mean(4, y_group=7, y_all=4, sigma_y=s,"
            " sigma_alpha=1.5) for s in (1, 3, 6)]) < 0)",
            "np.all(np.diff([bayesmm.multilevel_mean(4, y_group=7, y_all=4, sigma_y=3,"
            " sigma_alpha=s) for s in (0.5, 1.5, 3.5)]) > 0)",
        ),
    ),
    Claim(
        "computed from the same columns",
        (
            "compare_published(model, partial.ml)['agrees'].all()",
            "partial.ml.design.mu.terms == partial.design.mu.terms",
        ),
    ),
    Claim(
        "the interval of the correlation says how much 18 people tell",
        ("partial.varcorr().loc[2, 'upper'] - partial.varcorr().loc[2, 'lower'] > 0.5",),
    ),
    Claim(
        "somebody new, whose interval is widest",
        (
            "(lambda width: width(partial.predict(later, who='new group', seed=1)).min()"
            " > 2 * width(partial.predict(later, who='typical group')).max()"
            " and width(partial.predict(later, who='new group', seed=1)).min()"
            " > 2 * width(partial.predict(later.merge(data[['Subject']].drop_duplicates(),"
            " how='cross'))).max())(lambda p: p.table['upper'] - p.table['lower'])",
        ),
    ),
    Claim("by hand (formula 12.1 of Gelman and Hill)", because="a goal"),
    Claim(
        "distances from person 308, whose line is the first two rows",
        (
            "separate.fixef()['term'].tolist()[:2] == ['Intercept', 'days_deprived']",
            "data['Subject'].iloc[0] == '308'",
            "not separate.fixef()['term'].str.contains('308').any()",
        ),
    ),
    Claim(
        "Person 309 hardly slows down, person 308 does so fast",
        (
            "partial.pooling().wide().query(\"term == 'days_deprived' and level == '309'\")"
            ".eval('0 < no and 2 * no < complete').item()",
            "partial.pooling().wide().query(\"term == 'days_deprived' and level == '308'\")"
            ".eval('no > 1.5 * complete').item()",
        ),
    ),
    Claim(
        "its best guess is the mean of all",
        ("bayesmm.multilevel_mean(0, y_group=7, y_all=4, sigma_y=3, sigma_alpha=1.5) == 4",),
    ),
    Claim("The numbers are those of the first curve below", because="the defaults of the picture"),
    Claim("in each of the others one number is another", because="what is drawn"),
    Claim("For fitting models it is not enough", because="what the formula has and has not"),
    Claim("For the group above, with β = 0.5", because="numbers of an exercise"),
    Claim(
        "beta=0.5, x_group=2)` is the same number",
        (
            "np.isclose(bayesmm.multilevel_mean(4, 7, 4, 3, 1.5, beta=0.5, x_group=2),"
            " (4 / 3**2 * (7 - 0.5 * 2) + 4 / 1.5**2) / (4 / 3**2 + 1 / 1.5**2))",
        ),
    ),
    Claim("believes a person's own data as far as", because="formula 12.1, held above"),
    Claim("many rows and hardly differ", because="formula 12.1, held above"),
    Claim("People differ in variability", because="a heading; held where the sd is stated"),
    Claim("So far σ is one number", because="what the model assumes"),
    Claim("draws it to the others as it does with intercepts", because="what the model assumes"),
    Claim("By what factor may the most variable person scatter more", because="a question"),
    Claim(
        "is about 0.46, a factor of 1.6 from one person to another",
        (
            "abs(scale.varcorr().set_index('var1').loc['sigma_Intercept', 'sdcor'] - 0.46) < 0.02",
            "abs(exp(0.46) - 1.6) < 0.05",
            "scale.varcorr().set_index('var1').loc['sigma_Intercept', 'lower'] > 0.2",
        ),
    ),
    Claim("scatters more than three times as much as", ("exp(own.max() - own.min()) > 3",)),
)
