"""The table of labelled grey images that everything else is fed with."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from ..errors import Digits20Error
from ..images.geometry import PREPROCESS, prepare, resize
from ..types import Label

DIGITS: tuple[Label, ...] = tuple(range(10))
MAX_LABEL = 100  # letters
SQUARE = (0, 0)  # stands for "the square of n pixels" until the images are known


def square_shape(pixels: int) -> tuple[int, int] | None:
    """(side, side) of the square image with that many pixels, or None where there is none."""
    side = math.isqrt(pixels)
    return (side, side) if side * side == pixels and side > 0 else None


def fits_a_line(text: str) -> bool:
    """Whether it can be a label: short, and nothing in it but what a terminal prints."""
    return len(text) <= MAX_LABEL and text.isprintable()


class Images(Protocol):
    """Labelled images as a training sees them, wherever they are: `Digits`, or partitions of them held elsewhere."""

    @property
    def labels(self) -> tuple[Label, ...]: ...

    @property
    def image_shape(self) -> tuple[int, int]: ...

    @property
    def preprocess(self) -> tuple[str, ...]: ...

    def __len__(self) -> int: ...

    def prepared(self, preprocess: tuple[str, ...]) -> Self:
        """The images after these steps of `images.PREPROCESS`."""
        ...

    def map(self, step: Callable[[Digits], Digits]) -> Self:
        """The images after a step, which must be picklable."""
        ...

    def mean(self, function: Callable[[Digits], float]) -> float:
        """The mean over all images, by their weights, of a function that is such a mean of the Digits it is given."""
        ...


@dataclass(frozen=True, eq=False)
class Digits:
    """Grey images and what they show.

    X: (m, n) float32 or float64, one image per row, its rows one after another, ink 1 on paper 0.
        Its dtype decides the dtype of all arithmetic done with it.
    y: (m,) integers, the index of each image's label in `labels`.
    labels: what the K classes are called; the digits 0 to 9 unless told otherwise.
    image_shape: (rows, columns) of an image; the square of n pixels unless told otherwise.
    preprocess: the steps of `images.PREPROCESS` that the images have been through.
    sample_weight: (m,) float64, how much each image counts, 0 or more: 2 is as good as two copies of it, 0 as leaving
        it out. None: all count alike.

    Raises Digits20Error where the parts do not fit one another.
    """

    X: npt.NDArray[np.floating[Any]]
    y: npt.NDArray[np.intp]
    labels: tuple[Label, ...] = DIGITS
    image_shape: tuple[int, int] = SQUARE
    preprocess: tuple[str, ...] = ()
    sample_weight: npt.NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        X, y = np.asarray(self.X), np.asarray(self.y)
        if X.dtype not in (np.float32, np.float64):
            X = X.astype(np.float64)
        if X.ndim != 2:
            raise Digits20Error(f"images of shape {X.shape}, expected one image per row: (m, n)")
        if y.ndim != 1 or len(y) != len(X):
            raise Digits20Error(f"{len(X)} images but {y.size} labels")
        if not np.isfinite(X).all():
            raise Digits20Error(f"image {_first_bad_row(X)} holds a pixel that is not a finite number")
        if y.size and not (np.issubdtype(y.dtype, np.integer) and y.min() >= 0 and y.max() < len(self.labels)):
            raise Digits20Error(f"y must hold indices into the {len(self.labels)} labels")
        shape = self.image_shape if self.image_shape != SQUARE else square_shape(X.shape[1])
        if shape is None or shape[0] * shape[1] != X.shape[1]:
            raise Digits20Error(f"{X.shape[1]} pixels do not make an image of shape {shape or 'a square'}")
        for name, value in (("X", _frozen(X)), ("y", _frozen(y.astype(np.intp, copy=False)))):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "labels", tuple(self.labels))
        object.__setattr__(self, "image_shape", shape)
        if self.sample_weight is not None:
            checked = _checked_sample_weight(np.asarray(self.sample_weight, np.float64), len(X))
            object.__setattr__(self, "sample_weight", _frozen(checked))

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Release 0.1.0 pickled the sample weights under the name `weights`."""
        if "weights" in state:
            state["sample_weight"] = state.pop("weights")
        self.__dict__.update(state)

    def __len__(self) -> int:
        return len(self.X)

    def __sizeof__(self) -> int:
        """Bytes of its arrays: what a cluster's scheduler plans by."""
        return sum(array.nbytes for array in (self.X, self.y, self.sample_weight) if array is not None)

    @property
    def Y(self) -> npt.NDArray[np.floating[Any]]:
        """(m, K) one-hot rows in the dtype of X."""
        return np.eye(len(self.labels), dtype=self.X.dtype)[self.y]

    def astype(self, dtype: npt.DTypeLike) -> Digits:
        """The same images in float32 (to train fast) or float64 (to check gradients)."""
        return replace(self, X=self.X.astype(dtype, copy=False))

    def map(self, step: Callable[[Digits], Digits]) -> Digits:
        """step(images); for code that serves partitions too, see `Images`."""
        return step(self)

    def mean(self, function: Callable[[Digits], float]) -> float:
        """function(images); for code that serves partitions too, see `Images`."""
        return function(self)

    def prepared(self, preprocess: tuple[str, ...]) -> Digits:
        """The images after these steps of `images.PREPROCESS`; those that have been through them stay as they are."""
        if self.preprocess == preprocess:
            return self
        if self.preprocess or not set(preprocess) <= PREPROCESS.keys():
            raise Digits20Error(f"images prepared by {list(self.preprocess)} cannot be prepared by {list(preprocess)}")
        return replace(self, X=prepare(self.X, self.image_shape, preprocess), preprocess=preprocess)

    def resized(self, shape: tuple[int, int]) -> Digits:
        """The images in another size, reduced or enlarged as `images.resize` does."""
        if self.image_shape == shape:
            return self
        return replace(self, X=resize(self.X, self.image_shape, shape), image_shape=shape)

    @property
    def weights(self) -> npt.NDArray[np.float64] | None:
        """The name of `sample_weight` in release 0.1.0."""
        return self.sample_weight

    def digest(self) -> str:
        """SHA-256, in hexadecimal, of the images, what they show, their shape and their sample weights."""
        sha256 = hashlib.sha256(repr((self.X.dtype.str, self.X.shape, self.labels, self.image_shape)).encode())
        sha256.update(np.ascontiguousarray(self.X).data)
        sha256.update(self.y.astype("<i8").data)
        if self.sample_weight is not None:
            sha256.update(self.sample_weight.astype("<f8").data)
        return sha256.hexdigest()

    def take(self, rows: npt.NDArray[np.intp] | slice) -> Digits:
        """The images at those rows, in that order."""
        sample_weight = None if self.sample_weight is None else self.sample_weight[rows]
        return replace(self, X=self.X[rows], y=self.y[rows], sample_weight=sample_weight)

    def shuffle(self, rng: np.random.Generator) -> Digits:
        """All images in random order."""
        return self.take(rng.permutation(len(self)))

    def split(self, first: int) -> tuple[Digits, Digits]:
        """The first images, and the rest; neither may be empty."""
        if not 0 < first < len(self):
            raise Digits20Error(f"cannot split {len(self)} images after the first {first}: both parts need images")
        return self.take(slice(None, first)), self.take(slice(first, None))

    def split_stratified(self, size: int, rng: np.random.Generator) -> tuple[Digits, Digits]:
        """The rest, and `size` random images in which every class has its share to within one image."""
        if not 0 < size < len(self):
            raise Digits20Error(f"cannot take {size} of {len(self)} images: both parts need images")
        shuffled = rng.permutation(len(self))
        by_class = shuffled[np.argsort(self.y[shuffled], kind="stable")]
        evenly = (np.arange(size) * len(self) + len(self) // 2) // size
        return self.take(np.sort(np.delete(by_class, evenly))), self.take(np.sort(by_class[evenly]))

    def batches(self, size: int, rng: np.random.Generator) -> Iterator[Digits]:
        """All images once, in random order, `size` at a time; the last batch may be smaller."""
        order = rng.permutation(len(self))
        for start in range(0, len(self), size):
            yield self.take(order[start : start + size])


def _frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view


def _checked_sample_weight(sample_weight: npt.NDArray[np.float64], m: int) -> npt.NDArray[np.float64]:
    if sample_weight.shape != (m,):
        raise Digits20Error(f"{m} images but sample_weight of shape {sample_weight.shape}")
    with np.errstate(over="ignore"):
        total = sample_weight.sum()
    if not (sample_weight >= 0).all() or not np.isfinite(total):
        raise Digits20Error("sample_weight must hold finite numbers of 0 or more")
    return sample_weight


def _first_bad_row(X: npt.NDArray[Any]) -> int:
    return int(np.argmin(np.isfinite(X).all(axis=1)))


def counted(digits: Digits) -> int:
    """How many of the images have a sample weight other than 0."""
    return len(digits) if digits.sample_weight is None else int(np.count_nonzero(digits.sample_weight))


def squares_near(pixels: int) -> str:
    """The square images whose size is next to that many pixels: "361 (19×19) or 400 (20×20)"."""
    side = math.isqrt(pixels)
    return " or ".join(f"{n * n} ({n}×{n})" for n in (side, side + 1) if n)
