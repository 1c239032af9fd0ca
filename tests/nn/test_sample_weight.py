"""Images that count more or less than others: a weight of k is k copies, in J, its mini-batches and all scores."""

from dataclasses import replace

import numpy as np
import pytest

from digits20 import LBFGS, Digits, Digits20Error, MiniBatch, Network, Objective, fit, gradient_error
from digits20.learning.transfer import from_model
from digits20.nn.network import OUTPUTS


@pytest.fixture
def counts(small, rng):
    return rng.integers(0, 4, size=len(small))


@pytest.fixture
def weighted(small, counts):
    return replace(small, sample_weight=counts)


@pytest.fixture
def copied(small, counts):
    return small.take(np.repeat(np.arange(len(small)), counts))


def objectives(output, *parts):
    network = Network((9, 5, 3), "tanh", output)
    return network.initial_theta(np.random.default_rng(2)), *(Objective(network, part, lam=2.0) for part in parts)


@pytest.mark.parametrize("output", OUTPUTS)
def test_gradient_of_weighted_images_is_the_slope_of_their_cost(output, small, rng):
    theta, J = objectives(output, replace(small, sample_weight=rng.exponential(size=len(small))))
    assert gradient_error(J, theta) < 1e-7


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_weight_of_k_is_k_copies_penalty_included(output, weighted, copied):
    theta, by_weight, by_copies = objectives(output, weighted, copied)
    assert by_weight(theta)[0] == pytest.approx(by_copies(theta)[0], rel=1e-14)
    np.testing.assert_allclose(by_weight(theta)[1], by_copies(theta)[1], atol=1e-15)
    assert by_weight.measure(theta) == pytest.approx(by_copies.measure(theta), rel=1e-14)


def test_images_of_weight_0_are_left_out_to_the_bit(small):
    weights = np.arange(60) % 2
    theta, with_zeros, without = objectives(
        "sigmoid", replace(small, sample_weight=weights), small.take(slice(1, None, 2))
    )
    assert with_zeros(theta)[0] == without(theta)[0]
    np.testing.assert_array_equal(with_zeros(theta)[1], without(theta)[1])


def test_weighted_mini_batches_add_up_to_the_whole(weighted, rng):
    theta, J = objectives("sigmoid", weighted)
    parts = [(batch.share, *batch(theta)) for batch in J.batches(7, rng)]
    assert sum(share * cost for share, cost, _ in parts) == pytest.approx(J(theta)[0])
    np.testing.assert_allclose(sum(share * gradient for share, _, gradient in parts), J(theta)[1], atol=1e-15)


def test_gradient_of_a_weighted_mini_batch_is_unbiased(weighted, rng):
    """The first batches of many epochs: their mean comes as near as chance allows, 1 / sqrt(epochs)."""
    theta, J = objectives("softmax", weighted)
    gradients = np.array([next(J.batches(5, rng))(theta)[1] for _ in range(4000)])
    error = gradients.mean(axis=0) - J(theta)[1]
    assert (np.abs(error) < 5 * gradients.std(axis=0) / np.sqrt(4000)).all()


def test_weights_stay_with_their_images(small):
    marked = replace(small, sample_weight=small.X[:, 1])
    rng = np.random.default_rng(0)
    for part in (*marked.shuffle(rng).split(20), *marked.split_stratified(9, rng), marked.astype(np.float32)):
        np.testing.assert_allclose(part.sample_weight, part.X[:, 1], rtol=1e-6)


def test_weighted_training_and_validation_are_those_of_copies(weighted, copied):
    start, *Js = objectives("softmax", weighted, copied)
    by_weight, by_copies = (fit(J, start, LBFGS(15), validation=J.digits) for J in Js)
    np.testing.assert_allclose(by_weight.theta, by_copies.theta, rtol=1e-6, atol=1e-9)
    assert by_weight.scores["validation_costs"] == pytest.approx(by_copies.scores["validation_costs"])
    assert by_weight.scores["validation_accuracies"] == pytest.approx(by_copies.scores["validation_accuracies"])


def test_a_models_accuracy_counts_images_by_their_weights(small):
    theta, J = objectives("sigmoid", small)
    model = fit(J, theta, LBFGS(1))
    right = model.predict(small.X) == small.y
    assert 0 < right.mean() < 1
    assert model.accuracy(replace(small, sample_weight=right)) == 1


def test_weights_reach_what_is_trained_on_frozen_layers(weighted, copied):
    start, *Js = objectives("sigmoid", weighted, copied)
    base = fit(Js[0], start, LBFGS(3))
    above = from_model(base, base.labels, np.random.default_rng(0), freeze=1)
    by_weight, by_copies = (Objective(above.network, above.sees(part))(above.theta)[0] for part in (weighted, copied))
    assert by_weight == pytest.approx(by_copies)


def test_a_checkpoint_knows_the_weights(small, weighted):
    other = replace(weighted, sample_weight=weighted.sample_weight + 1)
    assert len({part.digest() for part in (small, weighted, other)}) == 3


def test_equal_weights_change_nothing_but_the_last_bits(small):
    theta, plain, equal = objectives("sigmoid", small, replace(small, sample_weight=np.full(60, 0.3)))
    assert equal.measure(theta) == pytest.approx(plain.measure(theta))
    lam_for_copies = Objective(plain.network, small, lam=2.0 / 0.3)
    assert equal(theta)[0] == pytest.approx(lam_for_copies(theta)[0])


def test_float32_stays_float32_under_weights(weighted, rng):
    theta, J = objectives("sigmoid", weighted.astype(np.float32))
    batch = next(J.batches(7, rng))
    assert batch.weights.dtype == batch.delta.dtype == np.float32
    assert np.isfinite(fit(J, theta, MiniBatch(2), rng=rng).costs).all()


@pytest.mark.parametrize(
    ("weights", "seen"),
    [
        (np.ones(59), r"60 images but sample_weight of shape \(59,\)"),
        (np.full(60, -1.0), "sample_weight must hold finite numbers of 0 or more"),
        (np.full(60, np.nan), "sample_weight must hold finite numbers of 0 or more"),
        (np.full(60, 1e308), "sample_weight must hold finite numbers of 0 or more"),
    ],
)
def test_weights_that_are_none_are_refused(small, weights, seen):
    with pytest.raises(Digits20Error, match=seen):
        replace(small, sample_weight=weights)


def test_nothing_is_learned_from_images_of_no_weight(small):
    with pytest.raises(Digits20Error, match="no images to learn from"):
        Objective(Network((9, 3)), replace(small, sample_weight=np.zeros(60)))


def test_weights_cannot_be_changed_behind_an_objectives_back(weighted):
    assert isinstance(weighted, Digits)
    with pytest.raises(ValueError, match="read-only"):
        weighted.sample_weight[0] = 7
