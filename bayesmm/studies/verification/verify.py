"""The comparison of the density that was sampled with the PyMC model of a fit."""

from dataclasses import dataclass, replace
from textwrap import wrap

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.errors import UnsupportedModelError, UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.result_table import ResultTable, result_table
from bayesmm.sampling.compiled.choice import of_location
from bayesmm.sampling.compiled.evaluate import evaluate
from bayesmm.sampling.compiled.heteroscedastic import engine as heteroscedastic
from bayesmm.sampling.compiled.thresholds import with_thresholds_back
from bayesmm.sampling.draws import ParameterDraws, SamplerSettings
from bayesmm.sampling.prepared import Prepare, Prepared
from bayesmm.sampling.raw_columns import in_raw_columns
from bayesmm.studies.verification.engine_density import EngineDensity, EngineState, Given
from bayesmm.studies.verification.independent_run import independent_run
from bayesmm.studies.verification.integrated_density import integrated_engine_density
from bayesmm.studies.verification.joint_density import joint_engine_density
from bayesmm.studies.verification.pymc_points import PymcPoints
from bayesmm.studies.verification.reference import Reference
from bayesmm.studies.verification.sigmas_density import sigmas_engine_density
from bayesmm.wording import option

__all__ = ["Verification", "verify_fit"]

_POINTS = 50  # of each kind
_FAR = 3.0  # posterior sds of each coordinate, about its mean
_VALUE, _SLOPE = "log density", "slope"
_SAME_VALUE, _SAME_SLOPE = 1e-8, 1e-6
_TUNE, _DRAWS, _CHAINS = 200, 50, 2
# More coordinates of group effects are no matter of seconds: a determinant of their size is taken
# at 500 places.
_MOST_EFFECTS = 1_000


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Verification:
    """Whether what was sampled is the model.

    Attributes
    ----------
    path : str
        The density that was sampled, and what is integrated out of it.
    table : ResultTable
        ``check``, ``at`` (where, and how often), ``largest`` (difference found), ``limit``,
        ``passed``.
    seed : int
        Of the points.
    """

    path: str
    table: ResultTable
    seed: int

    @property
    def ok(self) -> bool:
        """Whether every check passed."""
        return bool(self.table["passed"].all())

    @property
    def sentence(self) -> str:
        """What was found, in one sentence."""
        largest = self.table.groupby("check")["largest"].max()
        found = "is that of the PyMC model" if self.ok else "is NOT that of the PyMC model"
        slopes = f", their slopes to {largest[_SLOPE]:.1e}" if _SLOPE in largest else ""
        return (
            f"The log density that was sampled ({self.path}) {found}: at {2 * _POINTS} points the "
            f"two differ by a constant to {largest[_VALUE]:.1e} of their size{slopes}."
        )

    def __repr__(self) -> str:
        """Return the sentence and the table."""
        return "\n".join([*wrap(self.sentence, 100), repr(self.table)])

    def _repr_html_(self) -> str:
        return f"<p>{self.sentence}</p>{self.table._repr_html_()}"


def verify_fit(fit: FitRecord, *, sample: bool = False, seed: int = 0) -> Verification:
    """Compare the log density that a fit was sampled from with that of its PyMC model.

    At 50 draws of the posterior, from a short run of the same density, and at 50 points 3
    posterior sds of every coordinate around, ``log p_engine(x) - log p_PyMC(z(x)) - log |dz/dx|``
    is the same number, to 1e-8 of the largest log density; and at each point the slope in a
    random direction is the same, to 1e-6 of the largest slope of its kind (not of families whose
    density has kinks, as Laplace's). Distant points are brought closer where PyMC's values have
    too few digits for such slopes. Where effects are integrated out, their exact normal density
    given x is added.

    Parameters
    ----------
    fit : Fit
        A fit by the compiled engine.
    sample : bool
        Sample the PyMC model too, by itself, and compare mean and sd of every quantity in Monte
        Carlo errors; takes 10 to 100 seconds.
    seed : int
        Of the points and directions.

    Returns
    -------
    Verification
        Prints a sentence and one row per check; ``ok`` is whether all passed.

    Raises
    ------
    UsageError
        When PyMC sampled the fit itself.
    UnsupportedModelError
        When there is no PyMC model, or one of too many effects.
    """
    if fit.engine != "compiled":
        raise UsageError(
            f"The fit was sampled from its PyMC model itself ({option('engine', fit.engine)}): "
            "there is nothing to compare it with."
        )
    pymc = PymcPoints(fit.design, fit.priors)
    settings = replace(fit.settings, chains=_CHAINS, draws=_DRAWS, tune=_TUNE, progress=False)
    engine = _engine(fit.design, fit.priors, settings)
    rows = _density_rows(fit, engine, pymc, settings, seed)
    if sample:
        rows += independent_run(fit, seed)
    table = pd.DataFrame(rows, columns=["check", "at", "largest", "limit"])
    table["passed"] = table["largest"] <= table["limit"]
    return Verification(engine.path, result_table(table, "Verification"), seed)


