"""All that decides a training, as one frozen value."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import numpy as np

from ...data.dataset import Digits
from ...data.protocol import Images
from ...errors import DataFileError, plural
from ...images.augment import Warps
from ...nn.layers.layer import Layer
from ...nn.layers.text import layers_from
from ...nn.network import Network
from ...optim.lbfgs import LBFGS
from ...optim.solution import Solver
from ...optim.solvers import MINI_BATCHES, name_of, settings_of
from ...system.arguments import generator
from ...types import Hidden, Label, Output
from ..ensemble import Job
from ..model import Model
from ..transfer import Start, from_model, from_scratch
from .by_name import STRENGTHS, hidden_of
from .error import SettingError
from .recipes import FEW, epochs_for, with_steps

SOLVER: Solver = LBFGS()
LAMBDA = 1.0  # of a new network
HIDDEN = (25,)  # units of the hidden layers of a new network
FOUR_FIFTHS = 4, 5  # of a set of images are to train with, unless train_size says otherwise
COPIES = 0.02  # of the images to test with: fewer that are also trained on change little

log = logging.getLogger("digits20")


@dataclass(frozen=True, eq=False)
class Training:
    """The settings of a training: which network, how it is trained, and on which part of the images.

    hidden: units of each hidden layer of a new network, None for one layer of 25. layers: the hidden layers of a new
        network in place of `hidden`, convolutions among them, as `layers_from` reads them: "conv 32 5, pool 2, 256".
    activation: of the hidden layers; output: of the last layer. None is that of init_from, or sigmoid for a new
        network.
    lam: lambda, the weight decay; left out, that of init_from, or 1 for a new network.
    solver: a frozen solver with its settings.
    deskew: whether every image is set upright first, here and in prediction.
    warps: strengths of the random warps through which images are seen, by their names in `Warps`; those left out have
        their defaults, and None is no warps at all.
    styles: whether digits in other styles join those to train with, printed and drawn ones; see `with_styles`.
    train_size: images to train with, "all" for all of them; the others are to test with. None is four fifths of the
        set, or all of it where there are other images to test with.
    validation: how many of those to train with are held back to validate; None or 0 for none.
    patience: iterations without a lower validation cost after which training stops; None for no such limit.
    ensemble: how many networks are trained and merged into one.
    init_from: the model that training starts from. freeze: how many of its lowest layers stay as they are.
        keep_head: whether its output units are kept for the labels that it knows.
    few_from: the model that training starts from where it has few images, in place of init_from; see `started`.
    fewer_epochs: whether the solver's epochs are meant for up to 4000 images, and fewer for more; see `epochs_for`.
    least_steps: mini-batches to train with at least; few images are taken in smaller batches and more epochs.
    dtype: of all arithmetic. seed: of the random numbers, 0 or more. threads: of the matrix products.

    Raises SettingError for settings that do not go together.
    """

    hidden: tuple[int, ...] | None = None
    layers: str | tuple[Layer, ...] | None = None
    activation: Hidden | None = None
    output: Output | None = None
    lam: float = None  # type: ignore[assignment]  # replaced by that of init_from or LAMBDA, so never None
    solver: Solver = SOLVER
    deskew: bool = False
    warps: Mapping[str, Any] | None = None
    styles: bool = False
    train_size: int | Literal["all"] | None = None
    validation: int | None = None
    patience: int | None = None
    ensemble: int = 1
    init_from: Model | None = None
    freeze: int = 0
    keep_head: bool = False
    few_from: Model | None = None
    fewer_epochs: bool = False
    least_steps: int = 0
    dtype: Literal["float32", "float64"] = "float32"
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        if self.lam is None:
            object.__setattr__(self, "lam", self.init_from.lam if self.init_from else LAMBDA)
        if self.layers is not None:
            if self.hidden is not None:
                raise SettingError("{layers} and {hidden} both say which hidden layers: give one of them")
            object.__setattr__(self, "layers", layers_from(self.layers))
        if self.patience and not self.validation:
            raise SettingError("{patience} needs {validation}")
        generator(self.seed)  # raises Digits20Error
        self._check_base()
        if self.warps is not None:
            self._check_warps(self.warps)

    def _check_base(self) -> None:
        base = self.init_from
        if base is None:
            for name in ("freeze", "keep_head"):
                if getattr(self, name):
                    raise SettingError(f"{{{name}}} needs {{init_from}}")
        elif any(value is not None for value in (self.hidden, self.layers, self.activation)):
            raise SettingError("{hidden}, {layers} and {activation} are those of the model of {init_from}")
        elif self.deskew and "deskew" not in base.preprocess:
            raise SettingError("{deskew}: the model of {init_from} was trained without")

    def _check_warps(self, warps: Mapping[str, Any]) -> None:
        if self.solver_name not in MINI_BATCHES:
            name = {"name": self.solver_name}
            raise SettingError(
                "{warps} needs mini-batches: {solver} " + " or ".join(MINI_BATCHES) + ", not {name}", name
            )
        if self.freeze:
            raise SettingError("{warps} needs every layer, {freeze} computes the lowest ones only once")
        Warps((1, 1), **warps)  # raises Digits20Error

    @property
    def solver_name(self) -> str:
        """As in `optim.solvers.SOLVERS`, such as "adam"."""
        return name_of(self.solver)

    def for_images(self, count: int, name: str, tested_elsewhere: bool = False) -> Training:
        """The same for a set of `count` images: with its train_size as a number, and the epochs for so many.

        tested_elsewhere: whether there are other images to test with.
        Raises DataFileError, in which the set is called `name`, where it has too few images.
        """
        everything = self.train_size == "all" or (self.train_size is None and tested_elsewhere)
        part = count * FOUR_FIFTHS[0] // FOUR_FIFTHS[1]
        size = count if everything else int(self.train_size or part)
        if not 0 < size <= count or (size == count and not (everything or tested_elsewhere)):
            other = "" if size != count else " (--train-size all takes every one, --test-data FILE tests with others)"
            raise DataFileError(f"{name}: {count} images are too few to train with {size} and test with others{other}")
        if self.validation and self.validation >= size:
            raise DataFileError(f"{name}: {size} training images are too few to hold back {self.validation}")
        solver = self.solver
        if self.fewer_epochs:
            epochs = epochs_for(size - (self.validation or 0), solver.iterations)
            solver = replace(cast(Any, solver), iterations=epochs)
        if self.least_steps:
            solver = with_steps(cast(Any, solver), size - (self.validation or 0), self.least_steps)
        return replace(self, train_size=size, solver=solver, fewer_epochs=False, least_steps=0)

    def started(self, images: Images) -> Training:
        """The same for these images: from `few_from` where they are few, of its size, and none has a label it knows.

        Of its own labels it has seen images, perhaps the very ones to test with.
        """
        base = self.few_from
        alike = base is not None and base.image_shape == images.image_shape
        if not base or not alike or len(images) > FEW or set(base.labels) & set(images.labels) or self.deskew:
            return self
        return replace(self, init_from=base, hidden=None, layers=None, activation=None, few_from=None)

    def split(self, digits: Digits, rng: np.random.Generator) -> tuple[Digits, Digits | None, Digits | None]:
        """(to train, to validate or None, to test or None); the first two as the network sees them.

        Of the training that `for_images` made.
        """
        size, shuffled = int(self.train_size or 0), digits.shuffle(rng)
        train, test = shuffled.split(size) if size < len(digits) else (shuffled, None)
        if test:
            _tell_copies(train, test)
        validation = None
        if self.validation:
            train, held_back = train.split_stratified(self.validation, rng)
            validation = self._prepared(held_back)
        if self.styles:
            from ..styles import with_styles  # slow to import, and seldom wanted

            train = with_styles(train, rng)
        return self._prepared(train), validation, test

    def _prepared(self, digits: Digits) -> Digits:
        return digits.prepared(("deskew",) if self.deskew else ()).astype(self.dtype)

    def start(self, image_shape: tuple[int, int], labels: tuple[Label, ...], rng: np.random.Generator) -> Start:
        """The network for images of (rows, columns) and these labels, with its first weights."""
        if self.init_from is not None:
            return from_model(
                self.init_from, labels, rng, freeze=self.freeze, keep_head=self.keep_head, output=self.output
            )
        hidden = self.layers if self.layers is not None else HIDDEN if self.hidden is None else self.hidden
        layers: list[Layer | int] = [*layers_from(hidden), len(labels)]
        kinds = self.activation or Network.hidden, self.output or Network.output
        return from_scratch(Network(image_shape, layers, *kinds), rng)

    def job(self, start: Start, train: Images, validation: Images | None, rng: np.random.Generator) -> Job:
        """The training of one network on these images."""
        return Job(
            start=start,
            train=train,
            validation=validation,
            lam=self.lam,
            warps=None if self.warps is None else Warps(train.image_shape, **self.warps),
            solver=self.solver,
            patience=self.patience,
            rng=rng,
            threads=self.threads,
        )

    def jobs(self, train: Images, validation: Images | None, rng: np.random.Generator) -> list[Job]:
        """One job for each network; of several, each has a generator of its own, made of seed and its number."""
        alone = self.ensemble == 1
        generators = [rng] if alone else [np.random.default_rng([self.seed, k]) for k in range(self.ensemble)]
        shape = train.image_shape
        return [self.job(self.start(shape, train.labels, one), train, validation, one) for one in generators]

    def as_dict(self, network: Network) -> dict[str, Any]:
        """The settings by name, as a model file keeps them, but for the name of init_from. network: the start's."""
        return {
            "seed": self.seed,
            "train_size": self.train_size,
            "validation": self.validation,
            "patience": self.patience,
            "deskew": self.deskew,
            "augment": self.warps is not None,
            **({"styles": True} if self.styles else {}),
            **({} if self.warps is None else STRENGTHS | dict(self.warps)),
            **hidden_of(network),
            "activation": network.hidden,
            "output": network.output,
            "ensemble": self.ensemble,
            "init_from": None,
            "freeze": self.freeze or None,
            "lambda": self.lam,
            "solver": self.solver_name,
            **settings_of(self.solver),
            "dtype": self.dtype,
        }


def _tell_copies(train: Digits, test: Digits) -> None:
    known = {hash(row.tobytes()) for row in train.X}
    copies = sum(hash(row.tobytes()) in known for row in test.X)
    if copies > COPIES * len(test):
        said = f"{copies} of {plural(len(test), 'image')} to test with are also among those to train with"
        log.warning("%s: the test accuracy says little of other images", said)
