"""Numba functions: strict float64, no fastmath, every array an argument, cached on disk."""
