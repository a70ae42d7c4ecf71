"""The joint density written down once more, slowly, from the text of the model."""

import numpy as np
from family_values import distribution, log_density_of
from named_parameters import named_values
from scipy import stats
from scipy.special import expit, ndtr

from bayesmm.model.design import Design
from bayesmm.model.names import corr_name, effect_names, prefixed, sd_names
from bayesmm.model.predictor import Predictor
from bayesmm.model.priors import Prior, Priors
from bayesmm.sampling.compiled.joint.model import JointModel

__all__ = ["default_priors", "log_decov", "reference_log_density"]

INVERSE_LINKS = {
    "identity": lambda e: e,
    "log": np.exp,
    "inverse": lambda e: 1 / e,
    "logit": expit,
    "probit": ndtr,
    "tan_half": lambda e: 2 * np.arctan(e),
    "cloglog": lambda e: 1 - np.exp(-np.exp(e)),
}


def default_priors(design: Design, **changes: Prior) -> Priors:
    """Return a prior of a different kind for each parameter; `changes` by name."""
    kinds = [
        Prior("Normal", (0.2, 1.5)),
        Prior("StudentT", (3.0, 0.1, 2.0)),
        Prior("Laplace", (0.0, 1.2)),
        Prior("Cauchy", (0.1, 2.0)),
    ]
    scales = [
        Prior("HalfNormal", (1.5,)),
        Prior("HalfStudentT", (3.0, 2.0)),
        Prior("Exponential", (0.7,)),
        Prior("Gamma", (2.0, 1.1)),
    ]
    priors = {name: kinds[i % 4] for i, name in enumerate(design.mu.terms)}
    for p in design.linear_predictors[1:]:
        for i, term in enumerate(p.terms):
            kind = Prior("Logistic", (0.2, 0.8)) if term == "Intercept" else kinds[i % 4]
            priors[prefixed(term, p.parameter)] = kind
    for i, name in enumerate(design.constants):
        kind = design.family.parameter(name).support
        of_kind = {"share": Prior("Beta", (2.0, 3.0)), "real": kinds[i % 4]}
        of_kind["positive"] = scales[(i + 3) % 4]
        # within their range, beyond which there is no density
        within = {"ndt": (0.0, 0.9 * np.abs(design.y).min()), "power": (1.1, 1.9)}
        bounded = name in within
        priors[name] = Prior("Uniform", within[name]) if bounded else of_kind[kind]
    for k, block in enumerate(design.blocks):
        priors |= {name: scales[(i + k) % 4] for i, name in enumerate(sd_names(block))}
        if block.covariance.correlated:
            priors[corr_name(design.blocks, k)] = Prior("LKJ", (1.0 + k,))
    return Priors(priors | changes)


def log_prior(prior: Prior, value: float) -> float:
    """Return the log density of a prior by SciPy."""
    p = prior.parameters
    density = {
        "Normal": lambda: stats.norm(p[0], p[1]),
        "StudentT": lambda: stats.t(p[0], p[1], p[2]),
        "Cauchy": lambda: stats.cauchy(p[0], p[1]),
        "Laplace": lambda: stats.laplace(p[0], p[1]),
        "Logistic": lambda: stats.logistic(p[0], p[1]),
        "Uniform": lambda: stats.uniform(p[0], p[1] - p[0]),
        "HalfNormal": lambda: stats.halfnorm(scale=p[0]),
        "HalfStudentT": lambda: stats.t(p[0], 0, p[1]),
        "HalfCauchy": lambda: stats.halfcauchy(scale=p[0]),
        "Exponential": lambda: stats.expon(scale=1 / p[0]),
        "Gamma": lambda: stats.gamma(p[0], scale=1 / p[1]),
        "InverseGamma": lambda: stats.invgamma(p[0], scale=p[1]),
        "Beta": lambda: stats.beta(p[0], p[1]),
    }
    if prior.distribution in ("Flat", "HalfFlat", "Decov"):  # Decov: see `log_decov_of_blocks`
        return 0.0
    return float(density[prior.distribution]().logpdf(value))


def log_decov(prior: Prior, sds: np.ndarray, dispersion: float) -> float:
    """Return the log density of the sds of a block, from those of size and shares by SciPy.

    The Jacobian of (tau, pi_1 .. pi_{q-1}) as a function of the sds is by central differences.
    """
    concentration, shape, scale = prior.parameters
    q, h = len(sds), 1e-5

    def size_and_shares(sds: np.ndarray) -> np.ndarray:
        variances = (sds / (scale * dispersion)) ** 2
        return np.append(np.sqrt(variances.mean()), variances / variances.sum())

    steps = h * np.diag(sds)
    change = [size_and_shares(sds + e) - size_and_shares(sds - e) for e in steps]
    jacobian = np.array(change)[:, :q] / (2 * np.diag(steps)[:, None])
    tau, *shares = size_and_shares(sds)
    total = stats.gamma(shape).logpdf(tau) + np.linalg.slogdet(jacobian)[1]
    if q > 1:
        shares = np.array(shares) / np.sum(shares)
        total += stats.dirichlet(np.full(q, concentration)).logpdf(shares)
    return float(total)


def log_decov_of_blocks(design: Design, values: dict, priors: Priors) -> float:
    """Return the log density of the sds of all blocks with a Decov prior."""
    total = 0.0
    for block in design.blocks:
        prior = priors[sd_names(block)[0]]
        if prior.distribution == "Decov":
            sds = np.array([values[name] for name in sd_names(block)])
            gaussian = design.family.name == "gaussian" and "sigma" in values
            total += log_decov(prior, sds, values["sigma"] if gaussian else 1.0)
    return total


