"""Hostile pickles by name, for load_model and for import_thetas: every family of opcodes, every protocol."""

import gzip
import io
import os
import pickle
import struct
import zlib
from pathlib import Path

import numpy as np

from digits20.learning.model import Model
from digits20.nn.layers import Conv, MaxPool
from digits20.nn.network import Network
from digits20.persistence.model_file import seal, to_payload

CANARY = "canary"
P4 = b"\x80\x04"
KEY = b"\x8c\x01a"
ARGUMENTS = b"X\x06\x00\x00\x00canaryX\x01\x00\x00\x00w\x86"  # ("canary", "w")
OPEN = b"cbuiltins\nopen\n"
STACK_OPEN = b"\x8c\x08builtins\x94\x8c\x04open\x94\x93"


def model(**fields):
    known = {"network": Network((4, 2)), "theta": np.arange(10.0), "labels": (0, 1), "image_shape": (2, 2)}
    return Model(**(known | {"costs": [2.0, 1.0], "settings": {"solver": "gd"}} | fields))


def lenet():
    network = Network((2, 2), [Conv(2, 2, groups=1), MaxPool(1), 2])
    return model(network=network, theta=np.arange(float(network.size)))


def saved(model):
    return pickle.dumps(to_payload(model), 4)


def with_values(**changes):
    """A whole, sealed model file with other values in it."""
    return pickle.dumps(seal(to_payload(model()) | changes), 4)


GOOD = saved(model())
THETA = to_payload(model())["thetas"][0]


class Sings:
    """Makes the canary when it is unpickled."""

    def __reduce__(self):
        return open, (CANARY, "w")


class SingsByShell:
    def __reduce__(self):
        return os.system, (f"echo > {CANARY}",)


class SingsLater:
    def __init__(self):
        self.state = 1

    def __setstate__(self, state):
        Path(CANARY).touch()


def billion_laughs(levels=30):
    return P4 + b"]\x94" + b"".join(b"](" + b"h%c" % level * 10 + b"e\x94" for level in range(levels)) + b"."


def nested(depth):
    return P4 + b"}" + KEY + b"]" * depth + b"a" * (depth - 1) + b"s."


def colliding():
    """Labels whose hashes are all the same."""
    return with_values(layer_sizes=[4, 3000], labels=[(2**61 - 1) * n for n in range(3000)])


def packed(**changes):
    return with_values(thetas=[THETA | changes])


def huge(value, layers=None, output="sigmoid"):
    """A network with one hidden layer whose weights are that large, of both signs."""
    network = Network((2, 2), [*(layers or [3]), 2], "relu", output)
    return saved(model(network=network, theta=value * (-1.0) ** np.arange(network.size)))


def damaged(at, bits=0xFF):
    return GOOD[:at] + bytes([GOOD[at] ^ bits]) + GOOD[at + 1 :]


def gzip_bomb(content, times):
    """A gzip file of `content` repeated, made without packing it more than once; its end is missing."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(content) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + block * times


def gzip_of(content, times):
    """The same with its end."""
    checksum = 0
    for _ in range(times):
        checksum = zlib.crc32(content, checksum)
    return gzip_bomb(content, times) + b"\x03\0" + struct.pack("<II", checksum, len(content) * times)


def zlib_bomb(times):
    """What unpacks to so many MiB of zeros, its end missing."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return b"\x78\x01" + (packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)) * times


def of_many_values(count=999_900):
    """As many values as are just allowed."""
    return P4 + b"}" + KEY + b"](" + b"N" * count + b"es."


