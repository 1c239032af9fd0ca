"""Files that hold no table digits20 reads: what they are, and what to do instead."""

from __future__ import annotations

import re

JSON_START = re.compile(rb"\s*(?:\{|\[\s*[\[{])")
POINTER = b"version https://git-lfs"

BINARY = (
    (b"ARROW1", "an Arrow file, save it as Parquet or CSV"),
    (b"\xff\xff\xff\xff", "an Arrow stream, save it as Parquet or CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook, save it as CSV"),
    (b"\x1f\x8b", "a gzip file in a gzip file, unpack it once"),
    (b"BZh", "a bzip2 file, unpack it or pack it with gzip"),
    (b"\xfd7zXZ", "an xz file, unpack it or pack it with gzip"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file, unpack it or pack it with gzip"),
    (b"7z\xbc\xaf", "a 7-Zip archive, unpack it first"),
    (b"Rar!", "a RAR archive, unpack it first"),
    (b"SQLite", "a SQLite database, save the table as CSV"),
    (b"\x89PNG", "a PNG picture; pictures are read from folders (--data FOLDER) or by predict"),
    (b"\xff\xd8\xff", "a JPEG picture; pictures are read from folders (--data FOLDER) or by predict"),
    (b"GIF8", "a GIF picture; pictures are read from folders (--data FOLDER) or by predict"),
    (b"BM", "a BMP picture; pictures are read from folders (--data FOLDER) or by predict"),
    (b"RIFF", "a WebP picture or a sound; pictures are read from folders (--data FOLDER) or by predict"),
    (b"%PDF", "a PDF file, expected a table of images"),
    (b"RDX", "an R data file, save the table with: write.csv"),
)


TAR = slice(257, 262), b"ustar"


def named_text(text: bytes) -> str | None:
    """What a text is that is no table, with what to do; None for a table."""
    where, mark = TAR
    if text[where] == mark:
        return "a tar archive, unpack it first"
    start = text[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(POINTER):
        return "a Git LFS pointer, not the file itself; fetch that with: git lfs pull"
    if JSON_START.match(start):
        return "JSON, save it as CSV: a row per image, its pixels and its label"
    if start[:1] == b"<":
        html = start[:200].lower()
        return "a web page, not the file itself; download the raw file" if b"html" in html else "XML, save it as CSV"
    return None


def named_zip(names: list[str]) -> str | None:
    """What a zip archive is that holds no arrays, with what to do; None for NumPy's .npz."""
    if any(name.startswith("xl/") for name in names):
        return "an Excel workbook, save it as CSV"
    if any(name.endswith("/data.pkl") or name == "data.pkl" for name in names):
        return "a PyTorch file, which only PyTorch can open: save its tensors with numpy.savez(file, X=…, y=…)"
    if any(name == "mimetype" or name == "content.xml" for name in names):
        return "an OpenDocument spreadsheet, save it as CSV"
    if names and not any(name.endswith(".npy") for name in names):
        return "a zip archive, unpack it first"
    return None
