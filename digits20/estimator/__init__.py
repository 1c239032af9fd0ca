"""The scikit-learn classifier."""

from .classifier import DigitsClassifier

__all__ = ["DigitsClassifier"]