FOR_MODEL = {
    **{f"a class reduced, protocol {n}": pickle.dumps(Sings(), n) for n in range(6)},
    **{f"os.system in a dict, protocol {n}": pickle.dumps({"format": SingsByShell()}, n) for n in range(6)},
    **{f"an object with state, protocol {n}": pickle.dumps([SingsLater()], n) for n in range(6)},
    **{f"a NumPy array, protocol {n}": pickle.dumps({"thetas": np.zeros(3)}, n) for n in range(6)},
    **{f"plain values, protocol {n}": pickle.dumps({"format": "digits20-model"}, n) for n in range(4)},
    "GLOBAL REDUCE": P4 + OPEN + ARGUMENTS + b"R.",
    "GLOBAL popped, a dict left": P4 + OPEN + ARGUMENTS + b"R0}.",
    "GLOBAL of an object array at 0x4141…": P4 + b"cnumpy\nndarray\nK\x01\x85X\x01\x00\x00\x00OC\x08AAAAAAAA\x87R.",
    "GLOBAL of an endless name": P4 + b"c" + b"x" * 1_000_000,
    "GLOBAL of a name that clears the screen": P4 + b"c\x1b[2J\rbad\nname\n.",
    "STACK_GLOBAL REDUCE": P4 + STACK_OPEN + ARGUMENTS + b"R.",
    "STACK_GLOBAL by memo": P4 + b"\x8c\x08builtins\x94\x8c\x04open\x940" * 2 + b"h\x00h\x01\x93" + ARGUMENTS + b"R.",
    "STACK_GLOBAL of nothing": P4 + b"\x93.",
    "INST": P4 + b"(X\x06\x00\x00\x00canaryX\x01\x00\x00\x00wibuiltins\nopen\n.",
    "INST, protocol 0": b"(S'canary'\nS'w'\nibuiltins\nopen\n.",
    "OBJ": P4 + b"(" + OPEN + ARGUMENTS[:-1] + b"o.",
    "NEWOBJ": P4 + OPEN + ARGUMENTS + b"\x81.",
    "NEWOBJ_EX": P4 + OPEN + ARGUMENTS + b"}\x92.",
    "BUILD": P4 + b"}}" + KEY + b"K\x01sb.",
    "REDUCE of data": P4 + b"})R.",
    "EXT1, its cache warm": P4 + b"\x82\x4d" + ARGUMENTS + b"R.",
    "EXT2, its cache warm": P4 + b"\x83\x4d\x00" + ARGUMENTS + b"R.",
    "EXT4, its cache warm": P4 + b"\x84\x4d\x00\x00\x00" + ARGUMENTS + b"R.",
    "EXT4 below zero": P4 + b"\x84\xff\xff\xff\xff.",
    "PERSID": P4 + b"Pcanary\n.",
    "BINPERSID": P4 + KEY + b"Q.",
    "a tuple as key": pickle.dumps({(1, 2): 3}, 4),
    "a tuple doubled sixty times as key, which hangs the hash": P4 + b"})" + b"2\x86" * 60 + b"K\x01s.",
    "a tuple within itself a million times": P4 + b")" + b"\x85" * 1_000_000 + b".",
    "a set of numbers made to collide": P4 + b"\x8f(" + pickle.dumps([0])[2:3] * 0 + b"K\x01K\x02\x90.",
    "a frozenset": P4 + b"}" + KEY + b"(K\x01\x91s.",
    "a list within itself": P4 + b"]\x94h\x00a.",
    "a dict within itself": P4 + b"}\x94" + KEY + b"h\x00s.",
    "a billion laughs": billion_laughs(),
    "one text for gigabytes": P4 + b"}" + KEY + b"](X\0\0\1\0" + b"x" * 2**16 + b"\x94" + b"h\0" * 100_000 + b"es.",
    "a hundred thousand lists deep": nested(100_000),
    "as many values as may be, and not a model": of_many_values(),
    "one value more than may be": of_many_values(1_000_000),
    "ten thousand lists": P4 + b"}" + KEY + b"](" + b"]" * 10_001 + b"es.",
    "ten million marks": P4 + b"(" * 10_000_000,
    "a memo of gigabytes, LONG_BINPUT": P4 + b"}r\xff\xff\xff\x7f.",
    "a memo of gigabytes, PUT": P4 + b"}p2147483647\n.",
    "GET of what is not there": P4 + b"}h\x05.",
    "LONG_BINGET of what is not there": P4 + b"}j\xff\xff\xff\x7f.",
    "BYTEARRAY8 of 2^62 bytes": b"\x80\x05\x96" + struct.pack("<Q", 2**62) + b"a.",
    "BINBYTES8 of 2^62 bytes": P4 + b"\x8e" + struct.pack("<Q", 2**62) + b"a.",
    "BINUNICODE8 of 2^63 bytes": P4 + b"\x8d" + struct.pack("<Q", 2**63) + b"a.",
    "BINBYTES of 2 GiB": P4 + b"B\xff\xff\xff\x7fa.",
    "BINUNICODE past the end": P4 + b"X\xff\xff\xff\xffa.",
    "BINSTRING of a length below zero": P4 + b"T\xff\xff\xff\xffa.",
    "LONG4 of 2 GiB": P4 + b"}" + KEY + b"\x8b\xff\xff\xff\x7f\x01s.",
    "LONG4 below zero": P4 + b"}" + KEY + b"\x8b\xff\xff\xff\xff\x01s.",
    "LONG1 of 2000 bits": P4 + b"}" + KEY + b"\x8a\xfa" + b"\x7f" * 250 + b"s.",
    "INT of a million digits": P4 + b"}" + KEY + b"I" + b"9" * 1_000_000 + b"\ns.",
    "LONG of a million digits": P4 + b"}" + KEY + b"L" + b"9" * 1_000_000 + b"L\ns.",
    "FLOAT of a million digits": P4 + b"}" + KEY + b"F" + b"9" * 1_000_000 + b"\ns.",
    "STRING": P4 + b"}" + KEY + b"S'a'\ns.",
    "UNICODE of half a character": P4 + b"}" + KEY + b"V\\ud800\ns.",
    "half a character in UTF-8": P4 + b"}" + KEY + b"\x8c\x03\xed\xa0\x80s.",
    "NEXT_BUFFER": b"\x80\x05\x97.",
    "READONLY_BUFFER": b"\x80\x05C\x01a\x98.",
    "DUP of a list": P4 + b"}" + KEY + b"]2as.",
    "POP of more than there is": P4 + b"}00000.",
    "POP_MARK": P4 + b"}(K\x011.",
    "APPENDS without mark": P4 + b"]K\x01e.",
    "SETITEMS without mark": P4 + b"}" + KEY + b"K\x01u.",
    "a key without value": P4 + b"}(" + KEY + b"u.",
    "a key twice": P4 + b"}(" + KEY + b"K\x01" + KEY + b"K\x02u.",
    "a frame of all memory": P4 + b"\x95" + b"\xff" * 8 + b"}.",
    "a frame that ends within a value": P4 + b"\x95" + struct.pack("<Q", 3) + b"}\x8c\x05format.",
    "protocol 255": b"\x80\xff}.",
    "two protocols": P4 + P4 + b"}.",
    "an opcode that is none": P4 + b"\xf0.",
    "no end": P4 + b"}",
    "an empty file": b"",
    "a pickle behind a model": GOOD + pickle.dumps(Sings()),
    "a byte behind a model": GOOD + b"\0",
    "half a model": GOOD[: len(GOOD) // 2],
    "a model with a flipped bit in its weights": damaged(GOOD.index(bytes.fromhex("0000803f")), 1),
    "a key missing": pickle.dumps(seal({k: v for k, v in to_payload(model()).items() if k != "lam"}), 4),
    "a key too many": with_values(more=1),
    "no checksum": with_values()[:-70] + b".",
    "another checksum": pickle.dumps(to_payload(model()) | {"sha256": "0" * 64}, 4),
    "a newer version": with_values(version=2),
    "a version that is True": with_values(version=True),
    "weights that are NaN": packed(data=np.full(10, np.nan, "<f4").tobytes()),
    "weights that are infinite": packed(data=np.full(10, np.inf, "<f4").tobytes()),
    "weights of 1.7e308": huge(1.7e308),
    "weights of 1.7e308, softmax outputs": huge(1.7e308, output="softmax"),
    "weights of 1.7e308 in a convolution": huge(1.7e308, [Conv(2, 2), MaxPool(1)]),
    "weights whose squares are too large": huge(1e155),
    "weights whose product is too large": huge(1e100),
    "a bias of 1e308": packed(dtype="<f8", data=np.array([1e308, *[0.0] * 9]).tobytes()),
    "weights as a list": with_values(thetas=[[0.0] * 10]),
    "weights of object dtype": packed(dtype="|O"),
    "weights of a dtype with fields": packed(dtype="<f4,O"),
    "weights of a shape below zero": packed(shape=[-2, -5]),
    "weights of a shape beyond 64 bits": packed(shape=[2**64 + 2, 5]),
    "weights of a shape of booleans": with_values(layer_sizes=[4, 1], thetas=[THETA | {"shape": [True, 5]}]),
    "weights too short": packed(data=b"\0" * 36),
    "a layer too many": with_values(layer_sizes=[4, 3, 2]),
    "layers of 2^62 units": with_values(layer_sizes=[2**62, 2**62]),
    "a layer of no units": with_values(layer_sizes=[0, 2]),
    "a layer of -4 units": with_values(layer_sizes=[-4, 2]),
    "a layer that is text": with_values(layer_sizes=["4", 2]),
    "labels made to collide": colliding(),
    "a label that clears the screen": with_values(labels=["\x1b[2J", "b"]),
    "a label twice": with_values(labels=[1, 1.0]),
    "labels too few": with_values(labels=[1]),
    "an image of another size": with_values(image_shape=[2**32, 2**32]),
    "an unknown activation": with_values(hidden="__import__"),
    "a step of preparation that is none": with_values(preprocess=["os.system"]),
    "a step of preparation a thousand times": with_values(preprocess=["deskew"] * 1000),
    "a lambda of NaN": with_values(lam=float("nan")),
    "costs of NaN": with_values(costs=[float("nan")]),
    "scores of text": with_values(scores={"cost": "low"}),
    "settings of dicts": with_values(settings={"solver": {"a": 1}}),
    "gzipped: a class reduced": gzip.compress(pickle.dumps(Sings(), 4)),
    "gzipped: half": gzip.compress(GOOD)[:-9],
    "gzipped: a checksum that is wrong": gzip.compress(GOOD)[:-8] + b"12345678",
    "gzipped: more behind it": gzip.compress(GOOD) + b"more",
    "gzipped: a bomb of 8 GiB": gzip_bomb(P4 + b"(" * 2**20, 8 * 1024),
    "gzipped: ten thousand empty files": gzip.compress(b"") * 10_000,
    "gzipped twice": gzip.compress(gzip.compress(GOOD)),
    "JSON: a key twice": b'{"format": "digits20-model", "format": 1}',
    "JSON: NaN": b'{"format": NaN}',
    "JSON: 1e999": b'{"format": 1e999}',
    "JSON: numbers as text": b'{"format": "digits20-model", "version": "1"}',
    "JSON: a million brackets": b"[" * 1_000_000,
    "JSON: a text that never ends": b'{"' + b'\\"' * 100_000,
    "JSON: a number of ten million digits": b'{"a": ' + b"1" * 10_000_000 + b"}",
    "JSON: a fraction of ten million digits": b'{"a": 0.' + b"1" * 10_000_000 + b"}",
    "JSON: half a character": b'{"\\ud800": 1}',
    "JSON: UTF-16": '{"format": 1}'.encode("utf-16"),
    "JSON: five million numbers": b'{"costs": [' + b"1," * 5_000_000 + b"1]}",
}
GOOD_MODELS = {
    "a model": GOOD,
    "a model, gzipped": gzip.compress(GOOD),
    "a model, gzipped in two parts": gzip.compress(GOOD[:99]) + gzip.compress(GOOD[99:]) + bytes(9),
    "a model, protocol 5": pickle.dumps(to_payload(model()), 5),
}


def largest_model():
    """As many weights as a file may hold."""
    size = 8190
    weights = {"dtype": "<f4", "shape": [size, size + 1], "data": bytes(4 * size * (size + 1))}
    named = {"layer_sizes": [size, size], "labels": list(range(size)), "image_shape": [1, size]}
    return with_values(thetas=[weights], **named)


NEW = b"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR"
F8 = b"cnumpy\ndtype\n(U\x02f8\x89\x88tR(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"


def foreign(shape=b"(K\x02K\x02t", dtype=F8, fortran=b"\x89", data=b"U\x20" + bytes(32)):
    """A list of one array, as NumPy pickles it."""
    return b"]" + NEW + b"(K\x01" + shape + dtype + fortran + data + b"tba."


def npz_of_object():
    file = io.BytesIO()
    np.savez(file, Theta1=np.array([Sings()], dtype=object))
    return file.getvalue()


FOR_THETAS = {
    **{f"open, protocol {n}": pickle.dumps(Sings(), n) for n in range(6)},
    **{f"os.system among arrays, protocol {n}": pickle.dumps([np.ones((2, 5)), SingsByShell()], n) for n in range(6)},
    **{f"an array of objects, protocol {n}": pickle.dumps([np.array([[Sings()]])], n) for n in range(6)},
    "an object array at 0x4141…": b"cnumpy\nndarray\n(K\x01\x85U\x01OU\x08AAAAAAAAtR.",
    "EXT1, its cache warm": b"\x82\x4d" + ARGUMENTS + b"R.",
    "numpy.load": b"cnumpy\nload\n(U\x06canarytR.",
    "numpy.f2py by a dotted name": b"cnumpy\nf2py.os.system\n(U\x06canarytR.",
    "numpy._core.numeric._frombuffer of a file": b"cnumpy._core.numeric\n_frombuffer\n(" + OPEN + ARGUMENTS + b"RtR.",
    "a shape below zero": foreign(shape=b"(J\xff\xff\xff\xffJ\xfe\xff\xff\xfft"),
    "a shape of 2^62": foreign(shape=b"(\x8a\x09" + bytes(7) + b"\x40\x00\x4b\x02t"),
    "a shape that wraps around": foreign(shape=b"(J\0\0\0\x40\x8a\x05\x04\0\0\0\x04t"),
    "a shape of text": foreign(shape=b"(U\x012U\x012t"),
    "a shape within itself": foreign(shape=b"((K\x02tK\x02t"),
    "data too short": foreign(data=b"U\x08" + bytes(8)),
    "data that is a number": foreign(data=b"K\x07"),
    "a dtype of objects": foreign(dtype=F8.replace(b"f8", b"O8")),
    "a dtype of a gigabyte": foreign(dtype=F8.replace(b"U\x02f8", b"U\x0bV1000000000")),
    "a dtype that is none": foreign(dtype=b"K\x01"),
    "an array within itself": b"]" + NEW + b"\x94(K\x01h\x00h\x00\x89h\x00tba.",
    "a list within itself": b"]\x94h\x00a.",
    "a billion laughs": billion_laughs(),
    "one array a thousand times": foreign()[:-2] + b"\x94(" + b"h\x00" * 1000 + b"e.",
    "one text a thousand times": b"U\xff"
    + b"x" * 255
    + b"\x940]("
    + b"c_codecs\nencode\n(h\x00U\x06latin1tR" * 999
    + b"e.",
    "tuples, doubled sixty times": b")" + b"2\x86" * 60 + b".",
    "a tuple as key": b"}()K\x01u.",
    "thirty thousand opcodes": b"N0" * 15_000 + b"N.",
    "BINBYTES8 of 2^62 bytes": b"\x8e" + struct.pack("<Q", 2**62) + b"a.",
    "LONG4 of 2 GiB": b"\x8b\xff\xff\xff\x7f\x01.",
    "an endless STRING": b"S'" + b"x" * 1_000_000,
    "a STRING of escapes": b"S'" + b"\\x4" * 1000 + b"'\n.",
    "weights that are NaN": pickle.dumps([np.full((2, 5), np.nan)]),
    "weights of 1.7e308": pickle.dumps([np.full((2, 5), 1.7e308), np.full((2, 3), -1.7e308)]),
    "weights that do not chain": pickle.dumps([np.ones((2, 5)), np.ones((2, 5))]),
    "an .npz of pickled objects": npz_of_object(),
    "JSON of a million brackets": b"[" * 1_000_000,
    "a gzip bomb of 8 GiB": gzip_bomb(bytes(2**20), 8 * 1024),
}
