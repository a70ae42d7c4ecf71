"""Sentences of notebooks/05_laboratories.ipynb that compare, and why they are true."""

from notebooks.claims import Claim

__all__ = ["CLAIMS"]

CLAIMS = (
    Claim("Mixed Models, part 2", because="a name, no comparison"),
    Claim(
        "21 laboratories, some with two rows and one with 364",
        (
            "labs['Group'].nunique() == 21",
            "labs['Group'].value_counts().agg(['min', 'max']).tolist() == [2, 364]",
        ),
    ),
    Claim("laboratories differ in level; in level and slope", because="what the models assume"),
    Claim(
        "Large laboratories have narrow intervals",
        (
            "lmm1.ranef().eval('upper - lower').corr(lmm1.ranef()['n_obs'], method='spearman')"
            " < -0.9",
        ),
    ),
    Claim(
        "The common slope is known well; the level of a small laboratory is not",
        (
            "lmm1.fixef().loc[1, 'mean'] > 50 * lmm1.fixef().loc[1, 'sd']",
            "lmm1.pooling().wide()['shrinkage'].corr(lmm1.pooling().wide()['n_obs'],"
            " method='spearman') > 0.99",
        ),
    ),
    Claim(
        "The likelihood of the third model is largest where the correlation is -1",
        ("round(lmm3.ml.varcorr().loc[2, 'sdcor'], 4) == -1", "len(lmm3.ml.singular) == 1"),
    ),
    Claim(
        "The posterior has an interval, and lies inside the edge",
        ("lmm3.varcorr().loc[2, 'lower'] > -1",),
    ),
    Claim("steeper lines start lower", ("lmm3.varcorr().loc[2, 'upper'] < 0",)),
    Claim(
        "the lines of the estimate meet at x = 119, above all data",
        (
            "round(lmm3.ml.varcorr().loc[0, 'sdcor'] / lmm3.ml.varcorr().loc[1, 'sdcor']) == 119",
            "labs['x'].max() < 119",
            "max(np.corrcoef(lmm3.ranef().query(\"term == 'Intercept'\")['mean'].to_numpy()"
            " + x * lmm3.ranef().query(\"term == 'x'\")['mean'].to_numpy(),"
            " lmm3.ranef().query(\"term == 'x'\")['mean'])[0, 1]"
            " for x in (labs['x'].min(), labs['x'].mean(), labs['x'].max())) < -0.8",
        ),
    ),
    Claim(
        "Slopes without the correlation add little; with it the third model is the best",
        (
            "bayesmm.likelihood_ratio(m1, m2).p_value > 0.05",
            "bayesmm.likelihood_ratio(m2, m3).p_value < 0.001",
            "comparison.table.loc[0, 'model'] == 'lmm3'",
        ),
    ),
    Claim("write three models of the same groups", because="a goal"),
    Claim("formula 12.1 (the week on pooling)", because="what one should know"),
    Claim("Or, shorter,", because="of the formula"),
    Claim("for the smallest and for the largest laboratory", because="an exercise"),
    Claim(
        "if u_0j + u_1j x is the same for all j",
        (
            "abs(lmm3.ml.varcorr().loc[2, 'sdcor'] + 1) < 1e-3",
            "np.std(lmm3.ml.ranef().query(\"term == 'Intercept'\")['estimate'].to_numpy()"
            " + lmm3.ml.varcorr().loc[0, 'sdcor'] / lmm3.ml.varcorr().loc[1, 'sdcor']"
            " * lmm3.ml.ranef().query(\"term == 'x'\")['estimate'].to_numpy()) < 0.01",
        ),
    ),
    Claim(
        "the likelihood is largest at the end of the range",
        ("round(lmm3.ml.varcorr().loc[2, 'sdcor'], 4) == -1",),
    ),
    Claim(
        "Here the model without it predicts worse and has a lower likelihood",
        (
            "comparison.table.set_index('model')['elpd'].diff()['lmm2'] < 0",
            "m2.loglik < m3.loglik",
        ),
    ),
)
