"""The advice on trainings made to go wrong in a known way, and its thresholds on made figures."""

from dataclasses import replace

import numpy as np
import pytest

from digits20 import LBFGS, Network
from digits20.learning.curves.advice import FEW_PER_LABEL, HIGH_ERROR, STEEP, WIDE_GAP, advise, fall_by_doubling
from digits20.learning.curves.curve import Curve, default_sizes, folds, learning_curve
from digits20.learning.ensemble import Job
from digits20.learning.transfer import from_scratch


def verdict_on(digits, rng, hidden, lam, images, deskew=False):
    """The advice on a learning curve of real trainings, three sizes of two folds."""
    shuffled = digits.astype(np.float32).shuffle(rng).take(slice(0, images))
    train = shuffled.prepared(("deskew",) if deskew else ())
    start = from_scratch(Network((400, *hidden, 10)), rng)
    job = Job(start, train, None, lam, None, LBFGS(60), None, rng)
    parts = folds(train, 2, rng)
    return advise(learning_curve(job, parts, default_sizes(min(len(part) for part, _ in parts), 10, count=3)))


@pytest.mark.usefixtures("here")
def test_no_hidden_units_under_a_huge_lambda_are_high_bias(digits, rng):
    advice = verdict_on(digits, rng, [], 1000.0, 1000)
    assert advice.verdict == "high bias"
    assert "try a smaller lambda (now 1000" in advice.text
    assert "more hidden units (now none)" in advice.text


@pytest.mark.usefixtures("here")
def test_a_large_network_on_few_images_without_lambda_is_high_variance(digits, rng):
    advice = verdict_on(digits, rng, [100], 0.0, 800)
    assert advice.verdict == "high variance"
    assert "try --augment (new warps of the images each epoch), more images or a larger lambda (now 0)" in advice.text


@pytest.mark.usefixtures("here")
def test_ten_images_a_digit_are_too_little_data(digits, rng):
    advice = verdict_on(digits, rng, [25], 1.0, 200)
    assert advice.verdict == "too little data"
    assert "10 images per label are too few" in advice.text


@pytest.mark.usefixtures("here")
def test_upright_images_and_enough_of_them_are_fine(digits, rng):
    assert verdict_on(digits, rng, [60], 1.0, 5000, deskew=True).verdict == "fine"


def made(train, validation, images=1000, lam=1.0, augmented=False, over="images"):
    """A curve of two folds with these accuracies (v,), as if measured with half of the images each time more."""
    sizes = tuple(images / 2**k for k in reversed(range(len(train))))
    columns = [np.column_stack([figures, figures]).astype(float) for figures in (train, validation)]
    network = Network((400, 25, 10))
    return Curve(over, sizes, 1 - columns[0], 1 - columns[1], *columns, network, lam, augmented, images, images)


@pytest.mark.parametrize(
    ("error", "gap", "verdict"),
    [
        (HIGH_ERROR + 0.01, 0.0, "high bias"),
        (HIGH_ERROR - 0.01, WIDE_GAP - 0.01, "fine"),
        (HIGH_ERROR - 0.01, WIDE_GAP + 0.01, "high variance"),
        (HIGH_ERROR + 0.01, HIGH_ERROR + 0.02, "high variance"),
        (HIGH_ERROR + 0.02, HIGH_ERROR + 0.01, "high bias"),
    ],
)
def test_the_thresholds_part_bias_from_variance_and_both_from_fine(error, gap, verdict):
    assert advise(made([1 - error], [1 - error - gap])).verdict == verdict


def test_below_so_many_images_a_label_a_gap_is_want_of_data():
    assert advise(made([1], [0.8], images=10 * FEW_PER_LABEL - 1)).verdict == "too little data"
    assert advise(made([1], [0.8], images=10 * FEW_PER_LABEL)).verdict == "high variance"


def test_what_a_doubling_takes_away_is_a_share_of_the_error():
    assert fall_by_doubling(made([1, 1], [0.8, 0.9])) == pytest.approx(0.5)
    assert fall_by_doubling(made([1], [0.9])) is None
    assert fall_by_doubling(made([1, 1], [1, 1])) == 0


def test_a_curve_that_still_falls_promises_more():
    before = 0.1
    steep, flat = (made([1, 1], [1 - before, 1 - before * (1 - STEEP - d)]) for d in (0.01, -0.01))
    assert "more would reduce it further" in advise(steep).text
    assert "the curve flattens" in advise(flat).text


def test_a_biased_curve_that_still_falls_has_not_been_trained_to_its_end():
    falling, flat = made([0.7, 0.8], [0.6, 0.78]), made([0.8, 0.8], [0.78, 0.78])
    assert "try more iterations, then more hidden units (now 25)" in advise(falling).text
    assert "more images of the same kind will not help" in advise(flat).text


def test_the_paragraph_tells_its_figures():
    text = advise(made([0.99, 0.995], [0.85, 0.9])).text
    assert (
        "the training accuracy is 99.5 %, the validation accuracy 90.0 %; the gap is 9.5 points, more than 5 points"
        in text
    )
    assert "\n" not in text


def test_who_augments_already_is_not_told_to():
    assert "--augment" not in advise(made([1], [0.9], augmented=True)).text


def test_weights_held_down_already_are_not_to_be_held_down_more():
    assert "fewer hidden units (now 25)" in advise(made([1], [0.9], lam=30.0)).text


def test_a_better_lambda_is_named_where_the_folds_can_tell():
    learning = made([1], [0.9], lam=1.0)
    lambdas = replace(made([1, 1, 1], [0.9, 0.95, 0.8]), values=(1.0, 3.0, 10.0), lam=3.0, over="lambda")
    assert "3 is the best: use it instead of 1" in advise(learning, lambdas).text
    assert "lambdas" not in advise(replace(learning, lam=3.0), lambdas).text


def test_a_lambda_within_one_standard_error_is_as_good():
    figures = np.array([[0.11, 0.11], [0.05, 0.15]])
    lambdas = replace(made([1, 1], [1, 1]), values=(1.0, 3.0), lam=3.0, over="lambda", validation_costs=figures)
    text = advise(made([1], [0.9], lam=1.0), lambdas).text
    assert "3 is the best, but 1 is within one standard error" in text
