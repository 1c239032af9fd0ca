"""Data augmentation: random affine and elastic warps of whole batches of images."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import Digits20Error
from .geometry import bilinear

Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Warps:
    """Random affine and elastic warps of images; every call draws new ones.

    Each call draws `bank` warps and applies each to an equal part of the batch: one warp per image would train no
    better and take ten times as long. Images should therefore come in random order. Lengths in pixels hold for images
    of 20 rows and grow in proportion. Amounts are the largest, uniform in both directions.

    Parameters
    ----------
    image_shape
        (rows, columns) of the images.
    rotation
        Degrees.
    scale
        A share, drawn separately for each axis.
    shear
        Columns per row.
    shift
        Pixels.
    elastic
        Root mean square, in pixels, of a smooth random displacement (Simard, Steinkraus & Platt 2003).
    smoothness
        Width of its bumps in pixels.
    bank
        How many warps a call draws.

    Raises
    ------
    Digits20Error
        For amounts that are negative or not finite.

    Examples
    --------
    >>> warps = Warps((20, 20), rotation=5)
    >>> warps(np.zeros((8, 400)), np.random.default_rng(0)).shape
    (8, 400)
    """

    image_shape: tuple[int, int]
    rotation: float = 12.0
    scale: float = 0.12
    shear: float = 0.15
    shift: float = 0.8
    elastic: float = 0.8
    smoothness: float = 3.0
    bank: int = 64

    def __post_init__(self) -> None:
        for name in ("rotation", "scale", "shear", "shift", "elastic"):
            amount = getattr(self, name)
            if not (_is_number(amount) and 0 <= amount < math.inf):
                raise Digits20Error(f"warp {name} {amount!r}, expected a finite number of 0 or more")
        if not (_is_number(self.smoothness) and _is_number(self.bank) and self.smoothness > 0 and self.bank >= 1):
            raise Digits20Error("warp smoothness must be above 0, and the bank at least 1")

    def __call__(self, X: Floats, rng: np.random.Generator) -> Floats:
        """Images X (m, rows * columns) through new random warps, in X's dtype. rng: where the warps are drawn from."""
        from scipy.sparse import csr_array

        m, n = X.shape
        warped = np.empty_like(X)
        bounds = np.linspace(0, m, min(self.bank, m) + 1).round().astype(int)
        pixels, weights = self._taps(len(bounds) - 1, rng)
        weights = weights.astype(X.dtype)
        matrix = csr_array((weights[0], pixels[0], np.arange(0, 4 * n + 1, 4, dtype=np.int32)), shape=(n, n))
        for warp, (start, stop) in enumerate(itertools.pairwise(bounds)):
            matrix.indices, matrix.data = pixels[warp], weights[warp]  # a new matrix would cost as much as its product
            warped[start:stop] = (matrix @ np.ascontiguousarray(X[start:stop].T)).T
        return warped

    def _taps(self, count: int, rng: np.random.Generator) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
        """The four taps of each pixel, for each of `count` warps: pixels (count, 4n) and weights (count, 4n)."""
        rows, columns = self.points(count, rng)
        taps = bilinear(rows, columns, self.image_shape)
        pixels, weights = (np.moveaxis(part, 0, -1).reshape(count, -1) for part in taps)
        return pixels.astype(np.int32), weights.astype(np.float64)

    def points(self, count: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
        """(2, count, rows * columns): the row and column of the image that each pixel of a warped image samples."""
        size = np.array(self.image_shape, dtype=np.float64)
        middle = (size - 1)[:, None] / 2
        grid = np.indices(self.image_shape).reshape(2, -1) - middle
        unit = size[0] / 20
        moved = np.einsum("kij,jp->ikp", self._matrices(count, rng), grid)
        shift = self.shift * unit * rng.uniform(-1, 1, (2, count, 1))
        bumps = self.elastic * unit * self._smooth_noise(count, rng, self.smoothness * unit)
        return np.asarray(moved + middle[:, None] + shift + bumps)

    def _matrices(self, count: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
        """(count, 2, 2): rotation after shear after scale, acting on (row, column)."""
        angle = np.deg2rad(self.rotation) * rng.uniform(-1, 1, count)
        lean = self.shear * rng.uniform(-1, 1, count)
        stretch = (1 + self.scale) ** rng.uniform(-1, 1, (2, count))
        zero, one = np.zeros(count), np.ones(count)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        parts = (turn, np.array([[one, zero], [lean, one]]), np.array([[stretch[0], zero], [zero, stretch[1]]]))
        turn, sheared, scaled = (np.moveaxis(part, -1, 0) for part in parts)
        return np.asarray(turn @ sheared @ scaled)

    def _smooth_noise(self, count: int, rng: np.random.Generator, width: float) -> npt.NDArray[np.float64]:
        """(2, count, rows * columns) Gaussian noise, smoothed by a Gaussian `width` pixels wide, of unit variance."""
        rows, columns = (_smoothing(size, width) for size in self.image_shape)
        noise = rng.standard_normal((2, count, *self.image_shape))
        return np.asarray((rows @ noise @ columns.T).reshape(2, count, -1))


def _is_number(amount: Any) -> bool:
    return isinstance(amount, Real) and not isinstance(amount, bool)


def _smoothing(size: int, width: float) -> npt.NDArray[np.float64]:
    """(size, size): rows that average white noise along an axis into noise of unit variance."""
    distance = np.subtract.outer(np.arange(size), np.arange(size)) / width
    kernel = np.exp(-0.5 * distance**2)
    return np.asarray(kernel / np.linalg.norm(kernel, axis=1, keepdims=True))
