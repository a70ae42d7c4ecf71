"""The tables of a fit: effects, standard deviations, maximum likelihood beside, the summary."""
