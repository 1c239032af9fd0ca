"""The model file: what it holds, and what is refused; what a kill leaves, system/test_crash.py says."""

import io
import os
import pickle
import pickletools
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digits20.errors import ModelFileError
from digits20.learning.model import Model
from digits20.learning.transfer import merge
from digits20.nn.layers import Conv, MaxPool
from digits20.nn.network import Network
from digits20.persistence.model_file import KEYS, from_payload, load_model, save_model, seal, to_payload
from digits20.system import safe_pickle

posix = pytest.mark.skipif(os.name != "posix", reason="FIFOs and sockets are POSIX's")


def model_of(*sizes, single=True, **fields):
    network = Network(sizes)
    theta = np.random.default_rng(0).normal(size=network.size)
    theta = np.float32(theta).astype(np.float64) if single else theta
    known = {"labels": tuple(range(sizes[-1])), "image_shape": (1, sizes[0])}
    return Model(network, theta, **(known | fields))


def rich_model():
    return model_of(
        *(4, 3, 2),
        labels=("zéro", "one"),
        image_shape=(2, 2),
        lam=1.5,
        costs=[2.0, 1.0, 0.5],
        scores={"test_accuracy": 0.9, "validation_costs": [2.0, 1.5]},
        settings={
            "solver": "adam",
            "hidden": (3,),
            "seed": 2**100,
            "plot": Path("a.png"),
            "patience": None,
            "sha256": True,
        },
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.pkl"


def refusal(path, content=None):
    """What load_model says of a file with that content."""
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelFileError) as caught:
        load_model(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert len(message) < len(str(path)) + 140
    return message.removeprefix(f"{path}: ")


def dumps(payload, protocol=4):
    return pickle.dumps(payload, protocol)


def edited(**changes):
    """The bytes of a whole, sealed file with other values in it."""
    return dumps(seal(to_payload(model_of(4, 3, 2)) | changes))


# what comes back


@pytest.mark.parametrize("sizes", [(4, 2), (4, 3, 2), (6, 5, 4, 3), (1, 1, 1, 1, 1, 1)])
@pytest.mark.parametrize("single", [True, False])
def test_weights_come_back_bit_by_bit(path, sizes, single):
    model = model_of(*sizes, single=single)
    save_model(model, path)
    assert load_model(path).theta.tobytes() == model.theta.tobytes()


@pytest.mark.parametrize("weight", [-0.0, 5e-324, 1e-40, 1e140, -1e140, 0.1])
def test_extreme_weights_come_back_bit_by_bit(path, weight):
    model = model_of(1, 1)
    model.theta[0] = weight
    save_model(model, path)
    assert load_model(path).theta.tobytes() == model.theta.tobytes()


def test_weights_that_are_float32_take_four_bytes():
    dtypes = [
        [array["dtype"] for array in to_payload(model_of(4, 2, single=single))["thetas"]] for single in (True, False)
    ]
    assert dtypes == [["<f4"], ["<f8"]]


def test_loaded_weights_can_be_trained_on(path):
    save_model(model_of(4, 2), path)
    theta = load_model(path).theta
    assert theta.dtype == np.float64
    assert theta.flags.writeable
    assert theta.flags.c_contiguous


@pytest.mark.parametrize("hidden", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_the_network_comes_back(path, hidden, output):
    network = Network((4, 3, 2), hidden, output)
    save_model(replace(model_of(4, 3, 2), network=network), path)
    assert load_model(path).network == network


def test_everything_else_comes_back_plain(path):
    save_model(rich_model(), path)
    model = load_model(path)
    assert (model.labels, model.image_shape, model.preprocess) == (("zéro", "one"), (2, 2), ())
    assert (model.lam, model.costs) == (1.5, [2.0, 1.0, 0.5])
    assert model.scores == {"test_accuracy": 0.9, "validation_costs": [2.0, 1.5]}
    expected = {"solver": "adam", "hidden": [3], "seed": 2**100, "plot": "a.png", "patience": None, "sha256": True}
    assert model.settings == expected


@pytest.mark.parametrize("labels", [(0, 1), (1.5, -2.5), ("A", "B"), (3, "three"), (2**62, -1)])
def test_labels_come_back_with_their_types(path, labels):
    save_model(model_of(4, 2, labels=labels), path)
    assert [(type(label), label) for label in load_model(path).labels] == [(type(label), label) for label in labels]


def test_numpy_numbers_become_python_numbers(path):
    made = {"accuracy": np.float64(0.5), "costs": np.array([1.0, 2.0])}
    save_model(model_of(4, 2, scores=made, lam=np.float32(1), labels=tuple(np.arange(2))), path)
    model = load_model(path)
    assert (model.scores, model.lam, model.labels) == ({"accuracy": 0.5, "costs": [1.0, 2.0]}, 1.0, (0, 1))
    assert type(model.labels[0]) is int


# what the file is


def test_the_same_model_gives_the_same_bytes(path):
    save_model(rich_model(), path)
    first = path.read_bytes()
    save_model(rich_model(), path)
    assert path.read_bytes() == first


def test_a_loaded_model_saves_to_the_same_bytes(path):
    save_model(rich_model(), path)
    first = path.read_bytes()
    save_model(load_model(path), path)
    assert path.read_bytes() == first


def test_shared_objects_do_not_show_in_the_bytes():
    one, name = [1.0], "".join(["a", "b"])
    shared = model_of(4, 2, scores={"a": one, "b": one}, settings={"x": name, "y": name})
    apart = model_of(4, 2, scores={"a": [1.0], "b": [1.0]}, settings={"x": "".join(["a", "b"]), "y": "ab"})
    assert dumps(to_payload(shared)) == dumps(to_payload(apart))


def plain_types(value):
    yield type(value)
    for item in (
        [*value.keys(), *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    ):
        yield from plain_types(item)


def test_a_plain_pickle_load_finds_plain_types_only(path):
    save_model(rich_model(), path)
    payload = pickle.loads(path.read_bytes())
    assert set(plain_types(payload)) <= {dict, list, str, bytes, int, float, bool, type(None)}
    assert tuple(payload) == KEYS


def test_the_file_names_no_class_and_no_function(path):
    save_model(rich_model(), path)
    names = {opcode.name for opcode, _, _ in pickletools.genops(path.read_bytes())}
    assert names <= {"PROTO", "STOP", *safe_pickle.PLAIN} - {"GLOBAL", "STACK_GLOBAL"}
    assert not {name for name in safe_pickle.PLAIN if any(word in name for word in ("REDUCE", "BUILD", "EXT", "OBJ"))}


def test_the_file_says_what_made_it_and_not_when():
    assert set(to_payload(model_of(4, 2))["made_with"]) == {"digits20", "python", "numpy"}


def test_the_order_of_keys_and_the_memo_do_not_change_the_checksum(path):
    payload = to_payload(rich_model())
    shuffled = dict(reversed(payload.items()))
    unshared = io.BytesIO()
    pickler = pickle.Pickler(unshared, protocol=5)
    pickler.fast = True  # writes no memo
    pickler.dump(shuffled)
    path.write_bytes(unshared.getvalue())
    assert load_model(path).settings == from_payload(payload, "x").settings
    assert seal(shuffled)["sha256"] == payload["sha256"]


def test_a_long_history_comes_back_and_is_quick(path):
    costs = np.random.default_rng(0).random(100_000).tolist()
    save_model(model_of(4, 2, costs=costs), path)
    assert load_model(path).costs == costs


def test_a_payload_is_named_in_its_refusal():
    with pytest.raises(ModelFileError, match=r"^there\.json: layer_sizes: a tuple"):
        from_payload(seal(to_payload(model_of(4, 2)) | {"layer_sizes": (True,)}), "there.json")


# what is never saved


@pytest.mark.parametrize("weight", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_not_saved(path, weight):
    path.write_bytes(b"old")
    model = model_of(4, 3, 2)
    model.theta[-1] = weight
    with pytest.raises(ModelFileError, match=r"model\.pkl: a weight is not a finite number"):
        save_model(model, path)
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("fields", "seen"),
    [
        ({"settings": {"solver": object()}}, "settings holds a object, which a model file cannot"),
        ({"settings": {1: "a"}}, "settings holds a dict"),
        ({"settings": {"rate": np.nan}}, "settings 'rate': nan"),
        ({"scores": {"cost": "low"}}, "scores 'cost': 'low', expected a finite number"),
        ({"scores": {"costs": [1.0, np.inf]}}, "scores 'costs': number 1 is inf"),
        ({"costs": [np.nan]}, "costs: number 0 is nan"),
        ({"lam": -1.0}, "lam: -1.0, expected 0 or more"),
        ({"labels": (0, 0)}, "labels: one of them occurs twice"),
        ({"labels": ("a", "\ud800")}, "letters that can be printed"),
        ({"labels": ("a", "b\x1b[2J")}, "letters that can be printed"),
        ({"labels": ("a", "b" * 101)}, "at most 100 letters"),
        ({"settings": {"note": "\ud800"}}, "half a character"),
        ({"labels": (0, True)}, "labels: True, expected text or a number"),
        ({"image_shape": (3, 3)}, "image_shape: [3, 3], but the network takes 4 pixels"),
        ({"preprocess": ("polish",)}, "preprocess: unknown step 'polish'"),
        ({"preprocess": ("deskew", "deskew")}, "preprocess: a step occurs twice"),
        ({"settings": {"log": "x" * 5_000_000}}, "characters of text"),
    ],
)
def test_what_could_not_be_loaded_is_not_saved(path, fields, seen):
    with pytest.raises(ModelFileError) as caught:
        save_model(model_of(4, 2, **fields), path)
    assert seen in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")
    assert not path.exists()


def test_a_folder_is_not_overwritten(tmp_path):
    with pytest.raises(ModelFileError, match="cannot be written: a folder, expected a file"):
        save_model(model_of(4, 2), tmp_path)


# what is not a model


def test_a_missing_file_is_said_to_be_missing(path):
    assert refusal(path) == "no such file"


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (b"", "empty, not a digits20 model"),
        (b"0.5,0.25,7\n", "not a digits20 model: it begins with b'0.5,0.25'"),
        (b"\x1f\x8b\x08\x00", "a truncated gzip file"),
        (b"\x80", "truncated"),
        (dumps([1]), "not a digits20 model: a pickle, but not of a dict"),
        (dumps("text"), "not a digits20 model: a pickle, but not of a dict"),
        (dumps({}), "not a digits20 model: its format is None"),
        (dumps({"theta": np.zeros(2)}), "refused: it names numpy"),
        (dumps(np.zeros(2)), "a model file holds plain values only"),
        (dumps({"a": 1}, 2), "not a digits20 model: a pickle of protocol 2, expected 4"),
        (dumps({"a": {1: 2}}), "refused: a key in it is not text"),
        (dumps({"a": {1}}), "refused: it holds EMPTY_SET at byte"),
    ],
)
def test_another_file_is_told_from_a_model(path, content, seen):
    assert seen in refusal(path, content)


def test_a_folder_is_refused(path):
    path.mkdir()
    assert refusal(path) == "a folder, expected a model file"


@posix
def test_a_pipe_is_refused_without_waiting_for_it(path):
    os.mkfifo(path)
    assert refusal(path) == "a pipe or device, expected a model file"


@posix
def test_a_pipe_that_takes_the_files_place_is_refused_without_waiting(path, monkeypatch):
    os.mkfifo(path)
    regular = Path(__file__).stat()
    monkeypatch.setattr(Path, "stat", lambda self, **_: regular)
    with pytest.raises(ModelFileError, match="a pipe or device"):
        load_model(path)


@posix
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/tty"])
def test_a_device_is_refused(device):
    with pytest.raises(ModelFileError, match=f"{device}: "):
        load_model(device)


def test_a_file_past_the_size_limit_is_not_read(path):
    path.touch()
    os.truncate(path, 2**40)  # a hole: takes no room
    assert refusal(path) == "holds more than 268435456 bytes"


def test_a_nul_in_the_name_is_refused():
    with pytest.raises(ModelFileError, match=r"a\?b: not a usable file name"):
        load_model("a\0b")


# what is hostile: values in a sealed file

THETA = to_payload(model_of(4, 3, 2))["thetas"]


def first_theta(**changes):
    return [THETA[0] | changes, THETA[1]]


BAD_VALUES = [
    ({"format": "digits21-model"}, "not a digits20 model: its format is 'digits21-model'"),
    ({"format": b"digits20-model"}, "not a digits20 model: its format is a bytes"),
    ({"version": 3}, "written by a newer digits20: version 3, this one reads 2"),
    ({"version": 2}, "the model: lacks 'layers'"),
    ({"version": 0}, "version: 0, expected 1"),
    ({"version": True}, "version: True, expected 1"),
    ({"version": 1.0}, "version: 1.0, expected 1"),
    ({"extra": 1}, "the model: unknown key 'extra'"),
    ({"layer_sizes": [4]}, "layer_sizes: [4], expected two whole numbers or more, above zero"),
    ({"layer_sizes": []}, "layer_sizes: []"),
    ({"layer_sizes": 4}, "layer_sizes: 4, expected a list"),
    ({"layer_sizes": "432"}, "layer_sizes: '432', expected a list"),
    ({"layer_sizes": [4, 0, 2]}, "layer_sizes: [4, 0, 2]"),
    ({"layer_sizes": [4, -3, 2]}, "layer_sizes: [4, -3, 2]"),
    ({"layer_sizes": [4, 3.0, 2]}, "layer_sizes: [4, 3.0, 2]"),
    ({"layer_sizes": [4, True, 2]}, "layer_sizes: [4, True, 2]"),
    ({"layer_sizes": [4, None, 2]}, "layer_sizes: [4, None, 2]"),
    ({"layer_sizes": [10**9, 10**9, 10**9]}, "theta 1 has shape [3, 5], expected [1000000000, 1000000001]"),
    ({"layer_sizes": [4, 3, 3]}, "theta 2 has shape [2, 4], expected [3, 4]"),
    ({"layer_sizes": [4, 2]}, "2 thetas for 1 layers of weights"),
    ({"layer_sizes": [1] * 100_000}, "2 thetas for 99999 layers of weights"),
    ({"hidden": "sinus"}, "hidden: 'sinus', expected sigmoid or tanh or relu"),
    ({"hidden": ["sigmoid"]}, "hidden: a list"),
    ({"output": None}, "output: None, expected sigmoid or softmax"),
    ({"output": "x" * 1000}, "output: 'xxx"),
    ({"thetas": {}}, "thetas: a dict, expected a list"),
    ({"thetas": []}, "0 thetas for 2 layers"),
    ({"thetas": [b"1", b"22"]}, "theta 1: a bytes, expected a dict"),
    ({"thetas": [{"dtype": "<f4"}, THETA[1]]}, "theta 1: lacks 'shape'"),
    ({"thetas": first_theta(strides=[4])}, "theta 1: unknown key 'strides'"),
    *[
        ({"thetas": first_theta(dtype=dtype)}, "theta 1 has dtype ")
        for dtype in (">f4", "<f2", "O", "|O8", "<i4", "V8", "f4,f4", "<c8", None, 4, ["<f4"])
    ],
    ({"thetas": first_theta(dtype="<f8")}, "theta 1 has 60 bytes, expected 120"),
    ({"thetas": first_theta(shape=[5, 3])}, "theta 1 has shape [5, 3], expected [3, 5]"),
    ({"thetas": first_theta(shape=[15])}, "theta 1 has shape [15]"),
    ({"thetas": first_theta(shape=[3, 5, 1])}, "theta 1 has shape [3, 5, 1]"),
    ({"thetas": first_theta(shape=[3.0, 5])}, "theta 1 has shape [3.0, 5]"),
    ({"thetas": first_theta(shape=[-3, -5])}, "theta 1 has shape [-3, -5]"),
    ({"thetas": first_theta(shape=3)}, "the shape of theta 1: 3, expected a list"),
    ({"thetas": first_theta(data=b"")}, "theta 1 has 0 bytes, expected 60"),
    ({"thetas": first_theta(data=bytes(61))}, "theta 1 has 61 bytes, expected 60"),
    ({"thetas": first_theta(data="0" * 60)}, "the data of theta 1 is '000"),
    ({"thetas": first_theta(data=b"\xff" * 60)}, "theta 1 holds a weight that is not a finite number"),
    ({"thetas": first_theta(data=b"\x00\x00\x80\x7f" * 15)}, "theta 1 holds a weight that is not a finite number"),
    ({"labels": [0]}, "1 labels for 2 output units"),
    ({"labels": [1, 1]}, "labels: one of them occurs twice"),
    ({"labels": [1, 1.0]}, "labels: one of them occurs twice"),
    ({"labels": [0, True]}, "labels: True, expected text or a number"),
    ({"labels": [0, None]}, "labels: None"),
    ({"labels": [0, b"1"]}, "labels: a bytes"),
    ({"labels": [0, float("nan")]}, "labels: nan"),
    ({"labels": [0, 2**64]}, "labels: 18446744073709551616"),
    ({"labels": {"0": 0, "1": 1}}, "labels: a dict, expected a list"),
    ({"image_shape": [4]}, "image_shape: [4], but the network takes 4 pixels"),
    ({"image_shape": [3, 3]}, "image_shape: [3, 3]"),
    ({"image_shape": [-2, -2]}, "image_shape: [-2, -2]"),
    ({"image_shape": [2.0, 2]}, "image_shape: [2.0, 2]"),
    ({"image_shape": [4, True]}, "image_shape: [4, True]"),
    ({"preprocess": ["os.system"]}, "preprocess: unknown step 'os.system'"),
    ({"preprocess": "deskew"}, "preprocess: 'deskew', expected a list"),
    ({"lam": -1.0}, "lam: -1.0, expected 0 or more"),
    ({"lam": float("nan")}, "lam: nan, expected a finite number"),
    ({"lam": float("inf")}, "lam: inf"),
    ({"lam": True}, "lam: True, expected a finite number"),
    ({"lam": "1"}, "lam: '1'"),
    ({"costs": [1.0, float("inf")]}, "costs: number 1 is inf"),
    ({"costs": [False]}, "costs: number 0 is False"),
    ({"costs": 1.0}, "costs: 1.0, expected a list"),
    ({"scores": []}, "scores: a list, expected a dict"),
    ({"scores": {"a": None}}, "scores 'a': None"),
    ({"scores": {"cost": [1.0]}}, "scores 'cost': "),
    ({"scores": {"validation_costs": 1.0}}, "scores 'validation_costs': "),
    ({"scores": {"a": [1.0, "b"]}}, "scores 'a': number 1 is 'b'"),
    ({"scores": {"a\n\x1b[2J": True}}, "scores 'a\\n\\x1b[2J': True"),
    ({"settings": {"a": {}}}, "settings 'a': a dict"),
    ({"settings": {"a": [[]]}}, "settings 'a': a list"),
    ({"settings": {"a": b"b"}}, "settings 'a': a bytes"),
    ({"settings": {"a": float("nan")}}, "settings 'a': nan"),
    ({"settings": None}, "settings: None, expected a dict"),
    ({"made_with": {"numpy": 2}}, "made_with: a version is not text"),
    ({"made_with": "numpy"}, "made_with: 'numpy', expected a dict"),
]


@pytest.mark.parametrize(("changes", "seen"), BAD_VALUES, ids=[seen for _, seen in BAD_VALUES])
def test_a_sealed_file_with_a_bad_value_is_refused(path, changes, seen):
    assert refusal(path, edited(**changes)).startswith(seen)


@pytest.mark.parametrize("key", KEYS)
def test_a_file_that_lacks_a_key_is_refused(path, key):
    payload = to_payload(model_of(4, 3, 2))
    del payload[key]
    refusal(path, dumps(payload if key == "sha256" else seal(payload)))


@pytest.mark.parametrize("checksum", [None, 0, b"", "", "0" * 64])
def test_a_wrong_checksum_is_refused(path, checksum):
    payload = to_payload(model_of(4, 3, 2)) | {"sha256": checksum}
    assert refusal(path, dumps(payload)).startswith("changed or damaged since it was written")


def test_an_edit_without_a_seal_is_refused(path):
    payload = to_payload(model_of(4, 3, 2)) | {"labels": [1, 0]}
    assert refusal(path, dumps(payload)).startswith("changed or damaged since it was written")


def test_labels_made_to_collide_are_refused_at_once(path):
    many = 20_000
    model = model_of(1, many)
    clash = [number * (2**61 - 1) for number in range(many)]  # all of hash 0
    assert "expected text or a number" in refusal(path, dumps(seal(to_payload(model) | {"labels": clash})))


# what is damaged


@pytest.fixture(scope="module")
def small_file():
    return dumps(to_payload(model_of(2, 2)))


def test_a_file_cut_at_any_byte_is_refused(path, small_file):
    for length in range(len(small_file)):
        refusal(path, small_file[:length])


@pytest.mark.parametrize("bits", [0x01, 0x20, 0x80, 0xFF])
def test_no_flipped_bits_go_unnoticed(path, small_file, bits):
    payload = pickle.loads(small_file)
    for position in range(len(small_file)):
        damaged = bytearray(small_file)
        damaged[position] ^= bits
        assert unnoticed_change(path, bytes(damaged), payload) is None, position


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_no_splice_goes_unnoticed(tmp_path_factory, data):
    whole = dumps(to_payload(model_of(2, 2)))
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(whole))] * 2)))
    spliced = whole[:start] + data.draw(st.binary(max_size=20)) + whole[end:]
    path = tmp_path_factory.getbasetemp() / "spliced.pkl"
    assert unnoticed_change(path, spliced, pickle.loads(whole)) is None


