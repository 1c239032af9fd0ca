"""Decoding pictures in processes that are killed when they take too long: nothing else stops a decoder written in C."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import sys
import threading
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt

from ..errors import ImageError
from ..system import child

SECONDS = 10.0  # for one picture; 40 million pixels of a phone take one
LONGEST = 640  # pixels; a larger picture is reduced by a whole factor, its longer side to at least this
IDLE = 2  # processes kept for the next pictures
START = f"from {__name__} import _serve; _serve()"

_idle: list[_Decoder] = []
_busy: dict[int, _Decoder] = {}  # by the thread that waits for it
_lock = threading.Lock()


def decode(data: bytes, longest: int = LONGEST) -> npt.NDArray[Any]:
    """`images.decode.decode` within SECONDS. Raises ImageError as that does, and where it takes longer."""
    with _lock:
        decoder = _next_decoder()
        _busy[threading.get_ident()] = decoder
    try:
        return decoder.decode(data, longest)
    finally:
        with _lock:
            del _busy[threading.get_ident()]
            keep = decoder.usable and len(_idle) < IDLE
            if keep:
                _idle.append(decoder)
        if not keep:
            decoder.kill()


def _next_decoder() -> _Decoder:
    """One that waits, or a new one."""
    while _idle:
        if (decoder := _idle.pop()).process.poll() is None:
            return decoder
        decoder.kill()  # ended by someone else, such as a system out of memory: closes its pipes
    return _Decoder()


def stop() -> None:
    """Kill the decoders, also those at work, whose pictures are then refused."""
    with _lock:
        for decoder in [*_idle, *_busy.values()]:
            decoder.kill()
        _idle.clear()


def stop_for(thread: int) -> None:
    """Kill the decoder that this thread waits for, if any: its picture is then refused."""
    with _lock:
        if thread in _busy:
            _busy[thread].process.kill()


class _Decoder:
    """A process that decodes one picture after another. It ends by itself when its input does."""

    usable = True  # a process that was killed still counts as running for a moment

    def __init__(self) -> None:
        self.process = child.start(START)
        self.stdin, self.stdout = cast(BinaryIO, self.process.stdin), cast(BinaryIO, self.process.stdout)

    def decode(self, data: bytes, longest: int) -> npt.NDArray[Any]:
        timer = threading.Timer(SECONDS, self.process.kill)
        timer.start()
        try:
            _send(self.stdin, {"bytes": len(data), "longest": longest}, data)
            head, content = _receive(self.stdout)
        except (OSError, ValueError):
            self.usable = False
            raise ImageError(f"refused: decoding it takes more than {SECONDS:g} seconds, or too much memory") from None
        except BaseException:  # Ctrl-C: the answer would be taken for that to the next picture
            self.usable = False
            raise
        finally:
            timer.cancel()
        if "error" in head:
            raise ImageError(head["error"])
        return np.frombuffer(content, head["dtype"]).reshape(head["shape"])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.stdin, self.stdout):
            with contextlib.suppress(OSError):  # what was not sent
                pipe.close()


def _send(file: BinaryIO, head: dict[str, Any], content: bytes = b"") -> None:
    file.write(json.dumps(head).encode() + b"\n" + content)
    file.flush()


def _receive(file: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """A head and its content. Raises ValueError where the sender has ended."""
    head = json.loads(file.readline())
    content = file.read(head["bytes"])
    if len(content) < head["bytes"]:
        raise ValueError
    return head, content


def _serve() -> None:
    """What a decoder's process runs."""
    from .decode import decode as decode_here

    while True:
        try:
            head, data = _receive(sys.stdin.buffer)
        except ValueError:
            return
        try:
            image = decode_here(data, head["longest"])
        except ImageError as error:
            _send(sys.stdout.buffer, {"bytes": 0, "error": str(error)})
        else:
            head = {"bytes": image.nbytes, "dtype": image.dtype.str, "shape": image.shape}
            _send(sys.stdout.buffer, head, image.tobytes())


def _forget() -> None:
    """A forked process must not talk to the decoders of its parent."""
    global _lock
    _lock = threading.Lock()
    _idle.clear()
    _busy.clear()


atexit.register(stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
