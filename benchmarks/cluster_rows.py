"""The images that cluster.py measures with: a module of its own, which workers import and read the digits once for."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from digits20 import Digits, load
from digits20.images.augment import Warps
from digits20.system.shipped import shipped

SEED = 0


@dataclass(frozen=True)
class Warped:
    """So many synthetic float32 rows: the shipped digits, drawn with replacement and warped."""

    rows: int
    seed: int

    def __call__(self) -> Digits:
        digits, rng = originals(), np.random.default_rng([SEED, self.seed])
        chosen = rng.integers(len(digits), size=self.rows)
        X, warps = np.empty((self.rows, 400), np.float32), Warps((20, 20))
        for start in range(0, self.rows, 5000):
            some = slice(start, start + 5000)
            X[some] = warps(digits.X[chosen[some]], rng)
        return Digits(X, digits.y[chosen])


def warped(rows: int, partitions: int) -> list[Warped]:
    return [Warped(rows // partitions, part) for part in range(partitions)]


@functools.cache
def originals() -> Digits:
    return load(shipped("data/digits20.csv.gz")).astype(np.float32)
