"""What the Learn tab says of a training."""

import math

import pytest

from digits20.page.lessons.remarks import remark


def points(train, validation, costs):
    return [{"cost": cost, "train_accuracy": train, "validation_accuracy": validation} for cost in costs]


FLAT, FALLING, SLOWLY = ([2 * rate**step for step in range(40)] for rate in (1, 0.9, 0.995))


@pytest.mark.parametrize(
    ("train", "validation", "costs", "status", "per_label", "said"),
    [
        (0.78, 0.0, FLAT, "paused", 1, "Too few images"),
        (0.78, 0.0, FLAT, "paused", 100, "High variance"),
        (0.54, 0.5, FALLING, "done", 100, "It has not learned for long enough"),
        (0.54, 0.5, SLOWLY, "running", 100, "The cost falls: it is learning"),
        (0.54, 0.5, FLAT, "paused", 100, "High bias"),
        (0.99, 0.97, FLAT, "paused", math.inf, "A good fit"),
    ],
)
def test_the_gap_the_error_and_the_falling_cost_decide_what_is_said(train, validation, costs, status, per_label, said):
    assert remark(points(train, validation, costs), status, "", per_label).startswith(said)
