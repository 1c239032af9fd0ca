"""Exports a model in formats that others read: JSON, ONNX, MATLAB's .mat, NumPy's .npz, and one web page."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..data.dataset import DIGITS
from ..errors import Digits20Error, shown
from ..learning.model import Model
from ..nn.layers.text import text_of
from ..persistence import strict_json
from ..persistence.model_file import from_payload, to_payload
from ..persistence.thetas import course_columns
from ..system.atomic import write_atomically
from ..types import StrPath
from .alone import to_html
from .onnx import to_onnx

MAT_HEADER = b"MATLAB 5.0 MAT-file, written by digits20".ljust(116)


def export(model: Model, path: StrPath) -> int:
    """Write a model for other programs, whole or not at all; the same model gives the same bytes.

    Parameters
    ----------
    model
        The model.
    path
        Its ending names the format: one of FORMATS.

    Returns
    -------
    int
        The number of bytes.

    Raises
    ------
    Digits20Error
        Also for another ending.
    """
    ending = format_of(path)
    from_payload(to_payload(model), "the model")  # refuses what nobody could load again
    data = FORMATS[ending](model)
    write_atomically(path, data)
    return len(data)


def format_of(path: StrPath) -> str:
    """The path's ending, which must be one of FORMATS."""
    ending = Path(path).suffix.lower()
    if ending not in FORMATS:
        raise Digits20Error(f"{shown(path)}: a model is exported to one of {', '.join(FORMATS)}")
    return ending


def to_json(model: Model) -> bytes:
    """All that the model file holds, with its checksum, and the weights in base64: `load_model` reads it."""
    data = strict_json.dumps(to_payload(model))
    strict_json.loads(data)  # refuses what is too large to be read
    return data


def to_mat(model: Model) -> bytes:
    """MATLAB 5: Theta1, Theta2, … as the course has them, for column-major images and, with digits, 10 for zero.

    Beside them `labels`, what each unit stands for; `image_shape`, `hidden`, `output`, `preprocess` and `lambda`. With
    convolutions also `layers`, and images, patches and maps are row-major.
    """
    from scipy.io import savemat

    Thetas, labels = [np.asarray(Theta) for Theta in model.Thetas], list(model.labels)
    if model.network.is_dense:
        Thetas[0] = course_columns(Thetas[0], model.image_shape)
    if model.labels == DIGITS:
        Thetas[-1], labels = np.roll(Thetas[-1], -1, axis=0), [*labels[1:], labels[0]]
    words = any(isinstance(label, str) for label in labels)
    variables = {f"Theta{number}": Theta for number, Theta in enumerate(Thetas, start=1)} | {
        "labels": np.array([str(label) for label in labels], dtype=object) if words else np.array(labels, np.float64),
        "image_shape": np.array(model.image_shape, np.float64),
        "hidden": model.network.hidden,
        "output": model.network.output,
        "preprocess": " ".join(model.preprocess),
        "lambda": model.lam,
        **_layers(model),
    }
    file = io.BytesIO()
    savemat(file, variables, do_compression=True, oned_as="column")
    return MAT_HEADER + file.getvalue()[len(MAT_HEADER) :]  # SciPy's own tells the time


def _layers(model: Model) -> dict[str, str]:
    """`layers`, where they are more than the sizes of the Thetas say: all of them as text, the outputs last."""
    return {} if model.network.is_dense else {"layers": text_of(model.network.layers)}


def to_npz(model: Model) -> bytes:
    """NumPy: Theta1, Theta2, … as the model has them, for row-major images, and what `to_mat` writes beside them."""
    arrays: dict[str, Any] = {f"Theta{number}": Theta for number, Theta in enumerate(model.Thetas, start=1)} | {
        "labels": np.array(model.labels),
        "image_shape": np.array(model.image_shape),
        "hidden": np.array(model.network.hidden),
        "output": np.array(model.network.output),
        "preprocess": np.array(model.preprocess, dtype=str),
        "lam": np.array(model.lam),
        **{name: np.array(text) for name, text in _layers(model).items()},
    }
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


FORMATS: dict[str, Callable[[Model], bytes]] = {
    ".json": to_json,
    ".onnx": to_onnx,
    ".mat": to_mat,
    ".npz": to_npz,
    ".html": to_html,
}
