"""A model's confidence as plain values, and back from a file that may be untrusted."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..learning.confidence import Confidence
from ..nn.network import Network
from ..types import Array
from .payload import is_whole, pack, preview, require, require_keys, require_number, require_numbers, unpack
from .reach import LIMIT

KEYS = ("temperature", "layer", "centres", "directions", "margin", "novelties")

BOUNDS = {"temperature": (1e-3, 1e3), "margin": (0.0, 1e6)}  # beyond them, answers could overflow
LONGEST = 2.0  # no part of a centre or direction is larger


def confidence_dict(confidence: Confidence | None) -> dict[str, Any] | None:
    if confidence is None:
        return None
    return {
        "temperature": confidence.temperature,
        "layer": confidence.layer,
        "centres": pack(confidence.centres),
        "directions": pack(confidence.directions),
        "margin": confidence.margin,
        "novelties": confidence.novelties.tolist(),
    }


def confidence_of(found: Any, network: Network) -> Confidence | None:
    """The confidence that `confidence_dict` made this of; raises ModelFileError for anything else."""
    if found is None:
        return None
    require_keys(found, KEYS, "confidence")
    for name, (low, high) in BOUNDS.items():
        require_number(found[name], f"confidence {name}")
        right = low <= found[name] <= high
        require(right, f"confidence {name}: {preview(found[name])}, expected {low:g} to {high:g}")
    require_numbers(found["novelties"], "confidence novelties")
    require(len(found["novelties"]) > 0, "confidence novelties: none")
    largest = max(found["novelties"], key=abs)
    require(abs(largest) < LIMIT, f"confidence novelties: {preview(largest)}, expected less than {LIMIT:g}")
    layer, sizes = found["layer"], network.layer_sizes
    right = is_whole(layer) and 0 <= layer < len(sizes) - 1
    require(right, f"confidence layer: {preview(layer)}, expected 0 to {len(sizes) - 2}")
    K, d = sizes[-1], sizes[layer]
    return Confidence(
        float(found["temperature"]),
        layer,
        _finite(found["centres"], (K, d), "centres"),
        _finite(found["directions"], (K, _rows(found["directions"], d), d), "directions"),
        float(found["margin"]),
        np.sort(np.array(found["novelties"], np.float64)),
    )


def _rows(packed: Any, d: int) -> int:
    """How many directions a class has; 0, which the shape then contradicts, where that cannot be told."""
    shape = packed.get("shape") if type(packed) is dict else None
    if type(shape) is not list or len(shape) != 3 or not is_whole(shape[1]):
        return 0
    return int(np.clip(shape[1], 0, d))


def _finite(packed: Any, shape: tuple[int, ...], name: str) -> Array:
    array = unpack(packed, shape, f"confidence {name}").reshape(shape)
    right = bool((np.abs(array) <= LONGEST).all())  # which no NaN is
    require(right, f"confidence {name}: a number that is no part of a vector of length 1")
    return array.astype(np.float32)
