"""Learning curves and validation curves: cost and accuracy over the number of images, or over lambda."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from ...data.dataset import Digits
from ...data.protocol import Images
from ...errors import Digits20Error
from ...nn.network import Network
from ...nn.objective import objective_on
from ..ensemble import Job, train_side_by_side
from ..model import Model

Floats = npt.NDArray[np.float64]
Part = tuple[Digits, Digits]  # images to train with, and others to validate with
Finished = Callable[[int], object]
SMALLEST_SHARE = 1 / 48  # of the images: where a learning curve begins


@dataclass(frozen=True, eq=False)
class Curve:
    """Costs, without the penalty, and accuracies of many fits.

    over: what was varied. values: (v,) its values, ascending.
    train_costs, validation_costs, train_accuracies, validation_accuracies: (v, parts), a column for each part (fold).
    network, lam, augmented: what was trained; over lambda, lam is the value with the lowest mean validation cost.
    images, validation_images: the largest number that a fit was trained on, the smallest that it was validated on.
    """

    over: Literal["images", "lambda"]
    values: tuple[float, ...]
    train_costs: Floats
    validation_costs: Floats
    train_accuracies: Floats
    validation_accuracies: Floats
    network: Network
    lam: float
    augmented: bool
    images: int
    validation_images: int

    @property
    def parts(self) -> int:
        return len(self.train_costs[0])

    @property
    def best(self) -> int:
        """The index of the lowest mean validation cost."""
        return int(np.argmin(self.validation_costs.mean(axis=1)))

    def near(self) -> list[float]:
        """The other values whose mean validation cost is within one standard error of the lowest.

        Such differences are not significant (Hastie, Tibshirani & Friedman, Elements of Statistical Learning, 7.10).
        Empty where there is one part only.
        """
        means = self.validation_costs.mean(axis=1)
        limit = means[self.best] + standard_error(self.validation_costs)[self.best]
        return [value for k, value in enumerate(self.values) if k != self.best and means[k] <= limit]


def standard_error(figures: Floats) -> Floats:
    """(v,) the standard error of the means of figures (v, parts), NaN where there is one part only."""
    parts = figures.shape[1]
    if parts == 1:
        return np.full(len(figures), math.nan)
    return np.asarray(figures.std(axis=1, ddof=1) / math.sqrt(parts))


def folds(digits: Digits, count: int, rng: np.random.Generator) -> list[Part]:
    """Stratified cross-validation: `count` pairs of images to train and to validate with.

    Raises Digits20Error for too few images.
    """
    if not 2 <= count <= len(digits):
        raise Digits20Error(f"{len(digits)} images cannot make {count} folds, expected 2 or more of an image at least")
    shuffled = rng.permutation(len(digits))
    fold = np.empty(len(digits), np.intp)
    fold[shuffled[np.argsort(digits.y[shuffled], kind="stable")]] = np.arange(len(digits)) % count
    return [
        (digits.take(rng.permutation(np.flatnonzero(fold != k))), digits.take(np.flatnonzero(fold == k)))
        for k in range(count)
    ]


def default_sizes(images: int, labels: int, count: int = 8) -> list[int]:
    """`count` numbers of images, each larger by the same factor; the first is two per label, the last `images`."""
    first = min(max(2 * labels, images * SMALLEST_SHARE), images)
    return sorted({round(size) for size in np.geomspace(first, images, count)})


def learning_curve(job: Job, parts: Sequence[Part], sizes: Sequence[int], finished: Finished | None = None) -> Curve:
    """Train `job` on so many images of each part, always from the same first weights.

    The images of a smaller size are among those of a larger one, in the same proportions of labels. finished: called
    with the number of fits that are done. Raises Digits20Error for a size that a part does not have, and
    KeyboardInterrupt where Ctrl-C left some fits undone.
    """
    most = min(len(train) for train, _ in parts)
    for size in sizes:
        if not 0 < size <= most:
            raise Digits20Error(f"{size} images: the part to train with has {most}")
    stratified = [(_stratified(train), validation) for train, validation in parts]
    chosen = sorted(set(sizes))
    jobs = {
        (value, part): _set(job, train.take(slice(0, size)), validation, job.lam)
        for value, size in enumerate(chosen)
        for part, (train, validation) in enumerate(stratified)
    }
    return _curve("images", chosen, jobs, stratified, job, finished)


def lambda_curve(job: Job, parts: Sequence[Part], values: Sequence[float], finished: Finished | None = None) -> Curve:
    """Train `job` on the images of each part with each of these lambdas; see `learning_curve`."""
    chosen = sorted(set(values))
    jobs = {
        (value, part): _set(job, train, validation, lam)
        for value, lam in enumerate(chosen)
        for part, (train, validation) in enumerate(parts)
    }
    return _curve("lambda", chosen, jobs, parts, job, finished)


def _stratified(digits: Digits) -> Digits:
    """The images in an order in which the first n, for any n, have the proportions of labels of all."""
    by_label = np.argsort(digits.y, kind="stable")
    counts = np.bincount(digits.y, minlength=len(digits.labels))
    rank = np.concatenate([(np.arange(count) + 0.5) / count for count in counts if count])
    return digits.take(by_label[np.argsort(rank, kind="stable")])


def _set(job: Job, train: Digits, validation: Digits, lam: float) -> Job:
    """The job on other images; measuring the validation cost takes time, so it is done for patience only."""
    return replace(job, train=train, validation=validation if job.patience else None, lam=lam)


def _curve(
    over: Literal["images", "lambda"],
    values: Sequence[float],
    jobs: dict[tuple[int, int], Job],
    parts: Sequence[Part],
    job: Job,
    finished: Finished | None,
) -> Curve:
    longest_first = sorted(jobs, key=lambda place: -len(jobs[place].train))  # so that no core is idle at the end
    models = train_all([jobs[place] for place in longest_first], finished)
    figures = np.empty((4, len(values), len(parts)))
    with threadpool_limits(job.threads):
        for (value, part), model in zip(longest_first, models, strict=True):
            seen = _measure(model, jobs[value, part].train), _measure(model, parts[part][1])
            figures[:, value, part] = (seen[0][0], seen[1][0], seen[0][1], seen[1][1])
    return Curve(
        over=over,
        values=tuple(values),
        train_costs=figures[0],
        validation_costs=figures[1],
        train_accuracies=figures[2],
        validation_accuracies=figures[3],
        network=models[0].network,
        lam=job.lam if over == "images" else values[int(np.argmin(figures[1].mean(axis=1)))],
        augmented=job.warps is not None,
        images=max(len(one.train) for one in jobs.values()),
        validation_images=min(len(validation) for _, validation in parts),
    )


def train_all(jobs: Sequence[Job], finished: Finished | None = None) -> list[Model]:
    """The models of all jobs; raises KeyboardInterrupt where Ctrl-C left some unfinished."""
    models = train_side_by_side(jobs, finished=finished)
    if len(models) < len(jobs) or any(model.solution and model.solution.interrupted for model in models):
        raise KeyboardInterrupt
    return models


def _measure(model: Model, digits: Images) -> tuple[float, float]:
    """(cost without the penalty, accuracy) of the model on these images."""
    return objective_on(digits.prepared(model.preprocess), model.network).measure(model.theta)
