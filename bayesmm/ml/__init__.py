"""Maximum likelihood of the same design."""
