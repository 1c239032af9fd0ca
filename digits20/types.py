"""The types that more than one room speaks of: arrays, vectors, costs, labels and paths."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]  # float32 or float64, of any shape
Vector = npt.NDArray[np.floating[Any]]  # (size,): theta or a gradient
CostFunction = Callable[[Vector], tuple[float, Vector]]  # J(theta) -> (cost, gradient)
Label = int | float | str  # what an output unit stands for
Hidden = Literal["sigmoid", "tanh", "relu"]  # activation of the hidden layers
Output = Literal["sigmoid", "softmax"]  # of the last layer
Seed = int | np.random.Generator  # where randomness comes from; numpy.random.default_rng takes both
StrPath = str | os.PathLike[str]
