"""One partition of a training's images where it is held, and what is asked of it there."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..data.dataset import Digits, counted
from ..nn.network import Network, with_ones
from ..nn.objective import Batch, Objective, Warp, of_mean_1
from ..types import Vector


@dataclass(frozen=True)
class Slot:
    """Mini-batch `number` of `count` of the epoch that `seed` orders."""

    seed: int
    number: int
    count: int
    partitions: int

    def rows(self, index: int, m: int) -> range:
        """Which images of its order the partition gives, staggered so that small partitions take turns."""
        turn = index * self.count // self.partitions
        start, stop = ((number * m + turn) // self.count for number in (self.number, self.number + 1))
        return range(min(start, m), min(stop, m))


class Held:
    """The Objective of one partition, without penalty, and the order of its images in this epoch.

    Its arrays are written into by every evaluation: one at a time. It is sent elsewhere as its images alone.
    """

    def __init__(self, digits: Digits, network: Network, warp: Warp | None, index: int) -> None:
        self.digits, self.network, self.warp, self.index = digits, network, warp, index
        self.lock = threading.Lock()
        self.epoch: tuple[int, npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any] | None] | None = None
        self.batch: Batch | None = None
        self.objective = Objective(network, digits, 0.0, warp) if counted(digits) else None
        if self.objective:
            self.digits = self.objective.digits

    def __reduce__(self) -> tuple[Any, ...]:
        return Held, (self.digits, self.network, self.warp, self.index)

    def __sizeof__(self) -> int:
        m, n = self.digits.X.shape
        units = sum(self.network.layer_sizes[1:])
        copies = 2 + (self.epoch is not None)  # as rows and as columns
        numbers: int = m * (copies * n + 3 * units)
        return numbers * self.digits.X.itemsize

    def slope_of_batch(self, theta: Vector, slot: Slot) -> tuple[float, Vector]:
        if self.epoch is None or self.epoch[0] != slot.seed:
            self.epoch = (slot.seed, *self._ordered(slot.seed))
        _, rows, Y, weights = self.epoch
        chosen = slot.rows(self.index, len(self.digits))
        where = slice(chosen.start, chosen.stop)
        if self.batch is None or len(self.batch.rows) != len(chosen):
            self.batch = Batch(self.network, len(chosen), rows.dtype, 0.0, 1.0)
        self.batch.fill(rows[where], np.ascontiguousarray(Y[:, where]), None if weights is None else weights[where])
        return self.batch(theta)

    def _ordered(self, seed: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any] | None]:
        rng = np.random.default_rng([seed, self.index])
        digits = self.digits.shuffle(rng)
        X = self.warp(digits.X, rng) if self.warp else digits.X
        return with_ones(X), np.ascontiguousarray(digits.Y.T), of_mean_1(digits)


@dataclass(frozen=True)
class Hold:
    network: Network
    warp: Warp | None
    index: int

    def __call__(self, digits: Digits) -> Held:
        return Held(digits, self.network, self.warp, self.index)


def settled(held: Held) -> None:
    """It is there, whole."""


def slope(held: Held, theta: Vector) -> tuple[float, Vector] | None:
    with held.lock:
        return held.objective(theta) if held.objective else None


def slope_of_batch(held: Held, theta: Vector, slot: Slot) -> tuple[float, Vector] | None:
    if not slot.rows(held.index, len(held.digits)):
        return None
    with held.lock:
        return held.slope_of_batch(theta, slot)


def measured(held: Held, theta: Vector) -> tuple[float, float]:
    with held.lock:
        return held.objective.measure(theta) if held.objective else (0.0, 0.0)


def sample(held: Held, images: int) -> Digits:
    return held.digits.take(slice(0, images))


def digest(held: Held) -> str:
    return held.digits.digest()
