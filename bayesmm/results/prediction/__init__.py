"""Predictions of rows: which rows, their linear predictor, the mean of their response."""
