"""Pictures of models, images and trainings, each drawn on the matplotlib Axes that it is given."""

from .canvas import picture
from .images import (
    plot_favourites,
    plot_images,
    plot_mistakes,
    plot_predictions,
    plot_saliency,
    plot_units,
)
from .results import plot_confusion, plot_costs, plot_warps
from .weights import plot_activations, plot_hidden_map, plot_weights

__all__ = [
    "picture",
    "plot_activations",
    "plot_confusion",
    "plot_costs",
    "plot_favourites",
    "plot_hidden_map",
    "plot_images",
    "plot_mistakes",
    "plot_predictions",
    "plot_saliency",
    "plot_units",
    "plot_warps",
    "plot_weights",
]
