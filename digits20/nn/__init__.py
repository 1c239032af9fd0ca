"""The network: its layers, its cost and gradient, and the check of them."""
