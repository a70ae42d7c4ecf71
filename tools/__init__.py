"""What makes a distribution of the package."""
