"""From the parameters of the scikit-learn classifier, by name, to a Training, its images and its Job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from ..data.dataset import Digits
from ..errors import Digits20Error
from ..estimator import parameters
from ..learning.ensemble import Job
from ..learning.model import CURVES, Model
from ..learning.settings import SettingError, Training, solver_of
from ..learning.transfer import Start
from ..optim.solution import Solver
from ..optim.solvers import MINI_BATCHES, SETTINGS, name_of
from ..types import Array, Label
from .label_sets import LabelSets

Given = Mapping[str, Any]
Indices = npt.NDArray[np.intp]
Weights = npt.NDArray[np.float64]


def labels_of(classes: npt.NDArray[Any]) -> tuple[Label, ...]:
    """As a Model holds them: True and False, which no model file knows, are 1 and 0."""
    return tuple(int(label) if isinstance(label, bool) else label for label in classes.tolist())


def training_of(given: Given, old: Model | None) -> Training:
    """The training that the parameters stand for, but for patience. old: the model that training goes on with, or None.

    Raises Digits20Error for parameters that do not go together.
    """
    hidden = parameters.hidden_layers(given)
    base = old or parameters.base(given["init_from"])
    if base and given["init_from"] is None:
        parameters.check_goes_on(base, {**given, **hidden})
    new = {**hidden, **{name: given[name] for name in ("activation", "output", "deskew")}}
    first = base is None and given["warm_start"]  # of several: the next has layers to freeze and a head to keep
    kept = {} if first else {name: given[name] for name in ("freeze", "keep_head")}
    try:
        return Training(
            lam=given["lam"],
            solver=_solver(given),
            warps=parameters.strengths(given["augment"]),
            init_from=base,
            **kept,
            **({} if base else new),
        )
    except SettingError as error:
        raise Digits20Error(error.worded(lambda name: parameters.PARAMETERS.get(name, name))) from None


def _solver(given: Given) -> Solver:
    named = {name: given[name] for name in SETTINGS if name != "iterations"} | {"iterations": given["max_iter"]}
    solver = solver_of(given["solver"], {name: value for name, value in named.items() if value is not None})
    if given["tol"] is None or name_of(solver) in MINI_BATCHES:  # whose costs are estimates: see `Plateau`
        return solver
    changed: Solver = replace(cast(Any, solver), tolerance=given["tol"])
    return changed


def shape_of(given: Given, pixels: int, base: Model | None) -> tuple[int, int]:
    """(rows, columns) of the images, which have so many pixels."""
    shape = base.image_shape if base and given["image_shape"] is None else given["image_shape"]
    return parameters.image_shape(shape, pixels, needed=any(given[name] for name in ("deskew", "augment", "layers")))


def digits(
    given: Given, labels: tuple[Label, ...], X: Array, y: Indices, weights: Weights | None, start: Start
) -> Digits:
    """The images as the network sees them, but for what `start` does to them itself; none of weight 0 among them.

    X: (m, n); y: (m,), indices into labels, or (m, K), which of them an image has; weights: (m,), None where all count
    alike.
    """
    images: dict[str, Any] = {"image_shape": shape_of(given, X.shape[1], start.base), "sample_weight": weights}
    if y.ndim == 2:
        made: Digits = LabelSets(X, np.zeros(len(X), np.intp), labels, targets=y, **images)
    else:
        made = Digits(X, y, labels, **images)
    if weights is not None:
        made = made.take(np.flatnonzero(weights))
    return made.prepared(("deskew",)) if given["deskew"] and start.base is None else made


def hold_back(given: Given, train: Digits, rng: np.random.Generator) -> tuple[Digits, Digits | None]:
    """The images to train with and, where there is patience, those to validate by."""
    if given["patience"] is None:
        return train, None
    if len(train) < 2:
        raise Digits20Error(f"n_samples={len(train)} is too few to hold some back for patience: give X_val, y_val")
    return train.split_stratified(max(1, round(given["validation_fraction"] * len(train))), rng)


def job(
    training: Training, start: Start, train: Digits, validation: Digits | None, rng: Generator, patience: int | None
) -> Job:
    """The training of `start` on these images, with patience where there are images to validate with."""
    if validation is not None:
        training = replace(training, validation=len(validation), patience=patience)
    return training.job(start, train, validation, rng)


def continuing(old: Model | None, new: Model) -> Model:
    """The new model with the curves of the one that it goes on from, if that knew the same labels."""
    if old is None or old.labels != new.labels:
        return new
    both = [name for name in CURVES if old.scores.get(name) and name in new.scores]
    curves = {name: old.scores[name] + new.scores[name][1:] for name in both}
    return replace(new, costs=old.costs + new.costs[1:] if old.costs else new.costs, scores=new.scores | curves)
