"""J over some images, in blocks that fit the processor's cache: the work of an Objective and of its mini-batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ..types import Array
from .costs import COSTS, add_penalty
from .network import Network
from .run import Run


class Batch:
    """J over a `share` of an Objective's images, with the memory that its evaluations write into."""

    def __init__(self, network: Network, m: int, dtype: npt.DTypeLike, decay: float, share: float) -> None:
        self.network, self.decay, self.dtype, self.share = network, decay, np.dtype(dtype), share
        self.rows, self.Y = np.empty((0, 0), dtype), np.empty((0, 0), dtype)
        self.weights: Array | None = None
        self.blocks = network.blocks(m, dtype)
        sizes = {where.stop - where.start for where in self.blocks}
        self.runs = {size: network.run(size, dtype) for size in sizes}
        self.delta = np.empty((network.layer_sizes[-1], max(sizes)), dtype)
        self.more = np.empty(network.size if len(self.blocks) > 1 else 0, dtype)

    def __getstate__(self) -> dict[str, Any]:
        """Its images without the memory; 0.1.0 pickled the same names and its memory."""
        return {name: vars(self)[name] for name in ("network", "decay", "dtype", "share", "rows", "Y", "weights")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["network"], len(state["rows"]), *(state[name] for name in ("dtype", "decay", "share")))  # type: ignore[misc]
        self.fill(state["rows"], state["Y"], state["weights"])

    def fill(self, rows: Array, Y: Array, weights: Array | None) -> None:
        """Take the images `rows` (m, 1 + n), behind a column of ones, with one-hot columns Y (K, m).

        weights: (m,) of a mean of 1 over the whole set, or None where all are 1.
        """
        self.rows, self.Y, self.weights = rows, Y, weights
        if len(self.blocks) == 1:
            self.runs[len(rows)].load(rows)

    def __call__(self, theta: Array, out: Array | None = None) -> tuple[float, Array]:
        """(cost, gradient) at theta (size,); the gradient in theta's dtype, or written into `out`."""
        gradient = np.empty(theta.shape, self.dtype) if out is None else out
        Thetas = self.network.matrices(theta.astype(self.dtype, copy=False))
        costs = []
        for where, run in self._loaded():
            costs.append(self._costs(run.forward(Thetas), where))
            self._weigh(where)
            into = self.more if where.start else gradient
            run.backward(Thetas, self._delta(where), self.network.matrices(into))
            if where.start:
                gradient += into
        cost = self._mean(np.concatenate(costs))
        if self.decay:
            cost += add_penalty(Thetas, self.network.matrices(gradient), self.decay)
        return cost, gradient.astype(theta.dtype, copy=False) if out is None else out

    def measure(self, theta: Array) -> tuple[float, float]:
        """(cost without the penalty, accuracy) at theta (size,); images without a label count for the cost alone."""
        Thetas = self.network.matrices(theta.astype(self.dtype, copy=False))
        costs, right = [], []
        for where, run in self._loaded():
            Z = run.forward(Thetas)
            right.append(Z.argmax(axis=0) == self.Y[:, where].argmax(axis=0))
            costs.append(self._costs(Z, where))
        return self._mean(np.concatenate(costs)), self._share(np.concatenate(right))

    def _loaded(self) -> Iterator[tuple[slice, Run]]:
        """Where every block is, and the memory that holds its images."""
        for where in self.blocks:
            run = self.runs[where.stop - where.start]
            if len(self.blocks) > 1:
                run.load(self.rows[where])
            yield where, run

    def _costs(self, Z: Array, where: slice) -> Array:
        """(m,): each image's cost at the logits Z, which are used up; `delta` becomes H - Y."""
        return COSTS[self.network.output](Z, self.Y[:, where], self._delta(where))

    def _delta(self, where: slice) -> Array:
        return self.delta[:, : where.stop - where.start]

    def _mean(self, of_images: npt.NDArray[Any]) -> float:
        """In float64, of one number per image."""
        weighted = of_images if self.weights is None else of_images * self.weights
        return float(weighted.mean(dtype=np.float64))

    def _share(self, right: npt.NDArray[np.bool_]) -> float:
        """Of the images that have a label."""
        labelled = self.Y.max(axis=0) > 0.5
        if labelled.all() or not labelled.any():
            return self._mean(right)
        weights = labelled if self.weights is None else labelled * self.weights
        return float(np.average(right, weights=weights))

    def _weigh(self, where: slice) -> None:
        """H - Y becomes the output layer's error term."""
        delta = self._delta(where)
        delta *= 1 / len(self.rows)
        if self.weights is not None:
            delta *= self.weights[where]
