"""Which array of a file holds the images and which the labels: told by their names, or else by their shapes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Part = Literal["train", "test"]
Pair = tuple[str, str | None]  # the names of the images and of their labels, None where there are none

PARTS = {
    **dict.fromkeys(("training", "train", "trn", "tr"), "train"),
    **dict.fromkeys(("testing", "test", "tst", "te", "ts", "tk"), "test"),  # t10k without its digits is tk
    **dict.fromkeys(("validation", "valid", "val", "dev"), "validation"),
}
# the first is meant where a file has several
IMAGES = ("x", "images", "image", "imgs", "img", "data", "pixels", "pixel", "features", "inputs", "input")
LABELS = ("y", "labels", "label", "lbls", "lbl", "targets", "target", "classes", "class", "outputs", "gnd")
NOISE = "mnist|emnist|kmnist|usps|digits|dataset|data|set|onehot|all|arr"
PART = "|".join(PARTS)
NAME = re.compile(
    f"(?:{NOISE})*(?P<before>{PART})?(?:{NOISE})*?(?P<role>{'|'.join(IMAGES + LABELS)})"
    f"(?:{NOISE})*?(?P<after>{PART})?(?:{NOISE})*"
)
ONE_CLASS = re.compile(r"(?P<part>train|test)_?(?P<label>\d)")
PLAIN = re.compile(r"[\w ./-]{1,60}", re.ASCII)  # a name that can tell a role


def by_name(names: Collection[str], part: Part) -> Pair | None:
    """The images of that part, or of no part, and their labels; None where the names do not tell the images.

    Images to validate with are those to test with where there are no others.
    """
    known: dict[str, dict[str, list[tuple[int, str]]]] = {}
    for name in names:
        role = _role(name)
        if role:
            which, kind, rank = role
            known.setdefault(which, {}).setdefault(kind, []).append((rank, name))
    for which in (part, *(["validation"] if part == "test" else []), ""):
        images, labels = known.get(which, {}).get("images"), known.get(which, {}).get("labels")
        if images:
            return min(images)[1], min(labels)[1] if labels else None
    return None


def other_parts(names: Collection[str]) -> set[str]:
    """The parts whose images the names tell: "train", "test", "validation"."""
    return {role[0] for name in names if (role := _role(name)) and role[0] and role[1] == "images"}


def _role(name: str) -> tuple[str, str, int] | None:
    """(part or "", "images" or "labels", place among the words for it) of a name; None where it tells none."""
    match = NAME.fullmatch(_letters(name)) or NAME.fullmatch(_letters(re.split("[./]", name)[-1]))
    if match is None:
        return None
    part = PARTS.get(match["before"] or match["after"] or "", "")
    words, kind = (IMAGES, "images") if match["role"] in IMAGES else (LABELS, "labels")
    return part, kind, words.index(match["role"])


def _letters(name: str) -> str:
    return re.sub("[^a-z]", "", name.lower()) if PLAIN.fullmatch(name) else ""


def is_told(name: str) -> bool:
    """Whether an array's name tells that it holds images or labels."""
    return _role(name) is not None


def holds_labels(name: str, part: Part) -> bool:
    """Whether an array of that name holds the labels of that part, or of no part."""
    role = _role(name)
    return role is not None and role[1] == "labels" and role[0] in (part, "")


def one_array_per_class(names: Collection[str], part: Part) -> dict[str, str]:
    """{array's name: digit} of a file that holds each digit's images apart: train0, …, test9. Empty for any other."""
    found = {name: match["label"] for name in sorted(names) if (match := ONE_CLASS.fullmatch(name))}
    found = {name: label for name, label in found.items() if name.startswith(part)}
    return found if len(found) > 1 else {}


def by_shape(arrays: Mapping[str, Array], part: Part) -> Pair | None:
    """The images and labels of arrays whose names tell nothing; None where the shapes do not tell them either.

    Each array of images goes with the first array of as many labels after it: one pair, or two for train and test, or
    three for train, validation and test.
    """
    labels = [name for name, array in arrays.items() if is_labels(array)]
    images = [name for name, array in arrays.items() if array.ndim > 1 and name not in labels]
    if len(arrays) == 1 and not labels:
        return images[0], None
    pairs: list[Pair] = []
    for name in images:
        count = {len(arrays[name]), arrays[name].shape[-1]}  # an image per row, or per column
        partner = next((label for label in labels if count & {len(arrays[label]), max(arrays[label].shape)}), None)
        if partner is None:
            return None
        labels.remove(partner)
        pairs.append((name, partner))
    if len(pairs) not in (1, 2, 3) or labels:
        return None
    return pairs[0] if part == "train" else pairs[-1]


def is_labels(array: Array) -> bool:
    """Whether it can be labels: one number or text per image, or a column of them, or one-hot rows."""
    return array.ndim == 1 or (array.ndim == 2 and (min(array.shape) == 1 or one_hot(array) is not None))


def one_hot(array: Array) -> npt.NDArray[np.intp] | None:
    """(m,) the place of the 1 in each row of (m, K) zeros and ones; None for any other array."""
    if array.ndim != 2 or array.shape[1] < 2 or array.dtype.kind not in "buif" or not len(array):
        return None
    ones = array == 1
    right = bool((ones | (array == 0)).all()) and bool((ones.sum(axis=1) == 1).all())
    return ones.argmax(axis=1) if right else None
