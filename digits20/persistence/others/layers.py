"""Others' weights and biases, by whatever names and either way round, to the Theta matrices of this package."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...data.readers.arrays.shapes import found_names
from ...errors import ModelFileError

Array = npt.NDArray[Any]
Named = list[tuple[str, Array]]  # arrays with their names in the file

THETA = re.compile(r"theta_?(\d{1,3})", re.IGNORECASE)
UNNAMED = re.compile(r"arr_(\d{1,3})")
ENDING = r"((?:[_/.:]?\d{1,3})?(?:[_/.]?(?:hidden|output|out|in|ih|ho|h|o)\d{0,2})?)(:0)?"  # 1, _hidden, ih
BIAS = re.compile(r"(.*?)(bias(es)?|intercepts?_?|b)" + ENDING, re.IGNORECASE)
WEIGHT = re.compile(r"(.*?)(weights?|kernels?|coefs?_?|theta|w)" + ENDING, re.IGNORECASE)
DIGITS = re.compile(r"(\d+)")
OUTPUT = re.compile(r"(ho|out|output|(?<=[wb_])o)$", re.IGNORECASE)
NO_BIASES = "no biases, expected one for each unit: import_thetas(weights, biases=FILE) where they are in another file"


def thetas_of(arrays: Named) -> Named:
    """The matrices (out, 1 + in), first layer first, each with its name.

    Theta1, Theta2, … and lists of matrices are taken as they are, or are joined with their biases: W1, b1, W2, b2, …;
    weights and biases of any names that tell them apart; a list of both in turn. Matrices may be (out, in) or (in,
    out). Raises ModelFileError, what was seen, for names that tell no order.
    """
    for name, array in arrays:
        if array.dtype.kind not in "fiu":
            raise ModelFileError(f"{name} holds {array.dtype}, expected numbers")
    matrices, biases = _told_apart(arrays)
    if biases:
        return _joined(matrices, biases)
    if _chains(matrices, 0) or (len(matrices) > 1 and _chains(_turned(matrices), 0)):
        raise ModelFileError(NO_BIASES)
    return _turned(matrices) if _chains(_turned(matrices), 1) and not _chains(matrices, 1) else matrices


def in_order(arrays: Named) -> Named:
    """The matrices as they are, first layer first. Raises ModelFileError for names that tell no order."""
    return _told_apart(arrays)[0]


def _told_apart(arrays: Named) -> tuple[Named, Named]:
    """(weights, biases), each in the order of the layers."""
    if all(name.replace("/", "").isdigit() for name, _ in arrays):
        return _by_shape(arrays)
    for pattern in (THETA, UNNAMED):
        numbered = sorted((int(match[1]), name) for name, _ in arrays if (match := pattern.fullmatch(name)))
        if numbered:
            return _numbered(arrays, numbered)
    biases = [(name, array) for name, array in arrays if BIAS.fullmatch(name) and not WEIGHT.fullmatch(name)]
    weights = [(name, array) for name, array in arrays if WEIGHT.fullmatch(name) and not BIAS.fullmatch(name)]
    if not weights:
        weights, biases = _by_shape(sorted(arrays, key=_natural))
        if biases:
            return weights, biases
        raise ModelFileError(f"no Theta1, Theta2 and so on; found {found_names([name for name, _ in arrays])}")
    weights, biases = _without_prefixed(weights, WEIGHT), _without_prefixed(biases, BIAS)
    return sorted(weights, key=_natural), sorted(biases, key=_natural)


def _numbered(arrays: Named, numbered: Sequence[tuple[int, str]]) -> tuple[Named, Named]:
    """Theta1, Theta2, … and what biases are beside them."""
    numbers, names = [number for number, _ in numbered], [name for _, name in numbered]
    if numbers[0] > 1 or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        raise ModelFileError(f"{', '.join(names[:8])}: not one after another")
    by_name = dict(arrays)
    chosen = [(name, by_name[name]) for name in names]
    if UNNAMED.fullmatch(names[0]):
        return _by_shape(chosen)
    others = [(name, array) for name, array in arrays if name not in names and BIAS.fullmatch(name)]
    return chosen, sorted(others, key=_natural)


def _by_shape(arrays: Named) -> tuple[Named, Named]:
    """Weights and as many biases in any order, or nothing but matrices."""
    arrays = [(f"matrix {int(name) + 1}" if name.isdigit() else name, array) for name, array in arrays]
    biases = [(name, array) for name, array in arrays if array.size == max(array.shape, default=1)]
    weights = [(name, array) for name, array in arrays if array.size > max(array.shape, default=1)]
    pairs = list(zip(weights, biases, strict=False))
    right = 0 < len(pairs) == len(weights) == len(biases) and all(b.size in W.shape for (_, W), (_, b) in pairs)
    return (weights, biases) if right else (arrays, [])


def _without_prefixed(arrays: Named, pattern: re.Pattern[str]) -> Named:
    """W1, W2 where there are dW1, mW1 and the like beside them; else all."""
    plain = [(name, array) for name, array in arrays if (match := pattern.fullmatch(name)) and not match[1]]
    return plain or arrays


def _natural(item: tuple[str, Array]) -> list[tuple[int, str]]:
    """Sorts layer10 behind layer2, and the weights from hidden to output units last."""
    last = OUTPUT.search(item[0]) is not None
    return [(int(last), "")] + [(int(part), "") if part.isdigit() else (-1, part) for part in DIGITS.split(item[0])]


def _joined(weights: Named, biases: Named) -> Named:
    """The matrices with their biases in column 0."""
    if len(weights) != len(biases):
        raise ModelFileError(f"{len(weights)} matrices of weights but {len(biases)} of biases")
    for turned in (weights, _turned(weights)):
        if _fits(turned, biases):
            return [
                (name, np.hstack([np.broadcast_to(bias.reshape(-1, 1), (len(W), 1)), W]))
                for (name, W), (_, bias) in zip(turned, biases, strict=True)
            ]
    sizes = ", ".join(f"{name} {'×'.join(map(str, array.shape))}" for name, array in (*weights, *biases))
    raise ModelFileError(f"layers that do not chain: {sizes[:150]}")


def _fits(weights: Named, biases: Named) -> bool:
    sizes = all(
        W.ndim == 2 and bias.size in (1, len(W)) and bias.size == max(bias.shape, default=1)
        for (_, W), (_, bias) in zip(weights, biases, strict=True)
    )
    return sizes and _chains(weights, 0)


def _chains(matrices: Named, bias: int) -> bool:
    """Whether each takes what the one below gives, and one column more if `bias` is 1."""
    if len(matrices) < 2 and bias == 0:
        side = matrices[0][1].shape[1] if matrices and matrices[0][1].ndim == 2 else 0
        return int(side**0.5) ** 2 == side and side > 0
    return all(
        lower.ndim == upper.ndim == 2 and upper.shape[1] == lower.shape[0] + bias
        for (_, lower), (_, upper) in itertools.pairwise(matrices)
    )


def _turned(matrices: Named) -> Named:
    return [(name, array.T) for name, array in matrices]
