"""Others' weights in: what is read, what is undone, and that nothing in a stranger's file runs."""

import io
import json
import os
import pickle
import struct
import zipfile
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from digits20 import Digits20Error, ModelFileError, Network
from digits20.data.readers.arrays.numpy_pickle import MAX_OPCODES
from digits20.persistence.thetas import import_thetas
from digits20.system.shipped import shipped

SIZES = (4, 3, 10)  # images of 2x2 pixels
RNG = np.random.default_rng(0)
THETAS = [RNG.normal(size=shape) for shape in Network(SIZES).shapes]
COURSE = [THETAS[0][:, [0, 1, 3, 2, 4]], THETAS[1][[*range(1, 10), 0]]]  # pixels column by column, unit 10 is the 0
PROTOCOLS = range(6)


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Writes bytes to the file `weights` and imports that by its relative name."""
    monkeypatch.chdir(tmp_path)

    def read(data, **options):
        (tmp_path / "weights").write_bytes(data)
        return import_thetas("weights", **options)

    return read


@pytest.fixture
def refusal(read, tmp_path):
    """The message, without the file's name, with which a content is refused; no other file may appear."""

    def refusal(data, **options):
        with pytest.raises(ModelFileError) as caught:
            read(data, **options)
        message = str(caught.value)
        assert message.startswith("weights: ")
        assert "\n" not in message
        assert [path.name for path in tmp_path.iterdir()] == ["weights"]
        return message.removeprefix("weights: ")

    return refusal


def mat(**variables):
    file = io.BytesIO()
    savemat(file, variables)
    return file.getvalue()


def npz(*arrays, **named):
    file = io.BytesIO()
    np.savez_compressed(file, *arrays, **named)
    return file.getvalue()


def as_json(value):
    return json.dumps(value, default=lambda array: array.tolist()).encode()


def named(arrays):
    return {f"Theta{number}": array for number, array in enumerate(arrays, start=1)}


def same(model, Thetas):
    return all(map(np.array_equal, model.Thetas, Thetas))


# ---- what is read


def test_the_courses_weights_read_our_images(read):
    model = read(mat(**named(COURSE)))
    assert same(model, THETAS)
    assert (model.network, model.labels, model.image_shape) == (Network(SIZES), tuple(range(10)), (2, 2))


def test_the_courses_weights_answer_as_the_course_computes(read):
    image = RNG.random((2, 2))
    A = np.concatenate([[1], image.ravel(order="F")])
    for Theta in COURSE:
        A = np.concatenate([[1], 1 / (1 + np.exp(-Theta @ A))])
    H = read(mat(**named(COURSE))).outputs(image.reshape(1, 4))[0]
    np.testing.assert_allclose(H, A[[10, *range(1, 10)]], rtol=1e-12)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "make",
    [
        list,
        tuple,
        named,
        lambda arrays: [array.astype("<f4").astype(">f4") for array in arrays],
        lambda arrays: [array.astype(">f8") for array in arrays],
        lambda arrays: [array.astype("f2") for array in arrays],
        lambda arrays: [np.asfortranarray(array) for array in arrays],
        lambda arrays: [np.repeat(array, 2, axis=1)[:, ::2] for array in arrays],
        lambda arrays: [np.frombuffer(array.tobytes()).reshape(array.shape) for array in arrays],
        lambda arrays: [array.view(np.matrix) for array in arrays],
    ],
    ids=["list", "tuple", "dict", ">f4", ">f8", "f2", "Fortran", "strided", "read-only", "matrix"],
)
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_pickles_of_all_protocols_are_read(read, protocol, make):
    arrays = make(THETAS)
    expected = list(arrays.values()) if isinstance(arrays, dict) else arrays
    assert same(read(pickle.dumps(arrays, protocol)), expected)


def of_numpy_1(data):
    """The pickle as NumPy 1 wrote it."""
    for module in (b"multiarray", b"numeric"):
        new, old = b"numpy._core." + module, b"numpy.core." + module
        data = data.replace(b"\x8c" + bytes([len(new)]) + new, b"\x8c" + bytes([len(old)]) + old).replace(new, old)
    return data


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_pickles_of_numpy_1_are_read(read, protocol):
    data = of_numpy_1(pickle.dumps(THETAS, protocol))
    assert b"_core" not in data
    assert same(read(data), THETAS)


