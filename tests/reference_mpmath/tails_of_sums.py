"""Make tails_of_sums.json: logs of sums and their slopes by their definitions, with 30 digits.

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

# from one term that counts to some thousands
SERIES = [
    (3.0, 1.0, 1.5), (0.01, 20.0, 1.9), (3.0, 0.02, 1.5), (30.0, 0.01, 1.3), (0.2, 0.003, 1.7),
    (3.0, 0.0005, 1.5), (3.0, 0.002, 1.05), (3.0, 0.002, 1.95), (2e3, 1e-2, 1.4),
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


def series(y, phi, power):
    """Return the log of the part of Tweedie's density that depends on no mean."""
    y, phi, power = map(mp.mpf, (y, phi, power))
    a = (2 - power) / (power - 1)
    ratio = a * mp.log(y / (power - 1)) - (1 + a) * mp.log(phi) - mp.log(2 - power)
    middle = max(1, int(y ** (2 - power) / ((2 - power) * phi)))
    reach = int(11 * mp.sqrt(middle / (1 + a))) + 60
    logs = [
        j * ratio - mp.loggamma(1 + j) - mp.loggamma(j * a)
        for j in range(max(1, middle - reach), middle + reach)
    ]
    return max(logs) + mp.log(mp.fsum(mp.exp(own - max(logs)) for own in logs))


def slope(function, parameters, place):
    """Return a derivative by central differences."""

    def at(steps):
        moved = [mp.mpf(p) + (steps * STEP if k == place else 0) for k, p in enumerate(parameters)]
        return function(*moved)

    return (at(-2) - 8 * at(-1) + 8 * at(1) - at(2)) / (12 * STEP)


def sums_of_series():
    """Return the cases of the series of the density."""
    sums = []
    for y, *parameters in SERIES:

        def total(*own, y=y):
            return series(y, *own)

        slopes = [float(slope(total, parameters, k)) for k in range(2)]
        value = float(total(*map(mp.mpf, parameters)))
        sums.append({"y": y, "parameters": parameters, "log": value, "slopes": slopes})
    return sums


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
    found = {"mpmath": mp.__version__, "digits": mp.mp.dps, "cases": cases}
    text = json.dumps(found | {"series": sums_of_series()}, indent=1)
    Path(__file__).with_suffix(".json").write_text(text + "\n")


if __name__ == "__main__":
    main()
