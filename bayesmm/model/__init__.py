"""Formula, design, families and priors: the model as data."""
