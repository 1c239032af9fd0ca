"""A training from its settings to a model, and what is learned about it."""
