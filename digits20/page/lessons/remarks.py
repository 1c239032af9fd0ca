"""One line of advice on a training that runs: high bias, high variance, a learning rate that is too large."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from ...errors import percent
from ...learning.curves.advice import FEW_PER_LABEL, HIGH_ERROR, WIDE_GAP

ENOUGH = 15  # iterations before anything is said of bias
RECENT = 8  # iterations in which a rising cost is seen
LEARNS = "The cost falls: it is learning."
FLAT = 0.05  # share by which the cost must still fall to count as falling


def remark(points: Sequence[dict[str, Any]], status: str, message: str, per_label: float = math.inf) -> str:
    """The advice, "" where there is nothing to say yet.

    points: what `Progress` holds, one dict an iteration. per_label: how many images of each label are learned.
    """
    if "diverged" in message:
        return f"Learning rate too large: {message}."
    if len(points) < 3:
        return ""
    costs = [point["cost"] for point in points[-RECENT:]]
    rises = sum(after > before for before, after in itertools.pairwise(costs))
    if rises >= max(2, len(costs) // 2) and costs[-1] > 1.02 * min(costs):
        return "The cost goes up and down: the learning rate may be too large. Move it to the left."
    return _fit_of(points, status, per_label)


def _fit_of(points: Sequence[dict[str, Any]], status: str, per_label: float) -> str:
    train, validation = points[-1]["train_accuracy"], points[-1]["validation_accuracy"]
    if train is None:
        return ""
    if validation is None:
        return "No images are held out to validate with: whether these were learned by heart cannot be seen."
    ended = status == "done"
    if not ended and (len(points) < ENOUGH or _falls(points, RECENT)):
        return LEARNS
    figures = f"training accuracy {percent(train)}, validation accuracy {percent(validation)}"
    if train - validation > WIDE_GAP and per_label < FEW_PER_LABEL:
        return f"Too few images to judge it ({figures}): try more images."
    if 1 - train > HIGH_ERROR and 1 - train >= train - validation:
        if _falls(points, len(points) // 2):
            if not ended:
                return LEARNS
            return f"It has not learned for long enough ({figures}), for the cost still falls: try more iterations."
        return f"High bias ({figures}): try more hidden units or a smaller lambda."
    if train - validation > WIDE_GAP:
        return f"High variance ({figures}): try more images, warps or a larger lambda."
    return f"A good fit ({figures})."


def _falls(points: Sequence[dict[str, Any]], steps: int) -> bool:
    """Whether the cost has fallen clearly within the last `steps` iterations."""
    return len(points) > steps > 0 and bool(points[-1]["cost"] < (1 - FLAT) * points[-1 - steps]["cost"])
