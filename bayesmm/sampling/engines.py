"""The engines that can sample a model, and which one does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from bayesmm.errors import UnsupportedModelError, UsageError
from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.draws import ParameterDraws, SamplerSettings
from bayesmm.sampling.raw_columns import in_raw_columns

__all__ = ["ENGINES", "Engine", "choose_engine"]


@dataclass(frozen=True, slots=True)
class Engine:
    """One way to sample a model.

    Attributes
    ----------
    sample : callable
        ``(design, priors, settings) -> ParameterDraws``: in the columns of the priors, of the
        coefficients of the design.
    unsupported : callable
        ``(design, priors) -> str or None``: why the engine cannot sample the model.
    tune : callable
        ``(design, priors) -> int``: the warm-up iterations that the model needs.
    """

    sample: Callable[[Design, Priors, SamplerSettings], ParameterDraws]
    unsupported: Callable[[Design, Priors], str | None]
    tune: Callable[[Design, Priors], int]


# Each engine is imported when it is used: PyMC alone takes seconds.


def _sample_pymc(design: Design, priors: Priors, settings: SamplerSettings) -> ParameterDraws:
    from bayesmm.sampling.pymc_path import sample_pymc  # noqa: PLC0415

    return sample_pymc(design, priors, settings)


def _pymc_unsupported(design: Design, _priors: Priors) -> str | None:
    if "bambi" not in design.family.words.names:
        return f"Bambi has no {design.family.name} family"
    if design.weights is not None and design.family.precision_weights:
        return "Bambi gives the weights of a gaussian model another meaning"
    return None


def _sample_numpyro(design: Design, priors: Priors, settings: SamplerSettings) -> ParameterDraws:
    from bayesmm.sampling.numpyro_path import sample_numpyro  # noqa: PLC0415

    return sample_numpyro(design, priors, settings)


def _numpyro_unsupported(design: Design, priors: Priors) -> str | None:
    if find_spec("numpyro") is None or find_spec("jax") is None:
        return "NumPyro and JAX are not installed; install the extra: pip install bayesmm[numpyro]"
    return _pymc_unsupported(design, priors)


def _sample_compiled(design: Design, priors: Priors, settings: SamplerSettings) -> ParameterDraws:
    from bayesmm.sampling.compiled.choice import sample_compiled  # noqa: PLC0415

    return sample_compiled(design, priors, settings)


def _compiled_unsupported(design: Design, priors: Priors) -> str | None:
    from bayesmm.sampling.compiled.choice import unsupported_reason  # noqa: PLC0415

    return unsupported_reason(design, priors)


def _compiled_tune(design: Design, priors: Priors) -> int:
    from bayesmm.sampling.compiled.choice import warmup_length  # noqa: PLC0415

    return warmup_length(design, priors)


def _long_tune(_design: Design, _priors: Priors) -> int:
    return 1000


ENGINES: Mapping[str, Engine] = {
    "compiled": Engine(in_raw_columns(_sample_compiled), _compiled_unsupported, _compiled_tune),
    "pymc": Engine(in_raw_columns(_sample_pymc), _pymc_unsupported, _long_tune),
    "numpyro": Engine(in_raw_columns(_sample_numpyro), _numpyro_unsupported, _long_tune),
}

# What "auto" tries, in this order; NumPyro only when it is asked for.
_AUTOMATIC = ("compiled", "pymc")


def choose_engine(
    design: Design,
    priors: Priors,
    engine: str = "auto",
    announce: Callable[[str], None] = lambda _message: None,
) -> str:
    """Return the name of the engine that samples a model.

    Parameters
    ----------
    design, priors : Design, Priors
        The model.
    engine : str
        A name in `ENGINES`, or ``"auto"``: the first that supports the model.
    announce : callable
        Told, in one line, when ``"auto"`` has to take a slower engine, and why.

    Raises
    ------
    UsageError
        For an unknown name.
    UnsupportedModelError
        When the chosen engine, or every engine, cannot sample the model.
    """
    if engine != "auto" and engine not in ENGINES:
        raise UsageError(f"'{engine}' is not an engine. Engines: auto, {', '.join(ENGINES)}.")
    if design.varying:
        raise UnsupportedModelError(
            f"No engine samples a model in which {design.varying[0]} differs from row to row."
        )
    candidates = _AUTOMATIC if engine == "auto" else [engine]
    reasons = []
    for name in candidates:
        reason = ENGINES[name].unsupported(design, priors)
        if reason is None:
            if reasons:
                announce(f"{reasons[0]}; sampling with PyMC, which first compiles (4 to 80 s).")
            return name
        reasons.append(f"engine '{name}': {reason}")
    raise UnsupportedModelError(f"This model cannot be sampled. {'; '.join(reasons)}.")
