"""Writes the files that fuzzing starts from into corpus/READER/: python -m fuzz.make_corpus, in the folder tests.

Small whole files of every kind that a reader takes, and every small hostile file of the tables.
"""

import gzip
import io
import pickle
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pyarrow
from hostile import photos, pickles, tables
from PIL import Image
from pyarrow import parquet as writer

from digits20.persistence import strict_json as plain_json
from digits20.persistence.model_file import to_payload

from . import targets

CORPUS = Path(__file__).parent / "corpus"
MAX_SIZE = 1500  # bytes of a seed
LARGER = ("hdf5", "parquet")  # files that have more of them around little
THETAS = [np.linspace(-1, 1, 10).reshape(2, 5), np.linspace(0, 1, 6).reshape(2, 3)]


def whole():
    """Good files, by reader."""
    payload = to_payload(pickles.model())
    model = pickle.dumps(payload, 4)
    weights = [pickle.dumps(THETAS, protocol) for protocol in range(6)] + [pickle.dumps({"Theta1": THETAS[0]}, 2)]
    csv = [content for content in tables.FINE.values() if not callable(content)]
    X, y = tables.variable(b"X", tables.X_BYTES), tables.Y_VARIABLE
    in_parts = gzip.compress(b"a", mtime=0) + gzip.compress(b"b" * 99, mtime=0) + bytes(9)
    return {
        "pickle": [model, pickles.GOOD_MODELS["a model, protocol 5"]],
        "json": [plain_json.dumps(payload), b'[[[1, -2.5e3, "a\\n", null, true]]]'],
        "model": [*pickles.GOOD_MODELS.values(), pickles.saved(pickles.lenet()), plain_json.dumps(payload)],
        "checkpoint": [targets.snapshot()],
        "weights": weights,
        "csv": [*csv, ("label,a,b,c,d\n" + tables.CSV).encode(), tables.CSV.replace("0.5", "128").encode()],
        "mat": [tables.mat(X, y), tables.mat(tables.packed(X), tables.packed(y))],
        "npz": [
            tables.npz(tables.npy(tables.X)),
            tables.npz(tables.npy(tables.X.T), method=zipfile.ZIP_DEFLATED),
            tables.npz(tables.npy(tables.X > 0)),
        ],
        "idx": [tables.idx((2, 2, 2), bytes(range(0, 240, 30)))],
        "gzip": [gzip.compress(b"hello", mtime=0), in_parts],
        "layout": layouts(),
        "hdf5": [hdf5()],
        "parquet": [*parquet()],
        "folder": [
            b"file,label\n1.png,a\n2.png,b\n",
            b"1\ta\n2\tb\n",
            b"../1.png;a\n2.png;b\n",
            b"\\2.png 1\n1.png 2\n",
        ],
        "sheet": [b"\0" + b"".join(stroke(8 * n, kind=n) for n in range(9)), b"\3" + stroke(0)],
        "http": requests(),
        "picture": [*photos.AS_PNG.values(), *photos.AS_JPEG.values(), photos.PNG, photos.JPEG],
    }


