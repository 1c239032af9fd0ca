"""A stranger's pickle: whatever its opcodes are, it is refused in one line and nothing in it runs."""

import copyreg
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digits20.errors import ModelFileError
from digits20.learning.model import Model
from digits20.nn.network import Network
from digits20.persistence.model_file import load_model, to_payload
from digits20.system import safe_pickle

CANARY = "canary"


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where the canary would sing
    return tmp_path / "model.pkl"


def refusal(path, content):
    """What load_model says of a file with that content."""
    path.write_bytes(content)
    with pytest.raises(ModelFileError) as caught:
        load_model(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert len(message) < len(str(path)) + 140
    assert not Path(CANARY).exists()
    return message.removeprefix(f"{path}: ")


def dumps(payload, protocol=4):
    return pickle.dumps(payload, protocol)


GOOD = dumps(to_payload(Model(Network((4, 2)), np.zeros(10), labels=(0, 1), image_shape=(2, 2))))
P4 = b"\x80\x04"
ARGUMENTS = b"X\x06\x00\x00\x00canaryX\x01\x00\x00\x00w\x86"  # ("canary", "w")
GLOBAL = b"cbuiltins\nopen\n"
STACK_GLOBAL = b"\x8c\x08builtins\x94\x8c\x04open\x94\x93"
KEY = b"\x8c\x01a"


class Sings:
    """Makes the canary when it is unpickled."""

    def __reduce__(self):
        return open, (CANARY, "w")


class SingsLater:
    """Makes the canary when its state is set."""

    def __init__(self):
        self.state = 1

    def __setstate__(self, state):
        Path(CANARY).touch()


def nested(depth):
    return P4 + b"}" + KEY + b"]" * depth + b"a" * (depth - 1) + b"s."


LAUGHS = P4 + b"]\x94" + b"".join(b"](" + b"h%c" % level * 10 + b"e\x94" for level in range(30)) + b"."
HOSTILE = {
    **{f"a reduced class, protocol {n}": dumps(Sings(), n) for n in range(6)},
    **{f"a reduced class in a dict, protocol {n}": dumps({"format": Sings()}, n) for n in range(6)},
    **{f"an object, protocol {n}": dumps(SingsLater(), n) for n in range(6)},
    **{f"an array, protocol {n}": dumps({"thetas": np.zeros(3)}, n) for n in range(6)},
    **{f"an empty tuple, protocol {n}": dumps({"a": ()}, n) for n in (4, 5)},
    **{f"a tuple of {n}": dumps({"a": tuple(range(n))}) for n in (1, 2, 3, 4)},
    "a tuple as key": dumps({(1, 2): 3}),
    "a number as key": dumps({1: 2}),
    "GLOBAL REDUCE": P4 + GLOBAL + ARGUMENTS + b"R.",
    "GLOBAL without protocol": GLOBAL + ARGUMENTS + b"R.",
    "GLOBAL popped again": P4 + GLOBAL + ARGUMENTS + b"R0}.",
    "GLOBAL of a dotted name": P4 + b"cos\npath.join\n.",
    "GLOBAL of an endless name": P4 + b"c" + b"x" * 100_000,
    "GLOBAL of a name with an escape": P4 + b"c\x1b[2J\rbad\nname\n.",
    "GLOBAL of an object array": P4 + b"cnumpy\nndarray\nK\x01\x85X\x01\x00\x00\x00OC\x08AAAAAAAA\x87R.",
    "STACK_GLOBAL REDUCE": P4 + STACK_GLOBAL + ARGUMENTS + b"R.",
    "STACK_GLOBAL within a dict": P4 + b"}" + KEY + STACK_GLOBAL + ARGUMENTS + b"Rs.",
    "STACK_GLOBAL of numbers": P4 + b"K\x01K\x02\x93.",
    "STACK_GLOBAL of nothing": P4 + b"\x93.",
    "STACK_GLOBAL after the end": P4 + b"}." + STACK_GLOBAL + ARGUMENTS + b"R.",
    "INST": P4 + b"(X\x06\x00\x00\x00canaryX\x01\x00\x00\x00wibuiltins\nopen\n.",
    "INST without protocol": b"(S'canary'\nS'w'\nibuiltins\nopen\n.",
    "OBJ": P4 + b"(" + GLOBAL + ARGUMENTS[:-1] + b"o.",
    "NEWOBJ": P4 + GLOBAL + ARGUMENTS + b"\x81.",
    "NEWOBJ_EX": P4 + GLOBAL + ARGUMENTS + b"}\x92.",
    "BUILD": P4 + b"}}" + KEY + b"K\x01sb.",
    "REDUCE of data": P4 + b"})R.",
    "EXT1": P4 + b"\x82\x01.",
    "EXT2": P4 + b"\x83\x01\x00.",
    "EXT4": P4 + b"\x84\x01\x00\x00\x00.",
    "EXT4 below zero": P4 + b"\x84\xff\xff\xff\xff.",
    "PERSID": P4 + b"Pcanary\n.",
    "BINPERSID": P4 + KEY + b"Q.",
    "EMPTY_TUPLE": P4 + b"}" + KEY + b")s.",
    "TUPLE": P4 + b"}" + KEY + b"(K\x01ts.",
    "TUPLE1 within itself a thousand times": P4 + b")" + b"\x85" * 1000 + b".",
    "TUPLE2 doubling, which hangs the hash": P4 + b")" + b"2\x86" * 60 + b".",
    "EMPTY_SET ADDITEMS": P4 + b"\x8f(K\x01K\x02\x90.",
    "FROZENSET": P4 + b"}" + KEY + b"(K\x01\x91s.",
    "BYTEARRAY8": b"\x80\x05}" + KEY + b"\x96" + struct.pack("<Q", 1) + b"as.",
    "BYTEARRAY8 of all memory": b"\x80\x05\x96" + struct.pack("<Q", 2**62) + b"a.",
    "NEXT_BUFFER": b"\x80\x05\x97.",
    "READONLY_BUFFER": b"\x80\x05" + b"C\x01a\x98.",
    "DUP of a list": P4 + b"}" + KEY + b"]2as.",
    "POP": P4 + b"}K\x010.",
    "POP_MARK": P4 + b"}(K\x011.",
    "POP of everything": P4 + b"}00000.",
    "PUT": P4 + b"}p0\n.",
    "BINPUT": P4 + b"}q\x00.",
    "LONG_BINPUT of a memo of gigabytes": P4 + b"}r\xff\xff\xff\x7f.",
    "GET": P4 + b"}\x94g0\n.",
    "GET of an unknown": P4 + b"}h\x05.",
    "LONG_BINGET of an unknown": P4 + b"}j\xff\xff\xff\x7f.",
    "INT": P4 + b"}" + KEY + b"I1\ns.",
    "INT of a million digits": P4 + b"}" + KEY + b"I" + b"9" * 1_000_000 + b"\ns.",
    "LONG of a million digits": P4 + b"}" + KEY + b"L" + b"9" * 1_000_000 + b"L\ns.",
    "LONG1 of 2000 bits": P4 + b"}" + KEY + b"\x8a\xfa" + b"\x7f" * 250 + b"s.",
    "LONG4": P4 + b"}" + KEY + b"\x8b\x01\x00\x00\x00\x01s.",
    "LONG4 below zero": P4 + b"}" + KEY + b"\x8b\xff\xff\xff\xff\x01s.",
    "FLOAT": P4 + b"}" + KEY + b"F1.5\ns.",
    "STRING": P4 + b"}" + KEY + b"S'a'\ns.",
    "UNICODE": P4 + b"}" + KEY + b"V\\ud800\ns.",
    "BINSTRING": P4 + b"}" + KEY + b"T\x01\x00\x00\x00as.",
    "SHORT_BINSTRING": P4 + b"}" + KEY + b"U\x01as.",
    "LIST": P4 + b"(K\x01l.",
    "DICT": P4 + b"(" + KEY + b"K\x01d.",
    "a list within itself": P4 + b"]\x94h\x00a.",
    "a dict within itself": P4 + b"}\x94" + KEY + b"h\x00s.",
    "a billion laughs": LAUGHS,
    "one list in two places": P4 + b"}(" + KEY + b"]\x94\x8c\x01bh\x00u.",
    "bytes in two places": P4 + b"}(" + KEY + b"C\x01a\x94\x8c\x01bh\x00u.",
    "a memo of nothing": P4 + b"\x94.",
    "a memo of a mark": P4 + b"(\x94.",
    "text repeated for gigabytes": P4
    + b"}"
    + KEY
    + b"](X\x00\x00\x01\x00"
    + b"x" * 2**16
    + b"\x94"
    + b"h\x00" * 100_000
    + b"es.",
    "more text than any model has": P4 + b"}" + KEY + b"X" + struct.pack("<I", 2**23) + b"x" * 2**23 + b"s.",
    "six lists deep": nested(6),
    "a hundred thousand lists deep": nested(100_000),
    "lists beside lists": P4 + b"}" + KEY + b"](" + b"]" * 10_001 + b"es.",
    "BINUNICODE past the end": P4 + b"X\xff\xff\xff\xffa.",
    "BINUNICODE8 of all memory": P4 + b"\x8d" + struct.pack("<Q", 2**63) + b"a.",
    "BINBYTES past the end": P4 + b"B\xff\xff\xff\x7fa.",
    "BINBYTES8 of all memory": P4 + b"\x8e" + b"\xff" * 8 + b"a.",
    "SHORT_BINBYTES past the end": P4 + b"C\xffa.",
    "FRAME of all memory": P4 + b"\x95" + b"\xff" * 8 + b"}.",
    "FRAME past the end": P4 + b"\x95" + struct.pack("<Q", 3) + b"}.",
    "protocol 0": b"(dp0\n.",
    "protocol 3": dumps({"a": 1}, 3),
    "protocol 6": b"\x80\x06}.",
    "protocol 255": b"\x80\xff}.",
    "a second protocol": P4 + P4 + b"}.",
    "an unknown opcode": P4 + b"\xf0.",
    "half a character": P4 + b"}" + KEY + b"\x8c\x03\xed\xa0\x80s.",
    "text that is no UTF-8": P4 + b"}" + KEY + b"\x8c\x02\xff\xfes.",
    "a key twice": P4 + b"}(" + KEY + b"K\x01" + KEY + b"K\x02u.",
    "a key twice, one by one": P4 + b"}" + KEY + b"K\x01s" + KEY + b"K\x02s.",
    "a key without value": P4 + b"}(" + KEY + b"u.",
    "items for a list": P4 + b"](" + KEY + b"K\x01u.",
    "values for a dict": P4 + b"}(K\x01e.",
    "a value for a number": P4 + b"K\x01K\x02a.",
    "an item for nothing": P4 + KEY + b"K\x01s.",
    "a mark as value": P4 + b"](a.",
    "a mark left over": P4 + b"}(.",
    "APPENDS without mark": P4 + b"]K\x01e.",
    "two values": P4 + b"}}.",
    "nothing": P4 + b".",
    "a mark": P4 + b"(.",
    "trailing bytes": GOOD + b"\x00",
    "trailing pickle": GOOD + dumps(Sings()),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_pickle_is_refused_and_runs_nothing(path, content):
    refusal(path, content)
    with pytest.raises(ModelFileError):
        safe_pickle.loads(content)  # and not because of what else a model must be


@pytest.mark.parametrize("name", ["GLOBAL REDUCE", "STACK_GLOBAL REDUCE", "INST", "OBJ", "a reduced class, protocol 0"])
def test_the_canary_would_sing_if_these_ran(path, name):
    pickle.loads(HOSTILE[name]).close()
    assert Path(CANARY).exists()


def test_a_named_class_is_told_in_one_clean_line(path):
    assert (
        refusal(path, HOSTILE["STACK_GLOBAL REDUCE"])
        == "refused: it names builtins.open, a model file holds plain values only"
    )
    assert "\x1b" not in refusal(path, HOSTILE["GLOBAL of a name with an escape"])


def test_the_extension_registry_is_not_looked_up(path):
    copyreg.add_extension("builtins", "open", 77)
    try:
        assert "EXT1" in refusal(path, P4 + b"\x82\x4d" + ARGUMENTS + b"R.")
    finally:
        copyreg.remove_extension("builtins", "open", 77)


@given(st.binary(max_size=60))
@example(b"}.")
@settings(max_examples=150, deadline=None)
def test_what_is_read_is_a_plain_dict_and_what_pickle_would_make_of_it(content):
    try:
        value = safe_pickle.loads(P4 + content)
    except ModelFileError:
        return
    assert type(value) is dict
    assert repr(value) == repr(pickle.loads(P4 + content))
    assert set(plain_types(value)) <= {dict, list, str, bytes, int, float, bool, type(None)}


def plain_types(value):
    yield type(value)
    for item in (
        [*value.keys(), *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    ):
        yield from plain_types(item)


@pytest.mark.parametrize("protocol", safe_pickle.PROTOCOLS)
@pytest.mark.parametrize(
    "value",
    [
        {},
        {"a": []},
        {"a": {"b": {"c": {"d": []}}}},
        {"a": [None, True, False, 0, -1, 255, 65535, 65536, -(2**31), 2**31, -(2**127), 1.5]},
        {"a": "", "ü": "ü" * 300, "b": b"", "c": bytes(256), "d": bytes(70_000)},
        {"a": ["x"] * 3, "b": list(range(2500)), "c": {str(n): n for n in range(2500)}},
    ],
)
def test_plain_values_come_back(value, protocol):
    assert safe_pickle.loads(dumps(value, protocol)) == value
