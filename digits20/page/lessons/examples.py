"""Images that were drawn on the page to learn from, in memory, each with its label."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from ...data.dataset import DIGITS, Digits
from ...errors import Digits20Error
from ...images.geometry import Floats
from ...types import Label

MOST_EXAMPLES = 2000


@dataclass
class Examples:
    """The images (n,), n = shape's pixels, each with its label as text."""

    shape: tuple[int, int] = (20, 20)
    images: list[tuple[str, Floats]] = field(default_factory=list)

    def add(self, label: str, pixels: Floats) -> None:
        """Raises Digits20Error for a label that is no short line of text, and beyond MOST_EXAMPLES."""
        label = unicodedata.normalize("NFC", label)  # one é, however it was typed
        if not (0 < len(label) <= 12 and label.isprintable() and label == label.strip()):
            raise Digits20Error("label: expected 1 to 12 printable characters")
        if len(self.images) >= MOST_EXAMPLES:
            raise Digits20Error(f"more than {MOST_EXAMPLES} examples")
        self.images.append((label, pixels))

    def undo(self) -> None:
        if self.images:
            del self.images[-1]

    @property
    def counts(self) -> dict[str, int]:
        return dict(sorted(Counter(label for label, _ in self.images).items()))

    def digits(self) -> Digits:
        """All of them; their labels are 0 to 9 where each is a digit."""
        if not self.images:
            raise Digits20Error("no examples yet: draw some")
        names = [label for label, _ in self.images]
        labels: tuple[Label, ...] = tuple(sorted(set(names)))
        if all(name in map(str, DIGITS) for name in names):
            labels = DIGITS
        place = {str(label): index for index, label in enumerate(labels)}
        X = np.array([pixels for _, pixels in self.images])
        return Digits(X, np.array([place[name] for name in names]), labels=labels, image_shape=self.shape)

    def csv(self) -> str:
        """The table that `train --data … --labels any` reads."""
        rows = (",".join([*(f"{value:.6g}" for value in pixels), _cell(label)]) for label, pixels in self.images)
        return "".join(row + "\n" for row in rows)


def _cell(label: str) -> str:
    return '"' + label.replace('"', '""') + '"' if any(mark in label for mark in ',;\t"') else label
