"""The line search: Wolfe's conditions from any first step, and walls."""

import math

import pytest

from digits20.optim.line_search import CURVATURE, DECREASE, Trial, line_search


def along(cost, slope):
    """`at` for a function of one variable, and its start."""

    def at(step):
        return Trial(step, cost(step), slope(step))

    return at, at(0.0)


FUNCTIONS = {
    "Moré and Thuente's first": along(lambda a: -a / (a * a + 2), lambda a: (a * a - 2) / (a * a + 2) ** 2),
    "their second": along(
        lambda a: (a + 0.004) ** 5 - 2 * (a + 0.004) ** 4, lambda a: (a + 0.004) ** 3 * (5 * a - 7.98)
    ),
    "a parabola": along(lambda a: (a - 3) ** 2, lambda a: 2 * (a - 3)),
    "falling to a wall": along(
        lambda a: a - 10 * math.log1p(a) if a < 50 else math.nan, lambda a: 1 - 10 / (1 + a) if a < 50 else math.nan
    ),
}


@pytest.mark.parametrize("first", [1e-3, 1e-1, 1e1, 1e3])
@pytest.mark.parametrize(("at", "start"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_strong_wolfe_conditions_are_met_from_any_first_step(at, start, first):
    found = line_search(at, start, first)
    assert found.cost <= start.cost + DECREASE * found.step * start.slope
    assert abs(found.slope) <= CURVATURE * abs(start.slope)


def test_where_no_step_is_lower_the_start_comes_back():
    at, start = along(lambda a: a, lambda a: -1.0)  # the slope is wrong
    assert line_search(at, start, 1.0) is start


def test_where_every_step_is_beyond_the_wall_the_start_comes_back():
    at, _ = along(lambda a: math.inf, lambda a: math.nan)
    start = Trial(0.0, 1.0, -1.0)
    assert line_search(at, start, 1.0) is start
