"""Sentences of notebooks/02_glm_to_glmm.ipynb that compare, and why they are true."""

from notebooks.claims import Claim

__all__ = ["CLAIMS"]

CLAIMS = (
    Claim("Methods 3, week 3", because="a name, no comparison"),
    Claim("A probability lies between 0 and 1", because="a definition"),
    Claim(
        "changes the probability most where it is near one half",
        (
            "(lambda p: abs(p[abs(np.diff(p)).argmax()] - 0.5) < 0.1)(1 / (1 + np.exp("
            "-(fit.ml.estimates[0] + fit.ml.estimates[1] * np.linspace(1, 6, 101)))))",
        ),
    ),
    Claim(
        "farther from zero than the posterior means, and their standard errors are larger",
        (
            "(fit.ml.fixef()['estimate'].abs() > fit.fixef()['mean'].abs()).all()",
            "(fit.ml.fixef()['se'] > fit.fixef()['sd']).all()",
            "len(cars) == 32",
            "cars.query('wt < 2.4')['am'].all() and not cars.query('wt > 3.6')['am'].any()",
        ),
    ),
    Claim(
        "`check` notes that the prior says more than the data",
        (
            "'It says more than the data about' in"
            " fit.check().table.set_index('check').loc['prior against data', 'words']",
        ),
    ),
    Claim(
        "Under a wide prior, the mean of the posterior is farther from zero than the estimate",
        ("(wide.fixef()['mean'].abs() > fit.ml.fixef()['estimate'].abs()).all()",),
    ),
    Claim(
        "Herds differ in their risk",
        ("(risk.ranef().eval('lower > 0 or upper < 0')).any()",),
    ),
    Claim("one and the same herd", because="the meaning of an odds ratio given the herd"),
    Claim(
        "The population's risk is higher in every period",
        (
            "(risk.predict(periods, who='population').table['mean']"
            " > risk.predict(periods, who='typical group').table['mean']).all()",
            "(risk.predict(periods, who='population').table['upper'] < 0.5).all()",
        ),
    ),
    Claim(
        "The larger the sd between herds, the larger the gap",
        (
            "np.all(np.diff([(1 / (1 + np.exp(1.4 - sd * np.random.default_rng(1).normal("
            "size=10_000)))).mean() for sd in (0, 0.4, 0.7, 1, 2)]) > 0)",
        ),
    ),
    Claim(
        "One test finds something: the cases vary more",
        ("risk.check().table.query('severity > 1')['check'].tolist() == ['overdispersion']",),
    ),
    Claim(
        "A herd has at most four rows",
        (
            "risk.loo().units['how'].eq('integrated').any()",
            "'integrated out' in"
            " risk.check().table.set_index('check').loc['influence of rows', 'words']",
            "herds.groupby('herd').size().max() == 4",
        ),
    ),
    Claim(
        "has a row for each car: 1 for the intercept",
        ("X.shape == (len(cars), 2)", "(X[:, 0] == 1).all()", "(X[:, 1] == cars['wt']).all()"),
    ),
    Claim("its inverse link lies between 0 and 1", because="a definition"),
    Claim(
        "Four periods are an intercept and three differences from the first",
        ("herds['period'].nunique() == 4", "len(risk.fixef()) == 4"),
    ),
)
