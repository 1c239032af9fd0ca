"""What every reader returns: the images and labels of a file as they stand in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ...errors import DataFileError

Order = Literal["C", "F"]
Shape = tuple[int, int]


@dataclass(frozen=True)
class UnscaledImages:
    """The images and labels of a file, not yet scaled or ordered.

    X: (m, n) numbers. labels: m cells of text, or empty where there are none or they were not wanted. place: (row,
    pixel=None) -> its line and column, or image and pixel number, for messages. order: "F" for column-major images.
    shape: (rows, columns) of an image, None where the file does not tell. pixel_max: the value of ink, None where the
    kind of file does not tell. overwritable: whether X may be scaled where it is, which spares memory for another.
    ids: what the file calls its rows, empty where it does not.
    """

    name: str
    X: npt.NDArray[Any]
    labels: Sequence[str]
    place: Callable[..., str]
    order: Order
    shape: Shape | None = None
    pixel_max: float | None = None
    overwritable: bool = False
    ids: Sequence[str] = ()

    def over(self, divisor: float) -> npt.NDArray[Any]:
        """X divided."""
        return np.asarray(
            np.divide(self.X, divisor, out=self.X if self.overwritable and self.X.dtype == np.float64 else None)
        )

    def refuse(self, seen: str, row: int, pixel: int | None = None) -> DataFileError:
        return DataFileError(f"{self.name}{self.place(row, pixel)}: {seen}")


def first_true(where: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """(row, column) of the first True."""
    row, column = np.unravel_index(np.argmax(where), where.shape)
    return int(row), int(column)
