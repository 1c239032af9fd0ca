"""Minimizing any J(theta) -> (cost, gradient)."""
