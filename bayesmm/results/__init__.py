"""Tables, checks and comparisons of a fit."""
