"""The objective of one partition, on the worker that keeps it, and the questions the driver asks of it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..data.dataset import Digits, counted
from ..nn.batch import Batch
from ..nn.network import Network, with_ones
from ..nn.objective import Objective, Warp, of_mean_1
from ..types import Vector


@dataclass(frozen=True)
class BatchSlice:
    """Mini-batch `number` of the `count` in an epoch, whose order of images follows from `seed`."""

    seed: int
    number: int
    count: int
    partitions: int

    def rows(self, index: int, m: int) -> range:
        """The rows of partition `index`, of m images, in this batch; staggered so that small partitions take turns."""
        turn = index * self.count // self.partitions
        start, stop = ((number * m + turn) // self.count for number in (self.number, self.number + 1))
        return range(min(start, m), min(stop, m))


class PartitionObjective:
    """J of one partition without the penalty, and the order of its images in the current epoch.

    index: its place in the list of partitions. Every evaluation writes into the same arrays, so `lock` lets in one at a
    time. Pickled, it is its images and settings alone.
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
        return PartitionObjective, (self.digits, self.network, self.warp, self.index)

    def __sizeof__(self) -> int:
        m, n = self.digits.X.shape
        dtype, copies = self.digits.X.dtype, 1 + (self.epoch is not None)
        at_once = self.network.blocks(m, dtype)[0].stop
        images: int = m * copies * n * dtype.itemsize
        return images + self.network.bytes_of(at_once, dtype)

    def of_batch(self, theta: Vector, slot: BatchSlice) -> tuple[float, Vector]:
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
class ToObjective:
    network: Network
    warp: Warp | None
    index: int

    def __call__(self, digits: Digits) -> PartitionObjective:
        return PartitionObjective(digits, self.network, self.warp, self.index)


def cost_and_gradient(J: PartitionObjective, theta: Vector) -> tuple[float, Vector] | None:
    with J.lock:
        return J.objective(theta) if J.objective else None


def batch_cost_and_gradient(J: PartitionObjective, theta: Vector, slot: BatchSlice) -> tuple[float, Vector] | None:
    if not slot.rows(J.index, len(J.digits)):
        return None
    with J.lock:
        return J.of_batch(theta, slot)


def measure(J: PartitionObjective, theta: Vector) -> tuple[float, float]:
    with J.lock:
        return J.objective.measure(theta) if J.objective else (0.0, 0.0)


def sample(J: PartitionObjective, images: int) -> Digits:
    return J.digits.take(slice(0, images))


def digest(J: PartitionObjective) -> str:
    return J.digits.digest()
