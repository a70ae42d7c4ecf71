"""Sentences of notebooks/00_tour.ipynb that compare, and why they are true."""

from notebooks.claims import Claim

__all__ = ["CLAIMS"]

CLAIMS = (
    Claim(
        "The same seed gives the same draws",
        ("bayesmm.fit(model.formula, data, seed=1).fixef().equals(fit.fixef())",),
    ),
    Claim(
        "estimate of the same model by restricted maximum likelihood",
        ("fit.ml.reml", "fit.ml.design.formula == fit.design.formula"),
    ),
    Claim(
        "Farthest apart is the sd of the intercepts, at day 0",
        (
            "fit.compare_ml()['difference'].abs().idxmax() == 2",
            "tuple(fit.compare_ml().loc[2, ['kind', 'var1']]) == ('sd', 'Intercept')",
            "np.allclose(fit.varcorr().loc[0, ['lower', 'upper']].astype(float), [17, 45], atol=2)",
            "fit.varcorr().loc[0, 'sdcor'] > fit.ml.varcorr().loc[0, 'sdcor']",
        ),
    ),
    Claim(
        "`coef` is the sum of the common effect and the effect of the person",
        (
            "np.allclose(fit.coef()['mean'], fit.ranef()['mean']"
            " + fit.ranef()['term'].map(fit.fixef().set_index('term')['mean']))",
        ),
    ),
    Claim(
        "Three find something here: row 56 lies far",
        (
            "fit.check().table.query('severity > 1')['check'].tolist()"
            " == ['outliers', 'skew and tails', 'constant spread']",
            "'tails +' in fit.check().table.set_index('check').loc['skew and tails', 'words']",
            "'varies more where the fitted value is larger' in"
            " fit.check().table.set_index('check').loc['constant spread', 'words']",
            "'row is 56' in fit.check().table.set_index('check').loc['outliers', 'words']",
        ),
    ),
    Claim(
        "A note says that row 56 weighs much too: its person has ten rows",
        (
            "fit.check().table.query(\"verdict == 'note'\")['check'].tolist()"
            " == ['influence of rows']",
            "'the largest is row 56' in"
            " fit.check().table.set_index('check').loc['influence of rows', 'words']",
            "(data.groupby('Subject').size() == 10).all()",
        ),
    ),
    Claim(
        "the interval is more than four times as wide",
        (
            "(lambda width: (width(fit.predict(days.tail(2), who='new group', kind='response',"
            " seed=1)) > 4 * width(fit.predict(days.tail(2), who='typical group'))).all())"
            "(lambda p: p.table['upper'] - p.table['lower'])",
        ),
    ),
    Claim(
        "Of some people the slope is near nothing, of others it is nearly double the typical",
        (
            "abs(fit.fixef().loc[1, 'mean'] - 10) < 1",
            "fit.coef().query(\"term == 'Days'\")['mean'].min() < 1",
            "fit.coef().query(\"term == 'Days'\")['mean'].max() > 1.8 * fit.fixef().loc[1, 'mean']",
        ),
    ),
    Claim(
        "The draws are in order, but single reactions lie far out, and the spread grows",
        (
            "not fit.diagnostics.findings",
            "fit.check().table.query('severity > 1')['check'].tolist()"
            " == ['outliers', 'skew and tails', 'constant spread']",
        ),
    ),
)
