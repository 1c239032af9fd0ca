"""Scores of a model on labelled images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..data.convert import brief, some_of
from ..data.dataset import Digits
from ..errors import Digits20Error
from ..types import Label
from .model import Model


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How well a model predicts labels.

    Attributes
    ----------
    labels
        The K of the model.
    accuracy
        Between 0 and 1.
    precision
        (K,), one per label, 0 where it is never predicted.
    recall
        (K,), 0 where the label never occurs.
    f1
        (K,), the harmonic mean of both.
    support
        (K,), number of images of that label.
    confusion
        (K, K) counts, a row per true label, a column per predicted label.
    """

    labels: tuple[Label, ...]
    accuracy: float
    precision: npt.NDArray[np.float64]
    recall: npt.NDArray[np.float64]
    f1: npt.NDArray[np.float64]
    support: npt.NDArray[np.intp]
    confusion: npt.NDArray[np.intp]

    @property
    def images(self) -> int:
        """The number of images."""
        return int(self.confusion.sum())

    def macro(self, scores: npt.NDArray[np.float64]) -> float:
        """The unweighted mean of `scores` (K,) over the labels that occur."""
        return float(scores[self.support > 0].mean())


def evaluate(model: Model, digits: Digits) -> Evaluation:
    """Accuracy, precision, recall, F1 and confusion matrix; raises Digits20Error where model and images do not fit."""
    y, answers = indices_of(model, digits), model.logits(digits.X).argmax(axis=1)
    K = len(model.labels)
    confusion = np.bincount(y * K + answers, minlength=K * K).reshape(K, K)
    right, support, predicted = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    precision, recall, f1 = (
        _share(part, of) for part, of in ((right, predicted), (right, support), (2 * right, support + predicted))
    )
    return Evaluation(model.labels, float(np.mean(y == answers)), precision, recall, f1, support, confusion)


def _share(part: npt.NDArray[np.intp], of: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """part / of, 0 where there is nothing to share."""
    return np.asarray(part / np.maximum(of, 1))


def indices_of(model: Model, digits: Digits) -> npt.NDArray[np.intp]:
    """(m,) the index of each image's true label among the model's labels."""
    if digits.X.shape[1] != model.network.layer_sizes[0]:
        raise Digits20Error(
            f"images of {'x'.join(map(str, digits.image_shape))} pixels, but the model reads "
            f"{'x'.join(map(str, model.image_shape))}"
        )
    known: dict[Any, int] = {label: index for index, label in enumerate(model.labels)}
    unknown = [digits.labels[index] for index in np.unique(digits.y) if digits.labels[index] not in known]
    if unknown:
        raise Digits20Error(f"label {brief(unknown[0])} occurs, but the model knows only {some_of(model.labels)}")
    return np.array([known.get(label, -1) for label in digits.labels])[digits.y]
