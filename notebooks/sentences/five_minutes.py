"""Sentences of docs/tutorials/five_minutes.md that compare, and why they are true."""

from notebooks.claims import Claim

__all__ = ["CLAIMS"]

CLAIMS = (
    Claim("# Five minutes", because="how long it takes to read"),
    Claim("has more.", because="a page with more about it"),
    Claim("How much slower", because="a question"),
    Claim(
        "the reaction time in ms of 18 persons over ten days",
        ("data['Subject'].nunique() == 18", "data['Days'].nunique() == 10"),
    ),
    Claim("with probability 95 %", ("fit.fixef().attrs['probability'] == 0.95",)),
    Claim(
        "A day costs 10.5 ms on average, with an interval from 7.3 to 13.7",
        (
            "abs(fit.fixef()['mean'][1] - 10.5) < 0.15",
            "abs(fit.fixef()['lower'][1] - 7.3) < 0.4",
            "abs(fit.fixef()['upper'][1] - 13.7) < 0.4",
        ),
    ),
    Claim(
        "the sd of their slopes is 6.3 ms per day",
        ("abs(fit.varcorr()['sdcor'][1] - 6.3) < 0.2",),
    ),
    Claim("costs more than 10 ms", because="what the probability is of"),
    Claim("The same from the shell", because="the same formula and data"),
)
