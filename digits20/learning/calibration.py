"""Finds a model's confidence: the temperature of its probabilities, and what is like the images that it learned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..data.dataset import Digits
from ..types import Array
from .confidence import Confidence, compared_layer, distance, scaled, strength
from .evaluation import indices_of
from .model import Model

FEWEST = 20  # held-out images: fewer tell nothing
MOST = 10_000  # images that are looked at
FEW = 200  # held-out images: with fewer, the doubt of the model that training started from is the better one
KEPT = 1000  # novelties of held-out images in the model
# of each class; 16 tell no more, and take the reference model above 1 MB. Chosen, like MARGIN, on letters, shapes and
# scribbles: benchmarks/doubt.py
DIRECTIONS = 12
NUMBERS = 2**20  # in the directions of all classes together, at most
MARGIN = 0.25  # how much the strength counts beside the distance, each in units of its usual spread
SEEN_MARGIN = 2.0  # the same of a network that has learned from images without a label, too
USUAL = 0.5  # of the logarithm of a temperature, its spread from model to model: few images do not say much


def calibrated(model: Model, train: Digits, held_out: Digits | None, start: Model | None = None) -> Model:
    """The model with the `confidence` that images tell which it was not trained on; its labels stay the same.

    train: the images it was trained on. held_out: others of the same kind, 20 at least; with fewer or None the model
    is returned as it is. start: the model that training started from, None for random weights; where fewer than 200
    images were held out, its confidence is kept if it has the same layers and labels. Raises Digits20Error for images
    of another size or labels that the model does not know.

    >>> from digits20 import Network, Objective, fit, load_digits
    >>> train, test = load_digits().shuffle(0).split(4000)
    >>> J = Objective(Network((400, 25, 10)), train.take(slice(500)), lam=1.0)
    >>> model = calibrated(fit(J, J.network.initial_theta(0), "l-bfgs"), train.take(slice(500)), test)
    >>> bool(model.known(test.X).mean() > 0.98)
    True
    """
    if start and start.confidence and _alike(start, model) and (held_out is None or len(held_out) < FEW):
        return _kept(model, start.confidence, held_out)
    if held_out is None or len(held_out) < FEWEST:
        return model
    layer = compared_layer(model.network)
    weight = MARGIN if len(train.labelled) == len(train) else SEEN_MARGIN
    train, held_out = (part.labelled.take(slice(MOST)).prepared(model.preprocess) for part in (train, held_out))
    centres, directions = _subspaces(_activations(model, train, layer), indices_of(model, train), len(model.labels))
    Z = model.network.logits(model.theta, held_out.X).astype(np.float64)
    distances = distance(_activations(model, held_out, layer), centres, directions)
    strengths = strength(Z, model.network.output)
    spread = float(np.subtract(*np.quantile(strengths, (0.5, 0.01))))
    far = float(np.subtract(*np.quantile(distances, (0.99, 0.5))))
    margin = weight * far / spread if spread > 0 else 0.0
    novelties = np.sort(distances - margin * strengths)
    kept = np.linspace(0, len(novelties) - 1, min(len(novelties), KEPT)).round().astype(int)
    temperature = _temperature(Z, indices_of(model, held_out))
    found = Confidence(temperature, layer, centres, directions, margin, novelties[kept])
    return replace(model, confidence=found)


def _alike(start: Model, model: Model) -> bool:
    return (start.network, start.labels, start.preprocess) == (model.network, model.labels, model.preprocess)


def _kept(model: Model, confidence: Confidence, held_out: Digits | None) -> Model:
    """The model with the confidence of its start, whose novelties are joined by those of the few images held out."""
    model = replace(model, confidence=confidence)
    if held_out is None:
        return model
    held_out = held_out.labelled.prepared(model.preprocess)
    A = _activations(model, held_out, confidence.layer)
    Z = model.network.logits(model.theta, held_out.X).astype(np.float64)
    own = confidence.novelty(A, strength(Z, model.network.output))
    return replace(model, confidence=replace(confidence, novelties=np.sort(np.append(confidence.novelties, own))))


def _activations(model: Model, digits: Digits, layer: int) -> Array:
    """(m, d) of the layer, float64; the images themselves for 0."""
    A = model.network.layer_activations(model.theta, digits.X, layer) if layer else digits.X
    return A.astype(np.float64)


def _subspaces(A: Array, y: npt.NDArray[np.intp], classes: int) -> tuple[Array, Array]:
    """Centres (K, d) and directions (K, r, d) of each class's rows of A (m, d), scaled; float32.

    A class of fewer images than directions has some of zeros, one without images a centre that is far from all.
    """
    most = int(np.clip(NUMBERS // (classes * A.shape[1]), 0, min(DIRECTIONS, A.shape[1])))
    centres = np.full((classes, A.shape[1]), 2.0, np.float32)
    directions = np.zeros((classes, most, A.shape[1]), np.float32)
    for k in np.unique(y):
        unit = scaled(A[y == k])
        centres[k] = unit.mean(axis=0)
        across = np.linalg.svd(unit - unit.mean(axis=0), full_matrices=False)[2][: min(most, len(unit) - 1)]
        directions[k, : len(across)] = across
    return centres, directions


def _temperature(Z: Array, y: npt.NDArray[np.intp]) -> float:
    """The temperature at which the labels y (m,) of images with logits Z (m, K) are the most probable."""
    low, high = -3.0, 3.0  # of its logarithm; halved where the cost's slope is zero, which spares importing SciPy's
    for _ in range(30):
        middle = 0.5 * (low + high)
        scaled_Z = Z * np.exp(-middle)
        P = np.exp(scaled_Z - scaled_Z.max(axis=1, keepdims=True))
        mean = (P * scaled_Z).sum(axis=1) / P.sum(axis=1)
        slope = float((scaled_Z[np.arange(len(y)), y] - mean).sum()) + middle / USUAL**2
        low, high = (low, middle) if slope > 0 else (middle, high)
    return float(np.exp(low))
