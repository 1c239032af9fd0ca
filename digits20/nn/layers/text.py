"""Layers as text, for people and the command line, and as plain dicts, for files; and back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from ...errors import Digits20Error
from .conv import Conv
from .dense import Dense
from .layer import Layer
from .pool import MaxPool

KINDS: dict[str, type[Dense | Conv | MaxPool]] = {"dense": Dense, "conv": Conv, "pool": MaxPool}
EXPECTED = "expected conv CHANNELS SIZE, pool SIZE or a number of units, each from 1 to 9999999, separated by commas"
NUMBER = re.compile(r"[1-9][0-9]{0,6}")


def layers_from(layers: str | int | Layer | Sequence[str | int | Layer]) -> tuple[Layer, ...]:
    """The layers of a text such as "conv 32 5, pool 2, 256", or of a list of numbers of units, texts and layers.

    Raises Digits20Error for a text that it cannot read.

    >>> layers_from("conv 32 5, pool 2, 256")
    (Conv(channels=32, size=5, groups=1), MaxPool(size=2), Dense(units=256, groups=1))
    """
    if isinstance(layers, str):
        return tuple(_layer_from(part) for part in layers.split(","))
    if isinstance(layers, Sequence):
        return tuple(layer for part in layers for layer in layers_from(part))
    kinds: tuple[type[Layer], ...] = tuple(KINDS.values())
    return (layers if isinstance(layers, kinds) else _layer_from(str(layers)),)


def text_of(layers: Sequence[Layer]) -> str:
    """As `layers_from` reads it."""
    return ", ".join(map(str, layers))


def _layer_from(text: str) -> Layer:
    kind, *words = text.lower().split() or [""]
    if kind == "dense" or kind not in KINDS:  # a number of units
        kind, words = "dense", [kind, *words]
    sizes = [field.name for field in fields(KINDS[kind])]
    if "groups" in words[-2:-1]:
        words.remove("groups")
    elif "groups" in sizes:
        words.append("1")
    if len(words) != len(sizes) or not all(NUMBER.fullmatch(word) for word in words):
        raise Digits20Error(f"layer {text.strip()[:30]!r}: {EXPECTED}")
    return KINDS[kind](*map(int, words))


def layer_dict(layer: Layer) -> dict[str, Any]:
    """Its kind and its sizes by name."""
    for kind, made in KINDS.items():
        if isinstance(layer, made):
            return {"kind": kind, **asdict(layer)}
    raise Digits20Error(f"{layer}: no layer of digits20")


def layer_of(values: Mapping[str, Any]) -> Layer:
    """The layer that `layer_dict` made this of. Raises Digits20Error for anything else."""
    kind = values.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise Digits20Error(f"a layer's kind is none of {', '.join(KINDS)}")
    sizes = {name: value for name, value in values.items() if name != "kind"}
    names = [field.name for field in fields(KINDS[kind])]
    if sorted(sizes) != sorted(names) or not all(type(size) is int and 0 < size < 2**31 for size in sizes.values()):
        raise Digits20Error(f"a {kind} layer: expected whole numbers {', '.join(names)}")
    return KINDS[kind](**sizes)
