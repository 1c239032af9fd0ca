"""Models out: complete as JSON, computed alike by onnxruntime, named as the course names them in .mat and .npz."""

import io
import json
import logging
import re
import sys
from dataclasses import replace
from importlib.resources import files

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import loadmat

from digits20 import Digits20Error, Model, ModelFileError, Network, import_thetas, load_model, save_model
from digits20.__main__ import main
from digits20.formats.export import FORMATS, export, to_json, to_mat, to_npz, to_onnx
from digits20.formats.onnx.layers import LAYERS
from digits20.learning.transfer import merge
from digits20.nn.layers import Conv, MaxPool
from digits20.nn.layers.text import KINDS, text_of
from digits20.system.shipped import shipped


def model_of(sizes=(400, 25, 10), hidden="sigmoid", output="sigmoid", **more):
    network = Network(sizes, hidden, output)
    return Model(network, network.initial_theta(np.random.default_rng(3)) + 0.01, **more)


@pytest.fixture
def model():
    """With something in every place."""
    return model_of(
        preprocess=("deskew",),
        lam=0.1,
        costs=[7.5, 1 / 3, 0.1 + 0.2],
        scores={"cost": 0.1, "validation_costs": [1e-300, 5e-324, 1.7976931348623157e308, -0.0]},
        settings={"data": "é\n\"'\\", "seed": 2**100, "hidden": [25], "deskew": True, "patience": None},
    )


def words():
    return model_of((6, 3), labels=("no", "yes", "täglich"), image_shape=(2, 3))


# ---- JSON


def test_json_comes_back_bit_exact(model, tmp_path):
    export(model, tmp_path / "x.json")
    back = load_model(tmp_path / "x.json")
    save_model(model, tmp_path / "before.pkl")
    save_model(back, tmp_path / "after.pkl")
    assert (tmp_path / "before.pkl").read_bytes() == (tmp_path / "after.pkl").read_bytes()
    assert back.theta.tobytes() == model.theta.tobytes()


def test_json_of_words_and_oblong_images_comes_back(tmp_path):
    export(words(), tmp_path / "x.json")
    back = load_model(tmp_path / "x.json")
    assert (back.labels, back.image_shape) == (("no", "yes", "täglich"), (2, 3))


def test_the_files_name_does_not_matter_to_load_model(model, tmp_path):
    (tmp_path / "model.pkl").write_bytes(to_json(model))
    assert load_model(tmp_path / "model.pkl").lam == 0.1


def test_json_is_plain_and_says_what_is_in_it(model):
    payload = json.loads(to_json(model))
    assert payload["layer_sizes"] == [400, 25, 10]
    assert payload["thetas"][0].keys() == {"dtype", "shape", "data"}
    assert isinstance(payload["thetas"][0]["data"], str)


def changed(change):
    """The JSON of a small model after a change to its payload."""
    payload = json.loads(to_json(model_of((4, 2), labels=(0, 1), image_shape=(2, 2), scores={"cost": 1.0})))
    change(payload)
    return json.dumps(payload).encode()


def put(*path):
    *way, key, value = path

    def change(payload):
        for step in way:
            payload = payload[step]
        payload[key] = value

    return changed(change)


