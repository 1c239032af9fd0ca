"""Several trainings side by side: learning curves, validation curves, cost histories, and advice from them."""
