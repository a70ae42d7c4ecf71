"""The answer to the question that was asked of a model: sentences, and the numbers in them."""
