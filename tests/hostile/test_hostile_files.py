"""Each hostile file in a fresh process of 2 GiB and 20 s: refused in one line or loaded as it is; no canary sings."""

import gzip
import importlib
import json
import os
import pickle
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import digits20
from digits20 import import_thetas, load_csv, load_images, load_model
from digits20.cli import types
from digits20.errors import Digits20Error
from digits20.images.photo import read_photo
from hostile import columns, photos, pickles, tables

posix = pytest.mark.skipif(os.name != "posix", reason="only a system that forks gives each file a process of its own")
SERVER = Path(__file__).parent / "load_server.py"


@pytest.fixture(scope="module")
def server():
    path = os.pathsep.join([str(SERVER.parent.parent), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": path}
    with subprocess.Popen(
        [sys.executable, SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def ask(server, tmp_path):
    """(reader, content) -> the answer of a fresh process that was given a file of that content."""

    def answer(reader, content, **options):
        path = tmp_path / "hostile"
        if content is not None:
            path.write_bytes(
                pickle.dumps(content()) if isinstance(content, type) else content() if callable(content) else content
            )
        request = {"reader": reader, "path": str(path), "options": options, "folder": str(tmp_path)}
        server.stdin.write(json.dumps(request) + "\n")
        server.stdin.flush()
        return json.loads(server.stdout.readline())

    return answer


@pytest.fixture
def load(ask, tmp_path):
    """`ask`, with the claim that nothing but a refusal or a value came of it."""

    def ask_and_look(reader, content, **options):
        answer = ask(reader, content, **options)
        assert [file.name for file in tmp_path.iterdir()] == ["hostile"]  # no canary, nor anything else
        assert answer["outcome"] in ("refused", "loaded"), answer
        return answer

    return ask_and_look


@pytest.fixture
def refusal(load, tmp_path):
    """(reader, content) -> what a fresh process says of it, less the file's name."""

    def ask(reader, content, **options):
        answer = load(reader, content, **options)
        assert answer["outcome"] == "refused", answer
        name = f"{tmp_path / 'hostile'}"
        assert answer["seen"].startswith(name)
        said = answer["seen"].removeprefix(name)
        assert len(said) < 200
        assert said.isprintable()
        return said

    return ask


SINGING = ["GLOBAL REDUCE", "STACK_GLOBAL REDUCE", "INST", "OBJ", "EXT1, its cache warm", "EXT4, its cache warm"]
SINGING += [f"an object with state, protocol {protocol}" for protocol in range(6)]


@pytest.mark.parametrize("name", SINGING)
def test_the_canary_sings_where_anybody_would_unpickle(ask, tmp_path, name):
    ask("pickle.loads", pickles.FOR_MODEL[name])
    assert (tmp_path / "canary").exists()


@posix
def test_a_crash_is_seen(ask):
    answer = ask("pickle.loads", pickles.FOR_MODEL["GLOBAL of an object array at 0x4141…"])
    assert answer["outcome"] == "died"


@pytest.mark.parametrize("content", pickles.FOR_MODEL.values(), ids=pickles.FOR_MODEL)
def test_a_hostile_model_is_refused(refusal, content):
    assert refusal("model", content)


@pytest.mark.parametrize("content", pickles.FOR_THETAS.values(), ids=pickles.FOR_THETAS)
def test_hostile_weights_are_refused(refusal, content):
    assert refusal("thetas", content)


def test_a_whole_model_is_one_model_however_it_is_packed(load):
    digests = {load("model", content)["seen"] for content in pickles.GOOD_MODELS.values()}
    assert len(digests) == 1


def test_the_largest_model_fits(load):
    assert load("model", lambda: gzip.compress(pickles.largest_model(), 1))["outcome"] == "loaded"


@pytest.mark.parametrize("name", [name for name in pickles.FOR_MODEL if "1.7e308" in name])
def test_weights_that_no_image_could_have_an_answer_by_are_named(refusal, name):
    assert refusal("model", pickles.FOR_MODEL[name]).endswith("weights so large that no image has a finite answer")


SEEN = {
    "a pixel of 1e308 beside ink of 255": " line 6 column 2: pixel 1e+308, far from paper 0 and ink 255",
    "UTF-16, little": "UTF-16 text, save it as UTF-8",
    "UTF-16 with its mark, cut": "begins as UTF-16 text, but is none",
    "a row per pixel of a far image": "image 0 has 1 pixels, expected 100000000",
    "a row per pixel, twice": "image 0 has a pixel twice",
    "Vowpal Wabbit: a far pixel": "its numbers take more than 16777216 bytes",
    "a NUL behind a megabyte of text": "a binary file, expected CSV",
    "an escape that clears the screen": "is 0x1b",
    "byte 0x1c behind a pixel, past the first 4096 bytes": " column 1: '0.5\\x1c', expected a number",
    "byte 0x1c behind a label, past the first 4096 bytes": "label '2\\x1c', expected 0 to 9",
    "a no-break space behind a pixel": "line 6 column 2: '1\\xa0', expected a number",
    "gzip: one endless line of digits": "a line of 2097152 bytes",
    "an underscore in a number": "line 6 column 2: '1_0', expected a number",
    "a missing cell": "line 6: 3 pixels, expected 4",
    "a label outside": "line 6: label 17, expected 0 to 9",
    "a million columns": "more than 100000 columns",
    "spaces, 64 MiB of them": "a line of 2097152 bytes",
    "forty million commas": "more than 100000 columns",
    "ten million cells without an end": "more than 100000 columns",
    "a header and a vertical tab": "line 2: blank",
    "a number and vertical tabs": "no comma, semicolon, tab or blank in 2",
    "an Octave file": "no X and y",
    "gzip: cut": "a truncated gzip file",
    "gzip: a bomb of 8 GiB of zeros": "a binary file",
    "gzip: a bomb of text, to the limit": "holds more than 67108864 bytes",
    "gzip: a bomb of text, to the end of memory": "not enough memory for what it holds",
    "gzip: more numbers than the limit": "its numbers take more than 67108864 bytes",
    "IDX: sizes that wrap around to the right number": "promises 2147483648×2147483648×4 = 18446744073709551616 bytes",
    "npz: an array of pickled objects": "X holds object, expected numbers",
    "npz: sizes that wrap around": "X holds more than",
    "npz: a name twice": "two arrays of one name",
    "npz: encrypted": "X is encrypted",
    "npz: packed with lzma": "X is packed in a way that NumPy does not",
    "npz: a checksum that is wrong": "X does not unpack",
    "npz: a million members": "more than 10000 arrays",
    "an .npy file": "images without labels",
    "mat: version 7.3": "damaged or truncated",
    "mat: version 4": "images without labels",
    "mat: a terabyte": "X holds more than",
    "mat: cells": "X is of MATLAB's class cell",
    "an Excel file": "an Excel workbook",
}


UNLIMITED = sys.platform != "linux"  # systems that do not limit an address space would read all four gigabytes


@pytest.mark.parametrize("name", tables.REFUSED)
def test_a_hostile_table_is_refused(refusal, name):
    if UNLIMITED and "end of memory" in name:
        pytest.skip("this system has no limit of the address space")
    content, options = tables.REFUSED[name]
    assert SEEN.get(name, "") in refusal("data", content, **options)


@pytest.mark.parametrize(("seen", "content", "options"), columns.TABLES.values(), ids=columns.TABLES)
def test_a_hostile_table_of_columns_is_refused(refusal, seen, content, options):
    assert seen in refusal("data", content, **options)


@posix
@pytest.mark.parametrize(("make", "seen"), columns.FOLDERS.items(), ids=lambda one: getattr(one, "__name__", ""))
def test_a_hostile_folder_is_refused(load, tmp_path, make, seen):
    make(tmp_path / "hostile")
    answer = load("folder", None)
    assert answer["outcome"] == "refused"
    assert seen in answer["seen"]
    assert answer["seen"].isprintable()


def test_a_strange_but_right_table_is_the_same_table(load):
    seen = {name: load("data", content)["seen"] for name, content in tables.FINE.items()}
    assert seen == dict.fromkeys(seen, seen["as it is"])


def test_a_bomb_behind_an_array_is_not_looked_at(load):
    answers = [load("data", content) for content in tables.BOMBS_OF_THEIR_OWN.values()]
    assert len({answer["seen"] for answer in answers}) == 1
    assert max(answer["mebibytes"] for answer in answers) < 300


@pytest.mark.parametrize("content", photos.REFUSED.values(), ids=photos.REFUSED)
def test_a_hostile_picture_is_refused(refusal, content):
    assert refusal("photo", content)


@pytest.mark.parametrize(
    ("content", "plain"),
    [
        *((content, photos.PNG) for content in photos.AS_PNG.values()),
        *((content, photos.JPEG) for content in photos.AS_JPEG.values()),
    ],
    ids=[*photos.AS_PNG, *photos.AS_JPEG],
)
def test_a_strange_but_right_picture_is_the_same_picture(load, content, plain):
    assert load("photo", content)["seen"] == load("photo", plain)["seen"]


@pytest.mark.parametrize("content", photos.OTHERS.values(), ids=photos.OTHERS)
def test_a_large_or_lossy_picture_is_read(load, content):
    assert load("photo", content)["outcome"] == "loaded"


# what is no file


def a_pipe(path):
    os.mkfifo(path)


def a_socket(path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)  # the whole path may be too long for a socket


def a_link_to_a_device(path):
    path.symlink_to("/dev/zero")


def a_link_to_itself(path):
    path.symlink_to(path)


@posix
@pytest.mark.parametrize("make", [a_pipe, a_socket, a_link_to_a_device, a_link_to_itself, Path.mkdir, Path.exists])
@pytest.mark.parametrize("read", [load_model, import_thetas, digits20.load, load_csv, load_images, read_photo])
def test_what_is_no_file_is_refused_at_once(tmp_path, monkeypatch, read, make):
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "hostile")
    seen = "hostile: (a pipe or device, expected|a folder, expected|no such file|cannot be read: too many)"
    with pytest.raises(Digits20Error, match=seen):
        read(tmp_path / "hostile")


# at the command line


@pytest.fixture
def refused_command(tmp_path, monkeypatch, capsys):
    """(command, arguments) -> what that command says when it refuses."""
    monkeypatch.chdir(tmp_path)
    Path("bomb.csv.gz").write_bytes(pickles.gzip_bomb(tables.CSV.encode() * 4000, 100))

    def run(command, *arguments):
        main = importlib.import_module(f"digits20.{command}").main
        assert main([*arguments, "--quiet"]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1
        assert [path.name for path in tmp_path.iterdir()] == ["bomb.csv.gz"]
        return said.err

    return run


@pytest.mark.parametrize("command", ["train", "evaluate", "predict", "curves", "report"])
def test_every_command_limits_what_a_table_may_hold(refused_command, command):
    said = refused_command(command, "--data", "bomb.csv.gz", "--max-size", "5M")
    assert said == f"digits20.{command}: error: bomb.csv.gz: holds more than 5242880 bytes\n"


@pytest.mark.parametrize(
    ("text", "bytes_"), [("1", 1), ("500M", 500 * 2**20), ("4g", 2**32), ("4GiB", 2**32), ("2kb", 2048), ("1T", 2**40)]
)
def test_sizes_are_written_as_people_write_them(text, bytes_):
    assert types.size(text) == bytes_


@pytest.mark.parametrize("text", ["0", "-1", "1.5G", "4X", "", "M", "1e9", "9" * 30, "٣"])
def test_a_senseless_size_is_refused(refused_command, text):
    with pytest.raises(SystemExit, match="2"):
        refused_command("train", f"--max-size={text}")


def test_a_command_without_memory_says_so(refused_command, monkeypatch):
    monkeypatch.setattr("digits20.cli.options.Reading.load", lambda *_: bytearray(2**62))
    assert refused_command("train", "--data", "bomb.csv.gz") == "digits20.train: error: not enough memory\n"
