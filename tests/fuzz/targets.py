"""What fuzzing calls: bytes in; a reader may refuse them in one line, or answer what an independent reading answers.

Anything else - another exception, a warning, a wrong value - ends the run, and is a finding.
"""

import asyncio
import csv
import functools
import gzip
import io
import json
import math
import re
import tempfile
import warnings
import zlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from PIL import Image, ImageDraw

from digits20 import MiniBatch, import_thetas, load, load_csv, load_images, load_model
from digits20.data.pictures.folders import find
from digits20.data.readers.arrays.idx import is_idx
from digits20.data.readers.arrays.named import read_arrays
from digits20.data.readers.arrays.npz import is_npz
from digits20.data.readers.arrays.numpy_pickle import matrices
from digits20.data.readers.text.csv_cells import delimiter_of, first_line, plain_text
from digits20.errors import Digits20Error
from digits20.images.photo import read_photo
from digits20.images.sheets.form import read_form
from digits20.images.sheets.layout import Layout
from digits20.optim.solution import Snapshot
from digits20.persistence import strict_json as plain_json
from digits20.persistence.checkpoint_file import Identity, load_snapshot, to_bytes
from digits20.persistence.model_file import from_payload, to_payload
from digits20.persistence.payload import dumps, seal
from digits20.system import safe_pickle
from digits20.system.untrusted import open_regular, read_unpacked

MAX_SIZE = 2**24
PLAIN = (dict, list, str, bytes, int, float, bool, type(None))


@functools.cache
def folder():
    """A folder of this process's own."""
    return tempfile.TemporaryDirectory(prefix="digits20-fuzz-")


def written(data):
    path = Path(folder().name) / "file"
    path.write_bytes(data)
    return path


def one_line(error):
    text = str(error)
    assert text.isprintable(), text
    assert len(text) < 400, text


def plain(value):
    """Whether it is made of plain values all through."""
    items = value.values() if type(value) is dict else value if type(value) is list else ()
    return type(value) in PLAIN and all(map(plain, items)) and (type(value) is not dict or all(map(plain, value)))


# sealed files


def pickled_model(data):
    value = safe_pickle.loads(data)
    assert type(value) is dict
    assert plain(value)
    assert repr(safe_pickle.loads(dumps(value))) == repr(value)
    resealed(value)


def json_model(data):
    value = plain_json.loads(data)
    assert plain(value)
    if not isinstance(value, dict):
        return
    again = json.loads(data)
    assert list(again) == list(value)
    assert plain_json.loads(plain_json.dumps(value)) == value
    resealed(value)


def resealed(value):
    """What a stranger can do who knows the checksum: the values must be right all the same."""
    try:
        model = from_payload(seal(value), "file")
    except Digits20Error as error:
        one_line(error)
        return
    assert np.isfinite(model.theta).all()
    assert model.theta.size == model.network.size
    assert len(model.labels) == model.network.layer_sizes[-1]
    again = from_payload(to_payload(model), "file")
    assert again.theta.tobytes() == model.theta.tobytes()
    assert (again.labels, again.scores, again.settings) == (model.labels, model.scores, model.settings)


def whole_model(data):
    """A file as it is: only a whole one has the checksum."""
    model = load_model(written(data))
    assert np.isfinite(model.theta).all()


@functools.cache
def run():
    """A run that checkpoints can be of, and its identity."""
    start = np.linspace(-1, 1, 10)
    state = np.random.default_rng(0).bit_generator.state
    solver = MiniBatch(5)
    return SimpleNamespace(start=start, solver=solver, validation=None, generator=state), Identity({"a": 1}, {"b": "c"})


def snapshot():
    known, identity = run()
    memory = known.solver.new_memory(known.start)
    made = Snapshot(known.start, memory, [2.0, 1.0], (0.5, 1.0, known.start), 2.0, 0.1, known.generator, {})
    return to_bytes(made, identity)


def checkpoint(data):
    value = safe_pickle.loads(data, "checkpoint")
    made = load_snapshot(written(dumps(seal(value))), *run())
    assert made.theta.shape == (10,)
    assert np.isfinite(made.theta).all()
    np.random.default_rng(0).bit_generator.state = made.generator


# others' weights


def foreign_weights(data):
    assert all(array.dtype.kind == "f" and array.size * array.itemsize <= len(data) for _, array in matrices(data))
    thetas(data)


def thetas(data):
    model = import_thetas(written(data))
    assert np.isfinite(model.theta).all()
    assert model.theta.size == model.network.size


# tables


NUMBER = re.compile(r"[ \t\n\v\f\r]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[ \t\n\v\f\r]*", re.ASCII)


