"""Training in pieces, as `partial_fit` does it: what is kept from one call to the next."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..learning.fit import Run
from ..optim.lbfgs import LBFGS, History
from ..optim.solution import Snapshot
from ..types import Array, Vector
from .parameters import Weights


@dataclass
class Seen:
    """The different images given so far: m, by which lambda is divided, and which no single piece tells.

    weights: the sample weight of each, by a checksum of its pixels. total, squares: their sums Σw and Σw².
    """

    weights: dict[int, float] = field(default_factory=dict)
    total: float = 0.0
    squares: float = 0.0

    def add(self, X: Array, weights: Weights | None) -> None:
        """Count the images X (m, n) that are new; weights (m,), or None where all count alike."""
        for image, weight in zip(X, [1.0] * len(X) if weights is None else weights.tolist(), strict=True):
            key = zlib.crc32(image.tobytes())
            old = self.weights.get(key, 0.0)
            self.weights[key] = weight
            self.total += weight - old
            self.squares += weight**2 - old**2

    @property
    def images(self) -> float:
        """How many images their weights stand for."""
        return self.total * scale(self.total, self.squares)


class Different:
    """How many different images were given, from the checksums of a share of them: exact where few are expected.

    expected: how many there will be; of more than SAMPLE, only the checksums of so many are kept.
    """

    SAMPLE = 10_000

    def __init__(self, expected: int) -> None:
        self.share, self.kept = 1 + expected // self.SAMPLE, set[int]()

    def add(self, X: Array) -> None:
        """Count the images X (m, n) that are new."""
        checksums = (zlib.crc32(image.tobytes()) for image in X)
        self.kept.update(checksum for checksum in checksums if checksum % self.share == 0)

    @property
    def images(self) -> int:
        """Their number, where it is an estimate less a tenth, which is far more than chance adds to it."""
        return len(self.kept) if self.share == 1 else round(0.9 * self.share * len(self.kept))


def scale(total: float, squares: float) -> float:
    """The factor by which sample weights are multiplied, for their sums Σw and Σw²: 1, or Σw / Σw² where that is more.

    Whole numbers, whose squares are no smaller, stay the numbers of copies that they are. Weights such as AdaBoost's,
    which sum to 1 however many images there are, come to sum to the effective number of images, (Σw)² / Σw².
    """
    return max(1.0, total / squares) if squares else 1.0


def scale_of(weights: Weights | None) -> float:
    """`scale` of these weights; 1 where all images count alike."""
    return 1.0 if weights is None else scale(float(weights.sum()), float(np.square(weights).sum()))


def scaled(weights: Weights | None) -> Weights | None:
    """These weights times their `scale`."""
    return None if weights is None else weights * scale_of(weights)


@dataclass
class Continued:
    """Keeps a run of mini-batches in memory from one call of `partial_fit` to the next, whatever images that brings.

    costs: of the training so far. last: where the call before left its solver.
    """

    costs: list[float]
    last: Snapshot | None = None

    def begin(self, run: Run) -> Snapshot:
        """Goes on from run.start; with the memory and the random numbers of the call before, if they still fit."""
        theta = run.start.astype(run.J.dtype)
        memory, random = run.solver.new_memory(theta), run.generator
        if self.last and {name: array.shape for name, array in self.last.memory.items()} == {
            name: array.shape for name, array in memory.items()
        }:
            memory, random = self.last.memory, self.last.generator
        return Snapshot(
            theta=theta,
            memory=memory,
            costs=self.costs or [run.J(run.start)[0]],
            best=(np.inf, np.inf, run.start),  # of the next epoch, for costs of other images are no measure
            evaluations=0,
            seconds=0.0,
            generator=random,
        )

    def update(self, snapshot: Any) -> None:
        self.last = snapshot()

    def interrupted(self) -> None:
        """Nothing is lost."""


@dataclass(frozen=True)
class ContinuedLBFGS(LBFGS):
    """L-BFGS that goes on with the steps that the `fit` before it remembered, if the weights are as many.

    histories: those steps, and in their place this run's.
    """

    histories: list[History] = field(default_factory=list)

    def new_history(self, theta: Vector) -> History:
        new = super().new_history(theta)
        old = self.histories.pop() if self.histories else new
        fits = (old.rows.shape, old.rows.dtype) == (new.rows.shape, new.rows.dtype)
        self.histories.append(old if fits else new)
        return self.histories[-1]
