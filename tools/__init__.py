"""What makes the data sets of the package; not part of a wheel."""
