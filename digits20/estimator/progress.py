"""What happens after each iteration of `fit`, printing, the caller's callback and the end by `tol`; and at its end."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sklearn.exceptions import ConvergenceWarning

from ..errors import percent, plural
from ..learning.fit import Callback, Progress
from ..optim.solution import Solution, Stop


@dataclass
class Plateau:
    """Ends mini-batches when the cost has not fallen by `tol` for more than `epochs`, as scikit-learn does."""

    tol: float
    epochs: float
    lowest: float = float("inf")
    since: int = 0

    def __call__(self, progress: Progress) -> None:
        if progress.iteration == 0:
            return
        self.since = self.since + 1 if progress.cost > self.lowest - self.tol else 0
        self.lowest = min(self.lowest, progress.cost)
        if self.since > self.epochs:
            epochs = plural(self.epochs, "epoch")
            raise Stop(f"converged: the cost has not fallen by {self.tol:g} for {epochs}", converged=True)


def printing(every: int) -> Callback:
    """Prints the cost every so many iterations."""

    def tell(progress: Progress) -> None:
        if progress.iteration % every == 0:
            right = progress.validation_accuracy
            validation = "" if right is None else f", validation {percent(right, 2)}"
            print(f"Iteration {progress.iteration}: cost {progress.cost:.4f}{validation}", flush=True)

    return tell


def all_of(callbacks: Sequence[Callback]) -> Callable[[Progress], None] | None:
    """One callback that calls them in turn; None for none."""

    def call(progress: Progress) -> None:
        for callback in callbacks:
            callback(progress)

    return call if callbacks else None


def warn_of_end(end: Solution | None, tol: float | None, solver: str) -> None:
    """That a tolerance was asked for and not met, unless something else ended the training."""
    if tol is None or end is None or end.converged or end.interrupted:
        return
    if end.message.startswith(("not converged", f"{plural(end.iterations, 'epoch')} done")):
        warnings.warn(f"{end.message} (tol={tol:g}, solver {solver})", ConvergenceWarning, stacklevel=3)
