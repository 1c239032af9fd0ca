"""What a file holds beside the weights: labels, the activation, and what the images were scaled by."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...data.convert import MAX_LABEL
from ...errors import ModelFileError
from ...nn.network import ACTIVATIONS
from ...system.arguments import shown_value
from ...types import Hidden
from .layers import Array, Named

LABELS = {"classes", "labels", "label_names", "class_names", "target_names"}
NAMES: dict[Any, Hidden] = {"logistic": "sigmoid", "sigmoid": "sigmoid", "tanh": "tanh", "relu": "relu"}
ACTIVATION = {"activation", "activations", "hidden_activation", "activation_function"}
SCALING = re.compile(
    r"(?:.*[_.])?(?:(?P<mean>means?|mu)|(?P<std>stds?|stddev|sigma|scales?)|(?P<var>var|variances?)|scaler)",
    re.IGNORECASE,
)
BYTES = 255  # the largest pixel, where a mean above 1 tells that pixels were not scaled before it was subtracted

log = logging.getLogger("digits20")


@dataclass(frozen=True)
class Beside:
    """What the file says of its network, None where it does not: what the outputs stand for, and the activation.

    scaling: what the images may have been scaled by before training, by name.
    """

    labels: list[Any] | None
    hidden: Hidden | None
    scaling: Named

    def scaled(self, pixels: int, file: str) -> tuple[Array, Array] | None:
        """(mean, std) of pixels from 0 to 1, one for all or for each, which is said; None where there are not both."""
        if not self.scaling:
            return None
        mean, std, var = (self._values(kind) for kind in ("mean", "std", "var"))
        std = np.sqrt(np.abs(var)) if std is None and var is not None else std
        names = ", ".join(name for name, _ in self.scaling[:5])
        if mean is None or std is None or {mean.size, std.size} - {1, pixels}:
            log.warning("%s: %s not used; if training scaled the images by them, the answers are wrong", file, names)
            return None
        log.warning("%s: %s taken into the first layer, as training scaled the images by them", file, names)
        largest = BYTES if mean.max() > 1 else 1
        return mean / largest, np.where(std > 0, std, 1) / largest

    def _values(self, kind: str) -> Array | None:
        arrays = [array for name, array in self.scaling if SCALING.fullmatch(_last(name))[kind]]  # type: ignore[index]
        return arrays[0].ravel().astype(np.float64) if len(arrays) == 1 and np.isfinite(arrays[0]).all() else None


def is_beside(name: str) -> bool:
    """Whether what has that name is one of these, not weights."""
    last = _last(name)
    return last in LABELS | ACTIVATION or SCALING.fullmatch(last) is not None


def _last(name: str) -> str:
    return name.rsplit("/", 1)[-1].strip("_").lower()


def as_array(item: Any) -> Array | None:
    """A number, a text or a list of them as an array; None for anything else, and for texts too long for labels."""
    values = item if isinstance(item, list) else [item]
    right = all(type(one) in (str, int, float) and len(str(one)) <= MAX_LABEL for one in values)
    return np.array(item) if right and values else None


def without_beside(arrays: Named) -> tuple[Named, Beside]:
    """The arrays that may be weights, and what the others say. Raises ModelFileError for another activation."""
    beside = [(name, array) for name, array in arrays if is_beside(name)]
    texts = [(name, array) for name, array in arrays if array.dtype.kind in "SU" and array.ndim < 2]
    labels = [array.ravel().tolist() for name, array in beside if _last(name) in LABELS]
    told = [array.ravel().tolist() for name, array in beside if _last(name) in ACTIVATION and array.dtype.kind in "SU"]
    scaling = [(name, array) for name, array in beside if SCALING.fullmatch(_last(name)) and array.dtype.kind in "fiu"]
    left_out = {name for name, _ in (*beside, *texts)}
    rest = [(name, array) for name, array in arrays if name not in left_out]
    return rest, Beside(labels[0] if labels else None, _hidden(told[0]) if told else None, scaling)


def taken_in(Theta: Array, mean: Array, std: Array) -> Array:
    """Theta (out, 1 + in) of images (x - mean) / std for images x: the same answers."""
    with np.errstate(all="ignore"):  # what overflows is refused as weights that are too large
        W = Theta[:, 1:] / std
        return np.column_stack([Theta[:, 0] - (W * mean).sum(axis=1), W])


def _hidden(told: list[Any]) -> Hidden:
    """The activation of the hidden layers; of several names, the last is that of the outputs."""
    names = {one.decode("latin-1") if isinstance(one, bytes) else one for one in told[:-1] or told}
    for name in names:
        if name not in NAMES or len(names) > 1:
            seen = " and ".join(sorted(shown_value(name) for name in names))
            raise ModelFileError(f"activation {seen}, expected one of {', '.join(ACTIVATIONS)}")
    return NAMES[names.pop()]
