"""A trained network: its weights, what its outputs stand for, and how it was trained."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ..data.convert import some_of
from ..data.dataset import DIGITS, Digits
from ..data.protocol import Images
from ..errors import Digits20Error, percent
from ..images.geometry import prepare
from ..nn.network import Network
from ..optim.solution import Solution
from ..types import Array, Label, Vector
from .confidence import REJECT, Confidence, strength
from .inputs import image_rows
from .model_html import model_html

# one number per iteration, where there are validation images; the costs are without the penalty
CURVES = ("train_costs", "train_accuracies", "validation_costs", "validation_accuracies")

CHUNK = 4096  # images per forward pass: keeps the activations of a wide network within some megabytes


@dataclass(frozen=True, eq=False)
class Model:
    """A trained network and everything needed to use it.

    Wherever it takes `images`, they are an array, a list or a DataFrame of shape (m, rows * columns),
    (m, rows, columns), or one image, without m; floats with ink 1 on paper 0, or whole numbers from 0 to 255. Those of
    shape (m, rows, columns) are resized where the model needs another size. Raises Digits20Error for others.

    Attributes
    ----------
    network
        The layers.
    theta
        (network.size,) float64, all weights.
    labels
        What the K outputs stand for.
    image_shape
        (rows, columns) of its images.
    preprocess
        Names of the steps of `images.PREPROCESS` that every image goes through first.
    lam
        Lambda of its training.
    costs
        The cost at the start, then after each iteration.
    scores
        Figures by name (cost, train_accuracy, test_accuracy, …; accuracies between 0 and 1), and curves, one number per
        iteration, by name.
    settings
        How it was made, by name.
    solution
        The run that made it; None where it was loaded.
    confidence
        What held-out images told, by which probabilities are calibrated and unknown images are recognized; None where
        no images were held out.

    Examples
    --------
    >>> from digits20 import load_digits, load_model
    >>> model, digits = load_model("reference"), load_digits()
    >>> model.predict(digits.X[::1000]).tolist()
    [0, 2, 4, 6, 8]
    >>> model.predict_proba(digits.X[:3]).shape
    (3, 10)
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
    confidence: Confidence | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        parts = [str(self.network), f"lam={self.lam:g}"]
        if "cost" in self.scores:
            parts.append(f"cost {self.scores['cost']:.4g}")
        for part in ("test", "validation", "train"):
            if f"{part}_accuracy" in self.scores:
                parts.append(f"{part} {percent(self.scores[f'{part}_accuracy'])}")
                break
        return f"Model({', '.join(parts)})"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return model_html(self)

    @property
    def Thetas(self) -> list[Vector]:
        """One matrix (out, 1 + in) per layer, bias in column 0, as views into theta."""
        return self.network.matrices(self.theta)

    def outputs(self, images: Any) -> Array:
        """H (m, K): activations of the output units; each between 0 and 1."""
        chunks = _chunks(self._prepared(images))
        return np.concatenate([self.network.activations(self.theta, chunk)[-1] for chunk in chunks])

    def logits(self, images: Any) -> Array:
        """(m, K): inputs of the output units, before the sigmoid or softmax.

        Raises Digits20Error where pixels or weights are so large that one is not finite.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            Z = self._logits_of_prepared(self._prepared(images))
        finite = np.isfinite(Z).all(axis=1)
        if not finite.all():
            raise Digits20Error(f"image {int(np.argmin(finite))}: so large pixels or weights that no answer is finite")
        return Z

    def _logits_of_prepared(self, X: Array) -> Array:
        return np.concatenate([self.network.logits(self.theta, chunk) for chunk in _chunks(X)])

    def activations(self, images: Any) -> list[Array]:
        """Activations of every layer: A of each hidden layer (m, units), then H (m, K)."""
        return self.network.activations(self.theta, self._prepared(images))

    def _prepared(self, images: Any) -> Array:
        return prepare(image_rows(images, self.image_shape), self.image_shape, self.preprocess)

    def predict_proba(self, images: Any) -> Array:
        """(m, K) probabilities of the labels, each row summing to 1, calibrated where images were held out.

        Elsewhere they are the network's outputs; K sigmoids are divided by their sum.
        """
        return np.asarray(np.exp(self.predict_log_proba(images)))

    def predict_log_proba(self, images: Any) -> Array:
        """(m, K) logarithms of the probabilities, from the logits: finite also where every H is rounded to 0."""
        Z = self.logits(images)
        if self.confidence:
            return self.confidence.log_proba(Z)
        log_H = Z if self.network.output == "softmax" else -np.logaddexp(0, -Z)
        log_H -= log_H.max(axis=1, keepdims=True)
        return np.asarray(log_H - np.log(np.exp(log_H).sum(axis=1, keepdims=True)))

    def novelty(self, images: Any) -> Array:
        """(m,) how unlike the training images each is; minus infinity where no images were held out."""
        X = self._prepared(images)
        if self.confidence is None:
            return np.full(len(X), -np.inf)
        layer = self.confidence.layer
        A = [self.network.layer_activations(self.theta, chunk, layer) if layer else chunk for chunk in _chunks(X)]
        strengths = strength(self._logits_of_prepared(X), self.network.output)
        return self.confidence.novelty(np.concatenate(A), strengths)

    def known(self, images: Any, reject: float = REJECT) -> npt.NDArray[np.bool_]:
        """(m,) whether each image is like those that were learned; all are where no images were held out.

        Parameters
        ----------
        images
            As everywhere here.
        reject
            The share of held-out images, from 0 to 1, that is to be called unknown.
        """
        threshold = self.confidence.threshold(reject) if self.confidence else np.inf
        return np.asarray(self.novelty(images) <= threshold)

    def predict(self, images: Any) -> npt.NDArray[Any]:
        """(m,) the most probable label of each image."""
        predicted: npt.NDArray[Any] = np.asarray(self.labels)[self.logits(images).argmax(axis=1)]
        return predicted

    def accuracy(self, images: Images | Any, y: npt.ArrayLike | None = None) -> float:
        """The share of images whose label is predicted, between 0 and 1.

        Parameters
        ----------
        images
            Digits, or images in any form together with `y`. Images of Digits count by their sample_weight; those that
            have been through `preprocess` do not go through it again.
        y
            (m,) or (m, 1), their labels (not indices).
        """
        if y is None:
            if not hasattr(images, "mean") or not hasattr(images, "prepared"):
                raise Digits20Error(
                    f"accuracy of {type(images).__name__} without labels: give accuracy(X, y) or Digits"
                )
            return float(images.mean(self._accuracy))
        predicted, true = self.predict(images), np.asarray(y)
        true = true[:, 0] if true.ndim == 2 and true.shape[1] == 1 else true
        if true.shape != predicted.shape:
            raise Digits20Error(f"{len(predicted)} images but labels of shape {true.shape}")
        if true.size and not set(true.tolist()) & set(self.labels):
            raise Digits20Error(f"labels such as {true.tolist()[0]!r}, expected some of {some_of(self.labels)}")
        return float(np.mean(predicted == true))

    def _accuracy(self, digits: Digits) -> float:
        digits = digits.labelled.prepared(self.preprocess)
        Z = self._logits_of_prepared(digits.X)
        right = np.asarray(self.labels)[Z.argmax(axis=1)] == np.asarray(digits.labels)[digits.y]
        return float(np.average(right, weights=digits.sample_weight))


def _chunks(X: Array) -> list[Array]:
    return [X[start : start + CHUNK] for start in range(0, max(len(X), 1), CHUNK)]
