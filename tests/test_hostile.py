"""Each hostile file in a fresh process of 2 GiB and 20 s: refused in one line or loaded as it is; no canary sings."""

import gzip
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hostile import photos, pickles, tables

posix = pytest.mark.skipif(os.name != "posix", reason="only a system that forks gives each file a process of its own")
SERVER = Path(__file__).parent / "hostile" / "load_server.py"


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


@pytest.mark.parametrize(("content", "options"), tables.REFUSED.values(), ids=tables.REFUSED)
def test_a_hostile_table_is_refused(refusal, content, options):
    assert refusal("data", content, **options)


@pytest.mark.parametrize("content", tables.FINE.values(), ids=tables.FINE)
def test_a_strange_but_right_table_is_the_same_table(load, content):
    assert load("data", content)["seen"] == load("data", tables.CSV.encode())["seen"]


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
