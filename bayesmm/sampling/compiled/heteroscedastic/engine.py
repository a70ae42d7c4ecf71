"""Gaussian models whose sigma varies, coefficients and effects of mu integrated out."""

from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled.ahead import CELLS
from bayesmm.sampling.compiled.first_use import announced
from bayesmm.sampling.compiled.heteroscedastic.parts import parameter_problem
from bayesmm.sampling.compiled.prior_problem import prior_problem
from bayesmm.sampling.draws import ParameterDraws, SamplerSettings
from bayesmm.sampling.prepared import Prepared

__all__ = ["SEVERAL_SDS", "prepare"]

# The kind of model that has compiled code of its own.
SEVERAL_SDS = "gaussian response, several residual sds, effects integrated out"

_TUNE = 400


def prepare(design: Design, priors: Priors) -> Prepared | str:
    """Return a Gaussian model whose sigma varies, or why its effects cannot be integrated out.

    Priors of the coefficients of mu are as in `collapsed.engine.prepare`.
    """
    reason = parameter_problem(design) or prior_problem(design, priors)
    if reason is not None:
        return reason
    # What only these models need is loaded only for them.
    from bayesmm.sampling.compiled.heteroscedastic.model import cell_model  # noqa: PLC0415
    from bayesmm.sampling.compiled.heteroscedastic.plan import cell_plan  # noqa: PLC0415
    from bayesmm.sampling.compiled.heteroscedastic.sampling import sample_cells  # noqa: PLC0415
    from bayesmm.sampling.compiled.joint.transport.plan import transport_problem  # noqa: PLC0415

    plan = cell_plan(design, priors)
    if isinstance(plan, str):
        return plan
    model = cell_model(design, priors, plan)
    reason = transport_problem(model.predictor)
    if reason is not None:
        return reason

    def sample(settings: SamplerSettings) -> ParameterDraws:
        with announced(SEVERAL_SDS, second_process=(CELLS,)):
            return sample_cells(design, priors, model, settings)

    return Prepared("compiled", _TUNE, sample)
