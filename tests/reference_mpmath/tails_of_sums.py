"""Make tails_of_sums.json: logs of tails and their slopes by their definitions, with 30 digits.

Needs mpmath, which the tests do not: ``python tests/reference_mpmath/tails_of_sums.py``.
"""

import json
from pathlib import Path

import mpmath as mp

mp.mp.dps = 30
STEP = mp.mpf("1e-6")

CONWAY = [
    (0, 0.3, 1.6),
    (5, 0.3, 1.6),
    (3, 1.5, 0.4),
    (20, 1.5, 0.4),
    (40, 3.0, 5.0),
    (2, 2.0, 0.9),
]
TWEEDIE = [
    (0.0, 0.3, 0.8, 1.6), (0.05, 0.3, 0.8, 1.6), (9.0, 0.3, 0.8, 1.6), (3.0, 0.5, 0.1, 1.2),
    (1.0, 0.5, 0.02, 1.5), (4.0, 0.3, 0.5, 1.95), (0.01, 0.3, 0.5, 1.95), (2.5, 0.7, 0.3, 1.03),
]  # fmt: skip


def conway(above, y, log_mu, nu):
    """Return the log of a tail, lambda found by Newton's way for the mean."""
    mu, nu = mp.exp(log_mu), mp.mpf(nu)
    counts = range(int(mu + 60 * mp.sqrt(mu / nu) + 80 / min(nu, 1)) + y)
    logs = [mp.loggamma(k + 1) for k in counts]
    rate = log_mu * nu
    for _ in range(100):
        weights = [mp.exp(k * rate - nu * logs[k]) for k in counts]
        total = mp.fsum(weights)
        mean = mp.fsum(k * w for k, w in zip(counts, weights, strict=True)) / total
        gaps = ((k - mean) ** 2 * w for k, w in zip(counts, weights, strict=True))
        step = mp.log(mean / mu) * mean / (mp.fsum(gaps) / total)
        rate -= max(min(step, mp.mpf(1)), mp.mpf(-1))
        if abs(step) < mp.mpf(10) ** -26:
            break
    return mp.log(mp.fsum(weights[y + 1 :] if above else weights[: y + 1]) / total)


def tweedie(above, y, log_mu, phi, power):
    """Return the log of a tail, a sum over numbers of gamma variables."""
    y, log_mu, phi, power = map(mp.mpf, (y, log_mu, phi, power))
    one, two = power - 1, 2 - power
    number, shape = mp.exp(two * log_mu) / (phi * two), two / one
    if y == 0:
        return mp.log(-mp.expm1(-number)) if above else -number
    x = y / (phi * one * mp.exp(one * log_mu))
    most = max(number, y**two / (two * phi))
    ends = (x, mp.inf) if above else (0, x)
    total = mp.mpf(0) if above else mp.exp(-number)
    for k in range(1, int(most + 14 * mp.sqrt(most) + 60)):
        mass = mp.exp(k * mp.log(number) - number) / mp.factorial(k)
        total += mass * mp.gammainc(k * shape, *ends, True)  # as a share of the gamma function
    return mp.log(total)


def slope(function, parameters, place):
    """Return a derivative by central differences."""

    def at(steps):
        moved = [mp.mpf(p) + (steps * STEP if k == place else 0) for k, p in enumerate(parameters)]
        return function(*moved)

    return (at(-2) - 8 * at(-1) + 8 * at(1) - at(2)) / (12 * STEP)


def main():
    """Write the file beside this one."""
    cases = []
    for name, function, rows in (("conway", conway, CONWAY), ("tweedie", tweedie, TWEEDIE)):
        for y, *parameters in rows:
            for above in (False, True):

                def of(*own, function=function, above=above, y=y):
                    return function(above, y, *own)

                slopes = [float(slope(of, parameters, k)) for k in range(len(parameters))]
                value = float(of(*map(mp.mpf, parameters)))
                cases.append(
                    {"family": name, "above": above, "y": y, "parameters": parameters}
                    | {"log": value, "slopes": slopes}
                )
    text = json.dumps({"mpmath": mp.__version__, "digits": mp.mp.dps, "cases": cases}, indent=1)
    Path(__file__).with_suffix(".json").write_text(text + "\n")


if __name__ == "__main__":
    main()
