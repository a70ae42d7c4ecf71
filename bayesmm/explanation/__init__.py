"""A model explained before anything is sampled: in words, in symbols, in numbers, with advice."""