def plain_number(cell):
    """A cell's number as the documentation has it, written anew; NaN, which equals nothing, for any other text."""
    match = NUMBER.fullmatch(cell)
    return float(match[1]) if match else math.nan


def table(data):
    """Compared with what the csv module and another idea of a number make of the text, cell by cell."""
    digits = load_csv(
        written(data), labels="digits", order="C", pixel_min=0, pixel_max=1, invert=False, max_size=MAX_SIZE
    )
    text = plain_text(data, "file")
    delimiter = delimiter_of(first_line(text), "file")
    rows = list(csv.reader(io.StringIO(text.decode(), newline=""), delimiter=delimiter))
    rows = [row for row in rows if row]
    rows = rows[len(rows) - len(digits) :]
    if any(len(row) != digits.X.shape[1] + 1 for row in rows):
        return  # another dialect of tables, such as one with an index column
    values = [[plain_number(cell) for cell in row] for row in rows]
    assert any(
        np.allclose(np.array([row[part] for row in values], float), digits.X, rtol=1e-14, atol=1e-300)
        and [row[label] % 10 for row in values] == digits.y.tolist()
        for part, label in ((slice(1, None), 0), (slice(None, -1), -1))
    )


def images(data):
    """Whatever kind of file it is."""
    X, shape = load_images(written(data), max_size=MAX_SIZE)
    assert X.shape == (len(X), math.prod(shape))
    assert np.isfinite(X).all()


def layout(data):
    """The readers of other layouts, labels and all."""
    digits = load(written(data), max_size=MAX_SIZE, one_class=True)
    assert np.isfinite(digits.X).all()
    assert len(digits.y) == len(digits.X)
    images(data)


def listed(data):
    """A table of file names: what it finds must lie in its folder."""
    path = Path(folder().name) / "pictures" / "labels.csv"
    if not path.parent.is_dir():
        path.parent.mkdir()
        for name in ("1.png", "2.png"):
            Image.new("L", (1, 1)).save(path.with_name(name))
    path.write_bytes(data)
    for found in find(path.parent, "train", None):
        assert found.path.resolve().parent == path.parent.resolve()


def matlab(data):
    """The numbers must stand in the file, packed or not."""
    unpacked_too = [data, *filter(None, map(inflated, (data[at:] for at in places(data, b"x\x9c"))))]
    for _, array in arrays(data):
        assert any(array.tobytes("F") in part for part in unpacked_too)
    images(data)


def places(data, what):
    at = data.find(what)
    while at >= 0:
        yield at
        at = data.find(what, at + 1)


def inflated(data):
    try:
        return zlib.decompressobj().decompress(data, MAX_SIZE)
    except zlib.error:
        return b""


def numpy_archive(data):
    """Compared with NumPy's own reader."""
    if not is_npz(data):
        return
    for name, array in arrays(data):
        with np.load(io.BytesIO(data), allow_pickle=False) as theirs:
            assert theirs[name].tobytes("K") == array.tobytes("K")
            assert (theirs[name].shape, theirs[name].dtype) == (array.shape, array.dtype)
    images(data)


def arrays(data):
    found = read_arrays(data, "file", lambda names: sorted(names)[:4], MAX_SIZE)
    assert all(array.size * array.itemsize <= MAX_SIZE for _, array in found)
    return found


IDX = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def idx(data):
    """Compared with the format's definition."""
    if not is_idx(data):
        return
    X, _ = load_images(written(data), pixel_min=0, pixel_max=1, invert=False, order="C", max_size=MAX_SIZE)
    sizes = [int.from_bytes(data[at : at + 4], "big") for at in range(4, 4 + 4 * data[3], 4)]
    numbers = np.frombuffer(data[4 + 4 * data[3] :], IDX[data[2]]).astype(float)
    assert (len(X), X.size) == (sizes[0], math.prod(sizes))
    assert np.array_equal(X.ravel(), numbers)


def gzipped(data):
    """Compared with Python's own gzip."""
    with open_regular(written(data), "file") as file:
        content = read_unpacked(file, MAX_SIZE)
    assert content == (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)


# pictures


def picture(data):
    photo = read_photo(data)
    assert photo.pixels.shape == (400,)
    assert -0.5 < photo.pixels.min() <= photo.pixels.max() < 1.5
    assert 0 <= photo.original.min() <= photo.original.max() <= 1


SHEET = (340, 480)  # pixels, an A4 sheet with a pixel for 0.6 mm
LAYOUT = Layout(("0", "1"), 20)


@functools.cache
def blank_sheet():
    from digits20.plots.form import form_files

    return Image.open(io.BytesIO(form_files(LAYOUT, "a4", ".png")[0])).convert("L").resize(SHEET)