def python_2(array, protocol):
    """The array as a Python 2 with NumPy 1 pickled it in a list: bytes are strings there."""

    def string(data):
        if not protocol:
            return b"S" + repr(data)[1:].encode() + b"\n"
        return b"T" + struct.pack("<i", len(data)) + data

    shape = b"(I%d\nI%d\nt" % array.shape
    dtype = b"cnumpy\ndtype\n(" + string(b"f8") + b"I0\nI1\ntR(I3\n" + string(b"<") + b"NNNI-1\nI-1\nI0\ntb"
    new = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\nt" + string(b"b") + b"tR"
    return new + b"(I1\n" + shape + dtype + b"I00\n" + string(array.tobytes()) + b"tb"


@pytest.mark.parametrize("protocol", [0, 1])
def test_pickles_of_python_2_are_read(read, protocol):
    assert same(read(b"(" + b"".join(python_2(array, protocol) for array in THETAS) + b"l."), THETAS)


@pytest.mark.parametrize(
    "data",
    [
        npz(*THETAS),
        npz(**named(THETAS)),
        npz(**named(THETAS), labels=np.arange(10), hidden=np.array("sigmoid")),
        npz(theta_1=THETAS[0], theta_2=THETAS[1]),
        as_json(THETAS),
        as_json(named(THETAS)),
        b" \n" + as_json({"lambda": 1, **named(THETAS)}),
        as_json({f"Theta{number}": THETAS[number - 1] for number in (2, 1)}),
    ],
    ids=count(),  # compressed files tell the time
)  # fmt: skip
def test_npz_and_json_hold_the_same(read, data):
    model = read(data)
    assert same(model, THETAS)
    assert (model.labels, model.image_shape) == (tuple(range(10)), (2, 2))


@pytest.mark.parametrize("data", [npz(*COURSE), as_json(COURSE), pickle.dumps(COURSE)], ids=[".npz", "JSON", "pickle"])
def test_options_undo_the_courses_order_in_any_file(read, data):
    assert same(read(data, order="F", ten_is_zero=True), THETAS)


def test_options_keep_a_mat_file_as_it_is(read):
    assert same(read(mat(**named(THETAS)), order="C", ten_is_zero=False), THETAS)


def test_ten_is_zero_means_ten_units(read, refusal):
    assert same(read(mat(Theta1=THETAS[0]), order="C"), THETAS[:1])
    assert refusal(mat(Theta1=THETAS[0]), ten_is_zero=True) == "3 outputs, ten_is_zero means 10"


def test_other_outputs_are_labelled_from_zero(read):
    assert read(pickle.dumps(THETAS[:1])).labels == (0, 1, 2)


def test_activations_are_named(read):
    model = read(pickle.dumps(THETAS), hidden="tanh", output="softmax")
    assert model.network == Network(SIZES, "tanh", "softmax")
    with pytest.raises(Digits20Error, match="hidden activation 'step'"):
        read(pickle.dumps(THETAS), hidden="step")


def test_more_than_nine_layers_stay_in_order(read):
    arrays = [RNG.normal(size=(4, 5)) for _ in range(12)]
    assert same(read(npz(**named(arrays))), arrays)


# ---- what does not fit


NAN = [THETAS[0], np.full((10, 4), np.nan)]
MISFITS = [
    ([THETAS[1], THETAS[0]], "matrix 2 is 3×5, expected 3×11 above the 10 units of matrix 1"),
    ([THETAS[0], THETAS[1].T], "matrix 2 is 4×10, expected 4×4 above the 3 units of matrix 1"),
    ([THETAS[0][:, :4], THETAS[1]], "3 inputs, expected the pixels of a square image: 1 (1×1) or 4 (2×2)"),
    (NAN, "matrix 2 holds a weight that is not a finite number"),
    ([THETAS[0], THETAS[1][:1]], "1 output unit, expected one for each of two labels or more"),
    ([], "no matrices"),
]


