"""The joint density of any supported model: from a design to arrays, and from draws back."""
