"""Answers about every row, a batch of rows at a time: files larger than memory stay files.

`write_rows` writes residuals and predictions, `loo` leaves rows out, `ppc` adds up test statistics
of replicates. What is added up is what the same rows in memory have; only rounding differs, and
where random numbers take part they are drawn in another order.
"""
