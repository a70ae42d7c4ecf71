"""Benchmarks of bayesmm: one script per question, `python -m benchmarks.<question>`."""
