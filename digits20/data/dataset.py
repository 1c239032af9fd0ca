"""`Digits`: labelled grey images, the input of every training and evaluation."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import Digits20Error, plural
from ..images.geometry import PREPROCESS, prepare, resize
from ..images.thumbnail import captioned
from ..system.arguments import generator, shown_value, whole
from ..types import Label, Seed
from .convert import NO_LABEL, image_rows, label_indices, read_only, sample_weights, square_shape

DIGITS: tuple[Label, ...] = tuple(range(10))
SQUARE = (0, 0)  # stands for "the square of n pixels" until the images are known


@dataclass(frozen=True, eq=False, repr=False)
class Digits:
    """Grey images and their labels.

    `digits[0]`, `digits[:10]`, `digits[mask]` and `digits[[5, 3]]` are `Digits` again, of one image or several. All
    arrays are read-only views.

    Parameters
    ----------
    X
        (m, n) float32 or float64, one image per row, its rows one after another, ink 1 on paper 0. Its dtype decides
        the dtype of all arithmetic done with it. Also lists, a DataFrame, images (m, rows, columns), or whole numbers
        of 0 to 255, which are divided by 255.
    y
        (m,) or (m, 1) integers, the index of each image's label in `labels`; `data.convert.NO_LABEL` for an image of
        none of them.
    labels
        The names of the K classes.
    image_shape
        (rows, columns) of an image, by default that of X, or the square of n pixels.
    preprocess
        The steps of `images.PREPROCESS` that the images have been through.
    sample_weight
        (m,) float64, how much each image counts, 0 or more: 2 is as good as two copies of it, 0 as leaving it out.
        None: all count alike.
    weights
        The name of `sample_weight` in release 0.1.0.

    Raises
    ------
    Digits20Error
        Where the parts do not fit one another; it says what was seen.

    Examples
    --------
    >>> digits = Digits([[0, 0.5, 1, 0], [1, 0, 0, 0]], [7, 1])
    >>> digits
    Digits(2 images 2x2, 10 labels, float64)
    >>> digits[0].y
    array([7])
    """

    X: npt.NDArray[np.floating[Any]]
    y: npt.NDArray[np.intp]
    labels: tuple[Label, ...]
    image_shape: tuple[int, int]
    preprocess: tuple[str, ...]
    sample_weight: npt.NDArray[np.float64] | None

    def __init__(
        self,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        labels: Sequence[Label] = DIGITS,
        image_shape: tuple[int, int] = SQUARE,
        preprocess: tuple[str, ...] = (),
        sample_weight: npt.ArrayLike | None = None,
        *,
        weights: npt.ArrayLike | None = None,
    ) -> None:
        """weights: the name of sample_weight in release 0.1.0."""
        rows, shape = image_rows(X)
        shape = image_shape if image_shape != SQUARE else shape or square_shape(rows.shape[1])
        if shape is None or shape[0] * shape[1] != rows.shape[1]:
            raise Digits20Error(f"{rows.shape[1]} pixels do not make an image of shape {shape or 'a square'}")
        sample_weight = weights if sample_weight is None else sample_weight
        fields = {
            "X": read_only(rows),
            "y": read_only(label_indices(y, len(rows), len(labels))),
            "labels": tuple(labels),
            "image_shape": shape,
            "preprocess": preprocess,
            "sample_weight": None if sample_weight is None else read_only(sample_weights(sample_weight, len(rows))),
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Release 0.1.0 pickled the sample weights under the name `weights`."""
        if "weights" in state:
            state["sample_weight"] = state.pop("weights")
        self.__dict__.update(state)

    def __repr__(self) -> str:
        rows, columns = self.image_shape
        more = [*self.preprocess, *(["with sample weights"] if self.sample_weight is not None else [])]
        images = f"{plural(len(self), 'image')} {rows}x{columns}"
        return f"Digits({', '.join([images, plural(len(self.labels), 'label'), str(self.X.dtype), *more])})"

    def _repr_html_(self) -> str:
        """What a notebook shows: the repr, and some of the images."""
        return captioned(repr(self), self.X, self.image_shape)

    def __getitem__(self, rows: int | slice | Sequence[int] | npt.NDArray[Any]) -> Digits:
        """The images at a place, in a slice, where a mask (m,) is True, or at several places, as NumPy indexes rows."""
        if isinstance(rows, slice):
            return self.take(rows)
        try:
            chosen = np.arange(len(self))[rows]
        except IndexError as error:
            raise IndexError(f"Digits of {plural(len(self), 'image')} at {shown_value(rows)}: {error}") from None
        return self.take(np.atleast_1d(chosen))

    @classmethod
    def from_arrays(cls, images: Any, y: Any, **how: Any) -> Digits:
        """Images and labels as scikit-learn, Keras, torchvision or Hugging Face hand them over, by `load`'s rules.

        Parameters
        ----------
        images
            (m, n), (m, rows, columns), with one channel before or behind, of any range that `load` knows: arrays,
            tensors, lists, tables of pandas, or Pillow's pictures, which become grey, transparent areas paper.
        y
            (m,), (m, 1) or one-hot, whose columns' names are the labels; numbers or words: digits where all are from 0
            to 10, else any. Rows of the same index belong together where both are tables of pandas.
        how
            `labels`, `order`, `pixel_min`, `pixel_max`, `invert` and `judge` of `load`.

        Raises
        ------
        DataFileError
            For what cannot be read so; it says what was seen.

        Examples
        --------
        >>> Digits.from_arrays([[[0, 255], [0, 0]], [[0, 0], [255, 0]]], ["up", "down"])
        Digits(2 images 2x2, 2 labels, float64)
        """
        from .from_arrays import from_arrays

        return from_arrays(images, y, **how)

    def __len__(self) -> int:
        return len(self.X)

    def __sizeof__(self) -> int:
        """Bytes of its arrays: what a cluster's scheduler plans by."""
        return sum(array.nbytes for array in (self.X, self.y, self.sample_weight) if array is not None)

    @property
    def Y(self) -> npt.NDArray[np.floating[Any]]:
        """(m, K) one-hot rows in the dtype of X; zeros for an image without a label."""
        return np.asarray(self.y[:, None] == np.arange(len(self.labels)), self.X.dtype)

    @property
    def labelled(self) -> Digits:
        """Those of the images that have a label."""
        has_label = self.y != NO_LABEL
        return self if has_label.all() else self.take(np.flatnonzero(has_label))

    def astype(self, dtype: npt.DTypeLike) -> Digits:
        """The same images in float32 (to train fast) or float64 (to check gradients)."""
        if np.dtype(dtype) not in (np.float32, np.float64):
            raise Digits20Error(f"dtype {np.dtype(dtype)}, expected float32 or float64")
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
        """SHA-256, in hexadecimal, of the images, their labels, shape and sample weights."""
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

    def shuffle(self, rng: Seed) -> Digits:
        """All images in random order. rng: a Generator or a seed, here and below."""
        return self.take(generator(rng).permutation(len(self)))

    def split(self, first: int) -> tuple[Digits, Digits]:
        """The first images, and the rest; neither may be empty."""
        if not 0 < whole(first, "the number of images in the first part") < len(self):
            raise Digits20Error(f"cannot split {len(self)} images after the first {first}: both parts need images")
        return self.take(slice(None, first)), self.take(slice(first, None))

    def split_stratified(self, size: int, rng: Seed) -> tuple[Digits, Digits]:
        """The rest, and `size` random images in which every class has its share to within one image."""
        if not 0 < whole(size, "the number of images to take") < len(self):
            raise Digits20Error(f"cannot take {size} of {len(self)} images: both parts need images")
        shuffled = generator(rng).permutation(len(self))
        by_class = shuffled[np.argsort(self.y[shuffled], kind="stable")]
        evenly = (np.arange(size) * len(self) + len(self) // 2) // size
        return self.take(np.sort(np.delete(by_class, evenly))), self.take(np.sort(by_class[evenly]))

    def batches(self, size: int, rng: Seed) -> Iterator[Digits]:
        """All images once, in random order, `size` at a time; the last batch may be smaller."""
        order = generator(rng).permutation(len(self))
        for start in range(0, len(self), size):
            yield self.take(order[start : start + size])


def counted(digits: Digits) -> int:
    """How many of the images have a sample weight other than 0."""
    return len(digits) if digits.sample_weight is None else int(np.count_nonzero(digits.sample_weight))
