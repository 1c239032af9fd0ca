"""Images in partitions, which stay where they are held: in this process or on a cluster's workers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

import numpy as np

from ..data.dataset import Digits, counted
from ..errors import DataFileError, Digits20Error
from ..types import Label
from .sources import Source, Step, Then

Shape = tuple[int, int]


@dataclass(eq=False)
class Column:
    """One thing a partition.

    recipes: make it from nothing; held: where it is now, which only the executor knows;
    known: whether all has been there once.
    """

    recipes: Sequence[Callable[[], Any]]
    held: list[Any]
    known: bool = False


class Executor(Protocol):
    """Where partitions are held and worked on."""

    def hold(
        self,
        recipes: Sequence[Callable[[], Any]],
        before: Column | None = None,
        steps: Sequence[Callable[[Any], Any]] = (),
    ) -> Column:
        """Make a thing a partition and keep it there: steps[i] of before's i-th, or else recipes[i]()."""
        ...

    def each(self, function: Callable[..., Any], column: Column, *arguments: Any) -> Iterator[Any]:
        """function(thing, *arguments) of every thing, in their order."""
        ...


class InThisProcess:
    """Holds all partitions here and works on them one after another: for what one memory can hold."""

    def hold(
        self,
        recipes: Sequence[Callable[[], Any]],
        before: Column | None = None,
        steps: Sequence[Callable[[Any], Any]] = (),
    ) -> Column:
        things = [step(thing) for step, thing in zip(steps, before.held, strict=True)] if before else None
        return Column(recipes, things if things is not None else [recipe() for recipe in recipes])

    def each(self, function: Callable[..., Any], column: Column, *arguments: Any) -> Iterator[Any]:
        return (function(thing, *arguments) for thing in column.held)


class Partitions:
    """Labelled images in partitions, each held where the executor has loaded it; here is only what they have in common.

    sizes: the number of images of each, counted: of those with a weight above 0, masses: the sum of their weights;
    labels: of all, sorted, where they are not the same everywhere.

    Raises Digits20Error where partitions do not go together, and what their sources raise.
    """

    def __init__(self, sources: Sequence[Source], executor: Executor | None = None) -> None:
        if not sources:
            raise Digits20Error("no partitions")
        self.executor: Executor = executor or InThisProcess()
        self._take(self.executor.hold(sources))
        named = set(self.all_labels)
        if len(named) > 1:
            self._take(self._derived([_Relabelled(self.labels)] * len(self.sizes)))

    def _take(self, column: Column) -> None:
        self.column = column
        facts: list[_Facts] = list(self.executor.each(_facts, column))
        self.sizes = [part.size for part in facts]
        self.counted = [part.counted for part in facts]
        self.masses = [part.mass for part in facts]
        self.all_labels = [part.labels for part in facts]
        self.labels = _agreed(self.all_labels)
        self.image_shape: Shape = _same([part.image_shape for part in facts], column.recipes, "images of shape")
        self.preprocess: tuple[str, ...] = _same(
            [part.preprocess for part in facts], column.recipes, "images prepared by"
        )
        self.dtype = np.result_type(*(part.dtype for part in facts))

    def __len__(self) -> int:
        return sum(self.sizes)

    def map(self, steps: Step | Sequence[Step]) -> Partitions:
        """The images after a step, the same for all partitions or one each, which must be picklable."""
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
        """
        firsts = _in_proportion(first, self.sizes)
        held_back = _in_proportion(validation, firsts)
        cuts = [_Cut(seed, index, *sizes) for index, sizes in enumerate(zip(firsts, held_back, strict=True))]
        train, kept, test = (self.map([replace(cut, part=part) for cut in cuts]) for part in range(3))
        return train, kept if validation else None, test

    def release(self) -> None:
        """Let go of the images; they are loaded again when they are needed once more."""
        self.column.held.clear()

    def mean(self, function: Callable[[Digits], float]) -> float:
        """The mean over all images of a function that is a mean over the images of a partition."""
        answers = self.executor.each(_applied, self.held(), function)
        return float(sum(mass * answer for mass, answer in zip(self.masses, answers, strict=True))) / sum(self.masses)

    def _derived(self, steps: Sequence[Step]) -> Column:
        recipes = [Then(source, step) for source, step in zip(self.column.recipes, steps, strict=True)]
        return self.executor.hold(recipes, self.held(), steps)

    def held(self) -> Column:
        """The images where they are."""
        if not self.column.held:
            self.column = self.executor.hold(self.column.recipes)
        return self.column


# what is common to all partitions


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


def name_of(recipe: Any) -> str:
    """What a message calls the source of a partition: by its file where it is of one."""
    while hasattr(recipe, "source"):
        recipe = recipe.source
    return getattr(recipe, "path", None) or getattr(recipe, "__qualname__", None) or repr(recipe)


def _in_proportion(total: int, sizes: Sequence[int]) -> list[int]:
    """Shares of `total`, each as large as its size has it to within one."""
    bounds = [0, *itertools.accumulate(sizes)]
    return [total * after // bounds[-1] - total * before // bounds[-1] for before, after in itertools.pairwise(bounds)]


# what is done to a partition where it is held


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
    """Part 0, 1 or 2 of a partition: to train, to validate, to test."""

    seed: int
    index: int
    first: int
    validation: int
    part: int = 0

    def __call__(self, digits: Digits) -> Digits:
        rng = np.random.default_rng([self.seed, self.index])
        digits = digits.shuffle(rng)
        if self.part == 2:
            return digits.take(slice(self.first, None))
        first = digits.take(slice(self.first))
        if 0 < self.validation < self.first:
            return first.split_stratified(self.validation, rng)[self.part]
        return first.take(slice(0) if bool(self.validation) != bool(self.part) else slice(None))


class _Facts(NamedTuple):
    """All that is known of a partition where it is not held."""

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


def _applied(digits: Digits, function: Callable[[Digits], float]) -> float:
    return function(digits) if counted(digits) else 0.0
