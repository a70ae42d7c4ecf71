"""Comparison of models: leave-one-out, likelihood-ratio and F tests."""
