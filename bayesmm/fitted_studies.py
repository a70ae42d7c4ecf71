"""What a fit answers by a study of its own: whether what was sampled is the model."""

from bayesmm.documented import documented_by
from bayesmm.fit_record import FitRecord
from bayesmm.studies.verification.verify import Verification, verify_fit

__all__ = ["FitStudies"]


@documented_by({"verify": verify_fit})
class FitStudies(FitRecord):
    """What checks how a record came about."""

    def verify(self, *, sample: bool = False, seed: int = 0) -> Verification:
        """Return whether the sampled density is PyMC's; see `bayesmm.studies.verification`."""
        found = verify_fit(self, sample=sample, seed=seed)
        self.remember_verification(found)
        return found
