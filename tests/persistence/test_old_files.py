"""Files that release 0.1.0 wrote load, and answer as they did then. tests/fixtures/v010/make_fixtures.py made them."""

import hashlib
import json
import os
import pickle
import shutil
from pathlib import Path

import joblib
import numpy as np
import pytest

from digits20 import Checkpoint, Digits, MiniBatch, Network, Objective, fit, import_thetas, load, load_model
from digits20.train.__main__ import main as train

HERE = Path(__file__).parents[1] / "fixtures" / "v010"
EXPECTED = json.loads((HERE / "expected.json").read_text())
IMAGES = np.load(HERE / "images.npy")
EXPORTS = {name: told for name, told in EXPECTED["exports"].items() if told["read by"] != "onnxruntime"}
OBJECTS = {name: told for name, told in EXPECTED["objects"].items() if (HERE / name).is_file()}
MADE_BY_COMMAND = [name for name, told in EXPECTED["checkpoints"].items() if told["command"][0] == "train"]


def sha256(theta):
    return hashlib.sha256(np.ascontiguousarray(theta, "<f8").tobytes()).hexdigest()


def as_json(value):
    return json.loads(json.dumps(value, default=str))


def assert_answers_as_told(model, told):
    network = model.network
    assert sha256(model.theta) == told["theta_sha256"]
    assert as_json([network.layer_sizes, network.hidden, network.output]) == [
        told["layer_sizes"],
        told["hidden"],
        told["output"],
    ]
    for name in ("labels", "image_shape", "preprocess", "lam", "costs", "scores", "settings"):
        assert as_json(getattr(model, name)) == told[name], name
    assert model.predict(IMAGES).tolist() == told["predict"]
    np.testing.assert_allclose(model.predict_proba(IMAGES), told["predict_proba"], atol=1e-6)


@pytest.mark.parametrize("name", EXPECTED["models"])
def test_a_model_file_answers_as_it_did(name):
    assert_answers_as_told(load_model(HERE / name), EXPECTED["models"][name])


@pytest.mark.parametrize("name", EXPORTS)
def test_an_exported_file_answers_as_it_did(name):
    told = EXPORTS[name]
    if told["read by"] == "load_model":
        assert_answers_as_told(load_model(HERE / name), told)
        return
    model = import_thetas(HERE / name)
    assert sha256(model.theta) == told["theta_sha256"]
    assert model.predict(IMAGES).tolist() == told["predict"]


def assert_ends_as_recorded(model, told):
    """To the bit on the machine that made the fixtures; elsewhere BLAS may round otherwise."""
    np.testing.assert_allclose(model.theta, np.load(HERE / told["theta"]), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(model.costs, told["costs"], rtol=1e-5)
    if "DIGITS20_SAME_MACHINE" in os.environ:
        assert sha256(model.theta) == told["theta_sha256"]


def assert_ends_as_low(model, told):
    """Where the solver now takes other steps to the same minimum."""
    assert model.costs[0] == pytest.approx(told["costs"][0], rel=1e-5)
    assert min(model.costs) == pytest.approx(min(told["costs"]), rel=0.02)


@pytest.mark.parametrize("name", MADE_BY_COMMAND)
def test_a_checkpoint_is_resumed_to_the_recorded_end(name, tmp_path, monkeypatch, capsys):
    told = EXPECTED["checkpoints"][name]
    for file in (name, "digits8.csv"):
        shutil.copy(HERE / file, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert train([{"MODEL": "m.pkl", "COPY OF THIS FILE": name}.get(part, part) for part in told["command"][1:]]) in (
        0,
        None,
    )
    capsys.readouterr()
    # L-BFGS has another line search now, and on warped images the last weights are kept instead of the luckiest ones
    check = assert_ends_as_low if "lbfgs" in name or "augment" in name else assert_ends_as_recorded
    check(load_model("m.pkl"), told)


def test_a_checkpoint_of_fit_is_resumed_to_the_recorded_end(tmp_path):
    """The run is that of api_run in make_fixtures.py."""
    path = shutil.copy(HERE / "checkpoint_api.checkpoint", tmp_path)
    digits = load(HERE / "digits8.csv")[:40]
    weighted = Digits(digits.X, digits.y, sample_weight=np.random.default_rng(1).random(40))
    J = Objective(Network((64, 5, 10), "tanh", "softmax"), weighted, lam=0.5)
    solver = MiniBatch(iterations=10, learning_rate=0.01, method="adam", batch_size=8)
    checkpoint = Checkpoint(path, resume=True, settings={"mine": "yes"})
    model = fit(J, J.network.initial_theta(2), solver, rng=3, checkpoint=checkpoint)
    assert_ends_as_recorded(model, EXPECTED["checkpoints"]["checkpoint_api.checkpoint"])


@pytest.mark.parametrize("name", EXPECTED["classifiers"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")
def test_a_pickled_classifier_answers_as_it_did(name):
    told = EXPECTED["classifiers"][name]
    told = EXPECTED["classifiers"][told["same as"]] if "same as" in told else told
    classifier = (joblib.load if name.endswith(".joblib") else lambda path: pickle.loads(path.read_bytes()))(
        HERE / name
    )
    params = as_json(classifier.get_params(deep=False))
    assert {key: params[key] for key in told["params"]} == told["params"]
    if "classes" in told:
        assert classifier.classes_.tolist() == told["classes"]
        assert sha256(classifier.model_.theta) == told["theta_sha256"]
        assert classifier.predict(IMAGES).tolist() == told["predict"]
        np.testing.assert_allclose(classifier.predict_proba(IMAGES), told["predict_proba"], atol=1e-6)


@pytest.mark.parametrize("name", OBJECTS)
def test_a_pickled_object_is_what_it_was(name):
    told, value = OBJECTS[name], pickle.loads((HERE / name).read_bytes())
    if "predict_proba" in told:
        assert_answers_as_told(value, told)
    if "digest" in told:
        assert (value.digest(), as_json(value.labels), len(value)) == (told["digest"], told["labels"], told["images"])
    if "cost_at_initial_theta_of_seed_0" in told:
        cost, gradient = value(value.network.initial_theta(0))
        seen = told["cost_at_initial_theta_of_seed_0"], told["norm_of_gradient"]
        np.testing.assert_allclose([cost, np.linalg.norm(gradient)], seen, rtol=1e-6)
    for field, was in told.get("fields", {}).items():
        is_array = field.endswith("_sha256")
        now = getattr(value, field.removesuffix("_sha256"))
        assert (sha256(now) if is_array else as_json(now)) == was, field
