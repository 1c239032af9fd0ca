"""Checks of what a model file holds beside its network: labels, image size, preparation, history and settings."""

from __future__ import annotations

from typing import Any

from ..data.convert import MAX_LABEL, fits_a_line
from ..images.geometry import PREPROCESS
from ..learning.model import CURVES
from .payload import (
    is_number,
    is_whole,
    preview,
    preview_list,
    require,
    require_dict,
    require_list,
    require_number,
    require_numbers,
)

SCORES = (*CURVES, "cost", "train_accuracy", "validation_accuracy", "test_accuracy")


def check_labels(labels: Any, units: int) -> None:
    require_list(labels, "labels")
    require(len(labels) == units, f"{len(labels)} labels for {units} output units")
    for label in labels:
        # within 64 bits: larger ones can be chosen to collide in a set, which then takes hours
        right = type(label) is str or (is_number(label) and (type(label) is float or abs(label) < 2**63))
        require(right, f"labels: {preview(label)}, expected text or a number")
        shown = type(label) is not str or fits_a_line(label)
        require(shown, f"labels: {preview(label)}, expected at most {MAX_LABEL} letters that can be printed")
    require(len(set(labels)) == units, "labels: one of them occurs twice")


def check_image_shape(shape: Any, pixels: int) -> None:
    require_list(shape, "image_shape")
    right = len(shape) == 2 and all(is_whole(side) and side > 0 for side in shape) and shape[0] * shape[1] == pixels
    require(right, f"image_shape: {preview_list(shape)}, but the network takes {pixels} pixels")


def check_preprocess(steps: Any) -> None:
    require_list(steps, "preprocess")
    for step in steps:
        require(type(step) is str and step in PREPROCESS, f"preprocess: unknown step {preview(step)}")
    require(len(set(steps)) == len(steps), "preprocess: a step occurs twice")


def check_history(payload: dict[str, Any]) -> None:
    require_number(payload["lam"], "lam")
    require(payload["lam"] >= 0, f"lam: {preview(payload['lam'])}, expected 0 or more")
    require_numbers(payload["costs"], "costs")
    require_dict(payload["scores"], "scores")
    for name, figure in payload["scores"].items():
        is_curve = type(figure) is list if name not in SCORES else name in CURVES
        check = require_numbers if is_curve else require_number
        check(figure, f"scores {preview(name)}")


def check_settings(settings: Any) -> None:
    require_dict(settings, "settings")
    for name, value in settings.items():
        for item in value if type(value) is list else [value]:
            right = item is None or type(item) in (str, bool) or is_number(item)
            require(
                right, f"settings {preview(name)}: {preview(item)}, expected text, a finite number, a boolean or None"
            )
