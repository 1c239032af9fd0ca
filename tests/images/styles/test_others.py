"""Pictures of no digit."""

import numpy as np
import pytest

from digits20 import load_digits, load_model
from digits20.images.styles import others

SHAPE = (20, 20)


def made(kind, count=30):
    digits, rng = load_digits().X[::50], np.random.default_rng(0)
    return np.array([others.seen(kind(SHAPE, digits, rng), SHAPE) for _ in range(count)])


@pytest.mark.parametrize("kind", [kind for _, kind in others.KINDS], ids=lambda kind: kind.__name__)
def test_the_reference_model_has_learned_that_they_are_no_digits(kind):
    assert (load_model("reference").outputs(made(kind)).max(axis=1) < 0.5).mean() > 0.8


def test_shares_of_the_kinds_sum_to_one():
    assert sum(share for share, _ in others.KINDS) == pytest.approx(1)


def test_the_same_seed_makes_the_same_pictures():
    digits = load_digits().X[::50]
    one, other = (others.no_digits(SHAPE, digits, 12, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(one, other)
    assert len(np.unique(one, axis=0)) == 12
