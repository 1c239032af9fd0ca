"""What the Learn tab says of a training."""

import math

import pytest

from digits20.page.lessons.remarks import remark


def points(train, validation, costs):
    return [{"cost": cost, "train_accuracy": train, "validation_accuracy": validation} for cost in costs]


FLAT, FALLING = [0.5] * 20, [2 * 0.9**step for step in range(20)]


@pytest.mark.parametrize(
    ("train", "validation", "costs", "per_label", "said"),
    [
        (0.78, 0.0, FLAT, 1, "Too few images"),
        (0.78, 0.0, FLAT, 100, "High variance"),
        (0.54, 0.5, FALLING, 100, "It has not learned for long enough"),
        (0.54, 0.5, FLAT, 100, "High bias"),
        (0.99, 0.97, FLAT, math.inf, "A good fit"),
    ],
)
def test_the_gap_the_error_and_the_falling_cost_decide_what_is_said(train, validation, costs, per_label, said):
    assert remark(points(train, validation, costs), "paused", "", per_label).startswith(said)
