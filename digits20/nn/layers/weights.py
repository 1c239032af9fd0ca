"""What layers share: their sizes checked, their groups told, their first weights drawn."""

from __future__ import annotations

from numbers import Integral

import numpy as np

from ...errors import Digits20Error
from ...types import Array
from .layer import Layer


def uniform(shape: tuple[int, int], out: int, gain: float, rng: np.random.Generator) -> Array:
    """Signals keep their spread on the way up, and errors on the way down (Glorot & Bengio 2010, eq. 16).

    The course's exercise 4 uses the same bound with gain 1. out: how many weights each unit below sends its answer to.
    """
    Theta = np.zeros(shape)
    bound = gain * (6 / (shape[1] - 1 + out)) ** 0.5
    Theta[:, 1:] = rng.uniform(-bound, bound, size=(shape[0], shape[1] - 1))
    return Theta


def groups_text(groups: int) -> str:
    return f" groups {groups}" if groups > 1 else ""


def check_sizes(layer: Layer, *sizes: int) -> None:
    if min(sizes) < 1 or not all(isinstance(size, Integral) for size in sizes):
        raise Digits20Error(f"{layer}: sizes are whole numbers, 1 or more")


def check_groups(layer: Layer, units: int, below: int, groups: int) -> None:
    if units % groups or below % groups:
        raise Digits20Error(f"{layer}: {below} units or channels below do not fall into {groups} equal groups")