def stroke(place, kind=2):
    """A shape within a box of a form, for the target that draws."""
    return bytes([kind % 3, 54 + 9 * (place % 10), 40 + 13 * (place // 10), 5, 7, 0])


def requests():
    """One of each kind, some of them twice on a connection."""
    host, picture = b"Host: 127.0.0.1:8020\r\n", photos.PNG
    kind = b"Content-Type: image/png\r\n"
    body = kind + b"Content-Length: %d\r\n\r\n%s" % (len(picture), picture)
    chunks = kind + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(picture), picture)
    paths = [b"/", b"/health", b"/models", b"/models/0/units", b"/openapi.json", b"/collect", b"/static/index.html"]
    gets = [b"GET %s HTTP/1.1\r\n%s\r\n" % (path, host) for path in paths]
    return [
        *gets,
        gets[1] + gets[2],
        b"HEAD / HTTP/1.0\r\n%s\r\n" % host,
        b"GET http://127.0.0.1:8020/health HTTP/1.1\r\n%s\r\n" % host,
        b"GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET /health HTTP/1.1\r\n%sOrigin: http://evil.example\r\n\r\n" % host,
        b"GET / HTTP/1.1\r\n%sSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n\r\n" % host,
        b"OPTIONS * HTTP/1.1\r\n%sExpect: 100-continue\r\n\r\n" % host,
        b"DELETE /collect HTTP/1.1\r\n%s\r\n" % host,
        *(b"POST %s HTTP/1.1\r\n%s%s" % (path, host, body) for path in (b"/predict?model=0", b"/look")),
        b"POST /collect?label=7 HTTP/1.1\r\n%s%s" % (host, body),
        b"POST /look HTTP/1.1\r\n%s%s" % (host, chunks),
        b"GET /models/%s/units HTTP/1.1\r\n%s\r\n" % (b"9" * 500, host),
    ]


def layouts():
    """Small tables as other programs write them."""
    rows = [line.split(",") for line in tables.CSV.splitlines()]
    X, y = tables.X.reshape(3, 2, 2), tables.Y
    hot = [row[:4] + [str(int(row[4] == str(place))) for place in range(3)] for row in rows]
    octave = "# Created by Octave 9\n"
    for name, array in (("X", tables.X), ("y", y[:, None])):
        numbers = "".join(" " + " ".join(map(str, row)) + "\n" for row in array.tolist())
        size = f"# rows: {len(array)}\n# columns: {array.shape[1]}\n"
        octave += f"# name: {name}\n# type: matrix\n{size}{numbers}\n"
    attributes = "".join(f"@attribute p{place} numeric\n" for place in range(4)) + "@attribute class {0,1,2}\n"
    pixels = [f"{n},{i // 2},{i % 2},{row[i]},{row[4]}" for n, row in enumerate(rows) for i in range(4)]
    return [
        tables.CSV.encode("utf-16"),
        b"sep=,\n" + tables.CSV.encode(),
        ("id,row,column,value,label\n" + "\n".join(pixels)).encode(),
        "\n".join(f"{row[4]} 1.0 'a|p 1:{row[0]} 4:{row[3]}" for row in rows).encode(),
        "\n".join(f"{row[4]}\t{','.join(row[:4])}" for row in rows).encode(),
        "\n".join(" ".join(row) for row in rows).encode(),
        "\n".join(";".join(row).replace(".", ",") for row in rows).encode(),
        "\n\n".join(",".join(row) for row in rows).encode(),
        "\n".join(",".join(row) + "," for row in rows).encode(),
        "\n".join(f"{place}," + ",".join(row) for place, row in enumerate(rows)).encode(),
        "\n".join(",".join(row) for row in hot).encode(),
        ("label,pixels\n" + "\n".join(f"{row[4]},{' '.join(row[:4])}" for row in rows)).encode(),
        "\n".join(f"{row[4]} 1:{row[0]} 4:{row[3]}" for row in rows).encode(),
        f"@relation a\n{attributes}@data\n{tables.CSV}".encode(),
        octave.encode(),
        octave.split("\n", 1)[1].encode(),
        f"@relation a\n{attributes}@data\n{{0 1,3 0.5,4 2}}\n{{1 1,4 1}}\n".encode(),
        "\n".join("|".join(row) for row in rows).encode(),
        "\n".join(", ".join(row) for row in rows).encode(),
        "\n".join(f"{row[4]} qid:1 1:{row[0]} 4:{row[3]}" for row in rows).encode(),
        ("p,p,label,p,p,file\n" + "\n".join(f"{a},{b},{e},{c},{d},{e}.png" for a, b, c, d, e in rows)).encode(),
        ("split,p,p,p,p,label\n" + "\n".join(["train," + ",".join(row) for row in rows])).encode(),
        "\n".join(",".join([*(str(cell > "0.1") for cell in row[:4]), row[4]]) for row in rows).encode(),
        pickle.dumps({b"data": X, b"labels": y.tolist()}, 2),
        tables.mat_4() + tables.mat_4(b"y\0", (3, 1))[:22] + bytes(24),
        tables.npy(np.column_stack([y, tables.X])),
        pickle.dumps((X, y), 2),
        pickle.dumps({"x_train": X, "y_train": y.tolist()}, 4),
    ]


def hdf5():
    """Images and labels in a file that says little else."""
    file = io.BytesIO()
    with h5py.File(file, "w", libver="latest") as made:
        made["X"], made["y"] = tables.X, tables.Y
    return file.getvalue()


def parquet():
    """Tables of lists and of pictures."""
    pictures = []
    for value in (0, 255, 7):
        file = io.BytesIO()
        Image.new("L", (2, 2), value).save(file, "PNG")
        pictures.append({"bytes": file.getvalue(), "path": None})
    for images in (tables.X.tolist(), pictures):
        file = io.BytesIO()
        writer.write_table(pyarrow.table({"image": images, "label": tables.Y}), file, write_statistics=False)
        yield file.getvalue()


def hostile():
    """The small ones of the tables, by reader."""
    data = {name: content for name, (content, _) in tables.REFUSED.items()}
    by_start = {"IDX": "idx", "npz": "npz", "mat": "mat", "gzip": "gzip"}
    found = {
        "pickle": [content for name, content in pickles.FOR_MODEL.items() if not name.startswith(("JSON", "gzip"))],
        "json": [content for name, content in pickles.FOR_MODEL.items() if name.startswith("JSON")],
        "weights": pickles.FOR_THETAS.values(),
        "picture": photos.REFUSED.values(),
        "csv": [content for name, content in data.items() if ":" not in name],
    }
    for start, reader in by_start.items():
        found[reader] = [content for name, content in data.items() if name.startswith(f"{start}:")]
    return found


def main():
    hostile_files = hostile()
    for reader, good in whole().items():
        folder = CORPUS / reader
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        small = [content for content in hostile_files.get(reader, ()) if isinstance(content, bytes)]
        kept = [content for content in [*good, *small] if len(content) <= MAX_SIZE or reader in LARGER]
        for number, content in enumerate(dict.fromkeys(kept)):
            (folder / f"{number:03}").write_bytes(content)
    total = sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file())
    print(f"{sum(1 for path in CORPUS.rglob('*') if path.is_file())} files, {total} bytes")


if __name__ == "__main__":
    main()
