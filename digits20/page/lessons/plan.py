"""What the Learn tab asks for, as a Lesson: untrusted JSON is checked, images are chosen, one's own are added."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...data.dataset import DIGITS, Digits
from ...data.load import load
from ...errors import Digits20Error
from ...images.geometry import Floats
from ...learning.model import Model
from ...learning.settings import Training
from ...optim.solvers import SOLVERS, settings_of
from ...types import Label
from .lesson import Lesson

MOST_WEIGHTS = 2_000_000  # of a network that is trained beside the page
MOST_EXAMPLES = 2000
MOST_DELAY = 2.0  # seconds of slow motion after each iteration
REFRESHED = 1000  # shipped images among which one's own are learned, so that the others are not forgotten
BOUNDS: dict[str, tuple[float, float]] = {
    "lam": (0, 1000),
    "learning_rate": (1e-6, 100),
    "momentum": (0, 0.999),
    "delay": (0, MOST_DELAY),
}


@dataclass
class Examples:
    """The images that were drawn on the page to learn from, in memory, each with its label as text."""

    shape: tuple[int, int] = (20, 20)
    images: list[tuple[str, Floats]] = field(default_factory=list)

    def add(self, label: str, pixels: Floats) -> None:
        """Raises Digits20Error for a label that is no short line of text, and beyond MOST_EXAMPLES."""
        if not (0 < len(label) <= 12 and label.isprintable() and label == label.strip()):
            raise Digits20Error("label: expected 1 to 12 printable characters")
        if len(self.images) >= MOST_EXAMPLES:
            raise Digits20Error(f"more than {MOST_EXAMPLES} examples")
        self.images.append((label, pixels))

    def undo(self) -> None:
        if self.images:
            del self.images[-1]

    @property
    def counts(self) -> dict[str, int]:
        return dict(sorted(Counter(label for label, _ in self.images).items()))

    def digits(self) -> Digits:
        """All of them; their labels are 0 to 9 where each is a digit."""
        if not self.images:
            raise Digits20Error("no examples yet: draw some")
        names = [label for label, _ in self.images]
        labels: tuple[Label, ...] = tuple(sorted(set(names)))
        if all(name in map(str, DIGITS) for name in names):
            labels = DIGITS
        place = {str(label): index for index, label in enumerate(labels)}
        X = np.array([pixels for _, pixels in self.images])
        return Digits(X, np.array([place[name] for name in names]), labels=labels, image_shape=self.shape)

    def csv(self) -> str:
        """The table that `train --data … --labels any` reads."""
        rows = (",".join([*(f"{value:.6g}" for value in pixels), _cell(label)]) for label, pixels in self.images)
        return "".join(row + "\n" for row in rows)


def lesson_for(asked: Any, table: Digits | None, examples: Examples, reference: Model) -> Lesson:
    """The Lesson for the page's JSON. Raises Digits20Error for what it cannot be."""
    if not isinstance(asked, dict):
        raise Digits20Error("expected a JSON object")
    delay, paused = _number(asked, "delay", 0.0), asked.get("paused") is True
    source = _choice(asked, "source", ("shipped", "table", "own"), "shipped")
    base = _choice(asked, "base", ("scratch", "reference"), "scratch")
    images, own, size = _images(source, table, examples, int(_whole(asked, "images", 4000, 60_000)))
    if images.image_shape != reference.image_shape and base == "reference":
        images = images.resized(reference.image_shape)
    validation = 0 if len(images) < 40 else min(500, size // 5)
    training = Training(
        **_network(asked) if base == "scratch" else {"init_from": reference},
        lam=_number(asked, "lam", 1.0),
        solver=_solver(asked),
        warps={} if asked.get("warps") is True else None,
        train_size=size,
        validation=validation or None,
        seed=int(_whole(asked, "seed", 0, 2**31, least=0)),
    ).for_images(len(images), "the images")
    if training.init_from is None:
        units = [images.X.shape[1], *(training.hidden or ()), len(images.labels)]
        if sum((1 + below) * above for below, above in itertools.pairwise(units)) > MOST_WEIGHTS:
            raise Digits20Error(f"layers: more than {MOST_WEIGHTS} weights")
    return Lesson(training, images, own, delay, paused)


def changes(asked: Any) -> dict[str, float]:
    """The settings that may be moved while a training runs, checked."""
    if not isinstance(asked, dict) or not asked or any(name not in BOUNDS for name in asked):
        raise Digits20Error(f"expected a JSON object of {', '.join(BOUNDS)}")
    return {name: _number(asked, name, 0.0) for name in asked}


def _images(source: str, table: Digits | None, examples: Examples, count: int) -> tuple[Digits, Digits | None, int]:
    """(images, one's own among them or None, how many to train with)."""
    if source == "shipped":
        digits = load("digits20")
        return digits, None, min(count, 4500)
    if source == "table":
        if table is None:
            raise Digits20Error("no table yet: choose a file")
        return table, None, max(1, min(count, len(table) * 4 // 5))
    own = examples.digits()
    if len(own) < 4 or (len(set(own.y.tolist())) < 2 and own.labels != DIGITS):
        raise Digits20Error("too few examples: draw at least two labels, some ten of each")
    if own.labels != DIGITS:
        return own, own, max(2, len(own) * 4 // 5)
    shipped = load("digits20").shuffle(0)
    often = max(1, 200 // len(own))  # each of one's own images counts as much as some of the shipped ones
    X = np.concatenate([*[own.X] * often, shipped.X[: 2 * REFRESHED]])
    y = np.concatenate([*[own.y] * often, shipped.y[: 2 * REFRESHED]])
    return Digits(X, y, labels=DIGITS, image_shape=own.image_shape), own, len(own) * often + REFRESHED


def _network(asked: dict[str, Any]) -> dict[str, Any]:
    hidden = asked.get("hidden", [25])
    whole = isinstance(hidden, list) and all(type(units) is int and 1 <= units <= 2000 for units in hidden)
    if not whole or len(hidden) > 4:
        raise Digits20Error("layers: expected up to 4 whole numbers of units, 1 to 2000")
    return {"hidden": tuple(hidden), "activation": _choice(asked, "activation", ("sigmoid", "tanh", "relu"), "sigmoid")}


def _solver(asked: dict[str, Any]) -> Any:
    name = _choice(asked, "solver", tuple(SOLVERS), "l-bfgs")
    solver = SOLVERS[name].make()
    known = settings_of(solver)
    given = {key: _number(asked, key, 0.0) for key in ("learning_rate", "momentum") if key in asked and key in known}
    iterations = int(_whole(asked, "iterations", 200, 5000))
    return replace(solver, iterations=iterations, **given)  # type: ignore[type-var]


def _choice(asked: dict[str, Any], name: str, known: tuple[str, ...], otherwise: str) -> str:
    value = asked.get(name, otherwise)
    if value not in known:
        raise Digits20Error(f"{name}: expected one of {', '.join(known)}")
    return str(value)


def _number(asked: dict[str, Any], name: str, otherwise: float) -> float:
    low, high = BOUNDS[name]
    value = asked.get(name, otherwise)
    if type(value) not in (int, float) or not low <= value <= high:
        raise Digits20Error(f"{name.replace('_', ' ')}: expected a number from {low:g} to {high:g}")
    return float(value)


def _whole(asked: dict[str, Any], name: str, otherwise: int, most: int, least: int = 1) -> int:
    value = asked.get(name, otherwise)
    if type(value) is not int or not least <= value <= most:
        raise Digits20Error(f"{name}: expected a whole number from {least} to {most}")
    return value


def _cell(label: str) -> str:
    return '"' + label.replace('"', '""') + '"' if any(mark in label for mark in ',;\t"') else label
