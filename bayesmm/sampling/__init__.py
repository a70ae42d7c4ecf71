"""From a design and priors to draws."""
