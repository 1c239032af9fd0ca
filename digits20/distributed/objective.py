"""J over images in partitions: each partition answers with its cost and gradient, and the driver adds them up."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..data.dataset import Digits
from ..errors import Digits20Error
from ..nn.costs import add_penalty, chance_cost
from ..nn.network import Network
from ..nn.objective import Warp, objective_on
from ..types import Vector
from . import worker
from .partitions import Partitions
from .sources import Transformed


class PartitionedObjective:
    """J of a network on the images of all partitions; parameters and errors are those of `Objective`.

    Every partition answers with the mean cost and gradient of its images; they are added here in the order of the
    partitions, in float64, so that the bits depend on the partitions, not on who keeps them. The penalty is added once.
    """

    def __init__(self, network: Network, partitions: Partitions, lam: float = 0.0, warp: Warp | None = None) -> None:
        if not 0 <= lam < np.inf:
            raise Digits20Error(f"lambda is {lam}, expected a finite number of 0 or more")
        if not sum(partitions.counted):
            raise Digits20Error("no images to learn from")
        self.network, self.lam, self.warp = network, float(lam), warp
        self.labels, self.image_shape = partitions.labels, partitions.image_shape
        self.preprocess, self.dtype = partitions.preprocess, partitions.dtype
        self.sizes, self._m = partitions.counted, sum(partitions.counted)
        self._mass = sum(partitions.masses)
        self.shares = [mass / self._mass for mass in partitions.masses]
        self._executor = partitions.executor
        steps = [worker.ToObjective(network, warp, index) for index in range(len(self.sizes))]
        recipes = [Transformed(source, step) for source, step in zip(partitions.data.recipes, steps, strict=True)]
        self._loaded = self._executor.make(recipes, partitions.data if partitions.data.objects else None, steps)
        self._digests = list(self._executor.ask(worker.digest, self._loaded))  # not later, when the cluster may be gone

    def __len__(self) -> int:
        return self._m

    @property
    def remote(self) -> bool:
        """Whether other processes compute it, which may not answer."""
        return self._executor.remote

    @property
    def decay(self) -> float:
        """lam / m, with m the number of all images, or the sum of their weights."""
        return self.lam / self._mass

    @property
    def chance(self) -> float:
        """The cost of knowing nothing."""
        return chance_cost(self.network.layer_sizes[-1], self.network.output)

    def __call__(self, theta: Vector, out: Vector | None = None) -> tuple[float, Vector]:
        """(cost, gradient) at theta (size,); the gradient in theta's dtype, or written into `out`."""
        return self._sum(theta, out, self.shares, worker.cost_and_gradient)

    def measure(self, theta: Vector) -> tuple[float, float]:
        """(cost without the penalty, accuracy) at theta (size,)."""
        figures = np.zeros(2)
        for share, answer in zip(self.shares, self._ask(worker.measure, self._sent(theta)), strict=True):
            figures += share * np.array(answer)
        return float(figures[0]), float(figures[1])

    def batches(self, size: int, rng: np.random.Generator) -> Iterator[PartitionedBatch]:
        """Mini-batches of about `size` images: all images once, every batch with its share of every partition.

        Each worker draws the order of its images from a seed that the driver draws each epoch. Every mini-batch asks
        every partition, which on a cluster takes milliseconds per partition: it pays for tens of thousands of images at
        once, not for hundreds. An epoch keeps a second copy of the images, in its order.
        """
        seed, count = int(rng.integers(2**63)), -(-self._m // size)
        for number in range(count):
            slot = worker.BatchSlice(seed, number, count, len(self.sizes))
            sizes = [len(slot.rows(index, m)) for index, m in enumerate(self.sizes)]
            if sum(sizes):
                yield PartitionedBatch(self, slot, sizes)

    def sample(self, images: int) -> Digits:
        """So many images of the first partition, loaded once more, or all of them where they are fewer."""
        first = next(index for index, size in enumerate(self.sizes) if size)
        loaded = self._executor.make([self._loaded.recipes[first]])
        return next(iter(self._executor.ask(worker.sample, loaded, images)))  # type: ignore[no-any-return]

    def digest(self) -> str:
        """SHA-256, in hexadecimal, of the digests of all partitions."""
        return hashlib.sha256("".join(self._digests).encode()).hexdigest()

    def _ask(self, function: Callable[..., Any], *arguments: Any) -> Iterator[Any]:
        return self._executor.ask(function, self._loaded, *arguments)

    def _sent(self, theta: Vector) -> Vector:
        return theta.astype(self.dtype, copy=False)

    def _sum(
        self, theta: Vector, out: Vector | None, shares: Sequence[float], function: Callable[..., Any], *arguments: Any
    ) -> tuple[float, Vector]:
        """(cost, gradient): the shares of what partitions answer, added up, and the penalty."""
        sent = self._sent(theta)
        cost, gradient = 0.0, np.zeros(theta.shape)
        for share, answer in zip(shares, self._ask(function, sent, *arguments), strict=True):
            if share:
                cost += share * answer[0]
                gradient += share * answer[1]
        if self.decay:
            matrices = self.network.matrices
            cost += add_penalty(matrices(sent), matrices(gradient), self.decay)
        if out is None:
            return cost, gradient.astype(theta.dtype, copy=False)
        out[...] = gradient
        return cost, out


@objective_on.register
def _(images: Partitions, network: Network, lam: float = 0.0, warp: Warp | None = None) -> PartitionedObjective:
    """J on the partitions, which let go of their images: J holds them from then on."""
    J = PartitionedObjective(network, images, lam, warp)
    images.release()
    return J


class PartitionedBatch:
    """J on one mini-batch, a `share` of all images."""

    def __init__(self, J: PartitionedObjective, slot: worker.BatchSlice, sizes: list[int]) -> None:
        self.J, self.slot, self.share = J, slot, sum(sizes) / len(J)
        # what a partition answers is of sample weights whose mean is 1 there, not over all images
        self.shares = [
            size / self.share * share / m if size else 0.0
            for size, share, m in zip(sizes, J.shares, J.sizes, strict=True)
        ]

    def __call__(self, theta: Vector, out: Vector | None = None) -> tuple[float, Vector]:
        return self.J._sum(theta, out, self.shares, worker.batch_cost_and_gradient, self.slot)
