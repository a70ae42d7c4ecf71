"""Marginal means, contrasts and slopes over a reference grid."""