def parameter_of_rows(design: Design, own: Predictor, values: dict) -> np.ndarray:
    """Return a parameter of the response in every row, from its linear predictor."""
    eta = np.zeros(design.n_obs) if own.offset is None else own.offset.copy()
    if own.intercept:
        eta += values[prefixed("Intercept", own.parameter)]
    for j, name in enumerate(own.names):
        eta += values[prefixed(name, own.parameter)] * (own.X[:, j] - own.centre[j])
    for block in design.blocks:
        for effect, name in zip(block.effects, effect_names(block), strict=True):
            # of no levels where integrated out, and in the effects of a finer factor
            if effect.predictor == own.parameter and values[name].size:
                column = block.columns.Z[:, effect.column]
                eta += column * values[name][block.columns.codes]
    return INVERSE_LINKS[own.link](eta)


def log_likelihood(design: Design, values: dict) -> float:
    """Return sum_i w_i log p(y_i); for the gaussian family sd(y_i) = sigma / sqrt(w_i)."""
    mu = parameter_of_rows(design, design.mu, values)
    y, v = design.y, {name: values[name] for name in design.constants}
    v |= {
        own.parameter: parameter_of_rows(design, own, values)
        for own in design.linear_predictors[1:]
    }
    w = np.ones(design.n_obs) if design.weights is None else design.weights
    if design.family.name == "gaussian":
        return float(np.sum(stats.norm(mu, v["sigma"] / np.sqrt(w)).logpdf(y)))
    rows = distribution(design.family.name, mu, v, design.trials)
    return float(np.sum(w * log_density_of(rows, y)))


def log_effects(model: JointModel, values: dict, priors: Priors) -> float:
    """Return log p(u | Sigma) and log LKJ(correlation), both on their own scales."""
    design, total = model.design, 0.0
    for k, block in enumerate(design.blocks):
        sd = np.array([values[name] for name in sd_names(block)])
        u = np.stack([values[name] for name in effect_names(block)], axis=1)
        outer = model.geometry.nesting.outer[k]
        if u.size == 0:
            continue
        if outer is not None:
            # sums of the effects of two factors, those of the coarser one shared
            around = design.blocks[outer]
            group = dict(zip(block.columns.codes, around.columns.codes, strict=True))
            group = np.array([group[j] for j in range(block.n_groups)])
            cov = sd[0] ** 2 * np.eye(len(group))
            cov += values[sd_names(around)[0]] ** 2 * (group[:, None] == group)
            total += stats.multivariate_normal(cov=cov).logpdf(u[:, 0])
            continue
        corr = np.eye(len(sd))
        if block.covariance.correlated:
            name = corr_name(design.blocks, k)
            corr = values[name]
            total += (priors[name].parameters[0] - 1) * np.linalg.slogdet(corr)[1]
        cov = sd[:, None] * corr * sd
        total -= 0.5 * np.einsum("ja,ab,jb->", u, np.linalg.inv(cov), u)
        total -= 0.5 * block.n_groups * np.linalg.slogdet(2 * np.pi * cov)[1]
    return total


def log_jacobian(model: JointModel, priors: Priors, x: np.ndarray) -> float:
    """Return log |d parameters / d x|, by central differences.

    The map is triangular by groups: scalars one by one, each correlation matrix, then the
    effects given everything else, which are linear in their coordinates.
    """
    design, layout, h = model.design, model.layout, 1e-5

    def moved(i: int, names: list[str]) -> np.ndarray:
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        high, low = named_values(model, up), named_values(model, down)
        parts = []
        for name in names:
            change = np.asarray(high[name]) - np.asarray(low[name])
            is_matrix = name in correlations
            parts.append(change[np.tril_indices(len(change), -1)] if is_matrix else change.ravel())
        return np.concatenate(parts) / (2 * h)

    correlations = {corr_name(design.blocks, k) for k in range(len(design.blocks))}
    total = 0.0
    for i, name in enumerate(layout.names):
        total += np.log(abs(moved(i, [name])[0]))
    names, coordinates = [], []
    for k, (block, place) in enumerate(zip(design.blocks, layout.blocks, strict=True)):
        for a, name in enumerate(sd_names(block)):
            total += np.log(abs(moved(place.sds.start + a, [name])[0]))
        if block.covariance.correlated:
            where = range(place.partials.start, place.partials.stop)
            matrix = np.stack([moved(i, [corr_name(design.blocks, k)]) for i in where])
            total += np.linalg.slogdet(matrix)[1]
        names += effect_names(block)
        coordinates += range(place.effects.start, place.effects.stop)
    if names:
        matrix = np.stack([moved(i, names) for i in coordinates])
        total += np.linalg.slogdet(matrix)[1]
    return total


def reference_log_density(model: JointModel, priors: Priors, x: np.ndarray) -> float:
    """Return the log density of x, up to a constant."""
    design = model.design
    values = named_values(model, x)
    scalars = list(model.layout.names)
    scalars += [name for block in design.blocks for name in sd_names(block)]
    return (
        log_likelihood(design, values)
        + sum(log_prior(priors[name], float(values[name])) for name in scalars)
        + log_decov_of_blocks(design, values, priors)
        + log_effects(model, values, priors)
        + log_jacobian(model, priors, x)
    )
