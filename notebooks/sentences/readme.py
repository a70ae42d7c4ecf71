"""Sentences of README.md that compare, and why they are true."""

from notebooks.claims import Claim

__all__ = ["CLAIMS"]

CLAIMS = (
    Claim("has cost four times what was asked", ("bayesmm.fit.__kwdefaults__['max_effort'] == 4",)),
    Claim("some seconds", because="the time depends on the machine"),
    Claim(
        "mean and 95 % interval for the typical person",
        ("'for the typical group with 95 %' in fit.plot.effects('Days').caption",),
    ),
    Claim("in a frame, bit for bit", because="tests/test_files.py"),
    Claim("Exit codes", because="tests/test_cli.py"),
)
