"""The callback of a run: measures each iteration, scores it by validation images, stops early."""

from __future__ import annotations

from typing import Any

from ...errors import plural
from ...nn.protocols import ObjectiveLike
from ...optim.solution import Snapshot, Solution, Stop
from ...types import Vector
from ..model import CURVES
from .progress import Callback, Monitored, Progress


class Monitor:
    """The callback of a run: measures each iteration, passes the Progress on, scores by validation images, stops early.

    curves: measurements per iteration, by name; none without validation images.
    """

    def __init__(
        self,
        J: ObjectiveLike,
        validation: ObjectiveLike | None,
        patience: int | None,
        callback: Callback | None,
        monitor: Monitored,
    ) -> None:
        self.J, self.validation, self.patience, self.callback, self.monitor = J, validation, patience, callback, monitor
        self.iteration = -1
        self.curves: dict[str, list[float]] = {name: [] for name in CURVES} if validation else {}

    def __call__(self, theta: Vector, cost: float) -> float | None:
        self.iteration += 1
        progress = self._measure(theta, cost)
        if self.callback:
            self.callback(progress)
        return None if self.patience is None else self._score(self.patience)

    def after(self, last: Snapshot | None) -> Snapshot | None:
        """The snapshot itself, behind which the run goes on; None: from the start."""
        if last:
            self.iteration = last.iteration
            self.curves = {name: [] for name in last.curves}  # that of an older version may have fewer
        return last

    def cut(self, solution: Solution, written: Snapshot | None) -> Solution:
        """The solution of the iteration that the checkpoint is of: the two files must fit together."""
        if written is None or written.iteration >= solution.iterations:
            return solution
        self.curves.update(written.curves)
        return written.cut(solution)

    def final_scores(self, theta: Vector) -> dict[str, Any]:
        cost, accuracy = self.J.measure(theta)
        scores = {"cost": self.J(theta)[0] if self.J.lam else cost, "train_accuracy": accuracy}
        if self.validation:
            scores["validation_accuracy"] = self.validation.measure(theta)[1]
        return scores

    def _measure(self, theta: Vector, cost: float) -> Progress:
        if self.validation is None:
            return Progress(self.iteration, cost)
        (train_cost, train_accuracy), (held_cost, held_accuracy) = self.J.measure(theta), self.validation.measure(theta)
        figures = dict(zip(CURVES, (train_cost, train_accuracy, held_cost, held_accuracy), strict=True))
        for name, curve in self.curves.items():
            curve.append(figures[name])
        return Progress(self.iteration, cost, train_accuracy, held_cost, held_accuracy, train_cost)

    def _score(self, patience: int) -> float:
        """The validation cost, or minus the accuracy; raises Stop where it has not fallen for so many iterations."""
        curve, change = self.curves["validation_costs"], "cost has not fallen"
        if self.monitor == "accuracy":
            curve, change = [-share for share in self.curves["validation_accuracies"]], "accuracy has not risen"
        since_lowest = len(curve) - 1 - curve.index(min(curve))
        if since_lowest >= max(patience, 1):
            raise Stop(f"validation {change} for {plural(patience, 'iteration')}")
        return curve[-1]
