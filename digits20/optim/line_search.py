"""A line search for the strong Wolfe conditions, by Moré & Thuente's algorithm."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

DECREASE, CURVATURE = 1e-3, 0.8  # of the Wolfe conditions
MOST_TRIALS = 20
LONGEST = 1e10  # steps beyond are never tried


class Trial(NamedTuple):
    """The cost and its slope along the direction after a step of that length."""

    step: float
    cost: float
    slope: float

    @property
    def finite(self) -> bool:
        return math.isfinite(self.cost) and math.isfinite(self.slope)


def line_search(at: Callable[[float], Trial], start: Trial, step: float) -> Trial:
    """The first trial that meets the strong Wolfe conditions, or the lowest seen; `start` where none was lower.

        cost(step) <= cost(0) + DECREASE step slope(0)    and    |slope(step)| <= CURVATURE |slope(0)|

    at: step > 0 -> its Trial, whose cost may be infinite or NaN: such a step is too long. start: the Trial at step 0,
        of negative slope. step: the length to try first.

    Source: Moré & Thuente, Line search algorithms with guaranteed sufficient decrease, ACM TOMS 20, 1994; as MINPACK's
    dcsrch has it, but for the infinite costs.
    """
    least_slope = DECREASE * start.slope
    low, high = start, None  # of the interval that holds the step; its end `low` has the lowest cost
    wall, first_stage = LONGEST, True
    width = last_width = math.inf
    lowest = start
    for _ in range(MOST_TRIALS):
        if step in (low.step, high.step if high else low.step):
            break  # tried before: a J whose costs and slopes contradict one another
        trial = at(step)
        if not trial.finite:
            wall = step
            step = low.step + 0.1 * (step - low.step) if low is start else 0.5 * (low.step + step)
            continue
        if trial.cost < lowest.cost:
            lowest = trial
        enough = start.cost + step * least_slope
        if trial.cost <= enough and abs(trial.slope) <= -CURVATURE * start.slope:
            return trial
        if first_stage and trial.cost <= enough and trial.slope >= 0:
            first_stage = False
        tilt = least_slope if first_stage and enough < trial.cost <= low.cost else 0.0
        low, high, step = _narrowed(low, high, trial, tilt, wall)
        if high is not None:
            last_width, width = width, abs(high.step - low.step)
            if width >= 0.66 * last_width:
                step = 0.5 * (low.step + high.step)
            if width <= 1e-9 * max(low.step, high.step):
                break
    return lowest


def _narrowed(
    low: Trial, high: Trial | None, trial: Trial, tilt: float, wall: float
) -> tuple[Trial, Trial | None, float]:
    """The interval's new ends, and the step to try next; `high` is None until a minimum is known to be enclosed.

    tilt: slope that is taken off while no step of sufficient decrease is known.
    """
    a, b = _tilted(low, tilt), _tilted(trial, tilt)
    if b.cost > a.cost:
        cubic, quadratic = _cubic(a, b), _quadratic(a, b)
        step = cubic if abs(cubic - a.step) < abs(quadratic - a.step) else 0.5 * (cubic + quadratic)
        return low, trial, step
    if b.slope * a.slope < 0:
        return trial, low, _farther(_cubic(a, b), _secant(a, b), b.step)
    if high is None:
        return trial, None, _extrapolated(a, b, wall)
    end = _tilted(high, tilt)
    if abs(b.slope) >= abs(a.slope):
        return trial, high, _cubic(b, end)
    cubic, secant = _cubic(a, b), _secant(a, b)
    onward = (cubic - b.step) * (end.step - b.step) > 0
    step = cubic if onward and abs(cubic - b.step) < abs(secant - b.step) else secant
    limit = b.step + 0.66 * (end.step - b.step)
    return trial, high, min(step, limit) if end.step > b.step else max(step, limit)


def _extrapolated(a: Trial, b: Trial, wall: float) -> float:
    """A step beyond b, 1.1 to 4 times as far from it as a is, and short of the wall."""
    least, most = b.step + 1.1 * (b.step - a.step), b.step + 4 * (b.step - a.step)
    step = most
    if abs(b.slope) < abs(a.slope):
        cubic = _cubic(a, b)
        step = _farther(cubic if cubic > b.step else most, _secant(a, b), b.step)
    step = min(max(step, least), most)
    return step if step < wall else 0.5 * (b.step + wall)


def _tilted(trial: Trial, tilt: float) -> Trial:
    return Trial(trial.step, trial.cost - trial.step * tilt, trial.slope - tilt) if tilt else trial


def _farther(one: float, other: float, from_: float) -> float:
    return one if abs(one - from_) > abs(other - from_) else other


def _cubic(a: Trial, b: Trial) -> float:
    """The minimum of the cubic through both costs and slopes."""
    length = b.step - a.step
    theta = 3 * (a.cost - b.cost) / length + a.slope + b.slope
    scale = max(abs(theta), abs(a.slope), abs(b.slope))
    root = scale * math.sqrt(max((theta / scale) ** 2 - (a.slope / scale) * (b.slope / scale), 0.0))
    gamma = math.copysign(root, length)
    below = 2 * gamma - a.slope + b.slope
    return a.step + (gamma - a.slope + theta) / below * length if below else math.inf


def _quadratic(a: Trial, b: Trial) -> float:
    """The minimum of the parabola through both costs with the slope of a."""
    length = b.step - a.step
    return a.step + 0.5 * a.slope / ((a.cost - b.cost) / length + a.slope) * length


def _secant(a: Trial, b: Trial) -> float:
    """Where the slope would be zero if it were linear."""
    return b.step + b.slope / (b.slope - a.slope) * (a.step - b.step)
