"""What is known of a training after an iteration, and who is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Progress:
    """What is known after an iteration; without validation images only the first two.

    Attributes
    ----------
    iteration
        0 at the start.
    cost
        J, with the penalty.
    train_accuracy
        Between 0 and 1, as the next.
    validation_accuracy
        Of the validation images.
    validation_cost
        Without the penalty, as the next.
    train_cost
        Of the training images.
    """

    iteration: int
    cost: float
    train_accuracy: float | None = None
    validation_cost: float | None = None
    validation_accuracy: float | None = None
    train_cost: float | None = None


Monitored = Literal["cost", "accuracy"]  # of the validation images
Callback = Callable[[Progress], object]  # called at the start and after each iteration
