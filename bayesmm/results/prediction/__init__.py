"""Predictions of rows: which rows, their linear predictor, the mean of their response.

`prediction_rows.used_rows` alone gives the rows of a fit.
"""
