"""Make certain_successes.json: logs of probabilities far out, and their slopes, with 40 digits.

Successes out of trials and proportions, known by bounds or seen within bounds, at linear predictors
where a double of their probability is 0 or 1. Every probability is a sum of positive terms.

Needs mpmath, which the tests do not: ``python tests/reference_mpmath/certain_successes.py``.
"""

import json
from itertools import product
from pathlib import Path

import mpmath as mp

mp.mp.dps = 40
STEP = mp.mpf("1e-8")
TRIALS, KAPPA, PSI = 10, mp.mpf(7), mp.mpf("0.7")

# Of each link, the log odds of most being 600 at most.
ETA = {
    "logit": (-590, -45, -3, 0.5, 38, 300),
    "probit": (-34, -9, -2, 0.5, 9, 30),
    "cloglog": (-300, -40, -3, 0.5, 3.7, 6),
}
# What is known of a response: the form of its bounds, of which the response is the lower one.
FORMS = ("right", "left", "interval", "within", "from", "up to")
PLACES = {"binomial": (1, 7), "beta": (0.2, 0.7)}


def shares(link, eta):
    """Return the probability of success, and of failure."""
    if link == "logit":
        return 1 / (1 + mp.exp(-eta)), 1 / (1 + mp.exp(eta))
    if link == "probit":
        return mp.erfc(-eta / mp.sqrt(2)) / 2, mp.erfc(eta / mp.sqrt(2)) / 2
    return -mp.expm1(-mp.exp(eta)), mp.exp(-mp.exp(eta))


def mass(family, link, eta):
    """Return the probabilities of each number of successes."""
    p, q = shares(link, eta)
    counts = range(TRIALS + 1)
    if family == "beta_binomial":
        of_p, of_q = (lambda k: mp.rf(p * KAPPA, k)), (lambda k: mp.rf(q * KAPPA, k))
        whole = mp.rf(KAPPA, TRIALS)
    else:
        of_p, of_q, whole = (lambda k: p**k), (lambda k: q**k), mp.mpf(1)
    own = [mp.binomial(TRIALS, k) * of_p(k) * of_q(TRIALS - k) / whole for k in counts]
    if family == "zero_inflated_binomial":
        own = [PSI * share for share in own]
        own[0] += 1 - PSI
    return own


def log_of_counts(family, link, form, y, eta):
    """Return the log probability of what is known of a number of successes."""
    own = mass(family, link, eta)
    parts = {
        "right": (own[y + 1 :], own),
        "left": (own[: y + 1], own),
        "interval": (own[y + 1 : y + 3], own),
        "within": ([own[y]], own[y : y + 2]),
        "from": ([own[y]], own[y:]),
        "up to": ([own[y]], own[: y + 2]),
    }
    some, every = parts[form]
    return mp.log(mp.fsum(some)) - mp.log(mp.fsum(every))


def below(a, b, x):
    """Return the regularised incomplete beta function by its hypergeometric series."""
    return x**a / (a * mp.beta(a, b)) * mp.hyp2f1(a, 1 - b, a + 1, x)


def log_of_share(link, form, y, eta):
    """Return the log probability, or density, of what is known of a proportion."""
    p, q = shares(link, eta)
    a, b, y, step = p * KAPPA, q * KAPPA, mp.mpf(y), mp.mpf("0.1")

    def between(low, high):
        if low == 0:
            return below(a, b, high)
        if high == 1:
            return below(b, a, 1 - low)
        return mp.quad(lambda t: t ** (a - 1) * (1 - t) ** (b - 1), [low, high]) / mp.beta(a, b)

    density = y ** (a - 1) * (1 - y) ** (b - 1) / mp.beta(a, b)
    return {
        "right": lambda: mp.log(between(y, 1)),
        "left": lambda: mp.log(between(0, y)),
        "interval": lambda: mp.log(between(y, y + 2 * step)),
        "within": lambda: mp.log(density / between(y - step, y + step)),
        "from": lambda: mp.log(density / between(y - step, 1)),
        "up to": lambda: mp.log(density / between(0, y + step)),
    }[form]()


def slope(of, eta):
    """Return a derivative by central differences."""
    at, h = mp.mpf(eta), STEP * max(1, abs(eta))
    return (of(at - 2 * h) - 8 * of(at - h) + 8 * of(at + h) - of(at + 2 * h)) / (12 * h)


def short(x):
    """Return a number to 14 digits."""
    return float(mp.nstr(x, 14))


def main():
    """Write the file beside this one."""
    cases = []
    families = ("binomial", "beta_binomial", "zero_inflated_binomial", "beta")
    for family, (link, etas), form in product(families, ETA.items(), FORMS):
        for y in PLACES["beta" if family == "beta" else "binomial"]:

            def of(x, family=family, link=link, form=form, y=y):
                if family == "beta":
                    return log_of_share(link, form, y, x)
                return log_of_counts(family, link, form, y, x)

            rows = [[eta, short(of(mp.mpf(eta))), short(slope(of, eta))] for eta in etas]
            cases.append({"family": family, "link": link, "form": form, "y": y, "rows": rows})
    numbers = {"trials": TRIALS, "kappa": float(KAPPA), "psi": float(PSI)}
    lines = ",\n".join(json.dumps(case) for case in cases)
    head = json.dumps({"mpmath": mp.__version__, "digits": mp.mp.dps, **numbers})
    text = f'{head[:-1]}, "cases": [\n{lines}\n]}}\n'
    Path(__file__).with_suffix(".json").write_text(text)


if __name__ == "__main__":
    main()
