from dataclasses import replace

import numpy as np
import pytest

from digits20 import LBFGS, Digits, Digits20Error, Model, Network, Objective, fit
from digits20.learning.transfer import from_model, from_scratch, merge
from digits20.nn.layers import Conv, Dense, MaxPool
from digits20.nn.network import ACTIVATIONS, OUTPUTS


def base_with(hidden="sigmoid", labels=(0, 1, 2), sizes=(9, 6, 5), preprocess=()):
    network = Network((*sizes, len(labels)), hidden)
    theta = network.initial_theta(np.random.default_rng(5))
    return Model(network, theta, labels, image_shape=(3, 3), preprocess=preprocess)


def train(start, digits, iterations=30):
    J = Objective(start.network, start.sees(digits))
    return start.whole(fit(J, start.theta, LBFGS(iterations)))


def test_the_same_labels_go_on_from_the_old_weights(rng):
    base = base_with()
    start = from_model(base, base.labels, rng)
    np.testing.assert_array_equal(start.theta, base.theta)


def test_other_labels_get_a_new_output_layer_on_the_old_ones(rng):
    base = base_with()
    start = from_model(base, ("a", "b"), rng)
    assert start.network.layer_sizes == (9, 6, 5, 2)
    np.testing.assert_array_equal(start.theta[:-12], base.theta[:-18])


def test_heads_are_kept_where_labels_match_if_asked(rng):
    base = base_with(labels=("a", "b", "c"))
    start = from_model(base, ("c", "x", "a"), rng, keep_head=True)
    head, old = start.network.matrices(start.theta)[-1], base.Thetas[-1]
    np.testing.assert_array_equal(head[[0, 2]], old[[2, 0]])
    assert not any(np.array_equal(head[1], unit) for unit in old)


@pytest.mark.parametrize("hidden", ACTIVATIONS)
@pytest.mark.parametrize("freeze", [1, 2])
def test_frozen_layers_stay_and_the_rest_learns(hidden, freeze, small, rng):
    base = base_with(hidden)
    model = train(from_model(base, base.labels, rng, freeze=freeze), small)
    for layer, (new, old) in enumerate(zip(model.Thetas, base.Thetas, strict=True)):
        assert np.array_equal(new, old) == (layer < freeze)


@pytest.mark.parametrize("hidden", ACTIVATIONS)
def test_training_on_frozen_activations_is_training_the_whole_with_those_weights_held(hidden, small, rng):
    base = base_with(hidden)
    start = from_model(base, base.labels, rng, freeze=1)
    above, whole = Objective(start.network, start.sees(small)), Objective(base.network, small)
    cost, gradient = above(start.theta)
    whole_cost, whole_gradient = whole(base.theta)
    assert cost == pytest.approx(whole_cost, rel=1e-12)
    np.testing.assert_allclose(gradient, whole_gradient[-gradient.size :], rtol=1e-10, atol=1e-15)


def test_a_model_on_frozen_layers_answers_plain_images(small, rng):
    start = from_model(base_with(), (0, 1, 2), rng, freeze=1)
    learned = fit(Objective(start.network, start.sees(small)), start.theta, LBFGS(30))
    np.testing.assert_allclose(start.whole(learned).outputs(small.X), learned.outputs(start.sees(small).X), rtol=1e-6)


def test_the_preparation_of_the_base_goes_with_its_layers(small, rng):
    base = base_with(preprocess=("deskew",))
    for freeze in (0, 1):
        model = train(from_model(base, base.labels, rng, freeze=freeze), small, iterations=3)
        assert model.preprocess == ("deskew",)
        assert model.scores["train_accuracy"] == model.accuracy(small)


def test_from_scratch_draws_all_layers(rng):
    network = Network((9, 4, 3))
    start = from_scratch(network, rng)
    np.testing.assert_array_equal(start.theta, network.initial_theta(np.random.default_rng(0)))


@pytest.mark.parametrize("freeze", [3, -1])
def test_something_must_be_left_to_train(freeze, rng):
    with pytest.raises(Digits20Error, match=f"cannot freeze {freeze} layers of a network with 2 hidden ones"):
        from_model(base_with(), (0, 1, 2), rng, freeze=freeze)


def test_resized_images_keep_their_labels(digits):
    few = digits.take(slice(0, 5000, 500))
    larger = few.resized((28, 28))
    assert (larger.X.shape, larger.image_shape) == ((10, 784), (28, 28))
    np.testing.assert_array_equal(larger.y, few.y)
    assert few.resized((20, 20)) is few


