"""Plots of models, images and training, each drawn on the matplotlib Axes that it is given."""

from ..errors import percent
from .canvas import TRAINING, VALIDATION, describe, picture
from .curves import plot_curve, plot_curve_accuracies, plot_curve_costs, plot_histories
from .images import plot_images, plot_mistakes, plot_predictions, worst_mistakes
from .results import plot_confusion, plot_costs, plot_warps
from .units import MOST_UNITS, plot_favourites, plot_preferred_images, plot_saliency, plot_units
from .weights import plot_activations, plot_hidden_map, plot_weights

__all__ = [
    "MOST_UNITS",
    "TRAINING",
    "VALIDATION",
    "describe",
    "percent",
    "picture",
    "plot_activations",
    "plot_confusion",
    "plot_costs",
    "plot_curve",
    "plot_curve_accuracies",
    "plot_curve_costs",
    "plot_favourites",
    "plot_hidden_map",
    "plot_histories",
    "plot_images",
    "plot_mistakes",
    "plot_predictions",
    "plot_preferred_images",
    "plot_saliency",
    "plot_units",
    "plot_warps",
    "plot_weights",
    "worst_mistakes",
]
