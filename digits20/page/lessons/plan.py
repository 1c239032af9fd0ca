"""What the Learn tab asks for, as a Lesson: untrusted JSON is checked, images are chosen, one's own are added."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from ...data.dataset import DIGITS, Digits
from ...data.load import load
from ...errors import Digits20Error, shown
from ...learning.model import Model
from ...learning.settings import Training
from ...optim.solvers import SOLVERS, settings_of
from .examples import Examples
from .lesson import Lesson

MOST_WEIGHTS = 2_000_000  # of a network that is trained beside the page
MOST_DELAY = 2.0  # seconds of slow motion after each iteration
REFRESHED = 1000  # shipped images among which one's own are learned, so that the others are not forgotten
OWN_COUNT = 200  # as many of them one's own count as together, at least
VALIDATED = 300  # of the shipped images that were held back; the others are to test with
BOUNDS: dict[str, tuple[float, float]] = {
    "lam": (0, 1000),
    "learning_rate": (1e-6, 100),
    "momentum": (0, 0.999),
    "delay": (0, MOST_DELAY),
}
SETTINGS = {
    *BOUNDS,
    "source",
    "base",
    "images",
    "hidden",
    "activation",
    "solver",
    "iterations",
    "warps",
    "seed",
    "paused",
}


@dataclass(frozen=True)
class Material:
    """What a lesson is made of. own: examples under labels of one's own; hand: corrected drawings of digits.

    first: the page's first model; reference: the shipped one. table: None where none was sent.
    """

    table: Digits | None
    own: Examples
    hand: Examples
    first: Model
    reference: Model


@dataclass(frozen=True)
class _Chosen:
    """Images to train with `size` of, the others to test; or, with `held`, all, and others to validate and test."""

    images: Digits
    size: int | Literal["all"]
    own: Digits | None = None
    held: tuple[Digits, Digits] | None = None

    def resized(self, shape: tuple[int, int]) -> _Chosen:
        held = self.held and (self.held[0].resized(shape), self.held[1].resized(shape))
        return replace(self, images=self.images.resized(shape), own=self.own and self.own.resized(shape), held=held)


def lesson_for(asked: Any, material: Material) -> Lesson:
    """The Lesson for the page's JSON. Raises Digits20Error for what it cannot be."""
    if not isinstance(asked, dict):
        raise Digits20Error("expected a JSON object")
    if strange := sorted(set(asked) - SETTINGS):
        raise Digits20Error(f"{shown(strange[0][:40])}: no setting; expected {', '.join(sorted(SETTINGS))}")
    delay, paused = _number(asked, "delay", 0.0), asked.get("paused") is True
    source = _choice(asked, "source", ("shipped", "table", "own", "hand"), "shipped")
    base = _base(_choice(asked, "base", ("scratch", "reference", "first"), "scratch"), material)
    chosen = _images(source, material, base, int(_whole(asked, "images", 4000, 60_000)))
    if base and chosen.images.image_shape != base.image_shape:
        chosen = chosen.resized(base.image_shape)
    validation = 0 if chosen.size == "all" or len(chosen.images) < 40 else min(500, chosen.size // 5)
    training = Training(
        **({"init_from": base} if base else _network(asked)),
        lam=_number(asked, "lam", 1.0),
        solver=_solver(asked),
        warps={} if asked.get("warps") is True else None,
        train_size=chosen.size,
        validation=validation or None,
        seed=int(_whole(asked, "seed", 0, 2**31, least=0)),
    ).for_images(len(chosen.images), "the images")
    if base is None:
        _check_weights(training, chosen.images)
    return Lesson(training, chosen.images, chosen.own, chosen.held, delay, paused, source)


def _base(name: str, material: Material) -> Model | None:
    return {"reference": material.reference, "first": material.first}.get(name)


def _check_weights(training: Training, images: Digits) -> None:
    units = [images.X.shape[1], *(training.hidden or ()), len(images.labels)]
    if sum((1 + below) * above for below, above in itertools.pairwise(units)) > MOST_WEIGHTS:
        raise Digits20Error(f"layers: more than {MOST_WEIGHTS} weights")


def changes(asked: Any) -> dict[str, float]:
    """The settings that may be moved while a training runs, checked."""
    if not isinstance(asked, dict) or not asked or any(name not in BOUNDS for name in asked):
        raise Digits20Error(f"expected a JSON object of {', '.join(BOUNDS)}")
    return {name: _number(asked, name, 0.0) for name in asked}


def _images(source: str, material: Material, base: Model | None, count: int) -> _Chosen:
    if source == "shipped":
        return _Chosen(load("digits20"), min(count, 4500))
    if source == "table":
        if material.table is None:
            raise Digits20Error("no table yet: choose a file")
        return _Chosen(material.table, max(1, min(count, len(material.table) * 4 // 5)))
    if source == "hand":
        return _among_shipped(material.hand.digits(), base)
    own = material.own.digits()
    if len(own) < 4 or (len(set(own.y.tolist())) < 2 and own.labels != DIGITS):
        raise Digits20Error("too few examples: draw at least two labels, some ten of each")
    if own.labels != DIGITS:
        return _Chosen(own, max(2, len(own) * 4 // 5), own)
    return _among_shipped(own, base)


def _among_shipped(own: Digits, base: Model | None) -> _Chosen:
    """One's own digits among shipped ones; validated and tested with shipped ones that `base` has not learned.

    Each of one's own counts as much as several shipped ones, so that a few are enough.
    """
    if own.labels != DIGITS or (base and base.labels != DIGITS):
        raise Digits20Error("a hand is taught to a model of the digits 0 to 9 only")
    seed = base.settings.get("seed") if base else 0
    shipped = load("digits20").resized(own.image_shape).shuffle(seed if type(seed) is int and seed >= 0 else 0)
    learned, others = shipped.split(4000)
    often = max(1, OWN_COUNT // len(own))
    X = np.concatenate([*[own.X] * often, learned.X[:REFRESHED]])
    y = np.concatenate([*[own.y] * often, learned.y[:REFRESHED]])
    images = Digits(X, y, labels=DIGITS, image_shape=own.image_shape)
    return _Chosen(images, "all", own, others.split(VALIDATED))


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