@pytest.mark.parametrize(("arrays", "message"), MISFITS)
def test_matrices_that_do_not_chain_are_refused(refusal, arrays, message):
    assert refusal(pickle.dumps(arrays)) == message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (mat(X=THETAS[0]), "no Theta1, Theta2 and so on; found X"),
        (mat(Theta1=THETAS[0], Theta3=THETAS[1]), "Theta1, Theta3: not one after another"),
        (mat(Theta2=THETAS[0]), "Theta2: not one after another"),
        (mat(Theta1="text"), "Theta1 is of MATLAB's class char, expected numbers"),
        (mat(Theta1=THETAS[0] * 1j), "Theta1 is of MATLAB's class complex, expected numbers"),
        (mat(Theta1=np.zeros((3, 5, 2))), "Theta1 is 3×5×2, expected a matrix (out, 1 + in)"),
        (mat(Theta1=THETAS[0])[:-9], "a damaged or truncated MATLAB file (ends within an element)"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file, damaged or truncated"),
        (npz(), "no Theta1, Theta2 and so on; found nothing"),
        (npz(X=THETAS[0], y=[1]), "no Theta1, Theta2 and so on; found X, y"),
        (npz(np.array([None])), "arr_0 holds object, expected numbers"),
        (npz(np.array([["a"]])), "arr_0 holds <U1, expected numbers"),
        (npz(np.float64(1)), "arr_0 is a single number, expected a matrix (out, 1 + in)"),
        (npz(np.zeros((0, 5))), "arr_0 is 0×5, expected a matrix (out, 1 + in)"),
        (npz(np.zeros(5)), "arr_0 is 5, expected a matrix (out, 1 + in)"),
        (npz(*THETAS)[:-30], "a damaged or truncated .npz file (no directory)"),
        (npz(**{f"Theta{number}": np.zeros((1500, 1501)) for number in range(1, 12)}),
         "Theta8 holds more than 134217728 bytes"),
        (b"", "empty"),
        (b"[]", "no matrices"),
        (b"{}", "no Theta1, Theta2 and so on; found nothing"),
        (b'{"format": "digits20-model"}', "a whole digits20 model, load_model reads it"),
        (b'{"Theta1": 1}', "'Theta1' is no list of rows"),
        (b"[[1, 2]]", "matrix 1 is 2, expected a matrix (out, 1 + in)"),
        (b"[[]]", "'matrix 1' is no list of rows"),
        (b"[[[]]]", "matrix 1 is 1×0, expected a matrix (out, 1 + in)"),
        (b"[[[1, 2], [1]]]", "'matrix 1' row 2: 1 numbers, expected 2"),
        (b'[[[1, "2"]]]', "'matrix 1' row 1: not only numbers"),
        (b"[[[1, true]]]", "'matrix 1' row 1: not only numbers"),
        (b"[[[1, null]]]", "'matrix 1' row 1: not only numbers"),
        (b"[[[1, [2]]]]", "'matrix 1' row 1: not only numbers"),
        (b"[[[1, NaN]]]", "refused: it holds NaN, which JSON does not know"),
        (b"[[[1, -Infinity]]]", "refused: it holds -Infinity, which JSON does not know"),
        (b"[[[1, 1e999]]]", "refused: 1e999 is not a finite number"),
        (b"[[[1, " + b"9" * 41 + b"]]]", "refused: an integer of 41 digits"),
        (b'{"Theta1": [[1]], "Theta1": [[1]]}', "refused: the key 'Theta1' occurs twice"),
        (b"[" * 10**6, "refused: nested more than 5 deep"),
        (b"[" + b"[]," * 10**6, "refused: more than 100000 lists and objects, or one that never opened"),
        (b"[[[" + b"1," * 4_000_001, "refused: more than 4000000 values"),
        (b"[" + b'"",' * 200_000, "refused: more than 100000 texts"),
        (b"[[[1, 2]]", "damaged: no JSON at line 1 column 10"),
        (b"[[[1, 2]]] more", "damaged: no JSON at line 1 column 12"),
        (b'["\xff"]', "damaged: holds text that is not UTF-8"),
        (b'["\\ud800"]', "refused: it holds half a character (a surrogate)"),
    ],
    ids=count(),  # compressed files tell the time
)  # fmt: skip
def test_other_files_that_do_not_fit_are_refused(refusal, data, message):
    assert refusal(data) == message


def test_a_zip_bomb_is_refused(refusal):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Theta1.npy", bytes(200 * 2**20))
    assert refusal(file.getvalue()) == "Theta1 holds more than 134217728 bytes"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("missing.mat", "missing.mat: no such file"),
        (".", ".: a folder, expected a file"),
        ("/dev/zero", "/dev/zero: a pipe or device, expected a file"),
    ],
)
def test_what_is_no_file_is_refused(tmp_path, monkeypatch, path, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelFileError) as caught:
        import_thetas(path)
    assert str(caught.value) == message