def _engine(design: Design, priors: Priors, settings: SamplerSettings) -> EngineDensity:
    """Return the density that the compiled engine takes, its states in the formula's columns."""
    found: list[EngineDensity] = []

    def prepare(own: Design, of: Priors) -> Prepared | str:
        sigmas = own.varying and not isinstance(heteroscedastic.prepare(own, of), str)
        if sigmas:
            engine = sigmas_engine_density(own, of, settings)
        else:
            engine = integrated_engine_density(of_location(own), of)
        if isinstance(engine, str):
            engine = joint_engine_density(own, of, settings)
        if isinstance(engine, str):
            return engine
        found.append(engine)
        return Prepared("compiled", 0, lambda _settings: None)

    prepared = _reported(prepare)(design, priors)
    if isinstance(prepared, str):
        raise UnsupportedModelError(f"The density of this fit cannot be verified: {prepared}.")

    def state(x: Array, given: Given) -> EngineState:
        own = found[0].state(x, given)
        moved = _reported(lambda _d, _p: Prepared("", 0, lambda _s: own.parameters))(design, priors)
        assert isinstance(moved, Prepared)
        parameters: ParameterDraws = moved.sample(settings)
        return replace(own, parameters=parameters)

    return replace(found[0], state=state)


def _reported(prepare: Prepare) -> Prepare:
    """Return a way to sample whose draws are those of the formula, as the engine's are."""
    return in_raw_columns(with_thresholds_back(prepare))


def _density_rows(
    fit: FitRecord, engine: EngineDensity, pymc: PymcPoints, settings: SamplerSettings, seed: int
) -> list[tuple[str, str, float, float]]:
    if engine.n_effects > _MOST_EFFECTS:
        raise UnsupportedModelError(
            f"The density has {engine.n_effects:,} coordinates of group effects; models of up to "
            f"{_MOST_EFFECTS:,} can be verified. Verify the same formula on some of the groups."
        )
    rng = np.random.default_rng([seed, 0x766572])
    drawn = engine.positions(settings)
    middle = drawn.mean(axis=0)
    spread = np.maximum(drawn.std(axis=0), 1e-8 * (1 + np.abs(middle)))
    near = drawn[np.linspace(0, len(drawn) - 1, _POINTS).round().astype(int)]
    far = middle + _FAR * spread * rng.normal(size=near.shape)
    reference = Reference(engine, pymc, spread)
    # where a density has kinks differences across one are no slope
    smooth = fit.design.family.density is None or fit.design.family.density.smooth
    of_near, of_far = rng.normal(size=(2, *near.shape))
    far = reference.brought_closer(far, middle, of_far if smooth else None)
    constants, slopes, size = [], [], 1.0
    for x, random in ((near, of_near), (far, of_far)):
        directions = reference.directions(x, random)
        given = engine.given(x)
        theirs = reference.at(x, given)
        ours = [evaluate(engine.density, place) for place in x]
        constants.append(np.array([value for value, _ in ours]) - theirs)
        size = max(size, float(np.abs(theirs).max()))
        own = np.einsum("ij,ij->i", np.array([gradient for _, gradient in ours]), directions)
        slope = reference.slope(x, given, directions)
        slopes.append(float(np.abs(own - slope).max() / np.abs(slope).max()))
    usual = float(np.median(constants[0]))
    apart = [float(np.abs(one - usual).max()) / size for one in constants]
    kinds = (f"{_POINTS} posterior draws", f"{_POINTS} distant points")
    return [
        *((_VALUE, kind, _or_inf(found), _SAME_VALUE)
          for kind, found in zip(kinds, apart, strict=True)),
        *((_SLOPE, kind, _or_inf(found), _SAME_SLOPE)
          for kind, found in zip(kinds, slopes, strict=True) if smooth),
    ]  # fmt: skip


def _or_inf(difference: float) -> float:
    """Return a difference; infinite where one of the two densities has no value."""
    return difference if np.isfinite(difference) else np.inf
