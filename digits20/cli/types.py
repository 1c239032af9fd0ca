"""Number types of options: text to a finite number within its bounds, or one line that says what is wrong."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable
from typing import Literal


def whole(low: int, high: float = math.inf) -> Callable[[str], int]:
    """An option's type: a whole number within the bounds."""

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number{_bounds(low, high)}") from None
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"{text}: expected a whole number{_bounds(low, high)}")
        return number

    return parse


def count_or_all(text: str) -> int | Literal["all"]:
    """An option's type: a number of images, or `all`."""
    try:
        return "all" if text == "all" else whole(1)(text)
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(f"{error}, or all") from None


def real(low: float, high: float = math.inf, *, above: bool = False) -> Callable[[str], float]:
    """An option's type: a finite number from `low` (or above it) to `high`."""

    def parse(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r}: expected a number{_bounds(low, high, above)}") from None
        if not math.isfinite(number) or not low <= number <= high or (above and number == low):
            raise argparse.ArgumentTypeError(f"{text}: expected a finite number{_bounds(low, high, above)}")
        return number

    return parse


def size(text: str) -> int:
    """An option's type: a number of bytes, such as 1000000, 500M or 4G."""
    match = re.fullmatch(r"(\d{1,18})([KMGT]?)(i?B)?", text, re.ASCII | re.IGNORECASE)
    if not match or not int(match[1]):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size, such as 500M or 4G")
    return int(match[1]) << 10 * " KMGT".index(match[2].upper() or " ")


def _bounds(low: float, high: float, above: bool = False) -> str:
    if high < math.inf:
        return f" from {low} to {high}"
    if low == -math.inf:
        return ""
    return f" above {low}" if above else f", {low} or more"


positive = real(0, above=True)
