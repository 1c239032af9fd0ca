"""Training: minimize J with a solver, measure it on the way, return a Model."""

from .checkpoint import CheckpointLike, Run
from .progress import Callback, Monitored, Progress
from .training import fit

__all__ = ["Callback", "CheckpointLike", "Monitored", "Progress", "Run", "fit"]
