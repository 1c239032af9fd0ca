"""The model file: a pickle of plain values that is safe to load, saved so that it can be killed at any instant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelFileError
from ..learning.model import Model
from ..nn.layers.layer import Layer
from ..nn.layers.text import layer_dict, layer_of
from ..nn.network import ACTIVATIONS, OUTPUTS, Network
from ..system.arguments import shown_value
from ..system.atomic import write_atomically
from ..system.shipped import resolved
from ..types import StrPath
from .confidence import confidence_dict, confidence_of
from .model_values import check_history, check_image_shape, check_labels, check_preprocess, check_settings
from .payload import (
    builtin_values,
    check,
    dumps,
    is_whole,
    naming,
    pack,
    preview,
    preview_list,
    read,
    require,
    require_dict,
    require_list,
    seal,
    unpack,
    versions,
)
from .reach import check_reach

# version 1 is that of dense layers without confidence, which are still written as such
FORMAT, VERSION = "digits20-model", 2
KEYS = (
    *("format", "version", "layer_sizes", "hidden", "output", "thetas", "labels", "image_shape", "preprocess"),
    *("lam", "costs", "scores", "settings", "made_with", "sha256"),
)
LAYERED_KEYS = (*KEYS, "layers", "confidence")  # of version 2; layers: None for dense ones
MAX_LAYERS, MAX_PER_IMAGE = 100, 64 * 2**20  # bytes that an image's maps may take, which no file's size bounds
MAX_SIZE = 256 * 2**20  # bytes of a file; the weights take up to twice as much once they are float64


def save_model(model: Model, path: StrPath) -> None:
    """Write the model file, whole or not at all; the same model gives the same bytes.

    Raises
    ------
    ModelFileError
        Also for what `load_model` would refuse, such as a weight that is not finite.

    Examples
    --------
    >>> save_model(load_model("reference"), "models/copy.pkl")
    >>> load_model("models/copy.pkl").network
    Network(20×20, conv 32 5, pool 2, conv 64 3, pool 2, 256, 10; relu)
    """
    if not isinstance(model, Model):
        raise ModelFileError(f"{shown_value(model)} is no Model: nothing to save")
    with naming(path):
        payload = to_payload(model)
        _model_of(payload)
        data = dumps(payload)
    write_atomically(path, data, ModelFileError)


def load_model(path: StrPath, max_size: int = MAX_SIZE) -> Model:
    """The model in a file, which may be untrusted: nothing in it runs.

    Parameters
    ----------
    path
        Of a model file or of its JSON; "reference" is the best that comes with the package, "course" the course's.
    max_size
        Bytes, unpacked.

    Raises
    ------
    ModelFileError
        For all but a whole model of this version: one line with the path and what was seen.

    Examples
    --------
    >>> from digits20 import load_digits, load_model
    >>> load_model("reference").predict(load_digits().X[::1000])
    array([0, 2, 4, 6, 8])
    """
    path = resolved(path)
    with naming(path):
        return _model_of(read(path, "model", max_size))


def to_payload(model: Model) -> dict[str, Any]:
    """The model as dicts, lists, texts, numbers, booleans, None and bytes, sealed.

    Raises ModelFileError where `scores` or `settings` hold anything else.
    """
    network = model.network
    first = network.is_dense and model.confidence is None
    payload = {
        "format": FORMAT,
        "version": 1 if first else VERSION,
        "layer_sizes": network.layer_sizes,
        "hidden": network.hidden,
        "output": network.output,
        "thetas": [pack(Theta) for Theta in model.Thetas],
        "labels": model.labels,
        "image_shape": model.image_shape,
        "preprocess": model.preprocess,
        "lam": float(model.lam),
        "costs": [float(cost) for cost in model.costs],
        "scores": model.scores,
        "settings": model.settings,
        "made_with": versions(),
    }
    if not first:
        layers = None if network.is_dense else [layer_dict(layer) for layer in network.layers]
        payload |= {"layers": layers, "confidence": confidence_dict(model.confidence)}
    texts = {key: key for key in LAYERED_KEYS}
    return seal({texts[key]: builtin_values(value, key, texts) for key, value in payload.items()})


def from_payload(payload: Any, name: str) -> Model:
    """The model that `to_payload` made this of. Raises ModelFileError, `name: what was seen`, for any other payload."""
    with naming(name):
        return _model_of(payload)


# checking what was read, cheap things first, each size before anything is made of it


def _model_of(payload: Any) -> Model:
    layered = type(payload) is dict and payload.get("version") not in (0, 1)
    check(payload, FORMAT, VERSION if layered else 1, LAYERED_KEYS if layered else KEYS)
    network = _network(payload)
    theta = _theta(payload["thetas"], network)
    check_labels(payload["labels"], network.layer_sizes[-1])
    check_image_shape(payload["image_shape"], network.layer_sizes[0])
    check_preprocess(payload["preprocess"])
    check_history(payload)
    check_settings(payload["settings"])
    return Model(
        network=network,
        theta=theta,
        labels=tuple(payload["labels"]),
        image_shape=(payload["image_shape"][0], payload["image_shape"][1]),
        preprocess=tuple(payload["preprocess"]),
        lam=float(payload["lam"]),
        costs=payload["costs"],
        scores=payload["scores"],
        settings=payload["settings"],
        confidence=confidence_of(payload.get("confidence"), network),
    )


def _network(payload: dict[str, Any]) -> Network:
    sizes, hidden, output = payload["layer_sizes"], payload["hidden"], payload["output"]
    require_list(sizes, "layer_sizes")
    right = len(sizes) >= 2 and all(is_whole(size) and size > 0 for size in sizes)
    require(right, f"layer_sizes: {preview_list(sizes)}, expected two whole numbers or more, above zero")
    require(type(hidden) is str and hidden in ACTIVATIONS, f"hidden: {preview(hidden)}, expected {_or(ACTIVATIONS)}")
    require(type(output) is str and output in OUTPUTS, f"output: {preview(output)}, expected {_or(OUTPUTS)}")
    if payload.get("layers") is None:
        return Network(tuple(sizes), hidden, output)
    check_image_shape(payload["image_shape"], sizes[0])
    network = Network(payload["image_shape"], _layers(payload["layers"]), hidden, output)
    require(list(network.layer_sizes) == sizes, f"layer_sizes: {preview_list(sizes)}, but the layers make others")
    needed = network.bytes_of(1, np.float32)
    require(
        needed <= MAX_PER_IMAGE, f"layers: {needed / 2**20:.0f} MiB an image, expected at most {MAX_PER_IMAGE >> 20}"
    )
    return network


def _layers(layers: Any) -> list[Layer]:
    require_list(layers, "layers")
    require(0 < len(layers) <= MAX_LAYERS, f"{len(layers)} layers, expected 1 to {MAX_LAYERS}")
    for layer in layers:
        require_dict(layer, "a layer")
    return [layer_of(layer) for layer in layers]


def _theta(thetas: Any, network: Network) -> npt.NDArray[np.float64]:
    """(size,) float64, made only once every layer is known to be there."""
    require_list(thetas, "thetas")
    shapes = network.shapes
    require(len(thetas) == len(shapes), f"{len(thetas)} thetas for {len(shapes)} layers of weights")
    layers = [
        unpack(packed, shape, f"theta {number}")
        for number, (packed, shape) in enumerate(zip(thetas, shapes, strict=True), start=1)
    ]
    for number, layer in enumerate(layers, start=1):
        require(bool(np.isfinite(layer).all()), f"theta {number} holds a weight that is not a finite number")
    theta = np.concatenate(layers, dtype=np.float64)
    check_reach(network, theta)
    return theta


def _or(names: Iterable[str]) -> str:
    return " or ".join(names)