def sheet(data):
    """A form on which the data draws: how it lies, then shapes of six bytes each - kind, place, size and shade."""
    lies, shapes = data[:1] or b"\0", data[1:1201]
    page = blank_sheet().copy()
    draw = ImageDraw.Draw(page)
    for at in range(0, len(shapes) - 5, 6):
        kind, x, y, width, height, shade = shapes[at : at + 6]
        corners = (x * 4 / 3, y * 15 / 8, x * 4 / 3 + width, y * 15 / 8 + height)
        (draw.rectangle, draw.ellipse, draw.line)[kind % 3](corners, fill=shade)
    file = io.BytesIO()
    page.rotate(lies[0] * 360 / 256, expand=True, fillcolor=255).save(file, "BMP")
    boxes = read_form(file.getvalue(), LAYOUT if lies[0] % 2 else None, (20, 20)).boxes
    places = {(1, row + 1, column + 1): label for label, row, column in LAYOUT.boxes(0)}
    assert all(places[box.place] == box.label for box in boxes)
    assert len({box.place for box in boxes}) == len(boxes)
    assert all(box.pixels.shape == (400,) and -0.5 < box.pixels.min() <= box.pixels.max() < 1.5 for box in boxes)


# the page


class Client:
    """The other end of a connection, as far as the server's protocol asks; `said` is what it was told."""

    def __init__(self):
        self.said, self.closed = b"", False

    def get_extra_info(self, name, default=None):
        return self if name == "socket" else default

    def setsockopt(self, *option):
        pass

    def getpeername(self):
        return "127.0.0.1", 50000

    def getsockname(self):
        return "127.0.0.1", PORT

    def write(self, data):
        if not self.closed:
            self.said += data

    def close(self):
        self.closed = True

    abort = close

    def is_closing(self):
        return self.closed

    def pause_reading(self):
        pass

    resume_reading = pause_reading


PORT = 8020
HOSTS = (b"127.0.0.1:8020", b"localhost:8020", b"[::1]:8020")
STATUSES = {100, 200, 400, 403, 404, 405, 408, 409, 411, 413, 415, 422, 431, 501, 505, 507}


@functools.cache
def page():
    """The event loop, the workers, and what makes a connection's protocol."""
    from uvicorn.server import ServerState

    from digits20.page.answers import Served
    from digits20.page.app import Page, application
    from digits20.page.collected import Collection
    from digits20.page.guard import Guard
    from digits20.page.server import TimedProtocol, names, uvicorn_for
    from digits20.page.workers import Workers

    kept = Collection(Path(folder().name) / "kept.csv", range(10), 400)
    workers = Workers(1)
    app = application(Page([Served("reference", load_model("reference"))], 0.5, kept), workers)
    config = uvicorn_for(Guard(app, names("127.0.0.1", PORT))).config
    config.load()
    loop = asyncio.new_event_loop()
    return loop, workers, lambda: TimedProtocol(config, ServerState(), {}, loop)


def http(data):
    """What a client sends, in two parts; each answer has a status that is documented, and only our hosts get 200."""
    loop, workers, connection = page()
    client, protocol = Client(), connection()

    async def converse():
        protocol.connection_made(client)
        for part in filter(None, (data[: len(data) // 2], data[len(data) // 2 :])):
            protocol.data_received(part)
            for _ in range(20):
                await asyncio.sleep(0.001 if workers.under_way else 0)
        while workers.under_way:
            await asyncio.sleep(0.001)
        protocol.connection_lost(None)
        async with asyncio.timeout(15):
            await asyncio.gather(*protocol.tasks)

    loop.run_until_complete(converse())
    heads = re.findall(rb"HTTP/1\.1 (\d+) .*?\r\n\r\n", client.said, re.DOTALL)
    assert {int(status) for status in heads} <= STATUSES, client.said[:200]
    assert b"200" not in heads or any(host in data.lower() for host in HOSTS)
    if not client.said:
        raise Digits20Error("no answer")


TARGETS = {
    "pickle": pickled_model,
    "json": json_model,
    "model": whole_model,
    "checkpoint": checkpoint,
    "weights": foreign_weights,
    "csv": table,
    "mat": matlab,
    "npz": numpy_archive,
    "idx": idx,
    "gzip": gzipped,
    "picture": picture,
    "layout": layout,
    "hdf5": layout,
    "parquet": layout,
    "folder": listed,
    "sheet": sheet,
    "http": http,
}


def check(reader, data):
    """Whether that reader took the data; raises for what should not be."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            TARGETS[reader](data)
        except Digits20Error as error:
            one_line(error)
            return False
    return True
