"""Maximum likelihood and REML beside the posterior."""

from bayesmm.ml.fit import fit_ml
from bayesmm.ml.record import BlockEstimates, MLFit

__all__ = ["BlockEstimates", "MLFit", "fit_ml"]
