"""What stands between rooms: a J that knows its images, as training and every solver see it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from ..data.dataset import Digits
from ..types import Label, Vector
from .network import Network


class BatchedCostFunction(Protocol):
    """A J that can also be asked about random parts of its images (see `Objective`)."""

    dtype: Any

    def __call__(self, theta: Vector) -> tuple[float, Vector]: ...

    def batches(self, size: int, rng: np.random.Generator) -> Iterator[Any]: ...


class Measure(Protocol):
    """What a training is watched by: images that weights can be measured on."""

    def __len__(self) -> int: ...

    def measure(self, theta: Vector) -> tuple[float, float]:
        """(cost without the penalty, share of the images named right) at theta (size,)."""
        ...

    def digest(self) -> str:
        """SHA-256, in hexadecimal, of the images."""
        ...


class Trainable(Measure, Protocol):
    """What `fit` trains: a J(theta) -> (cost, gradient) that knows its images, wherever they are (see `Objective`)."""

    @property
    def network(self) -> Network: ...

    @property
    def lam(self) -> float: ...

    @property
    def warp(self) -> Any: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...

    @property
    def labels(self) -> tuple[Label, ...]: ...

    @property
    def image_shape(self) -> tuple[int, int]: ...

    @property
    def preprocess(self) -> tuple[str, ...]: ...

    def __call__(self, theta: Vector) -> tuple[float, Vector]: ...

    def sample(self, images: int) -> Digits:
        """So many of its images, or fewer; the same ones every time."""
        ...
