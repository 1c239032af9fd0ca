"""First-order optimizers: gradient descent, SGD with momentum, Adam.

Each is a frozen value of settings, which `minimize` or `fit` runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from ..errors import Digits20Error, plural
from ..nn.protocols import ObjectiveLike
from ..types import CostFunction, Vector
from .solution import End, Log, Memory, Snapshot, restore

RATES = {"sgd": 0.1, "adam": 0.01}  # the learning rates of MiniBatch's methods where none is given
POWER = {"second": 0.8, "steps": 1.0}  # of the smallest normal number, for arrays that hold squares or counts
NEVER_NEGATIVE = ("second", "steps")  # in a Memory: roots are taken of them


def _try_rate(rate: float, usual: float) -> str:
    return f"try a learning rate of {min(rate / 10, usual):.3g}"


@dataclass(frozen=True)
class GradientDescent:
    """Batch gradient descent with momentum.

        velocity = momentum * velocity - learning_rate * gradient;  theta += velocity

    Parameters
    ----------
    iterations
        The most that are done.
    learning_rate
        The length of a step, as a multiple of the gradient.
    momentum
        The share of the last step that is added to the next.
    tolerance
        Converged when no component of the gradient is larger; None: all iterations are done.

    Examples
    --------
    >>> from digits20 import minimize
    >>> solver = GradientDescent(iterations=50, learning_rate=0.1)
    >>> minimize(lambda theta: (float(theta @ theta), 2 * theta), np.ones(3), solver).cost < 1e-8
    True
    """

    iterations: int = 400
    learning_rate: float = 1.0
    momentum: float = 0.0
    tolerance: float | None = None

    stochastic: ClassVar[bool] = False

    @property
    def advice(self) -> str:
        return _try_rate(self.learning_rate, 1.0)

    def new_memory(self, theta: Vector) -> Memory:
        return {"velocity": np.zeros_like(theta), "gradient": np.zeros_like(theta)}

    def run(
        self, J: CostFunction, theta: Vector, rng: np.random.Generator, log: Log, last: Snapshot | None = None
    ) -> End:
        memory = self.new_memory(theta)
        restore(memory, last)
        velocity = memory["velocity"]
        if last is None:
            cost, memory["gradient"] = J(theta)
            log(theta, cost, memory)
        for _ in range(last.iteration if last else 0, self.iterations):
            if self.tolerance is not None and np.abs(memory["gradient"]).max() <= self.tolerance:
                return End.met()
            velocity *= self.momentum
            velocity -= self.learning_rate * memory["gradient"]
            theta += velocity
            _clear_vanishing(theta, {"velocity": velocity}, getattr(J, "dtype", None))
            cost, memory["gradient"] = J(theta)
            log(theta, cost, memory)
        if self.tolerance is not None:
            return End.iterations(self.iterations)
        return End(False, f"{plural(self.iterations, 'iteration')} done")


@dataclass(frozen=True)
class MiniBatch:
    """Stochastic gradient descent on mini-batches; an iteration is an epoch, all images once in random order.

    Weights and moments are in J's dtype, updated in place. An epoch's cost is the mean over its mini-batches, each
    taken before its step; the start's is J's own.

    Parameters
    ----------
    iterations
        Epochs.
    learning_rate
        Of the first step; left out, 0.1 for sgd and 0.01 for adam.
    method
        "sgd", with `momentum`, or "adam" (Kingma & Ba 2015, its beta1 and beta2 the paper's, bias-corrected).
    batch_size
        Images per mini-batch.
    momentum
        The share of the last step that is added to the next, for sgd.
    nesterov
        Whether it is Nesterov's momentum.
    schedule
        The learning rate is "constant", or falls along half a "cosine" to zero (Loshchilov & Hutter 2017).

    Examples
    --------
    >>> from digits20 import Network, Objective, load_digits, minimize
    >>> J = Objective(Network((400, 10)), load_digits()[::10], lam=0.1)
    >>> solution = minimize(J, J.network.initial_theta(0), MiniBatch(iterations=2, method="sgd"))
    >>> solution.cost < solution.costs[0]
    True
    """

    iterations: int = 100
    learning_rate: float = None  # type: ignore[assignment]  # replaced by that of RATES, so never None
    method: Literal["sgd", "adam"] = "adam"
    batch_size: int = 100
    momentum: float = 0.9
    nesterov: bool = False
    schedule: Literal["cosine", "constant"] = "cosine"

    def __post_init__(self) -> None:
        object.__setattr__(self, "method", str(self.method).lower())
        if self.method not in ("sgd", "adam"):
            raise Digits20Error(f"mini-batch method {self.method!r}, expected sgd or adam")
        if self.schedule not in ("cosine", "constant"):
            raise Digits20Error(f"schedule {self.schedule!r}, expected cosine or constant")
        if self.batch_size < 1:
            raise Digits20Error(f"batch size {self.batch_size}, expected 1 or more")
        if self.learning_rate is None:
            object.__setattr__(self, "learning_rate", RATES[self.method])

    stochastic: ClassVar[bool] = True

    @property
    def advice(self) -> str:
        return _try_rate(self.learning_rate, RATES[self.method])

    def new_memory(self, theta: Vector) -> Memory:
        return self._step(theta).memory

    def run(
        self, J: ObjectiveLike, theta: Vector, rng: np.random.Generator, log: Log, last: Snapshot | None = None
    ) -> End:
        theta = theta.astype(J.dtype)
        step = self._step(theta)
        restore(step.memory, last)
        if last is None:
            log(theta, J(theta)[0], step.memory)
        for epoch in range(last.iteration if last else 0, self.iterations):
            mean_cost = self._epoch(J, epoch, theta, step, rng)  # on return its images go, before others are made
            _clear_vanishing(theta, step.memory)
            log(theta, mean_cost, step.memory)
        return End(False, f"{plural(self.iterations, 'epoch')} done")

    def _epoch(
        self, J: ObjectiveLike, epoch: int, theta: Vector, step: _Adam | _Momentum, rng: np.random.Generator
    ) -> float:
        gradient, mean_cost, done = np.empty_like(theta), 0.0, 0.0
        for batch in J.batches(self.batch_size, rng):
            mean_cost += batch.share * batch(theta, gradient)[0]
            step(theta, gradient, self._rate(epoch + done))
            done += batch.share
        return mean_cost

    def _step(self, theta: Vector) -> _Adam | _Momentum:
        return _Adam(theta) if self.method == "adam" else _Momentum(theta, self.momentum, self.nesterov)

    def _rate(self, epochs: float) -> float:
        if self.schedule == "constant":
            return self.learning_rate
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * epochs / self.iterations))


class _Momentum:
    """velocity = momentum * velocity - rate * gradient; theta += velocity, or Nesterov's step further along it."""

    def __init__(self, theta: Vector, momentum: float, nesterov: bool) -> None:
        self.velocity, self.momentum, self.nesterov = np.zeros_like(theta), momentum, nesterov
        self.memory = {"velocity": self.velocity}

    def __call__(self, theta: Vector, gradient: Vector, rate: float) -> None:
        gradient *= -rate
        self.velocity *= self.momentum
        self.velocity += gradient
        if self.nesterov:
            theta += self.momentum * self.velocity
            theta += gradient
        else:
            theta += self.velocity


class _Adam:
    """theta -= rate * m / (sqrt(v) + epsilon), with m and v the bias-corrected means of the gradient and its square.

    The sums below are m and v but for the factors (1 - beta), which move into the rate: it spares two passes over the
    weights.
    """

    BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8

    def __init__(self, theta: Vector) -> None:
        self.first, self.second, self.steps = np.zeros_like(theta), np.zeros_like(theta), np.zeros(1)
        self.memory = {"first": self.first, "second": self.second, "steps": self.steps}

    def __call__(self, theta: Vector, gradient: Vector, rate: float) -> None:
        self.steps += 1
        steps = int(self.steps[0])
        mean = (1 - self.BETA1) / (1 - self.BETA1**steps)
        root = math.sqrt((1 - self.BETA2) / (1 - self.BETA2**steps))
        self.first *= self.BETA1
        self.first += gradient
        gradient *= gradient
        self.second *= self.BETA2
        self.second += gradient
        np.sqrt(self.second, out=gradient)
        gradient += self.EPSILON / root
        np.divide(self.first, gradient, out=gradient)
        axpy(theta.dtype)(gradient, theta, a=-rate * mean / root)


def _clear_vanishing(theta: Vector, memory: Memory, dtype: npt.DTypeLike | None = None) -> None:
    """Set weights and moments to zero that are too small to count, before they become subnormal numbers.

    Weight decay drives weights of pixels that are always blank there, where processors compute many times slower.
    Thresholds: the square root of the smallest normal number, so that squares stay normal too, and for squares, what
    adds nothing to Adam's epsilon. dtype: that J computes in; None is that of theta.
    """
    tiny = float(np.finfo(np.dtype(dtype or theta.dtype)).tiny)
    for array, least in ((theta, tiny**0.5), *((memory[name], tiny ** POWER.get(name, 0.5)) for name in memory)):
        array[np.abs(array) < least] = 0


def axpy(dtype: npt.DTypeLike) -> Callable[..., Vector]:
    """axpy(x, y, a=a): y += a x, in place, in one pass and without a temporary."""
    from scipy.linalg.blas import daxpy, saxpy

    chosen: Callable[..., Vector] = saxpy if dtype == np.float32 else daxpy
    return chosen
