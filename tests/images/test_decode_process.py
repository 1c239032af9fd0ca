"""Decoders in processes of their own: they answer as this process does, and are killed when they take too long."""

import io
import os
import threading
import time

import numpy as np
import pytest
from PIL import Image

from digits20.errors import ImageError
from digits20.images import decode, decode_process

HANGS = "import sys, time; sys.stdin.buffer.read(1); time.sleep(1000)"


def picture(kind, size=(2000, 1500), mode="RGB"):
    file = io.BytesIO()
    Image.effect_noise(size, 60).convert(mode).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("PNG", "RGBA"), ("PNG", "I;16"), ("WEBP", "RGB"), ("GIF", "L"), ("BMP", "RGB")]
)
def test_a_process_decodes_as_this_one_does(kind, mode):
    data = picture(kind, (90, 60), mode)
    here, there = decode.decode(data), decode_process.decode(data)
    assert there.dtype == here.dtype
    assert np.array_equal(there, here)


@pytest.fixture
def asked(monkeypatch):
    """The sizes of the files that were given to a process."""
    sizes = []
    real = decode_process.decode
    monkeypatch.setattr(decode_process, "decode", lambda data, *more: (sizes.append(len(data)), real(data, *more))[1])
    return sizes


def test_large_pictures_go_to_a_process_and_small_ones_do_not(asked):
    large, small = picture("JPEG"), picture("JPEG", (140, 140))
    decode.read_picture(small)
    assert asked == []
    decode.read_picture(large)
    assert asked == [len(large)]


def test_a_large_picture_that_is_cut_is_refused_as_a_small_one_is(asked):
    data = picture("JPEG")
    with pytest.raises(ImageError, match=r"^it: a truncated JPEG file$"):
        decode.read_picture(data[: len(data) // 2], "it")
    assert len(asked) == 1


def test_one_process_decodes_many_pictures():
    decode_process.decode(picture("PNG", (9, 9)))
    (first,) = decode_process._idle
    with pytest.raises(ImageError):
        decode_process.decode(b"no picture")
    decode_process.decode(picture("PNG", (9, 9)))
    assert decode_process._idle == [first]


def test_a_decoder_that_takes_too_long_is_killed(monkeypatch):
    decode_process.stop()
    monkeypatch.setattr(decode_process, "START", HANGS)
    monkeypatch.setattr(decode_process, "SECONDS", 0.3)
    with pytest.raises(ImageError, match=r"it: refused: decoding it takes more than 0.3 seconds"):
        decode.read_picture(picture("PNG"), "it")
    assert (decode_process._idle, decode_process._busy) == ([], {})


def test_a_decoder_that_stopped_answering_is_not_asked_again(monkeypatch):
    decode_process.stop()
    monkeypatch.setattr(decode_process, "START", "import os, time; os.close(1); time.sleep(1000)")
    with pytest.raises(ImageError):
        decode_process.decode(b"picture")
    assert decode_process._idle == []


def test_a_waiting_decoder_that_was_killed_is_replaced():
    decode_process.stop()
    decode_process.decode(picture("PNG", (9, 9)))
    (first,) = decode_process._idle
    first.process.kill()
    first.process.wait()
    assert decode_process.decode(picture("PNG", (9, 9))).shape[:2] == (9, 9)


def test_stopping_ends_a_decoder_at_work(monkeypatch):
    decode_process.stop()
    monkeypatch.setattr(decode_process, "START", HANGS)
    refused = []

    def ask():
        try:
            decode_process.decode(b"picture")
        except ImageError as error:
            refused.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while not decode_process._busy:
        time.sleep(0.01)
    decode_process.stop()
    thread.join(120)
    assert len(refused) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_asks_none_of_its_parents_decoders():
    decode_process.decode(picture("PNG", (9, 9)))
    child = os.fork()
    if not child:
        os._exit(len(decode_process._idle))
    assert os.waitpid(child, 0)[1] == 0
