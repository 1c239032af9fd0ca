"""From what the scikit-learn classifier is given, its parameters by name, to a Job of the toolkit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..data.dataset import Digits
from ..errors import Digits20Error
from ..estimator import parameters
from ..learning.ensemble import Job
from ..learning.fit import Run
from ..learning.model import CURVES, Model
from ..learning.transfer import Start, from_model, from_scratch
from ..nn.network import Network
from ..optim.solution import Snapshot
from ..types import Array, Label

Given = Mapping[str, Any]
Indices = npt.NDArray[np.intp]
Weights = npt.NDArray[np.float64]
SOLVER_SETTINGS = ("learning_rate", "momentum", "nesterov", "batch_size", "schedule")


def labels_of(classes: npt.NDArray[Any]) -> tuple[Label, ...]:
    """As a Model holds them: True and False, which no model file knows, are 1 and 0."""
    return tuple(int(label) if isinstance(label, bool) else label for label in classes.tolist())


def start(given: Given, labels: tuple[Label, ...], pixels: int, old: Model | None, rng: np.random.Generator) -> Start:
    """What is trained and from where: the `old` weights, those of init_from, or new ones."""
    hidden = parameters.hidden_sizes(given["hidden"])
    base = old or parameters.base(given["init_from"])
    if base is None:
        if (given["freeze"] or given["keep_head"]) and not given["warm_start"]:
            raise Digits20Error("freeze and keep_head need the layers of init_from or a warm start")
        return from_scratch(Network((pixels, *hidden, len(labels)), given["activation"], given["output"]), rng)
    if given["init_from"] is None:
        parameters.check_goes_on(base, {**given, "hidden": hidden})
    return from_model(base, labels, rng, freeze=given["freeze"], keep_head=given["keep_head"])


def digits(
    given: Given, labels: tuple[Label, ...], X: Array, y: Indices, weights: Weights | None, start: Start
) -> Digits:
    """The images as the network sees them, but for what `start` does to them itself; none of weight 0 among them."""
    shape = start.base.image_shape if start.base and given["image_shape"] is None else given["image_shape"]
    shape = parameters.image_shape(shape, X.shape[1], needed=bool(given["deskew"] or given["augment"]))
    made = Digits(X, y, labels, shape, sample_weight=weights)
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


def job(given: Given, start: Start, train: Digits, validation: Digits | None, rng: np.random.Generator) -> Job:
    settings = {name: given[name] for name in SOLVER_SETTINGS}
    return Job(
        start=start,
        train=train,
        validation=validation,
        lam=given["lam"],
        warps=parameters.warps(given["augment"], train.image_shape, given["solver"], given["freeze"]),
        solver=parameters.solver(given["solver"], iterations=given["max_iter"], **settings),
        patience=given["patience"],
        rng=rng,
    )


def continuing(old: Model | None, new: Model) -> Model:
    """The new model with the curves of the one that it goes on from, if that knew the same labels."""
    if old is None or old.labels != new.labels:
        return new
    both = [name for name in CURVES if old.scores.get(name) and name in new.scores]
    curves = {name: old.scores[name] + new.scores[name][1:] for name in both}
    return replace(new, costs=old.costs + new.costs[1:] if old.costs else new.costs, scores=new.scores | curves)


@dataclass
class Continued:
    """Keeps a run of mini-batches in memory from one call of `partial_fit` to the next, whatever images that brings.

    costs: of the training so far. last: where the call before left its solver.
    """

    costs: list[float]
    last: Snapshot | None = None

    def begin(self, run: Run) -> Snapshot:
        """Goes on from run.start; with the memory and the random numbers of the call before, if they still fit."""
        theta = run.start.astype(run.J.dtype)
        memory, random = run.solver.new_memory(theta), run.generator
        if self.last and {name: array.shape for name, array in self.last.memory.items()} == {
            name: array.shape for name, array in memory.items()
        }:
            memory, random = self.last.memory, self.last.generator
        return Snapshot(
            theta=theta,
            memory=memory,
            costs=self.costs or [run.J(run.start)[0]],
            best=(np.inf, np.inf, run.start),  # of the next epoch, for costs of other images are no measure
            evaluations=0,
            seconds=0.0,
            generator=random,
        )

    def update(self, snapshot: Any) -> None:
        self.last = snapshot()

    def interrupted(self) -> None:
        """Nothing is lost."""
