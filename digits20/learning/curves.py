"""Many trainings of one kind, side by side: how cost and accuracy move with the number of images or with lambda."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from ..data.dataset import Digits, Images
from ..errors import Digits20Error
from ..nn.network import Network
from ..nn.objective import objective_on
from .ensemble import Job, train_side_by_side
from .model import Model

Floats = npt.NDArray[np.float64]
Part = tuple[Digits, Digits]  # images to train with, and others to validate with
Finished = Callable[[int], object]
SMALLEST_SHARE = 1 / 48  # of the images: where a learning curve begins


@dataclass(frozen=True, eq=False)
class Curve:
    """Costs, without the penalty, and accuracies of many fits.

    over: what was varied, and values: (v,) what it was set to, rising.
    train_costs, validation_costs, train_accuracies, validation_accuracies: (v, parts), a column for each part (fold).
    network, lam, augmented: what was trained; with `over` lambda, lam is that of the lowest mean validation cost.
    images, validation_images: how many a fit had at most, in each part.
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
        """Where the mean validation cost is lowest."""
        return int(np.argmin(self.validation_costs.mean(axis=1)))

    def near(self) -> list[float]:
        """The other values whose mean validation cost is within one standard error of the lowest.

        That much the folds cannot tell apart (Hastie, Tibshirani & Friedman, Elements of Statistical Learning, 7.10);
        of one part nothing is known.
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
    """`count` ways to hold back one of as many stratified parts; raises Digits20Error for too few images."""
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
    """`count` numbers of images, each larger by the same factor, the last `images`; two a label to begin with."""
    first = min(max(2 * labels, images * SMALLEST_SHARE), images)
    return sorted({round(size) for size in np.geomspace(first, images, count)})


def learning_curve(job: Job, parts: Sequence[Part], sizes: Sequence[int], finished: Finished | None = None) -> Curve:
    """What the training of `job` makes of so many of each part's images, always from the same first weights.

    The images of a smaller size are among those of a larger, each label with its share. `finished(count)` hears of how
    many fits are done. Raises Digits20Error for a size that a part does not have; KeyboardInterrupt where Ctrl-C left
    some fits undone.
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
    """What the training of `job` makes of each part's images with each lambda; see `learning_curve`."""
    chosen = sorted(set(values))
    jobs = {
        (value, part): _set(job, train, validation, lam)
        for value, lam in enumerate(chosen)
        for part, (train, validation) in enumerate(parts)
    }
    return _curve("lambda", chosen, jobs, parts, job, finished)


def _stratified(digits: Digits) -> Digits:
    """The images in an order of which every beginning has its share of each label, to within an image."""
    by_label = np.argsort(digits.y, kind="stable")
    counts = np.bincount(digits.y, minlength=len(digits.labels))
    rank = np.concatenate([(np.arange(count) + 0.5) / count for count in counts if count])
    return digits.take(by_label[np.argsort(rank, kind="stable")])


def _set(job: Job, train: Digits, validation: Digits, lam: float) -> Job:
    """The job on other images; to watch validation costs takes time, so only patience is given them."""
    return replace(job, train=train, validation=validation if job.patience else None, lam=lam)


def _curve(
    over: Literal["images", "lambda"],
    values: Sequence[float],
    jobs: dict[tuple[int, int], Job],
    parts: Sequence[Part],
    job: Job,
    finished: Finished | None,
) -> Curve:
    longest_first = sorted(jobs, key=lambda place: -len(jobs[place].train))  # so that no core waits at the end
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
    """The models of all jobs, or KeyboardInterrupt."""
    models = train_side_by_side(jobs, finished=finished)
    if len(models) < len(jobs) or any(model.solution and model.solution.interrupted for model in models):
        raise KeyboardInterrupt
    return models


def _measure(model: Model, digits: Images) -> tuple[float, float]:
    """(cost without the penalty, accuracy) of the model on these images."""
    return objective_on(digits.prepared(model.preprocess), model.network).measure(model.theta)
