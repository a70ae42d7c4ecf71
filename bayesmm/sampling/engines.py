"""The engines that can sample a model, and which one does."""

from collections.abc import Callable, Mapping
from importlib.util import find_spec

from bayesmm.errors import UnsupportedModelError, UsageError
from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.prepared import Prepare, Prepared
from bayesmm.sampling.raw_columns import in_raw_columns
from bayesmm.verbs import Verbs

__all__ = ["ENGINES", "KEEPING_ENGINES", "choose_engine"]

_LONG_TUNE = 1000


# Each engine is imported when it is used: PyMC alone takes seconds.
_IMPORTED = Verbs(
    compiled="bayesmm.sampling.compiled.choice:prepare",
    pymc="bayesmm.sampling.pymc_path:sample_pymc",
    numpyro="bayesmm.sampling.numpyro_path:sample_numpyro",
    pymc_alone="bayesmm.model.pymc_model:pymc_alone",
    pymc_problem="bayesmm.model.pymc_model:pymc_problem",
)


def _compiled(design: Design, priors: Priors) -> Prepared | str:
    return _IMPORTED.compiled(design, priors)


def _pymc(design: Design, priors: Priors) -> Prepared | str:
    return _bambi_unsupported(design) or Prepared(
        "pymc", _LONG_TUNE, lambda settings: _IMPORTED.pymc(design, priors, settings)
    )


def _numpyro(design: Design, priors: Priors) -> Prepared | str:
    if find_spec("numpyro") is None or find_spec("jax") is None:
        return "NumPyro and JAX are not installed; install the extra: pip install bayesmm[numpyro]"
    return _bambi_unsupported(design) or Prepared(
        "numpyro", _LONG_TUNE, lambda settings: _IMPORTED.numpyro(design, priors, settings)
    )


def _bambi_unsupported(design: Design) -> str | None:
    if design.source is not None:
        return "its model has every row, and these are in files that are larger than memory"
    if _IMPORTED.pymc_alone(design):
        return _IMPORTED.pymc_problem(design) or None
    if design.weights is not None and design.family.precision_weights:
        return "Bambi gives the weights of a gaussian model another meaning"
    return None


# Draws are of the coefficients of the design, whatever columns the priors are of.
ENGINES: Mapping[str, Prepare] = {
    "compiled": in_raw_columns(_compiled),
    "pymc": in_raw_columns(_pymc),
    "numpyro": in_raw_columns(_numpyro),
}

# Those whose draws can be kept on disk as they come; NumPyro has none before all are there.
KEEPING_ENGINES = frozenset({"compiled", "pymc"})

# What "auto" tries, in this order; NumPyro only when it is asked for.
_AUTOMATIC = ("compiled", "pymc")


def choose_engine(
    design: Design,
    priors: Priors,
    engine: str = "auto",
    announce: Callable[[str], None] = lambda _message: None,
) -> Prepared:
    """Return a model ready for the engine that samples it.

    `engine` is a name in `ENGINES`, or ``"auto"``: the first that supports the model. `announce` is
    told, in one line, when ``"auto"`` has to take a slower engine, and why. A model that the chosen
    engine, or every engine, cannot sample is not supported.
    """
    if engine != "auto" and engine not in ENGINES:
        raise UsageError(f"'{engine}' is not an engine. Engines: auto, {', '.join(ENGINES)}.")
    candidates = _AUTOMATIC if engine == "auto" else [engine]
    reasons = []
    for name in candidates:
        found = ENGINES[name](design, priors)
        if isinstance(found, Prepared):
            if reasons:
                announce(f"{reasons[0]}; sampling with PyMC, which first compiles (4 to 80 s).")
            return found
        reasons.append(f"engine '{name}': {found}")
    raise UnsupportedModelError(f"This model cannot be sampled. {'; '.join(reasons)}.")
