"""What the bound on a network's numbers lets pass answers finite numbers, and no trained network comes near it."""

import itertools

import numpy as np
import pytest

from digits20 import Network
from digits20.errors import Digits20Error
from digits20.learning.model import Model
from digits20.nn.layers import Conv, MaxPool
from digits20.nn.saliency import input_gradient
from digits20.persistence.reach import check_reach

NETWORKS = {
    "dense": lambda *kind: Network((16, 6, 5, 3), *kind),
    "convolution and pool": lambda *kind: Network((4, 4), [Conv(4, 3), MaxPool(2), 5, 3], *kind),
    "groups": lambda *kind: Network((4, 4), [Conv(4, 2), Conv(4, 2, groups=2), 3], *kind),
}
KINDS = list(itertools.product(["sigmoid", "tanh", "relu"], ["sigmoid", "softmax"]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.filterwarnings("error")
def test_a_network_that_passes_answers_finite_numbers(make, kind, rng):
    network, passed = make(*kind), 0
    X = np.vstack([np.zeros(16), np.full(16, 1.5), rng.uniform(-0.5, 1.5, (5, 16))])
    for exponent, signs in itertools.product(range(0, 309, 3), ([1], [-1], [-1, 1])):
        theta = 10.0**exponent * rng.choice(signs, network.size)
        try:
            check_reach(network, theta)
        except Digits20Error:
            continue
        passed += 1
        model = Model(network, theta, (0, 1, 2), (4, 4))
        answers = [*model.activations(X), model.predict_proba(X), input_gradient(network, theta, X, 0)]
        assert all(np.isfinite(answer).all() for answer in answers)
    assert passed > 20


def test_a_hundred_layers_of_first_weights_are_far_from_the_limit(rng):
    network = Network((400, *[64] * 98, 10), "relu")
    check_reach(network, 2 * network.initial_theta(rng))


def test_an_image_that_overflows_float32_is_refused_by_its_number():
    model = Model(Network((4, 2)), np.full(10, 1e20), (0, 1), (2, 2))
    X = np.zeros((3, 4), np.float32)
    X[1] = 3e38
    with pytest.raises(Digits20Error, match=r"^image 1: so large pixels or weights that no answer is finite$"):
        model.predict(X)
