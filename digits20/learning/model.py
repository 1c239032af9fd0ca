"""A network that has learned: its weights, what its outputs are called, and how it came about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ..data.dataset import DIGITS, Digits, Images
from ..errors import Digits20Error
from ..images.geometry import prepare
from ..nn.network import Network
from ..optim.solution import Solution
from ..types import Array, Label, Vector

CURVES = ("train_accuracies", "validation_costs", "validation_accuracies")  # kept where there are validation images

CHUNK = 4096  # images answered at once: keeps the activations of a wide network within some megabytes


@dataclass(frozen=True, eq=False)
class Model:
    """A trained network and all that is needed to use it.

    theta: (network.size,) float64. labels: what the K outputs stand for. image_shape: (rows, columns) of its images.
    preprocess: names of the steps of `images.PREPROCESS` that every image goes through first.
    lam: the lambda it was trained with. costs: the cost at the start, then after each iteration.
    scores: figures by name, and curves (one number an iteration) by name. settings: how it was made.
    solution: the run that made it, where it was made just now.
    """

    network: Network
    theta: Vector
    labels: tuple[Label, ...] = DIGITS
    image_shape: tuple[int, int] = (20, 20)
    preprocess: tuple[str, ...] = ()
    lam: float = 0.0
    costs: list[float] = field(default_factory=list)
    scores: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    solution: Solution | None = field(default=None, repr=False)

    @property
    def Thetas(self) -> list[Vector]:
        """One matrix (out, 1 + in) a layer, bias in column 0, as views into theta."""
        return self.network.matrices(self.theta)

    def outputs(self, X: Array) -> Array:
        """H (m, K): what the output units answer to images X (m, n); each between 0 and 1."""
        chunks = _chunks(self._prepared(X))
        return np.concatenate([self.network.activations(self.theta, chunk)[-1] for chunk in chunks])

    def logits(self, X: Array) -> Array:
        """(m, K): what the output units get before the sigmoid or softmax, for images X (m, n)."""
        return self._logits_of_prepared(self._prepared(X))

    def _logits_of_prepared(self, X: Array) -> Array:
        return np.concatenate([self.network.logits(self.theta, chunk) for chunk in _chunks(X)])

    def activations(self, X: Array) -> list[Array]:
        """What every layer answers to images X (m, n): A of each hidden layer (m, units), at last H (m, K)."""
        return self.network.activations(self.theta, self._prepared(X))

    def _prepared(self, X: Array) -> Array:
        if X.ndim != 2:
            raise Digits20Error(f"images of shape {X.shape}, expected one image per row: (m, n)")
        return prepare(X, self.image_shape, self.preprocess)

    def predict_proba(self, X: Array) -> Array:
        """(m, K) probabilities of the labels, each row summing to 1; K sigmoids are divided by their sum."""
        return np.asarray(np.exp(self.predict_log_proba(X)))

    def predict_log_proba(self, X: Array) -> Array:
        """(m, K) their logarithms, from the logits: finite also where every H is rounded to 0."""
        Z = self.logits(X)
        log_H = Z if self.network.output == "softmax" else -np.logaddexp(0, -Z)
        log_H -= log_H.max(axis=1, keepdims=True)
        return np.asarray(log_H - np.log(np.exp(log_H).sum(axis=1, keepdims=True)))

    def predict(self, X: Array) -> npt.NDArray[Any]:
        """(m,) the most probable label of each image."""
        answers: npt.NDArray[Any] = np.asarray(self.labels)[self.logits(X).argmax(axis=1)]
        return answers

    def accuracy(self, digits: Images) -> float:
        """The share of images named right, by their weights.

        Images that have been through `preprocess` do not go through it again.
        """
        return digits.mean(self._accuracy)

    def _accuracy(self, digits: Digits) -> float:
        Z = self._logits_of_prepared(digits.prepared(self.preprocess).X)
        right = np.asarray(self.labels)[Z.argmax(axis=1)] == np.asarray(digits.labels)[digits.y]
        return float(np.average(right, weights=digits.sample_weight))


def _chunks(X: Array) -> list[Array]:
    return [X[start : start + CHUNK] for start in range(0, max(len(X), 1), CHUNK)]
