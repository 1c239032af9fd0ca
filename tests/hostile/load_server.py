"""Loads each file that it is told in a process of its own, forked from this one, which has all imports behind it.

Requests are lines of JSON on stdin: {"reader", "path", "options"}; so are the answers on stdout: "outcome" (refused,
loaded, other or died), "seen" (the message, or a digest of what was loaded), "seconds" and "mebibytes" (at the peak).
Where the system cannot fork, the files share this process, and there is no limit of memory and time.
"""

import contextlib
import copyreg
import hashlib
import json
import logging
import os
import pickle
import sys
import tempfile
import time
import warnings
from pathlib import Path

ADDRESS_SPACE, SECONDS = 2 * 2**30, 20  # of the processor's time: what else runs must fail no test
HANGS = 120  # seconds of the clock


def readers():
    """What reads strangers' files, by name: path and options -> what was loaded."""
    import pandas.io.parsers  # noqa: F401
    from PIL import BmpImagePlugin, GifImagePlugin, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401
    from scipy import ndimage  # noqa: F401

    from digits20 import import_thetas, load, load_csv, load_images, load_model
    from digits20.data.pictures.read import load_pictures
    from digits20.images import decode_process
    from digits20.images.photo import read_photo

    decode_process.SECONDS = HANGS  # of the clock, which a busy machine may need
    with tempfile.TemporaryDirectory() as folder:  # what is imported for the first table takes half a second
        (table := Path(folder, "table.csv")).write_text("0,0,0,1,1\n1,0,0,1,2\n" * 9)
        load(table)
    return {
        "model": load_model,
        "thetas": import_thetas,
        "data": load,
        "csv": load_csv,
        "images": load_images,
        "photo": read_photo,
        "folder": load_pictures,
        "pickle.loads": lambda path: repr(
            pickle.loads(Path(path).read_bytes())
        ),  # what anybody would do: the canary sings
    }


def warm_extensions():
    """open() in the extension registry under 77, looked up before, so that EXT opcodes find it in the cache."""
    copyreg.add_extension("builtins", "open", 77)
    pickle.loads(b"\x80\x02\x82\x4d.")


def digest(value):
    """SHA-256 of what was loaded: of its arrays' bytes and of all else in words."""
    import numpy as np

    sha256 = hashlib.sha256()

    def add(part):
        if isinstance(part, np.ndarray):
            sha256.update(f"{part.dtype}{part.shape}".encode() + np.ascontiguousarray(part).tobytes())
        elif isinstance(part, (list, tuple)):
            for item in part:
                add(item)
        elif hasattr(part, "__dict__"):
            add(sorted(vars(part).items()))
        else:
            sha256.update(repr(part).encode())

    add(value)
    return sha256.hexdigest()


def outcome(read, path, options):
    """("loaded", digest), ("refused", message) or ("other", what should not have happened)."""
    from digits20.errors import Digits20Error

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return "loaded", digest(read(path, **options))
    except Digits20Error as error:
        return "refused", str(error)
    except BaseException as error:
        return "other", f"{type(error).__name__}: {error}"[:500]


def in_child(read, path, options):
    """`outcome` in a process forked for it, within ADDRESS_SPACE and SECONDS; and its peak memory in MiB."""
    import resource
    import signal

    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as noise:
        child = os.fork()
        if child == 0:
            os.dup2(noise.fileno(), 1)
            os.dup2(noise.fileno(), 2)
            with contextlib.suppress(ValueError, OSError):  # macOS has no such limit
                resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
            signal.alarm(HANGS)
            said.write(json.dumps(outcome(read, path, options)).encode())
            said.flush()
            os._exit(0)
        _, status, usage = os.wait4(child, 0)
        said.seek(0)
        noise.seek(0)
        mebibytes = usage.ru_maxrss // (1024 if sys.platform == "linux" else 1024**2)
        if status:
            return ("died", f"of signal {os.WTERMSIG(status)}"), mebibytes
        if words := noise.read():
            return ("other", f"it printed {words[:500]!r}"), mebibytes
        return json.loads(said.read()), mebibytes


def main():
    known, answers = readers(), os.fdopen(os.dup(1), "w")
    warm_extensions()
    logging.getLogger("digits20").addHandler(logging.NullHandler())  # notes are no noise
    for line in sys.stdin:
        request = json.loads(line)
        arguments = known[request["reader"]], request["path"], request["options"]
        os.chdir(request["folder"])
        start = time.perf_counter()
        (what, seen), mebibytes = in_child(*arguments) if hasattr(os, "fork") else (outcome(*arguments), 0)
        answer = {"outcome": what, "seen": seen, "seconds": time.perf_counter() - start, "mebibytes": mebibytes}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
