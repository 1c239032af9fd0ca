"""The errors that a user can meet, each one line of which file or value and what was seen; and words for them."""

from __future__ import annotations

import os
from typing import Any

from .types import StrPath


class Digits20Error(ValueError):
    """Any input that digits20 refuses. The message is one short line.

    Examples
    --------
    >>> from digits20 import Digits
    >>> Digits([[0, 1, 1, 0]], y=[12])
    Traceback (most recent call last):
        ...
    digits20.errors.Digits20Error: y[0] is 12, expected indices into the 10 labels, 0 to 9
    """


class DataFileError(Digits20Error):
    """A data file that cannot be used: the message names the file, the line if there is one, and what was found.

    Examples
    --------
    >>> from digits20 import load
    >>> load("absent.csv")
    Traceback (most recent call last):
        ...
    digits20.errors.DataFileError: absent.csv: no such file
    """


class ModelFileError(Digits20Error):
    """A model file that cannot be read or written: the message names the file and what was found.

    Examples
    --------
    >>> from digits20 import load_model
    >>> load_model("absent.pkl")
    Traceback (most recent call last):
        ...
    digits20.errors.ModelFileError: absent.pkl: no such file
    """


class ImageError(Digits20Error):
    """A picture in which no digit can be read: the message names the file and what was found.

    Examples
    --------
    >>> from digits20 import read_photo
    >>> read_photo("absent.png")
    Traceback (most recent call last):
        ...
    digits20.errors.ImageError: absent.png: no such file
    """


class Lost(Digits20Error):
    """Raised by a J that can be asked no more, such as one whose cluster is gone; ends the run in good order.

    solution: the best weights so far, from `minimize`; model: the same as a Model, from `fit`; None where J was lost
    before the first iteration.
    """

    solution: Any = None
    model: Any = None


def shown(path: StrPath) -> str:
    """The path as the user gave it, but fit for one line of a terminal."""
    return printable(os.fspath(path)) or "''"


def printable(text: str) -> str:
    """The text with a question mark for each character that could move a terminal's cursor or hide something."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


def reason(failure: OSError) -> str:
    """Why the system refused, in its own words and lower case."""
    return (failure.strerror or str(failure) or type(failure).__name__).lower()


def plural(number: float, noun: str, nouns: str = "") -> str:
    """`1 image`, `2 images`, `2 boxes`; nouns: the plural, by default that with an s.

    >>> plural(1, "image"), plural(2, "box", "boxes")
    ('1 image', '2 boxes')
    """
    return f"{number} {noun if number == 1 else nouns or noun + 's'}"


def percent(share: float, decimals: int = 1) -> str:
    """A probability or an accuracy from 0 to 1; its ends are `> 99.9 %` and `< 0.1 %`, since nothing is certain.

    >>> percent(0.971), percent(1), percent(0.99999, decimals=2)
    ('97.1 %', '> 99.9 %', '> 99.99 %')
    """
    least = 10.0**-decimals
    text = f"{100 * share:.{decimals}f}"
    if float(text) >= 100:
        return f"> {100 - least:.{decimals}f} %"
    return f"{text} %" if float(text) else f"< {least:.{decimals}f} %"
