"""All that a log density may call: the words of `numeric`, tails, and sums over counts."""

from bayesmm.family.beta_binomial_tails import log_beta_binomial_below
from bayesmm.family.beta_tails import log_incomplete_beta, log_student_below
from bayesmm.family.conway_series import log_conway
from bayesmm.family.conway_tails import log_conway_above, log_conway_below
from bayesmm.family.count_tails import log_poisson_above, log_poisson_below
from bayesmm.family.gamma_tails import log_gamma_above, log_gamma_below
from bayesmm.family.numeric import WORDS
from bayesmm.family.skew_normal_tails import log_skew_below
from bayesmm.family.tweedie_tails import log_tweedie_above, log_tweedie_below

__all__ = ["EVERY_WORD"]

EVERY_WORD = (
    WORDS
    | {log_poisson_above, log_poisson_below, log_gamma_above, log_gamma_below}
    | {log_incomplete_beta, log_student_below, log_skew_below, log_conway}
    | {log_beta_binomial_below, log_conway_below, log_conway_above}
    | {log_tweedie_below, log_tweedie_above}
)
