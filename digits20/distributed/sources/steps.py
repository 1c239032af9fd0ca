"""What a source is, and sources followed by a step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...data.dataset import Digits
from ...errors import DataFileError

Source = Callable[[], Digits]
Step = Callable[[Digits], Digits]


def as_they_are(digits: Digits) -> Digits:
    """The step that changes nothing."""
    return digits


@dataclass(frozen=True)
class Transformed:
    """A source followed by a step, which may turn the images into something else."""

    source: Callable[[], Any]
    step: Callable[[Any], Any]

    def __call__(self) -> Any:
        return self.step(self.source())


@dataclass(frozen=True)
class Unchanged:
    """A step that lets only those images pass that were there at first, whose digest is here.

    Raises DataFileError for others: a training on them would be wrong without a word. name: of their source.
    """

    name: str
    digest: str

    def __call__(self, digits: Digits) -> Digits:
        if digits.digest() != self.digest:
            raise DataFileError(f"{self.name} has changed since it was first read")
        return digits


def name_of(recipe: Any) -> str:
    """What a message calls the source of a partition: its file where it has one."""
    while hasattr(recipe, "source"):
        recipe = recipe.source
    return getattr(recipe, "path", None) or getattr(recipe, "__qualname__", None) or repr(recipe)
