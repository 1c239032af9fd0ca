"""`Images`: what a training asks of labelled images, be they `Digits` or partitions of them on a cluster."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, Self

from ..types import Label

if TYPE_CHECKING:
    from .dataset import Digits


class Labelled(Protocol):
    """What is known of labelled images, and of a J on them: their labels, (rows, columns) and preparation."""

    @property
    def labels(self) -> tuple[Label, ...]: ...

    @property
    def image_shape(self) -> tuple[int, int]: ...

    @property
    def preprocess(self) -> tuple[str, ...]: ...

    def __len__(self) -> int:
        """m, the number of images."""
        ...


class Images(Labelled, Protocol):
    """Labelled images as a training sees them, wherever they are: `Digits`, or partitions of them held elsewhere."""

    def prepared(self, preprocess: tuple[str, ...]) -> Self:
        """The images after these steps of `images.PREPROCESS`."""
        ...

    def map(self, step: Callable[[Digits], Digits]) -> Self:
        """The images after a step, which must be picklable."""
        ...

    def mean(self, function: Callable[[Digits], float]) -> float:
        """The mean over all images, by their weights, of a function that is such a mean of the Digits it is given."""
        ...