def unnoticed_change(path, content, payload):
    """The content, where it loads as something else than the payload."""
    path.write_bytes(content)
    try:
        model = load_model(path)
    except ModelFileError:
        return None
    made_with = pickle.loads(content)["made_with"]
    again = seal(to_payload(model) | {"made_with": made_with})
    return None if again == payload else content


# two at once


def test_two_savers_of_one_path_leave_one_whole_model(path):
    models = [model_of(4, 3, 2, lam=lam) for lam in (1.0, 2.0)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(save_model, models * 10, [path] * 20))
    assert load_model(path).lam in (1.0, 2.0)
    assert list(path.parent.iterdir()) == [path]


# version 2: networks with convolutions


def lenet(**fields):
    network = Network((8, 9), [Conv(3, 3), MaxPool(2), Conv(4, 2, groups=1), 5, 2], "relu", "softmax")
    theta = np.float32(network.initial_theta(0)).astype(np.float64)
    return Model(network, theta, **({"labels": (0, 1), "image_shape": (8, 9)} | fields))


def edited_lenet(**changes):
    return dumps(seal(to_payload(lenet()) | changes))


def edited_layers(number, **changes):
    layers = to_payload(lenet())["layers"]
    layers[number] = layers[number] | changes
    return edited_lenet(layers=layers)