@pytest.mark.parametrize("sizes", [(9, 3), (9, 6, 3), (9, 6, 5, 3), (9, 4, 4, 4, 3)])
@pytest.mark.parametrize("output", OUTPUTS)
def test_a_merged_network_answers_the_mean_of_the_logits(sizes, output, small):
    network = Network(sizes, output=output)
    members = [
        Model(
            network, network.initial_theta(np.random.default_rng(seed)) + 0.1, (0, 1, 2), (3, 3), scores={"cost": 1.0}
        )
        for seed in range(3)
    ]
    merged = merge(members)
    mean = np.mean([network.logits(member.theta, small.X) for member in members], axis=0)
    np.testing.assert_allclose(merged.network.logits(merged.theta, small.X), mean, rtol=0, atol=1e-14)


def test_merged_deep_networks_hold_no_zeros():
    models = [replace(base_with(), scores={"cost": 1.0}, theta=np.full(base_with().theta.size, 0.5)) for _ in range(3)]
    merged = merge(models)
    assert merged.theta.all()
    assert merged.network.layers == (Dense(18), Dense(15, groups=3), Dense(3))


def test_networks_of_other_widths_merge_too(small):
    scores = {"cost": 1.0}
    models = [replace(base_with(sizes=(9, width)), scores=scores) for width in (4, 7)]
    merged = merge(models)
    assert merged.network.layer_sizes == (9, 11, 3)
    mean = np.mean([model.network.logits(model.theta, small.X) for model in models], axis=0)
    np.testing.assert_allclose(merged.network.logits(merged.theta, small.X), mean, atol=1e-14)


def test_one_network_merges_to_itself():
    model = base_with()
    assert merge([model]) is model


@pytest.mark.parametrize(
    "other",
    [base_with("tanh"), base_with(labels=("a", "b", "c")), base_with(sizes=(9, 6)), base_with(preprocess=("deskew",))],
)
def test_networks_of_different_kinds_are_not_merged(other):
    with pytest.raises(Digits20Error, match="can be merged"):
        merge([base_with(), other])


# networks with convolutions


def lenet_base(labels=(0, 1, 2), seed=5, channels=4):
    network = Network((6, 6), [Conv(channels, 2), MaxPool(2), Conv(2 * channels, 2), 5, len(labels)], "tanh")
    return Model(network, network.initial_theta(seed), labels, image_shape=(6, 6), scores={"cost": 1.0})


def images_of(base, rng, m=20):
    return Digits(rng.random((m, 36)), np.arange(m) % 3, labels=(0, 1, 2), image_shape=base.image_shape)


@pytest.mark.parametrize("freeze", [0, 1, 2, 3])
def test_frozen_convolutions_stay_and_the_rest_learns(freeze, rng):
    base = lenet_base()
    model = train(from_model(base, base.labels, rng, freeze=freeze), images_of(base, rng))
    assert model.network == base.network
    for layer, (new, old) in enumerate(zip(model.Thetas, base.Thetas, strict=True)):
        assert np.array_equal(new, old) == (layer < freeze)


def test_frozen_convolutions_are_computed_once(rng, monkeypatch):
    base, calls = lenet_base(), []
    forward = Conv.forward
    monkeypatch.setattr(Conv, "forward", lambda layer, *rest: [calls.append(layer), forward(layer, *rest)])
    train(from_model(base, base.labels, rng, freeze=2), images_of(base, rng))
    assert len(calls) == 2


def test_other_labels_get_a_new_output_layer_on_convolutions(rng):
    start = from_model(lenet_base(), ("a", "b"), rng)
    assert start.network == lenet_base(labels=("a", "b")).network


@pytest.mark.parametrize("members", [2, 3])
def test_merged_lenets_answer_the_mean_of_the_logits_without_a_zero(members, rng):
    models, X = [lenet_base(seed=seed) for seed in range(members)], rng.random((7, 36))
    merged = merge(models)
    mean = np.mean([model.logits(X) for model in models], axis=0)
    np.testing.assert_allclose(merged.logits(X), mean, rtol=0, atol=1e-14)
    first, _, second, dense, _ = merged.network.layers
    assert (first.groups, second.groups, dense.groups) == (1, members, members)
    assert merged.network.size == members * models[0].network.size - 3 * (members - 1)  # the biases of the outputs


def test_merged_networks_merge_again(rng):
    models, X = [lenet_base(seed=seed) for seed in range(4)], rng.random((7, 36))
    merged = merge([merge(models[:2]), merge(models[2:])])
    assert merged.network == merge(models).network
    np.testing.assert_allclose(merged.logits(X), merge(models).logits(X), rtol=0, atol=1e-14)


def test_lenets_of_other_widths_merge_too(rng):
    models, X = [lenet_base(channels=channels) for channels in (2, 3)], rng.random((7, 36))
    mean = np.mean([model.logits(X) for model in models], axis=0)
    np.testing.assert_allclose(merge(models).logits(X), mean, rtol=0, atol=1e-14)


def test_groups_do_not_merge_with_other_widths():
    models = [lenet_base(channels=2), lenet_base(channels=2), lenet_base(channels=3)]
    with pytest.raises(Digits20Error, match="groups of units"):
        merge([merge(models[:2]), models[2]])
