"""The errors that a user can meet: each says in one line which file or value, and what was seen."""

from __future__ import annotations

import os
from typing import Any

from .types import StrPath


class Digits20Error(ValueError):
    """Anything digits20 refuses. The message is one short line."""


class DataFileError(Digits20Error):
    """A table of images that cannot be used: names the file, the line where it has one, and what was seen."""


class ModelFileError(Digits20Error):
    """A model file that cannot be trusted or written: names the file and what was seen."""


class ImageError(Digits20Error):
    """A picture that cannot be read as one symbol: names the file and what was seen."""


class Lost(Digits20Error):
    """Raised by a J that can be asked no more, such as one whose cluster is gone; ends the run in good order.

    solution: the best weights so far, from `minimize`; model: the same as a Model, from `fit`; None where J was lost
    before the first iteration.
    """

    solution: Any = None
    model: Any = None


def shown(path: StrPath) -> str:
    """The path as the user gave it, but fit for one line of a terminal."""
    return "".join(c if c.isprintable() else "?" for c in os.fspath(path)) or "''"


def reason(failure: OSError) -> str:
    """Why the system refused, in its own words and lower case."""
    return (failure.strerror or str(failure) or type(failure).__name__).lower()
