"""What a checkpoint is told of a run, and asked: `fit` knows no files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from ...nn.protocols import ObjectiveLike
from ...optim.solution import Snapshot, Solver
from ...types import Vector


@dataclass(frozen=True, eq=False)
class Run:
    """What decides the bits of a training; two runs with equal parts end with the same weights.

    start: (size,), theta at the start; generator: state there of the generator that shuffles mini-batches.
    validation, patience: None where there is none. threads: of the matrix products.
    """

    J: ObjectiveLike
    start: Vector
    solver: Solver
    validation: ObjectiveLike | None
    patience: int | None
    generator: dict[str, Any]
    threads: int


class CheckpointLike(Protocol):
    """Where a run is saved while it lasts; see `persistence.checkpoint.Checkpoint`."""

    def begin(self, run: Run) -> Snapshot | None:
        """Called once at the start; returns the snapshot to continue from, or None for a new run."""
        ...

    def update(self, snapshot: Callable[[], Snapshot]) -> None:
        """Called after every iteration; calls `snapshot` where it wants one."""
        ...

    def interrupted(self) -> Snapshot | None:
        """Called when Ctrl-C or a lost J has ended the run; returns what it has written of it, if anything."""
        ...
