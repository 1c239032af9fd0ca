"""The regularized cross-entropy of a network on labelled images, and its gradient: J(theta) -> (cost, gradient)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import singledispatch
from typing import Any

import numpy as np

from ..data.convert import NO_LABEL
from ..data.dataset import Digits
from ..errors import Digits20Error, plural
from ..system.arguments import generator, not_negative, shown_value, vector
from ..types import Array, Label, Output, Seed
from .batch import Batch
from .costs import chance_cost
from .network import Network, with_ones
from .protocols import ObjectiveLike

Warp = Callable[[Array, np.random.Generator], Array]


class Objective:
    """J of a network on the m images of a set (Ng, machine-learning course, exercise 4).

        J(theta) = -1/m Σ [ Y log H + (1-Y) log(1-H) ]  +  lam/(2m) Σ Theta[:, 1:]²
        J(theta) = -1/m Σ Y log H                       +  the same penalty

    The first is that of K sigmoid outputs, the second that of softmax outputs.
    `J(theta)` of theta (size,) is (cost, gradient (size,)), in the dtype of digits.X. The penalty never counts a bias.
    Costs come from the logits, so they are finite for any finite theta. An image without a label has zeros in Y with
    sigmoid outputs, and 1/K with softmax ones: no label stands out. Where the images have weights w, each one's term is
    multiplied by its w, and Σ w stands for m: a weight of 2 is two copies of an image, and images of weight 0 are left
    out. Calls share one set of arrays: use an Objective from one thread at a time.

    Parameters
    ----------
    network
        Whose weights theta are.
    digits
        The images to train on.
    lam
        Lambda, the weight decay.
    warp
        `warp(X, rng)`, X (m, n) to X (m, n), changes the images in every epoch of mini-batches; J itself stays on the
        images as they are.

    Raises
    ------
    Digits20Error
        Where network, images and lambda do not fit.

    Examples
    --------
    >>> from digits20 import Network, Objective, load_digits
    >>> J = Objective(Network((400, 25, 10)), load_digits(), lam=1.0)
    >>> J
    Objective(400-25-10 sigmoid, 5000 images, lam=1, float64)
    >>> cost, gradient = J(J.network.initial_theta(0))
    >>> gradient.shape
    (10285,)
    """

    def __init__(self, network: Network, digits: Digits, lam: float = 0.0, warp: Warp | None = None) -> None:
        if not (isinstance(network, Network) and isinstance(digits, Digits)):
            raise Digits20Error(
                f"expected Objective(network, digits), got {shown_value(network)}, {shown_value(digits)}"
            )
        if network.layer_sizes[0] != digits.X.shape[1]:
            raise Digits20Error(f"images of {digits.X.shape[1]} pixels, but the network takes {network.layer_sizes[0]}")
        if network.layer_sizes[-1] != len(digits.labels):
            raise Digits20Error(f"{len(digits.labels)} labels, but the network has {network.layer_sizes[-1]} outputs")
        if digits.sample_weight is not None:
            digits = digits.take(np.flatnonzero(digits.sample_weight))
        if not len(digits):
            raise Digits20Error("no images to learn from")
        rows = with_ones(digits.X)
        self.digits = replace(digits, X=rows[:, 1:])  # so that the caller's own images may go
        self.network, self.lam, self.warp = network, not_negative(lam, "lambda"), warp
        self._whole = self._batch(len(digits))
        self._whole.fill(rows, _targets(digits, network.output), of_mean_1(digits))

    def __repr__(self) -> str:
        warps = ", warps" if self.warp else ""
        return f"Objective({self.network}, {plural(len(self), 'image')}, lam={self.lam:g}, {self.dtype}{warps})"

    def __len__(self) -> int:
        """m, the number of images."""
        return len(self.digits)

    @property
    def chance(self) -> float:
        """The cost of knowing nothing, that of all weights zero: K log 2 with sigmoid outputs, log K with softmax."""
        return chance_cost(self.network.layer_sizes[-1], self.network.output)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the arithmetic: float32 or float64."""
        return self.digits.X.dtype

    @property
    def labels(self) -> tuple[Label, ...]:
        return self.digits.labels

    @property
    def image_shape(self) -> tuple[int, int]:
        return self.digits.image_shape

    @property
    def preprocess(self) -> tuple[str, ...]:
        return self.digits.preprocess

    @property
    def decay(self) -> float:
        """lam / m, with m the whole training set's also in a mini-batch, whose gradient is so unbiased."""
        weights = self.digits.sample_weight
        return self.lam / (len(self.digits) if weights is None else float(weights.sum()))

    def __call__(self, theta: Array, out: Array | None = None) -> tuple[float, Array]:
        """(cost, gradient) at theta (size,); the gradient in theta's dtype, or written into `out`."""
        return self._whole(vector(theta), out)

    def measure(self, theta: Array) -> tuple[float, float]:
        """(cost without the penalty, accuracy) at theta (size,)."""
        return self._whole.measure(theta)

    def sample(self, images: int) -> Digits:
        """So many of its images, or all where they are fewer; the same ones every time."""
        return self.digits.take(slice(0, images))

    def digest(self) -> str:
        """SHA-256, in hexadecimal, of the images."""
        return self.digits.digest()

    def batches(self, size: int, rng: Seed) -> Iterator[Batch]:
        """Mini-batches of this objective: all images once, in random order, `size` at a time.

        Each is a J(theta) -> (cost, gradient) of its own and is refilled by the next: use it before going on.
        """
        rng = generator(rng)
        order = rng.permutation(len(self.digits))
        rows = with_ones(self.warp(self.digits.X[order], rng)) if self.warp else self._whole.rows[order]
        Y = self._whole.Y[:, order]
        weights = None if self._whole.weights is None else self._whole.weights[order]
        batch = None
        for start in range(0, len(order), size):
            chosen = slice(start, start + size)
            if batch is None or len(rows[chosen]) < size:
                batch = self._batch(len(rows[chosen]))
            batch.fill(rows[chosen], Y[:, chosen], None if weights is None else weights[chosen])
            yield batch

    def _batch(self, images: int) -> Batch:
        return Batch(self.network, images, self.dtype, self.decay, share=images / len(self.digits))


def _targets(digits: Digits, output: Output) -> Array:
    """Y (K, m), one-hot columns, and what images without a label have in their place."""
    Y = np.ascontiguousarray(digits.Y.T)
    if output == "softmax":
        Y[:, digits.y == NO_LABEL] = 1 / len(Y)
    return Y


@singledispatch
def objective_on(images: Any, network: Network, lam: float = 0.0, warp: Warp | None = None) -> ObjectiveLike:
    """J of `network` on these images, wherever they are: Digits here, other kinds where they are defined."""
    raise TypeError(f"images of type {type(images).__name__}, expected Digits")


@objective_on.register
def _(images: Digits, network: Network, lam: float = 0.0, warp: Warp | None = None) -> ObjectiveLike:
    return Objective(network, images, lam, warp)


def of_mean_1(digits: Digits) -> Array | None:
    if digits.sample_weight is None:
        return None
    return np.asarray(digits.sample_weight / digits.sample_weight.mean(), digits.X.dtype)
