"""What callers in Python hand over as a seed, as theta or as a count: taken, or refused in a line."""

from __future__ import annotations

import numbers
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import Digits20Error
from ..types import Seed, Vector


def generator(rng: Seed) -> np.random.Generator:
    """The Generator itself, or a new one of a seed.

    rng: a Generator, a whole number of 0 or more, or what else `numpy.random.default_rng` takes, but for None: a run
    that nobody can repeat is no default. Raises Digits20Error for anything else.
    """
    try:
        if rng is None or isinstance(rng, bool):
            raise TypeError
        return np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise Digits20Error(f"random seed {rng!r}, expected a whole number of 0 or more, or a Generator") from None


def vector(theta: Any) -> Vector:
    """theta (size,) as an array: an array of floats as it is, other numbers as float64; raises Digits20Error."""
    try:
        array = np.asarray(theta)
        return array if array.dtype.kind == "f" else array.astype(np.float64, casting="same_kind")
    except (TypeError, ValueError):
        raise Digits20Error(f"theta is {shown_value(theta)}, expected one flat array of all weights") from None


def whole(value: Any, name: str, least: int | None = None) -> int:
    """value as an int; raises Digits20Error, in which it is called `name`, for True, 2.0 and all else that is none.

    least: the lowest that is taken; None: any.
    """
    try:
        if isinstance(value, bool) or (least is not None and value < least):
            raise TypeError
        return operator.index(value)
    except TypeError:
        expected = "a whole number" if least is None else f"a whole number of {least} or more"
        raise Digits20Error(f"{name} is {shown_value(value)}, expected {expected}") from None


def not_negative(value: Any, name: str) -> float:
    """value as a float; raises Digits20Error, in which it is called `name`, unless it is a finite number, 0 or more."""
    number = float(value) if isinstance(value, numbers.Real) and not isinstance(value, bool) else -1.0
    if 0 <= number < np.inf:
        return number
    raise Digits20Error(f"{name} is {shown_value(value)}, expected a finite number of 0 or more")


def one_of(value: object, name: str, choices: Sequence[object]) -> None:
    """Raise Digits20Error, in which the value is called `name`, unless it is one of the choices, of the same type."""
    if not any(type(value) is type(choice) and value == choice for choice in choices):
        raise Digits20Error(f"{name} is {shown_value(value)}, expected {', '.join(map(repr, choices))}")


def shown_value(value: object) -> str:
    """The value as Python writes it, its first 40 letters."""
    text = ascii(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
