"""The command line: from a formula and a file to a page, and all that a saved fit can answer.

Exit codes: 0 done, whatever caution was told; 3 done, but the numbers are not to be used (results
are written); 130 stopped (what there was of the draws is written); 2 the user's mistake (one line
on standard error); 1 a fault of ours.

A file per group of commands; options that commands share are fields of one record in `options`.
`screen` alone decides between rich tables and plain text, and `destinations` refuses before
sampling what could not be written after it.
"""

from bayesmm.cli.app import app
from bayesmm.cli.entry import main

__all__ = ["app", "main"]