SMALL = changed(lambda payload: None)
CHANGED = "changed or damaged since it was written: its checksum does not match"
BAD_JSON = [
    (SMALL[:-1], "damaged: no JSON at line 1 column"),
    (SMALL + b"{}", "damaged: no JSON at line 1 column"),
    (SMALL.replace(b'"lam"', b'"version": 1, "lam"'), "refused: the key 'version' occurs twice"),
    (SMALL.replace(b'"lam": 0.0', b'"lam": NaN'), "refused: it holds NaN, which JSON does not know"),
    (SMALL.replace(b'"lam": 0.0', b'"lam": Infinity'), "refused: it holds Infinity, which JSON does not know"),
    (SMALL.replace(b'"lam": 0.0', b'"lam": 1e999'), "refused: 1e999 is not a finite number"),
    (SMALL.replace(b'"lam": 0.0', b'"lam": ' + b"1" * 99), "refused: an integer of 99 digits"),
    (SMALL.replace(b'"cost"', b'"c\\ud800"'), "refused: it holds half a character (a surrogate)"),
    (SMALL.replace(b'"cost"', b'"c\xff"'), "damaged: holds text that is not UTF-8"),
    (put("costs", [[[[[1]]]]]), "refused: nested more than 5 deep"),
    (put("lam", 0.5), CHANGED),
    (put("lam", 0), CHANGED),
    (put("lam", "0.0"), CHANGED),
    (put("lam", True), CHANGED),
    (put("labels", [1, 0]), CHANGED),
    (put("thetas", 0, "data", ""), CHANGED),
    (put("thetas", 0, "data", None), CHANGED),
    (put("thetas", 0, "data", "AA*="), "damaged: the data of an array is not base64"),
    (put("thetas", 0, "data", "AAAA\n"), "damaged: the data of an array is not base64"),
    (put("more", 1), "the model: unknown key 'more'"),
    (changed(lambda payload: payload.pop("lam")), "the model: lacks 'lam'"),
    (put("format", "digits20-checkpoint"), "not a digits20 model: its format is 'digits20-checkpoint'"),
    (put("version", 3), "written by a newer digits20: version 3, this one reads 2"),
    (put("version", True), "version: True, expected 1"),
    (put("version", 1.0), "version: 1.0, expected 1"),
    (b"{}", "not a digits20 model: its format is None"),
    (b"[]", "the model: a list, expected a dict"),
    (b"{" * 10**6, "refused: nested more than 5 deep"),
    (b"[" + b"1," * 4_000_001, "refused: more than 4000000 values"),
    (b'{"a":' + b" " * (128 * 2**20), "refused: 134217733 bytes of JSON, more than 134217728"),
]


