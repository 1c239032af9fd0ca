"""Images with several labels each, and J on them: every output unit is a yes or no of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..data.dataset import Digits
from ..nn.network import Network
from ..nn.objective import Objective, Warp, objective_on
from ..nn.protocols import ObjectiveLike
from ..types import Array


@dataclass(frozen=True, eq=False, repr=False, init=False)
class LabelSets(Digits):
    """Images of which each may have any of the K labels.

    targets: (m, K), 1 where an image has a label, else 0. y: (m,) zeros, for no image has one label.
    """

    targets: npt.NDArray[Any]

    def __init__(self, *images: Any, targets: npt.NDArray[Any], **more: Any) -> None:
        super().__init__(*images, **more)
        object.__setattr__(self, "targets", targets)

    @property
    def Y(self) -> Array:
        """(m, K), the targets in the dtype of X."""
        return self.targets.astype(self.X.dtype)

    def take(self, rows: npt.NDArray[np.intp] | slice) -> LabelSets:
        weights = None if self.sample_weight is None else self.sample_weight[rows]
        return replace(self, X=self.X[rows], y=self.y[rows], sample_weight=weights, targets=self.targets[rows])


class LabelSetsObjective(Objective):
    """J on images with several labels each; an answer is right where all its labels are."""

    def measure(self, theta: Array) -> tuple[float, float]:
        cost = self._whole.measure(theta)[0]
        answers = self.network.logits(theta, self.digits.X) > 0
        right = (answers == (self.digits.Y > 0)).all(axis=1)
        return cost, float(np.average(right, weights=self.digits.sample_weight))


@objective_on.register
def _(images: LabelSets, network: Network, lam: float = 0.0, warp: Warp | None = None) -> ObjectiveLike:
    return LabelSetsObjective(network, images, lam, warp)
