"""Complete, no and partial pooling of the same groups."""
