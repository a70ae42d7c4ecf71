"""What a fit answers by a study of its own: whether what was sampled is the model."""

from typing import TYPE_CHECKING

from bayesmm.documented import documented_by
from bayesmm.fit_record import FitRecord
from bayesmm.verbs import Verbs

if TYPE_CHECKING:
    from bayesmm.studies.verification.verify import Verification

__all__ = ["FitStudies"]


_VERBS = Verbs(verify="bayesmm.studies.verification.verify:verify_fit")


@documented_by(_VERBS)
class FitStudies(FitRecord):
    """What checks how a record came about."""

    def verify(self, *, sample: bool = False, seed: int = 0) -> "Verification":
        """Return whether the sampled density is PyMC's; see `bayesmm.studies.verification`."""
        found = _VERBS.verify(self, sample=sample, seed=seed)
        self.remember_verification(found)
        return found