def test_a_lenet_comes_back_bit_by_bit(path):
    save_model(lenet(), path)
    assert load_model(path).network == lenet().network
    assert load_model(path).theta.tobytes() == lenet().theta.tobytes()


def test_groups_come_back(path):
    model = merge([replace(lenet(), scores={"cost": 1.0}) for _ in range(3)])
    save_model(model, path)
    assert load_model(path).network == model.network


def test_dense_networks_are_still_written_as_version_1():
    assert to_payload(model_of(4, 3, 2))["version"] == 1
    assert "layers" not in to_payload(model_of(4, 3, 2))
    assert to_payload(lenet())["version"] == 2


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        (lambda: edited_lenet(version=1), "unknown key 'layers'"),
        (lambda: edited_lenet(layers={}), "layers: a dict, expected a list"),
        (lambda: edited_lenet(layers=[]), "0 layers, expected 1 to 100"),
        (lambda: edited_lenet(layers=[{"kind": "pool", "size": 1} for _ in range(101)]), "101 layers"),
        (lambda: edited_lenet(layers=["conv 3 3"]), "a layer: 'conv 3 3', expected a dict"),
        (lambda: edited_lenet(confidence=1.0), "confidence: 1.0, expected a dict"),
        (lambda: edited_lenet(image_shape=[36, 2]), "the maps below are 36×2"),
        (lambda: edited_lenet(layer_sizes=[72, 36, 16, 5, 2]), "but the layers make others"),
        (lambda: edited_layers(0, kind="lstm"), "kind is none of dense, conv, pool"),
        (lambda: edited_layers(0, size=40), "the maps below are 8×9, smaller than a patch"),
        (lambda: edited_layers(0, channels=-3), "expected whole numbers channels, size, groups"),
        (lambda: edited_layers(0, channels=4), "but the layers make others"),
        (lambda: edited_layers(2, groups=2), "do not fall into 2 equal groups"),
        (lambda: edited_layers(4, units=3), "but the layers make others"),
    ],
)
def test_a_sealed_file_with_bad_layers_is_refused(path, data, seen):
    assert re.search(seen, refusal(path, data()))


def test_maps_that_no_memory_holds_are_refused_before_anything_is_made(path):
    """300,000 channels of 1×1 patches are a file of 2.4 MB, and 100 MB an image."""
    layers = [{"kind": "conv", "channels": 300_000, "size": 1, "groups": 1}, {"kind": "pool", "size": 8}]
    layers += [{"kind": "dense", "units": 2, "groups": 1}]
    network = Network((8, 9), [Conv(300_000, 1), MaxPool(8), 2])
    thetas = [
        {"dtype": "<f4", "shape": list(shape), "data": bytes(4 * shape[0] * shape[1])} for shape in network.shapes
    ]
    data = edited_lenet(layers=layers, layer_sizes=list(network.layer_sizes), thetas=thetas)
    assert "MiB an image, expected at most 64" in refusal(path, data)
