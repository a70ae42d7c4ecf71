"""The checks of a model, one file each."""
