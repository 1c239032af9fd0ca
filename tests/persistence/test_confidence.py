"""The confidence of a model in its file: kept to the bit, and refused where it is wrong."""

from dataclasses import replace

import numpy as np
import pytest

from digits20 import ModelFileError, Network, load_model, save_model
from digits20.learning.confidence import Confidence
from digits20.learning.model import Model
from digits20.persistence.model_file import from_payload, to_payload
from digits20.persistence.payload import seal


@pytest.fixture
def model(rng):
    network = Network((9, 4, 3))
    centres, directions = (rng.random(shape).astype(np.float32) for shape in ((3, 4), (3, 2, 4)))
    confidence = Confidence(1.5, 1, centres, directions, 0.25, np.sort(rng.random(30)))
    return Model(network, network.initial_theta(rng), (0, 1, 2), (3, 3), confidence=confidence)


def test_a_file_keeps_what_is_known(model, tmp_path, rng):
    save_model(model, tmp_path / "m.pkl")
    X = rng.random((20, 9))
    again = load_model(tmp_path / "m.pkl")
    np.testing.assert_array_equal(again.novelty(X), model.novelty(X))
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(again.known(X), model.known(X))


def test_a_dense_model_without_confidence_is_written_as_version_1(model):
    assert to_payload(replace(model, confidence=None))["version"] == 1


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ({"temperature": 0}, "confidence temperature: 0, expected 0.001 to 1000"),
        ({"novelties": [-1.7e308, 1.7e308]}, r"confidence novelties: -1.7e\+308, expected less than 1e\+150"),
        ({"temperature": float("nan")}, "confidence temperature: nan"),
        ({"layer": 2}, "confidence layer: 2, expected 0 to 1"),
        ({"layer": True}, "confidence layer: True"),
        ({"novelties": []}, "confidence novelties: none"),
        ({"margin": None}, "confidence margin: None"),
        ({"centres": None}, "confidence centres: None, expected a dict"),
        ({"directions": {"dtype": "<f4", "shape": [3, 9, 4], "data": b""}}, "confidence directions has shape"),
        ({"margin": -1.0}, "confidence margin: -1.0, expected 0 to 1e"),
        ({"centres": {"dtype": "<f4", "shape": [3, 4], "data": b"\xff" * 48}}, "no part of a vector of length 1"),
        ({"more": 1}, "confidence: unknown key 'more'"),
    ],
)
def test_a_wrong_confidence_is_refused(model, change, seen):
    payload = to_payload(model)
    with pytest.raises(ModelFileError, match=seen):
        from_payload(seal(payload | {"confidence": payload["confidence"] | change}), "m.pkl")
