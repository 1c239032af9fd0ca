"""Images in partitions, which stay where they were loaded: in this process or on a cluster's workers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from ..data.dataset import Digits, counted
from ..errors import DataFileError, Digits20Error
from ..types import Label
from .executor import Executor, InThisProcess, Loaded
from .sources import Source, Step, Transformed, Unchanged, name_of

Shape = tuple[int, int]


class Partitions:
    """Labelled images in partitions, each kept where the executor has loaded it; the driver knows only figures of them.

    sizes: the number of images in each partition; counted: the number of those with a sample weight above 0; masses:
    the sum of their sample weights; labels: the labels of all partitions, sorted where these differ.

    Raises Digits20Error where partitions do not fit together, and whatever their sources raise.
    """

    def __init__(self, sources: Sequence[Source], executor: Executor | None = None) -> None:
        if not sources:
            raise Digits20Error("no partitions")
        self.executor: Executor = executor or InThisProcess()
        loaded = self.executor.make(sources)
        facts, digests = zip(*self.executor.ask(_facts_and_digest, loaded), strict=True)
        self._take(loaded, facts)
        checks = [Unchanged(name_of(source), digest) for source, digest in zip(sources, digests, strict=True)]
        loaded.recipes = [Transformed(source, check) for source, check in zip(sources, checks, strict=True)]
        if all(thing is not None for thing in loaded.objects):
            # what a cluster's scheduler loads again by itself, without a word to us, goes through the checks, too
            self.data = self.executor.make(loaded.recipes, loaded, checks)
        named = set(self.all_labels)
        if len(named) > 1:
            self._take(self._derived([_Relabelled(self.labels)] * len(self.sizes)))

    def _take(self, loaded: Loaded, known: Sequence[_Facts] = ()) -> None:
        self.data = loaded
        facts: Sequence[_Facts] = known or list(self.executor.ask(_facts, loaded))
        self.sizes = [part.size for part in facts]
        self.counted = [part.counted for part in facts]
        self.masses = [part.mass for part in facts]
        self.all_labels = [part.labels for part in facts]
        self.labels = _agreed(self.all_labels)
        self.image_shape: Shape = _same([part.image_shape for part in facts], loaded.recipes, "images of shape")
        self.preprocess: tuple[str, ...] = _same(
            [part.preprocess for part in facts], loaded.recipes, "images prepared by"
        )
        self.dtype = np.result_type(*(part.dtype for part in facts))

    def __len__(self) -> int:
        return sum(self.sizes)

    def map(self, steps: Step | Sequence[Step]) -> Partitions:
        """The images after a step, the same for all partitions or one for each; steps must be picklable."""
        several = steps if isinstance(steps, Sequence) else [steps] * len(self.sizes)
        after = object.__new__(Partitions)
        after.executor = self.executor
        after._take(self._derived(several))
        return after

    def prepared(self, preprocess: tuple[str, ...]) -> Partitions:
        """The images after these steps of `images.PREPROCESS`, as Digits.prepared has them."""
        return self if self.preprocess == preprocess else self.map(_Prepared(preprocess))

    def split(self, first: int, validation: int, seed: int) -> tuple[Partitions, Partitions | None, Partitions]:
        """`first` random images without `validation` of them, these (None for 0), and all the others.

        Every partition gives its share, by `seed` and its place in the list alone; validation's is stratified there.
        The images of the whole are freed, since the three parts are copies.
        """
        firsts = _in_proportion(first, self.sizes)
        held_back = _in_proportion(validation, firsts)
        cuts = [_Cut(seed, index, *sizes) for index, sizes in enumerate(zip(firsts, held_back, strict=True))]
        train, kept, test = (self.map([replace(cut, part=part) for cut in cuts]) for part in range(3))
        self.release()
        return train, kept if validation else None, test

    def release(self) -> None:
        """Free the images; they are loaded again when they are next needed."""
        self.data.objects.clear()

    def mean(self, function: Callable[[Digits], float]) -> float:
        """The mean over all images of a function that is a mean over the images of a partition."""
        answers = self.executor.ask(_applied, self.loaded(), function)
        return float(sum(mass * answer for mass, answer in zip(self.masses, answers, strict=True))) / sum(self.masses)

    def sample(self, count: int) -> Digits:
        """Some `count` images or fewer, as many of each partition, evenly spaced in it, without their weights."""
        share = -(-count // len(self.sizes))
        some: list[Digits] = list(self.executor.ask(_evenly, self.loaded(), share))
        X, y = np.concatenate([part.X for part in some]), np.concatenate([part.y for part in some])
        return replace(some[0], X=X, y=y, sample_weight=None)

    def _derived(self, steps: Sequence[Step]) -> Loaded:
        recipes = [Transformed(source, step) for source, step in zip(self.data.recipes, steps, strict=True)]
        return self.executor.make(recipes, self.data if self.data.objects else None, steps)

    def loaded(self) -> Loaded:
        """The images, loaded again if they have been released."""
        if not self.data.objects:
            self.data = self.executor.make(self.data.recipes)
        return self.data


# what all partitions must agree on


def _agreed(all_labels: Sequence[tuple[Label, ...]]) -> tuple[Label, ...]:
    """All labels, sorted as numbers if all are numbers, else as text."""
    if len(set(all_labels)) == 1:
        return all_labels[0]
    union = set(itertools.chain.from_iterable(all_labels))
    if any(isinstance(label, str) for label in union):
        return tuple(sorted({str(label) for label in union}))
    return tuple(sorted(union, key=lambda label: float(label)))


def _same(values: Sequence[Any], recipes: Sequence[Any], what: str) -> Any:
    for recipe, value in zip(recipes, values, strict=True):
        if value != values[0]:
            raise DataFileError(
                f"{name_of(recipe)}: {what} {value}, but those of {name_of(recipes[0])} are {values[0]}"
            )
    return values[0]


def _in_proportion(total: int, sizes: Sequence[int]) -> list[int]:
    """Shares of `total`, each as large as its size has it to within one."""
    bounds = [0, *itertools.accumulate(sizes)]
    return [total * after // bounds[-1] - total * before // bounds[-1] for before, after in itertools.pairwise(bounds)]


# steps that run where a partition is kept


@dataclass(frozen=True)
class _Relabelled:
    labels: tuple[Label, ...]

    def __call__(self, digits: Digits) -> Digits:
        text = any(isinstance(label, str) for label in self.labels)
        index = {label: i for i, label in enumerate(self.labels)}
        mine = np.array([index[str(label) if text else label] for label in digits.labels])
        return replace(digits, y=mine[digits.y], labels=self.labels)


@dataclass(frozen=True)
class _Prepared:
    preprocess: tuple[str, ...]

    def __call__(self, digits: Digits) -> Digits:
        return digits.prepared(self.preprocess)


@dataclass(frozen=True)
class _Cut:
    """One part of a partition, `first` of whose images are for training: 0 to train, 1 to validate, 2 to test."""

    seed: int
    index: int
    first: int
    validation: int
    part: int = 0

    def __call__(self, digits: Digits) -> Digits:
        rng = np.random.default_rng([self.seed, self.index])
        order = rng.permutation(len(digits))
        if self.part == 2:
            return digits.take(order[self.first :])
        first = digits.take(order[: self.first])
        if 0 < self.validation < self.first:
            return first.split_stratified(self.validation, rng)[self.part]
        return first.take(slice(0) if bool(self.validation) != bool(self.part) else slice(None))


class _Facts(NamedTuple):
    """What the driver knows of a partition."""

    size: int
    counted: int
    mass: float
    labels: tuple[Label, ...]
    image_shape: Shape
    preprocess: tuple[str, ...]
    dtype: np.dtype[Any]


def _facts(digits: Digits) -> _Facts:
    mass = len(digits) if digits.sample_weight is None else float(digits.sample_weight.sum())
    return _Facts(
        len(digits), counted(digits), mass, digits.labels, digits.image_shape, digits.preprocess, digits.X.dtype
    )


def _facts_and_digest(digits: Digits) -> tuple[_Facts, str]:
    return _facts(digits), digits.digest()


def _evenly(digits: Digits, count: int) -> Digits:
    return digits.take(np.unique(np.linspace(0, len(digits) - 1, min(count, len(digits))).astype(np.intp)))


def _applied(digits: Digits, function: Callable[[Digits], float]) -> float:
    return function(digits) if counted(digits) else 0.0