# ---- hostile pickles


class Evil:
    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


TOUCH = (os.system, ("touch canary",))
ONE = pickle.dumps([np.ones((2, 2))], 2)
NEW = b"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR"
F8 = b"cnumpy\ndtype\n(U\x02f8\x89\x88tR(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"


def array(shape=b"(K\x02K\x02t", dtype=F8, fortran=b"\x89", data=b"U\x20" + bytes(32), version=b"K\x01"):
    return NEW + b"(" + version + shape + dtype + fortran + data + b"tb"


def frombuffer(*arguments):
    return b"(cnumpy._core.numeric\n_frombuffer\n(" + b"".join(arguments) + b"tRl."


NAMES_NO_ARRAY = ", a list of matrices needs none"
NO_CALL = "refused: it calls what NumPy's own pickles do not"
NO_STATE = "refused: an array of another make than NumPy's"
DISORDER = "damaged: its values are out of order"
NO_SIZE = "refused: an array of no possible dtype or size"
SYSTEM = f"refused: it names {os.system.__module__}.system{NAMES_NO_ARRAY}"

HOSTILE = [
    *[(pickle.dumps(Evil(*TOUCH), protocol), SYSTEM) for protocol in PROTOCOLS],
    *[(pickle.dumps([np.ones((2, 2)), Evil(*TOUCH)], protocol), SYSTEM) for protocol in PROTOCOLS],
    (pickle.dumps(Evil(eval, ("1",))), f"refused: it names builtins.eval{NAMES_NO_ARRAY}"),
    (b"cos\nsystem\n(S'touch canary'\ntR.", f"refused: it names os.system{NAMES_NO_ARRAY}"),
    (b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x0ctouch canary\x85R.", f"refused: it names os.system{NAMES_NO_ARRAY}"),
    (b"cnumpy\nndarray.__class__\n.", f"refused: it names numpy.ndarray.__class__{NAMES_NO_ARRAY}"),
    (b"cnumpy.core.multiarray\nscalar\n.", f"refused: it names numpy.core.multiarray.scalar{NAMES_NO_ARRAY}"),
    (b"cnumpy.lib.format\nread_array\n.", f"refused: it names numpy.lib.format.read_array{NAMES_NO_ARRAY}"),
    (b"c\x1b[31m\nred\n.", f"refused: it names \\x1b[31m.red{NAMES_NO_ARRAY}"),
    (b"\x80\x04K\x01\x8c\x06system\x93.", DISORDER),
    # opcodes that no list of arrays needs
    (b"(S'touch canary'\nios\nsystem\n.", "refused: it holds INST at byte 17, a list of matrices needs none"),
    (b"(cos\nsystem\nS'touch canary'\no.", f"refused: it names os.system{NAMES_NO_ARRAY}"),
    (b"(o.", "refused: it holds OBJ at byte 1, a list of matrices needs none"),
    (b"\x80\x02cnumpy\nndarray\n)\x81.", "refused: it holds NEWOBJ at byte 18, a list of matrices needs none"),
    (b"\x80\x04)}\x92.", "refused: it holds NEWOBJ_EX at byte 4, a list of matrices needs none"),
    (b"\x82\x01.", "refused: it holds EXT1 at byte 0, a list of matrices needs none"),
    (b"\x83\x01\x00.", "refused: it holds EXT2 at byte 0, a list of matrices needs none"),
    (b"\x84\x01\x00\x00\x00.", "refused: it holds EXT4 at byte 0, a list of matrices needs none"),
    (b"Pid\n.", "refused: it holds PERSID at byte 0, a list of matrices needs none"),
    (b"K\x01Q.", "refused: it holds BINPERSID at byte 2, a list of matrices needs none"),
    (b"\x80\x05\x97.", "refused: it holds NEXT_BUFFER at byte 2, a list of matrices needs none"),
    (b"K\x012.", "refused: it holds DUP at byte 2, a list of matrices needs none"),
    (b"\x80\x04\x8f.", "refused: it holds EMPTY_SET at byte 2, a list of matrices needs none"),
    (b"\x8b\xff\xff\xff\x7f.", "refused: it holds LONG4 at byte 0, a list of matrices needs none"),
    (b"\xff", "damaged: byte 0 is not a pickle's"),
    # calls and states that NumPy does not write
    (b"cnumpy\nndarray\n((K\x01tU\x01OU\x08AAAAAAAAtR.", NO_CALL),
    (b"(cnumpy.core.multiarray\n_reconstruct\n(cnumpy\ndtype\n(K\x00tU\x01btRl.", NO_CALL),
    (NEW.replace(b"K\x00", b"K\x09") + b".", NO_CALL),
    (NEW.replace(b"U\x01b", b"U\x01O") + b".", NO_CALL),
    (b"c_codecs\nencode\n(X\x01\x00\x00\x00aX\x03\x00\x00\x00hextR.", NO_CALL),
    (b"c_codecs\nencode\n(K\x01X\x06\x00\x00\x00latin1tR.", NO_CALL),
    (b"cnumpy\ndtype\n(U\x01O\x89\x88tR.", "its arrays hold 'O', expected numbers"),
    (b"cnumpy\ndtype\n(U\x03f16\x89\x88tR.", "its arrays hold 'f16', expected numbers"),
    (b"cnumpy\ndtype\n(U\x02f8\x88\x88tR.", NO_CALL),
    (b"cnumpy\ndtype\n(cnumpy\ndtype\n\x89\x88tR.", NO_CALL),
    (b"K\x01)R.", NO_CALL),
    (b"cnumpy\ndtype\n]R.", NO_CALL),
    (b"(K\x01cnumpy\ndtype\nb.", NO_STATE),
    (b"]}b.", NO_STATE),
    (b"(" + F8.replace(b"<", b"|") + b"l.", NO_STATE),
    (b"(" + F8.replace(b"NNN", b"NN]") + b"l.", NO_STATE),
    (b"(" + F8.replace(b"K\x00tb", b"K?tb") + b"l.", NO_STATE),
    (b"(" + array() + b"(K\x01(K\x02K\x02t" + F8 + b"\x89U\x20" + bytes(32) + b"tbl.", NO_STATE),
    (b"(" + array(version=b"K\x02") + b"l.", NO_STATE),
    (b"(" + array(fortran=b"K\x05") + b"l.", NO_STATE),
    (b"(" + array(data=b"]") + b"l.", NO_STATE),
    (b"(" + array(dtype=b"U\x02f8") + b"l.", NO_STATE),
    (b"(" + array(shape=b"K\x04") + b"l.", NO_STATE),
    (pickle.dumps(np.array([None])), "its arrays hold 'O8', expected numbers"),
    (pickle.dumps([np.array([[1, 2]])]), "1 output unit, expected one for each of two labels or more"),
    (pickle.dumps([np.array([[1j, 2]])]), "its arrays hold 'c16', expected numbers"),
    (pickle.dumps([np.zeros(2, "f8,f8")]), "its arrays hold 'V16', expected numbers"),
    (pickle.dumps([np.array([["a"]])]), "its arrays hold 'U1', expected numbers"),
    # sizes
    (b"(" + array(data=b"U\x1f" + bytes(31)) + b"l.", "an array of 2×2 promises 32 bytes, has 31"),
    (b"(" + array(shape=b"(K\x03K\x02t") + b"l.", "an array of 3×2 promises 48 bytes, has 32"),
    (b"(" + array(shape=b"(J\xff\xff\xff\x7fJ\xff\xff\xff\x7ft") + b"l.",
     f"an array of 2147483647×2147483647 promises {8 * (2**31 - 1) ** 2} bytes, has 32"),
    (b"(" + array(shape=b"(I" + b"9" * 100 + b"\nK\x02t") + b"l.", "refused: an integer of 333 bits"),
    (b"(" + array(shape=b"(I" + b"9" * 30 + b"\nK\x02t") + b"l.", NO_SIZE),
    (b"(" + array(shape=b"(J\xfe\xff\xff\xffJ\xfe\xff\xff\xfft") + b"l.", NO_SIZE),
    (b"(" + array(shape=b"(K\x00K\x02t", data=b"U\x00") + b"l.", NO_SIZE),
    (b"(" + array(shape=b")") + b"l.", NO_SIZE),
    (b"(" + array(shape=b"(K\x02\x88K\x02t") + b"l.", NO_SIZE),
    (b"(" + array(shape=b"(" + b"K\x01" * 40 + b"t", data=b"U\x08" + bytes(8)) + b"l.", NO_SIZE),
    (b"(" + array(dtype=b"cnumpy\ndtype\n(U\x02f8\x89\x88tR") + b"l.", NO_SIZE),
    (b"(" + array(data=b"X\x02\x00\x00\x00\xc4\x80") + b"l.", "damaged: text in the place of bytes"),
    (frombuffer(b"U\x08" + bytes(8), F8, b"(K\x01K\x01t", b"U\x01C"), NO_CALL),
    (frombuffer(b"C\x08" + bytes(8), F8, b"(K\x01K\x01t", b"U\x01X"), NO_CALL),
    (frombuffer(b"C\x08" + bytes(8), F8, b"(K\x01K\x02t", b"U\x01C"), "an array of 1×2 promises 16 bytes, has 8"),
    (b"(" + array() + b"q\x00" + b"h\x00" * 9 + b"l.", "refused: one array many times over"),
    (b"(X\x64\x00\x00\x00" + b"a" * 100 + b"q\x000" + b"c_codecs\nencode\n(h\x00X\x06\x00\x00\x00latin1tR0" * 9 + b"l.",
     "refused: it holds POP at byte 108, a list of matrices needs none"),
    (b"(X\x64\x00\x00\x00" + b"a" * 100 + b"q\x00" + b"c_codecs\nencode\n(h\x00X\x06\x00\x00\x00latin1tR" * 30 + b"l.",
     "a pickle, but not of a list of matrices: item '0' is of type str"),
    # shape of the whole
    (b"", "empty"),
    (b"(", "truncated"),
    (ONE[:-1], "truncated"),
    (ONE[:40], "truncated or damaged: GLOBAL at byte 5 does not end"),
    (b"X\xff\xff\xff\x7fa", "truncated or damaged: BINUNICODE at byte 0 does not end"),
    (b"\x8d\xff\xff\xff\xff\xff\xff\xff\xffa", "truncated or damaged: BINUNICODE8 at byte 0 does not end"),
    (b"\x96\xff\xff\xff\xff\xff\xff\xff\x7fa", "truncated or damaged: BYTEARRAY8 at byte 0 does not end"),
    (b"T\xff\xff\xff\xffa", "truncated or damaged: BINSTRING at byte 0 does not end"),
    (b"I" + b"9" * 10**6 + b"\n.", "truncated or damaged: INT at byte 0 does not end"),
    (b"S'a\n.", "truncated or damaged: STRING at byte 0 does not end"),
    (b"S'\\q'\n.", "a pickle, but not of a list of matrices"),
    (b"Va\\ud800\n.", "refused: it holds half a character (a lone surrogate)"),
    (ONE + b"x", "refused: 1 bytes after its end"),
    (b"K\x01.", "a pickle, but not of a list of matrices"),
    (b"(K\x01l.", "a pickle, but not of a list of matrices: item '0' is of type int"),
    (b"]q\x00h\x00a.", "refused: a value in it occurs in two places"),
    (b"(]l.", "a pickle, but not of a list of matrices: item '0' is of type list"),
    (b"(" + NEW + b"l.", "a pickle, but not of a list of matrices: item '0' is of type pickledarray"),
    (b"(cnumpy\nndarray\nl.", "a pickle, but not of a list of matrices: item '0' is of type name"),
    (pickle.dumps({"lambda": 1}), "a pickle, but not of a list of matrices: item 'lambda' is of type int"),
    (pickle.dumps({1: THETAS[0]}), "refused: a key in it is not text"),
    (b"}(U\x01a" + array() + b"U\x01a" + array() + b"u.", "refused: the key 'a' occurs twice"),
    (b"}(U\x01au.", DISORDER),
    (b"K\x01K\x02.", DISORDER),
    (b".", DISORDER),
    (b"t.", DISORDER),
    (b"(.", DISORDER),
    (b"q\x00.", DISORDER),
    (b"h\x07.", DISORDER),
    (b"g-1\n.", DISORDER),
    (b"Np99999999999\n.", DISORDER),
    (b"K\x01K\x01a.", DISORDER),
    (b")" + b"\x85" * 5000 + b".", "refused: nested more than 5 deep"),
    (b"N" * (MAX_OPCODES + 9), f"refused: more than {MAX_OPCODES} opcodes"),
    (b"(" * (MAX_OPCODES // 2 - 1) + b"t" * (MAX_OPCODES // 2 - 1) + b".",
     "refused: nested more than 5 deep"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "message"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_pickles_are_refused_and_run_nothing(refusal, data, message):
    assert refusal(data) == message


@given(
    st.sampled_from([*(pickle.dumps(THETAS, protocol) for protocol in PROTOCOLS), npz(*THETAS), as_json(THETAS)]),
    st.randoms(use_true_random=False),
    st.integers(1, 4),
)
@settings(max_examples=100, deadline=None)
def test_mutated_weights_are_refused_or_read_in_the_same_shape(tmp_path_factory, data, rng, mutations):
    mutated = bytearray(data)
    for _ in range(mutations):
        mutated[rng.randrange(len(mutated))] = rng.randrange(256)
    path = tmp_path_factory.getbasetemp() / "mutated weights"
    path.write_bytes(mutated)
    try:
        model = import_thetas(path)
    except ModelFileError:
        return
    assert np.isfinite(model.theta).all()
    assert model.theta.size == model.network.size


# ---- weights and biases apart, by whatever names and either way round

DEEP = Network((4, 3, 5, 10))
LAYERS = [RNG.normal(size=shape) for shape in DEEP.shapes]
PAIRS = [(Theta[:, 1:], Theta[:, 0]) for Theta in LAYERS]
WEIGHTS, BIASES = [W for W, _ in PAIRS], [b for _, b in PAIRS]


def numbered(word, arrays):
    return {f"{word}{number}": array for number, array in enumerate(arrays, start=1)}


APART = numbered("W", WEIGHTS) | numbered("b", BIASES)


def turned(arrays):
    return {name: array.T if array.ndim == 2 else array[None] for name, array in arrays.items()}


IN_TURN = [part for W, b in PAIRS for part in (W, b)]
OF_OTHERS = {
    "W1, b1": npz(**APART),
    "W1 (in, out)": npz(**turned(APART)),
    "a pickle with other keys": pickle.dumps(APART | {"layerSizes": [4, 3, 5, 10], "name": "net"}),
    "in turn": pickle.dumps(IN_TURN),
    "JSON, a pair per layer": as_json(PAIRS),
    "JSON, weights and biases": as_json([WEIGHTS, BIASES]),
    "its activation beside": npz(**APART, activation="logistic", optimizer="adam"),
    "in turn, (in, out)": pickle.dumps([part.T if part.ndim == 2 else part[None] for part in IN_TURN]),
    "numpy.savez in turn": npz(*IN_TURN),
    "Nielsen's": as_json({"sizes": [4, 3, 5, 10], "weights": WEIGHTS, "biases": [b[:, None] for b in BIASES]}),
    "scikit-learn's": npz(**numbered("coefs_", [W.T for W in WEIGHTS]), **numbered("intercepts_", BIASES)),
    "theta1, b1": as_json(numbered("theta", WEIGHTS) | numbered("b", BIASES)),
    "a pair per layer": pickle.dumps([(W, b) for W, b in PAIRS]),
    "biases first, weights after them": pickle.dumps([BIASES, WEIGHTS]),
    "a dict per layer": as_json({"layers": [{"weights": W, "bias": b} for W, b in PAIRS]}),
    "lists of scikit-learn's": as_json({"coefs": [W.T for W in WEIGHTS], "intercepts": BIASES}),
    "gradients beside": npz(**APART, **{f"d{name}": array * 0 for name, array in APART.items()}),
    "hidden and output": npz(
        **numbered("W_hidden", WEIGHTS[:2]), **numbered("b_hidden", BIASES[:2]), W_output=WEIGHTS[2], b_output=BIASES[2]
    ),
    "Theta (1 + in, out)": pickle.dumps([Theta.T for Theta in LAYERS]),
}  # fmt: skip


@pytest.mark.parametrize("content", OF_OTHERS.values(), ids=OF_OTHERS)
def test_the_layers_of_others_are_read(read, content):
    model = read(content)
    assert model.network.layer_sizes == (4, 3, 5, 10)
    assert all(map(np.allclose, model.Thetas, LAYERS))


def test_files_of_one_array_each_are_read_together(tmp_path):
    for name, array in APART.items():
        np.save(tmp_path / f"{name}.npy", array)
    model = import_thetas(*[tmp_path / f"{name}.npy" for name in APART])
    assert all(map(np.allclose, model.Thetas, LAYERS))


def test_text_files_are_read_together(tmp_path):
    for name, array in APART.items():
        np.savetxt(tmp_path / f"{name}.txt", array)
    model = import_thetas(*[tmp_path / f"{name}.txt" for name in APART])
    assert all(map(np.allclose, model.Thetas, LAYERS))


def test_a_text_file_may_hold_all_matrices(read):
    blocks = [f"# {name}\n{text_of(array)}" for name, array in APART.items()]
    assert all(map(np.allclose, read("".join(blocks).encode()).Thetas, LAYERS))


def text_of(array):
    return "".join(" ".join(map(str, row)) + "\n" for row in np.atleast_2d(array))


def test_biases_may_be_in_a_file_of_their_own(tmp_path):
    (tmp_path / "weights.pkl").write_bytes(pickle.dumps(WEIGHTS))
    (tmp_path / "biases.pkl").write_bytes(pickle.dumps([b[:, None] for b in BIASES]))
    model = import_thetas(tmp_path / "weights.pkl", biases=tmp_path / "biases.pkl")
    assert all(map(np.allclose, model.Thetas, LAYERS))


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


REFUSED_LAYERS = {
    "an ONNX model: save its initializers with numpy.savez": b"\x08\x08\x12\x07pytorch\x1a\x052.1.0",
    "nn_params is one vector of 85 weights, expected a matrix for each layer": npz(nn_params=np.ones(85)),
    "a safetensors file: save its tensors with numpy.savez": b'\x40\0\0\0\0\0\0\0{"W1": {"dtype": "F32"}}',
    "no biases, expected one for each unit": pickle.dumps(WEIGHTS),
    "a single .npy array, give the files of all layers together": npy(LAYERS[0]),
    "text, one matrix of 2×3, give the files of all layers together": b"1 2 3\n4 5 6\n",
    "a whole digits20 model, load_model reads it": Path(shipped("models/course.pkl")).read_bytes(),
    "activation 'identity', expected one of sigmoid, tanh, relu": npz(**APART, activation="identity"),
    "activation 'linear', expected": pickle.dumps({**APART, "activation": "linear"}),
    "sizes [4, 3, 6, 10], but its weights make [4, 3, 5, 10]": as_json(
        {"sizes": [4, 3, 6, 10], "weights": WEIGHTS, "biases": BIASES}
    ),
    "layers that do not chain": npz(W1=np.ones((4, 3)), b1=np.ones(3), W2=np.ones((9, 9)), b2=np.ones(9)),
    "2 matrices of weights but 1 of biases": npz(W1=np.ones((4, 3)), b1=np.ones(3), W2=np.ones((3, 9))),
}  # fmt: skip


@pytest.mark.parametrize(("message", "content"), REFUSED_LAYERS.items(), ids=REFUSED_LAYERS)
def test_layers_that_tell_no_network_are_refused(refusal, message, content):
    assert refusal(content).startswith(message)


@pytest.mark.parametrize("write", [lambda held: npz(**held), as_json, pickle.dumps], ids=["npz", "JSON", "pickle"])
def test_what_the_file_says_of_its_network_is_taken(read, caplog, write):
    model = read(write({**APART, "activation": "relu", "classes_": list("abcdefghij"), "X_mean": [0.1], "std": [2.0]}))
    assert (model.network.hidden, model.labels) == ("relu", tuple("abcdefghij"))
    assert "X_mean, std taken into the first layer" in caplog.text


@pytest.mark.parametrize("largest", [1, 255])
def test_a_mean_and_std_beside_the_weights_are_taken_into_the_first_layer(read, largest):
    mean, std = RNG.uniform(0.1, 0.9, 4), RNG.uniform(0.1, 0.5, 4)
    W = WEIGHTS[0] * std
    held = {**APART, "W1": W, "b1": BIASES[0] + WEIGHTS[0] @ mean, "mean_": mean * largest, "scale_": std * largest}
    assert all(map(np.allclose, read(npz(**held)).Thetas, LAYERS))


def test_a_mean_without_std_is_said_to_be_not_used(read, caplog):
    read(npz(**APART, X_mean=np.ones(4)))
    assert "X_mean not used; if training scaled the images by them, the answers are wrong" in caplog.text
