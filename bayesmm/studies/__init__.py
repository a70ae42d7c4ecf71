"""Studies that fit a model many times."""