@pytest.mark.parametrize(("data", "message"), BAD_JSON, ids=range(len(BAD_JSON)))
def test_json_is_read_strictly(tmp_path, monkeypatch, data, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.json").write_bytes(data)
    with pytest.raises(ModelFileError) as caught:
        load_model("x.json")
    assert str(caught.value).startswith(f"x.json: {message}")
    assert "\n" not in str(caught.value)


def resealed(**more):
    """The JSON of a small model with other values, and a checksum that fits them."""
    from digits20.persistence.model_file import to_payload
    from digits20.persistence.payload import seal
    from digits20.persistence.strict_json import dumps

    return dumps(seal(to_payload(model_of((4, 2), labels=(0, 1), image_shape=(2, 2))) | more))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"lam": "0.0"}, "lam: '0.0', expected a finite number"),
        ({"lam": True}, "lam: True, expected a finite number"),
        ({"layer_sizes": ["4", 2]}, "layer_sizes: ['4', 2], expected two whole numbers or more, above zero"),
        ({"layer_sizes": [4.0, 2]}, "layer_sizes: [4.0, 2], expected two whole numbers or more, above zero"),
        ({"labels": [0, None]}, "labels: None, expected text or a number"),
        ({"costs": [1, "2"]}, "costs: number 1 is '2', expected a finite number"),
        ({"preprocess": ["os.system"]}, "preprocess: unknown step 'os.system'"),
    ],
)
def test_a_checksum_that_fits_hides_no_wrong_type(tmp_path, monkeypatch, more, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.json").write_bytes(resealed(**more))
    with pytest.raises(ModelFileError) as caught:
        load_model("x.json")
    assert str(caught.value) == f"x.json: {message}"


@given(st.randoms(use_true_random=False), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_mutated_json_is_refused_or_the_same(tmp_path_factory, rng, mutations):
    mutated = bytearray(SMALL)
    for _ in range(mutations):
        mutated[rng.randrange(len(mutated))] = rng.choice(b'0123456789.eE-"[]{},: aN\\\xff')
    path = tmp_path_factory.getbasetemp() / "mutated.json"
    path.write_bytes(mutated)
    try:
        model = load_model(path)
    except ModelFileError:
        return
    assert to_json(model) == to_json(model_of((4, 2), labels=(0, 1), image_shape=(2, 2), scores={"cost": 1.0}))


# ---- .mat and .npz


def test_the_mat_file_holds_the_courses_names_and_orders(digits):
    model = model_of()
    variables = loadmat(io.BytesIO(to_mat(model)))
    X = digits.X[:50].reshape(50, 20, 20).swapaxes(1, 2).reshape(50, 400)  # as the course stores them
    A = np.insert(X, 0, 1, axis=1)
    for Theta in (variables["Theta1"], variables["Theta2"]):
        A = np.insert(1 / (1 + np.exp(-A @ Theta.T)), 0, 1, axis=1)
    np.testing.assert_allclose(A[:, [10, *range(1, 10)]], model.outputs(digits.X[:50]), rtol=1e-10)
    assert variables["labels"].ravel().tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]


def test_the_mat_file_says_what_it_is(model):
    variables = loadmat(io.BytesIO(to_mat(model)))
    texts = [str(variables[name][0]) for name in ("hidden", "output", "preprocess")]
    assert texts == ["sigmoid", "sigmoid", "deskew"]
    assert (variables["lambda"].item(), variables["image_shape"].ravel().tolist()) == (0.1, [20, 20])


def test_words_as_labels_are_cells_in_a_mat_file():
    labels = loadmat(io.BytesIO(to_mat(words())))["labels"]
    assert [str(label[0]) for label in labels.ravel()] == ["no", "yes", "täglich"]


def test_the_npz_file_holds_no_objects(model):
    with np.load(io.BytesIO(to_npz(model)), allow_pickle=False) as arrays:
        assert np.array_equal(arrays["Theta1"], model.Thetas[0])
        assert arrays["preprocess"].tolist() == ["deskew"]
        assert arrays["labels"].tolist() == list(range(10))
    with np.load(io.BytesIO(to_npz(words())), allow_pickle=False) as arrays:
        assert arrays["labels"].tolist() == ["no", "yes", "täglich"]


@pytest.mark.parametrize("ending", [".mat", ".npz"])
@pytest.mark.parametrize("sizes", [(400, 25, 10), (400, 10), (16, 7, 5, 3)])
def test_import_thetas_reads_what_export_wrote(tmp_path, ending, sizes):
    model = model_of(sizes, labels=tuple(range(sizes[-1])), image_shape=(int(sizes[0] ** 0.5),) * 2)
    export(model, tmp_path / f"x{ending}")
    back = import_thetas(tmp_path / f"x{ending}")
    assert back.theta.tobytes() == model.theta.tobytes()
    assert (back.network, back.labels, back.image_shape) == (model.network, model.labels, model.image_shape)


# ---- ONNX


def run_onnx(data, X):
    """label and scores."""
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    return session.run(["label", "scores"], {"image": X.astype(np.float32)})


@pytest.mark.parametrize("hidden", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
@pytest.mark.parametrize("preprocess", [(), ("deskew",)])
def test_onnxruntime_agrees(digits, hidden, output, preprocess):
    model = model_of((400, 12, 11, 10), hidden, output, preprocess=preprocess)
    label, scores = run_onnx(to_onnx(model), digits.X[::10])
    np.testing.assert_allclose(scores, model.predict_proba(digits.X[::10]), atol=1e-5)
    np.testing.assert_array_equal(label, model.predict(digits.X[::10]))


def test_onnxruntime_agrees_on_the_reference_model(digits):
    model = load_model(shipped("models/reference.pkl"))
    label, scores = run_onnx(to_onnx(model), digits.X[::10])
    np.testing.assert_allclose(scores, model.predict_proba(digits.X[::10]), atol=1e-5)
    np.testing.assert_array_equal(label, model.predict(digits.X[::10]))


def test_onnxruntime_knows_what_the_model_knows(digits, rng):
    model = load_model("reference")
    X = np.concatenate([digits.X[::50], digits.X[::50].reshape(-1, 20, 20)[:, ::-1].reshape(-1, 400)])
    session = onnxruntime.InferenceSession(to_onnx(model), providers=["CPUExecutionProvider"])
    (known,) = session.run(["known"], {"image": X.astype(np.float32)})
    assert known.sum() not in (0, len(X))
    np.testing.assert_array_equal(known, model.known(X))


def test_onnx_deskews_blank_faint_and_edge_images_alike():
    X = np.zeros((5, 400))
    X[1] = 1
    X[2, 0], X[3, -1] = 1, 1
    X[4, 10] = 1e-6
    model = model_of(preprocess=("deskew",))
    np.testing.assert_allclose(run_onnx(to_onnx(model), X)[1], model.predict_proba(X), atol=1e-5)


def test_the_onnx_graph_is_what_the_contract_says():
    graph = onnx.load_from_string(to_onnx(model_of()))
    assert (graph.ir_version, graph.opset_import[0].version) == (8, 13)
    session = onnxruntime.InferenceSession(to_onnx(model_of()), providers=["CPUExecutionProvider"])
    assert [(put.name, put.type, put.shape) for put in session.get_inputs()] == [("image", "tensor(float)", ["N", 400])]
    outputs = [(put.name, put.type, put.shape) for put in session.get_outputs()]
    assert outputs == [("label", "tensor(int64)", ["N"]), ("scores", "tensor(float)", ["N", 10])]


@pytest.mark.parametrize("m", [0, 1, 7])
def test_the_onnx_batch_is_free(m):
    label, scores = run_onnx(to_onnx(model_of()), np.ones((m, 400)))
    assert (label.shape, scores.shape) == ((m,), (m, 10))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [(("a", "ü", "c"), {"a", "ü", "c"}), ((1.5, 2, 3), {"1.5", "2", "3"}), ((-5, 2**40, 3), {-5, 2**40, 3})],
)
def test_onnx_answers_with_the_labels(labels, expected):
    model = replace(model_of((6, 3), image_shape=(2, 3)), labels=labels)
    label, _ = run_onnx(to_onnx(model), np.random.default_rng(0).normal(size=(50, 6)) * 9)
    assert set(label.tolist()) == expected


def test_a_step_that_onnx_cannot_express_is_left_out_and_said(caplog, monkeypatch):
    monkeypatch.setattr("digits20.formats.onnx.model.STEPS", {})
    X = np.random.default_rng(0).random((3, 400))
    _, scores = run_onnx(to_onnx(model_of(preprocess=("deskew",))), X)
    np.testing.assert_allclose(scores, model_of().predict_proba(X), atol=1e-5)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert caplog.messages[0].startswith("ONNX: the step deskew is left out")


def test_without_the_package_onnx_is_refused_with_advice(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(Digits20Error, match=r"^ONNX needs the package onnx: pip install 'digits20\[onnx\]'$"):
        to_onnx(model_of())


# ---- all of them


@pytest.mark.parametrize("ending", FORMATS)
def test_the_same_model_gives_the_same_bytes(model, ending, monkeypatch):
    first = FORMATS[ending](model)
    monkeypatch.setattr("time.time", lambda: 1e9)
    monkeypatch.setattr("time.asctime", lambda: "another time")
    assert FORMATS[ending](model) == first


@pytest.fixture
def command(tmp_path, monkeypatch, capsys, model):
    """digits20 export with these arguments, beside a model m.pkl: the exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    save_model(model, "m.pkl")

    def command(*arguments):
        try:
            code = main(["export", *arguments])
        except SystemExit as stop:
            code = stop.code
        return code, *capsys.readouterr()

    return command


@pytest.mark.parametrize("ending", [*FORMATS, ".JSON"])
def test_the_command_writes_every_format(command, tmp_path, ending):
    code, out, err = command("--model", "m.pkl", "--to", f"folder/x{ending}")
    size = (tmp_path / f"folder/x{ending}").stat().st_size
    assert (code, out, err) == (0, f"written    folder/x{ending}, {size} bytes\n", "")


def test_the_commands_json_is_one_object(command):
    code, out, _ = command("--model", "m.pkl", "--to", "x.npz", "--json")
    assert code == 0
    assert json.loads(out).keys() == {"path", "format", "bytes"}


def test_the_reference_model_is_exported_where_none_is_named(command):
    assert command("--to", "x.json")[0] == 0
    assert load_model("x.json").labels == tuple(range(10))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "m.pkl", "--to", "x.txt"], "x.txt: a model is exported to one of .json, .onnx, .mat, .npz, .html"),
        (["--model", "m.pkl", "--to", "json"], "json: a model is exported to one of .json, .onnx, .mat, .npz, .html"),
        (["--model", "none.pkl", "--to", "x.json"], "none.pkl: no such file"),
        (["--model", "m.pkl"], "the following arguments are required: --to (--help lists the options)"),
    ],
)
def test_the_command_refuses_in_one_line(command, tmp_path, arguments, message):
    assert command(*arguments) == (2, "", f"digits20.export: error: {message}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["m.pkl"]


# ---- networks with convolutions


def lenet_of(seed, hidden="relu", output="softmax", **more):
    layers = [Conv(4, 5), MaxPool(2), Conv(6, 3), MaxPool(2), 12, 10]
    network = Network((20, 20), layers, hidden, output)
    return Model(network, network.initial_theta(seed) + 0.01, scores={"cost": 1.0}, **more)


@pytest.mark.parametrize("hidden", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
@pytest.mark.parametrize("preprocess", [(), ("deskew",)])
def test_onnxruntime_agrees_on_a_lenet(digits, hidden, output, preprocess):
    model = lenet_of(0, hidden, output, preprocess=preprocess)
    label, scores = run_onnx(to_onnx(model), digits.X[::25])
    np.testing.assert_allclose(scores, model.predict_proba(digits.X[::25]), atol=1e-5)
    assert (label == model.predict(digits.X[::25])).all()


def test_onnxruntime_agrees_on_merged_lenets(digits):
    model = merge([lenet_of(seed) for seed in range(3)])
    _, scores = run_onnx(to_onnx(model), digits.X[::25])
    np.testing.assert_allclose(scores, model.predict_proba(digits.X[::25]), atol=1e-5)


def test_a_pool_below_all_weights_has_no_activation(digits):
    network = Network((20, 20), [MaxPool(2), 10], "sigmoid")
    model = Model(network, network.initial_theta(0))
    np.testing.assert_allclose(run_onnx(to_onnx(model), digits.X[:9])[1], model.predict_proba(digits.X[:9]), atol=1e-5)


def test_npz_and_mat_of_a_lenet_say_its_layers():
    model, text = lenet_of(0), "conv 4 5, pool 2, conv 6 3, pool 2, 12, 10"
    npz, mat = np.load(io.BytesIO(to_npz(model))), loadmat(io.BytesIO(to_mat(model)))
    assert str(npz["layers"]) == mat["layers"][0] == text
    for number, Theta in enumerate(model.Thetas[:-1], start=1):
        np.testing.assert_array_equal(npz[f"Theta{number}"], Theta)
        np.testing.assert_array_equal(mat[f"Theta{number}"], Theta)


@pytest.mark.parametrize("ending", [".npz", ".mat"])
@pytest.mark.parametrize("members", [1, 2])
def test_npz_and_mat_of_a_lenet_come_back(digits, tmp_path, ending, members):
    model = merge([lenet_of(seed) for seed in range(members)])
    export(model, tmp_path / f"x{ending}")
    layers = text_of(model.network.layers)
    back = import_thetas(tmp_path / f"x{ending}", layers=layers, hidden="relu", output="softmax")
    assert back.network == model.network
    assert back.labels == model.labels
    np.testing.assert_array_equal(back.theta, model.theta)


def test_matrices_that_are_not_those_of_the_layers_are_refused(tmp_path):
    export(lenet_of(0), tmp_path / "x.npz")
    with pytest.raises(ModelFileError, match="Theta1 is 4×26, expected 3×26"):
        import_thetas(tmp_path / "x.npz", layers="conv 3 5, pool 2, conv 6 3, pool 2, 12, 10")
    with pytest.raises(ModelFileError, match="4 matrices, expected 2 for 20×20, conv 3 5, 10"):
        import_thetas(tmp_path / "x.npz", layers="conv 3 5, 10")


def test_every_kind_of_layer_can_leave():
    """A new kind of layer has its nodes in ONNX, and its ways forward and back in the page that goes along."""
    script = (files("digits20.formats") / "alone" / "network.js").read_text(encoding="utf-8")
    bodies = [script.split(f"const {name} = {{")[1].split("\n};")[0] for name in ("FORWARD", "BACKWARD")]
    assert [set(re.findall(r"^  (\w+)\(", body, re.MULTILINE)) for body in bodies] == [set(KINDS)] * 2
    assert set(LAYERS) == set(KINDS)
