"""The interface of a cost function that knows its images, as training and the solvers use it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from ..data.dataset import Digits
from ..data.protocol import Labelled
from ..types import Vector
from .network import Network


class ObjectiveLike(Labelled, Protocol):
    """J(theta) -> (cost, gradient) of a network on m images, wherever they are: in memory (`Objective`) or spread over
    processes (`PartitionedObjective`)."""

    @property
    def network(self) -> Network: ...

    @property
    def lam(self) -> float:
        """Lambda, the weight decay."""
        ...

    @property
    def warp(self) -> Any:
        """X (m, n), rng -> X (m, n): how mini-batches change the images each epoch; None: not at all."""
        ...

    @property
    def chance(self) -> float:
        """The cost of knowing nothing, without the penalty: every output 1/2, or 1/K with softmax."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the arithmetic: float32 or float64."""
        ...

    def __call__(self, theta: Vector) -> tuple[float, Vector]:
        """(cost, gradient) at theta (size,)."""
        ...

    def batches(self, size: int, rng: np.random.Generator) -> Iterator[Any]:
        """The mini-batches of an epoch, `size` images each: callables like J with their `share` of all images."""
        ...

    def measure(self, theta: Vector) -> tuple[float, float]:
        """(cost without the penalty, accuracy) at theta (size,)."""
        ...

    def sample(self, images: int) -> Digits:
        """So many of its images, or all where there are fewer; the same ones every time."""
        ...

    def digest(self) -> str:
        """SHA-256 of the images, in hexadecimal."""
        ...
