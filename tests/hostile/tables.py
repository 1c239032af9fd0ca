"""Hostile data files by name, for load; some come with options. Made by hand where no library would write them."""

import gzip
import io
import itertools
import struct
import zipfile
import zlib

import numpy as np

from .pickles import Sings, gzip_bomb, gzip_of

CSV = "".join(f"{row % 4 / 4},0.5,0.25,1,{row % 3}\n" for row in range(12))
LINES = CSV.splitlines(keepends=True)


def csv(line, number=6):
    """The good table with another line."""
    return "".join([*LINES[: number - 1], line + "\n", *LINES[number:]]).encode()


def cell(text):
    """The good table with another pixel in line 6, column 2."""
    return csv(f"0.5,{text},0.25,1,2")


# IDX


def long_csv(line):
    """So many good lines that what begins a file is over, then this one."""
    return CSV.encode() * 100 + line + b"\n" + CSV.encode()


def idx(shape, content, start=b"\0\0\x08"):
    return start + bytes([len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + content


# .npy and .npz


def npy(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def npy_of(header, content=b"", version=b"\x01\x00"):
    """An .npy file with that text in its header."""
    text = header.encode() + b"\n"
    return b"\x93NUMPY" + version + struct.pack("<H" if version[0] == 1 else "<I", len(text)) + text + content


def npy_shaped(shape, content=bytes(96), descr="'<f8'"):
    return npy_of(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}", content)


X, Y = np.arange(12.0).reshape(3, 4) / 12, np.array([1, 2, 3])


def archive(*members, method=zipfile.ZIP_STORED):
    """A zip file of (name, content)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for name, content in members:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = method
            made.writestr(info, content)
    return file.getvalue()


def npz(X_member, y_member=None, **options):
    return archive(("X.npy", X_member), ("y.npy", y_member or npy(Y)), **options)


def zip_edited(data, *changes):
    """The zip file with bytes of its first directory entry changed: (offset in the entry, bytes)."""
    at, edited = data.index(b"PK\x01\x02"), bytearray(data)
    for offset, content in changes:
        edited[at + offset : at + offset + len(content)] = content
    return bytes(edited)


def zip_of_repeated_names():
    first, second = npz(npy(X)), zipfile.ZipInfo("X.npy", (1980, 1, 1, 0, 0, 0))
    file = io.BytesIO(first)
    with zipfile.ZipFile(file, "a") as made:
        made.NameToInfo.clear()
        made.writestr(second, npy(X + 1))
    return file.getvalue()


def zip_bomb(claimed):
    """A member that says it has `claimed` bytes and unpacks to a gigabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    start = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = start.compress(npy(X)) + start.flush(zlib.Z_FULL_FLUSH) + block * 1024
    stored = archive(("X.npy", content), ("y.npy", npy(Y)))
    sizes = struct.pack("<III", zlib.crc32(npy(X)), len(content), claimed)
    return zip_edited(stored, (10, b"\x08\0"), (16, sizes))


def many_members(count):
    """A directory of that many entries over nothing."""
    entry = b"PK\x01\x02" + bytes(24) + struct.pack("<H", 1) + bytes(16) + b"X"
    end = b"PK\x05\x06" + bytes(4) + struct.pack("<HHIIH", 65535, 65535, count * len(entry), 0, 0)
    return b"PK\x03\x04"[:0] + entry * count + end


# MATLAB


def element(kind, content):
    return struct.pack("<II", kind, len(content)) + content + bytes(-len(content) % 8)


def variable(name, content, shape=(3, 4), flags=6, dims=None, kind=9):
    """A variable of MATLAB 5; flags 6 is a matrix of doubles."""
    dims = struct.pack(f"<{len(shape)}i", *shape) if dims is None else dims
    parts = element(6, struct.pack("<II", flags, 0)), element(5, dims), element(1, name), element(kind, content)
    return element(14, b"".join(parts))


def mat(*variables):
    return b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + b"".join(variables)


X_BYTES, Y_VARIABLE = X.T.astype("<f8").tobytes(), variable(b"y", Y.astype("<f8").tobytes(), (3, 1))


def packed(content):
    squeezed = zlib.compress(content)
    return struct.pack("<II", 15, len(squeezed)) + squeezed


def packed_and_cut(content):
    squeezed = zlib.compress(content)[:-4]
    return struct.pack("<II", 15, len(squeezed)) + squeezed


def mat_4(name=b"X\0", shape=(3, 4), kind=0):
    return struct.pack("<5i", kind, *shape, 0, len(name)) + name + X_BYTES


def wide(cells, ending="\n"):
    return (",".join(itertools.repeat("0", cells)) + ending).encode()


SPARSE = b"@relation a\n" + b"@attribute p numeric\n" * 4 + b"@attribute class {0,1,2}\n@data\n"
REFUSED = {
    # text
    "an empty file": (b"", {}),
    "blank lines": (b"\n" * 100_000, {}),
    "spaces, 64 MiB of them": (lambda: gzip_of(b" " * 2**20, 64), {"max_size": 2**28}),
    "words": (b"hello\n", {}),
    "UTF-16, little": (CSV.encode("utf-16-le"), {}),
    "UTF-16, big": (CSV.encode("utf-16-be"), {}),
    "UTF-16 with its mark, cut": (CSV.encode("utf-16")[:-1], {}),
    "a row per pixel of a far image": (b"id,row,column,value,label\n0,0,0,1,1\n1,9999,9999,1,2\n", {}),
    "a row per pixel, twice": (b"id,row,column,value\n" + b"0,0,0,1\n0,0,1,1\n0,1,0,1\n0,0,0,1\n", {}),
    "Vowpal Wabbit: a far pixel": (b"1 |p 1:1 999999:1\n2 |p 1:1\n" * 9, {"max_size": 2**24}),
    "UTF-32": (CSV.encode("utf-32"), {}),
    "Latin-1": (csv("0.5,0.5,0.25,1,é").decode().encode("latin-1"), {}),
    "a NUL in a cell": (cell("0\0"), {}),
    "a NUL behind a megabyte of text": (CSV.encode() * 20_000 + b"\0", {}),
    "an escape that clears the screen": (cell("\x1b[2J"), {}),
    **{
        f"byte 0x{code:x} behind a {kind}, past the first 4096 bytes": (long_csv(content % code), {})
        for code in (0x1C, 0x1D, 0x1E, 0x1F)
        for kind, content in (("pixel", b"0.5%c,0.5,0.25,1,2"), ("label", b"0.5,0.5,0.25,1,2%c"))
    },
    "a label with 0x1c behind it, where any goes": (long_csv(b"0.5,0.5,0.25,1,a\x1c"), {"labels": "any"}),
    "a no-break space behind a pixel": (cell("1\u00a0"), {}),
    "gzip: one endless line of spaces": (gzip_bomb(b" " * 2**20, 2000), {}),
    "gzip: one endless line of digits": (gzip_bomb(b"5" * 2**20, 2000), {}),
    "gzip: one endless line of cells": (gzip_bomb(b"0.1234567890123456," * 2**15, 2000), {}),
    "gzip: an endless line behind a header": (gzip.compress(b"label,a,b,c,d\n") + gzip_bomb(b"5" * 2**20, 900), {}),
    "a line separator of Unicode": (cell("0\u2028"), {}),
    "a form feed around a label": (csv("0.5,0.5,0.25,1,\f12\f"), {}),
    "a number and vertical tabs": (b"2" + b"\x0b" * 118, {}),
    "digits of another script": (cell("٣"), {}),
    "nan": (cell("nan"), {}),
    "inf": (cell("inf"), {}),
    "1e999": (cell("1e999"), {}),
    "a pixel of 1e308 beside ink of 255": (cell("1e308"), {"pixel_max": 255}),
    "pixels of -1e308 and 1e308": (csv("-1e308,1e308,0,1,2"), {"pixel_min": -1, "pixel_max": 1}),
    "a pixel of 1e9 where paper is said": (cell("1e9"), {"pixel_min": 0, "pixel_max": 1}),
    "an underscore in a number": (cell("1_0"), {}),
    "a hexadecimal number": (cell("0x1p-2"), {}),
    "a formula": (cell("=cmd|' /C calc'!A0"), {}),
    "a missing cell": (csv("0.5,0.5,0.25,2"), {}),
    "a cell too many": (csv("0.5,0.5,0.25,1,1,2"), {}),
    "an empty cell": (cell(""), {}),
    "a blank line": (csv(""), {}),
    "an open quotation mark": (cell('"0.5'), {}),
    "two lines swallowed by quotation marks": (csv('"0.5,0.5,0.25,1,2').replace(b"1,0\n", b'1,0"\n'), {}),
    "a label outside": (csv("0.5,0.5,0.25,1,17"), {}),
    "a label of 100000 digits": (csv("0.5,0.5,0.25,1," + "9" * 100_000), {}),
    "a label of digits and a letter": (csv("0.5,0.5,0.25,1," + "9" * 100_000 + "x"), {}),
    "a pixel of digits and a letter": (cell("9" * 100_000 + "x"), {}),
    "a label that clears the screen": (csv("0.5,0.5,0.25,1,a\u202eb"), {"labels": "any"}),
    "a label of a thousand letters": (csv("0.5,0.5,0.25,1," + "a" * 1000), {"labels": "any"}),
    "a header and a vertical tab": (b"label,b,c,d,e,f\n\x0b", {}),
    "a header and nothing else": (b"label,a,b,c,d\n", {}),
    "a million columns": (wide(1_000_000) * 2, {}),
    "ten million cells without an end": (wide(10_000_000, ""), {}),
    "forty million commas": (lambda: gzip_of(b"," * 2**20, 40), {"max_size": 2**28}),
    "no square": (b"0,0,0,1\n0,0,0,2\n", {}),
    "one class": (b"0,0,0,0,1\n" * 9, {}),
    "pixels of 1e300": (cell("1e300"), {}),
    "an Octave file": (b"# Created by Octave 9.1\n# name: X\n", {}),
    "HTML": (b"<!DOCTYPE html><html></html>\n", {}),
    "a pickle that sings": (Sings, {}),
    # gzip
    "gzip: cut": (gzip.compress(CSV.encode())[:-9], {}),
    "gzip: its checksum wrong": (gzip.compress(CSV.encode())[:-8] + bytes(8), {}),
    "gzip: more behind it": (gzip.compress(CSV.encode()) + b"more", {}),
    "gzip: twice": (gzip.compress(gzip.compress(CSV.encode())), {}),
    "gzip: a bomb of 8 GiB of zeros": (gzip_bomb(bytes(2**20), 8 * 1024), {}),
    "gzip: a bomb of text, to the limit": (gzip_bomb(CSV.encode() * 4000, 100), {"max_size": 2**26}),
    "gzip: a bomb of text, to the end of memory": (gzip_bomb(CSV.encode() * 4000, 4000), {}),
    "gzip: more numbers than the limit": (lambda: gzip_of(b"0,0,0,0,1\n" * 100_000, 30), {"max_size": 2**26}),
    "gzip: ten thousand empty files": (gzip.compress(b"") * 10_000, {}),
    # IDX
    "IDX: a trillion images": (idx((2**32 - 1, 2**32 - 1, 2**32 - 1), bytes(9)), {}),
    "IDX: sizes that wrap around to the right number": (idx((2**31, 2**31, 4), bytes(16)), {}),
    "IDX: images of no pixels": (idx((2**32 - 1, 0, 2**32 - 1), b""), {}),
    "IDX: no images": (idx((0, 28, 28), b""), {}),
    "IDX: of doubles": (idx((1, 2, 2), bytes(32), b"\0\0\x0e"), {}),
    "IDX: cut within its sizes": (b"\0\0\x08\x03\0\0", {}),
    "IDX: more behind it": (idx((1, 2, 2), bytes(5)), {}),
    "IDX: 255 dimensions": (b"\0\0\x08\xff" + bytes(1020), {}),
    "IDX: labels alone": (idx((4,), bytes(4)), {}),
    "IDX: no labels beside it": (idx((1, 2, 2), bytes(4)), {}),
    # NumPy
    "npz: an array of pickled objects": (npz(npy(np.array([[Sings()]], dtype=object))), {}),
    "npz: labels of pickled objects": (npz(npy(X), npy(np.array([Sings()] * 3, dtype=object))), {}),
    "npz: an object dtype over plain bytes": (npz(npy_shaped("(3, 4)", descr="'|O'")), {}),
    "npz: a dtype with a field of objects": (npz(npy_shaped("(3, 4)", descr="[('a', '|O')]")), {}),
    "npz: a dtype that is none": (npz(npy_shaped("(3, 4)", descr="'<f3'")), {}),
    "npz: a dtype of a gigabyte": (npz(npy_shaped("(3, 4)", descr="'|V1000000000'")), {}),
    "npz: a dtype of no bytes": (npz(npy_shaped("(3000000000, 3000000000)", b"", descr="'|S0'")), {}),
    "npz: a dtype that calls": (npz(npy_shaped("(3, 4)", descr="open('canary', 'w')")), {}),
    "npz: sizes that wrap around": (npz(npy_shaped("(4611686018427387904, 4)", bytes(96))), {}),
    "npz: a size below zero": (npz(npy_shaped("(-3, -4)")), {}),
    "npz: an empty array too large to count": (
        npz(npy_shaped("(4611686018427387904, 0, 4611686018427387904)", b"")),
        {},
    ),
    "npz: a size of a thousand digits": (npz(npy_shaped(f"({'9' * 1000}, 4)")), {}),
    "npz: a size that is True": (npz(npy_shaped("(True, 12)")), {}),
    "npz: a thousand dimensions": (npz(npy_shaped("(" + "1, " * 1000 + ")", bytes(8))), {}),
    "npz: more promised than there is": (npz(npy_shaped("(300, 400)")), {}),
    "npz: less promised than there is": (npz(npy_shaped("(1, 4)")), {}),
    "npz: a terabyte promised": (npz(npy_shaped("(1000000, 125000)")), {}),
    "npz: brackets within brackets": (npz(npy_of("(" * 5000)), {}),
    "npz: a header of minus signs": (npz(npy_of("-" * 9000 + "1")), {}),
    "npz: a header that calls": (npz(npy_of("__import__('os').system('touch canary')")), {}),
    "npz: a header of 4 GiB": (npz(b"\x93NUMPY\x02\x00\xff\xff\xff\xff{"), {}),
    "npz: a header twice over": (npz(npy_of("{'shape': (1,), 'shape': (3, 4)}", bytes(96))), {}),
    "npz: version 9": (npz(npy_of("{}", version=b"\x09\x00")), {}),
    "npz: no array": (npz(b"hello"), {}),
    "npz: no members": (archive(), {}),
    "npz: a name twice": (zip_of_repeated_names, {}),
    "npz: out of the folder": (archive(("../canary", npy(X)), ("/canary.npy", npy(Y)), ("..\\canary", b"")), {}),
    "npz: a folder": (archive(("X.npy/", b""), ("y.npy", npy(Y))), {}),
    "npz: encrypted": (zip_edited(npz(npy(X)), (8, b"\x01\0")), {}),
    "npz: packed with bzip2": (npz(npy(X), method=zipfile.ZIP_BZIP2), {}),
    "npz: packed with lzma": (npz(npy(X), method=zipfile.ZIP_LZMA), {}),
    "npz: packed in a way that is none": (zip_edited(npz(npy(X)), (10, b"\x63\0")), {}),
    "npz: a bomb of 4 GiB, honest": (zip_edited(npz(npy(X)), (24, b"\xff\xff\xff\xff")), {}),
    "npz: a bomb of a gigabyte that says it is one": (lambda: zip_bomb(2**30), {}),
    "npz: zip64 sizes that are not there": (zip_edited(npz(npy(X)), (20, b"\xff" * 8), (42, b"\xff" * 4)), {}),
    "npz: a member before the file": (zip_edited(npz(npy(X)), (42, b"\xf0\xff\xff\x7f")), {}),
    "npz: two members in one place": (zip_edited(npz(npy(X)), (42, struct.pack("<I", 1))), {}),
    "npz: a checksum that is wrong": (npz(npy(X)).replace(X.tobytes(), (X + 1).tobytes()), {}),
    "npz: a million members": (lambda: b"PK\x03\x04" + many_members(1_000_000), {}),
    "npz: cut": (npz(npy(X))[:-40], {}),
    "an .npy file": (npy(X), {}),
    "an .npy file of pickled objects": (npy(np.array([Sings()], dtype=object)), {}),
    # MATLAB
    "mat: version 7.3": (b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + b"\x89HDF\r\n\x1a\n", {}),
    "mat: HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(99), {}),
    "mat: version 4": (mat_4(), {}),
    "mat: cut": (mat(variable(b"X", X_BYTES), Y_VARIABLE)[:-5], {}),
    "mat: a terabyte": (mat(variable(b"X", X_BYTES, (10**6, 10**6)), Y_VARIABLE), {}),
    "mat: an empty array too large to count": (
        mat(variable(b"X", b"", (2**31 - 1, 0, 2**31 - 1, 2**31 - 1)), Y_VARIABLE),
        {},
    ),
    "mat: a size below zero": (mat(variable(b"X", X_BYTES, (-3, -4)), Y_VARIABLE), {}),
    "mat: a million dimensions": (mat(variable(b"X", X_BYTES, dims=b"\xff\xff\xff\x7f" * 10**6), Y_VARIABLE), {}),
    "mat: 65 dimensions": (mat(variable(b"X", X_BYTES, (3, 4, *[1] * 63)), Y_VARIABLE), {}),
    "mat: a name that clears the screen": (
        mat(variable(b"\x1b[2J\n", X_BYTES), Y_VARIABLE, variable(b"z", X_BYTES)),
        {},
    ),
    "mat: a name of a megabyte": (mat(variable(b"X" * 2**20, X_BYTES), Y_VARIABLE), {}),
    "mat: a name twice": (mat(variable(b"X", X_BYTES), variable(b"X", X_BYTES), Y_VARIABLE), {}),
    "mat: cells": (mat(variable(b"X", X_BYTES, flags=1), Y_VARIABLE), {}),
    "mat: an object of Java's": (mat(variable(b"X", X_BYTES, flags=17), Y_VARIABLE), {}),
    "mat: a class that is none": (mat(variable(b"X", X_BYTES, flags=99), Y_VARIABLE), {}),
    "mat: complex": (mat(variable(b"X", X_BYTES, flags=0x806), Y_VARIABLE), {}),
    "mat: sparse": (mat(variable(b"X", X_BYTES, flags=5), Y_VARIABLE), {}),
    "mat: numbers of no type": (mat(variable(b"X", X_BYTES, kind=99), Y_VARIABLE), {}),
    "mat: an element of 4 GiB": (mat(struct.pack("<II", 14, 2**32 - 1)), {}),
    "mat: an element within its own tag, too long": (mat(struct.pack("<HHI", 14, 9, 0)), {}),
    "mat: a million empty elements": (mat(element(1, b"") * 1_000_000), {}),
    "mat: packed, damaged": (mat(struct.pack("<II", 15, 9) + b"x\x9c" + bytes(7)), {}),
    "mat: packed, its checksum wrong": (
        lambda: mat(packed(variable(b"X", X_BYTES))[:-1] + b"?", packed(Y_VARIABLE)),
        {},
    ),
    "mat: packed, its checksum cut off": (lambda: mat(packed_and_cut(variable(b"X", X_BYTES)), packed(Y_VARIABLE)), {}),
    "mat: packed, a bomb": (lambda: mat(packed(variable(b"X", bytes(2**23))), packed(Y_VARIABLE)), {}),
    "mat: packed, and again": (mat(packed(packed(variable(b"X", X_BYTES))), packed(Y_VARIABLE)), {}),
    # other text
    "ARFF: sparse, a place of a billion": (SPARSE + b"{999999999 1}\n", {}),
    "ARFF: sparse, a hundred thousand columns by a million rows": (
        lambda: b"@relation a\n" + b"@attribute p numeric\n" * 99_999 + b"@data\n" + b"{0 1}\n" * 1_000_000,
        {},
    ),
    "ARFF: sparse, one row cut": (SPARSE + b"{0 1,1 1,4 1}\n{0 1,1 1,4 2", {}),
    "ARFF: sparse, a hundred thousand braces": (SPARSE + b"{" * 100_000, {}),
    "ARFF: a million attributes": (b"@relation a\n" + b"@attribute p numeric\n" * 1_000_000 + b"@data\n1,2\n", {}),
    "LIBSVM: an index of a million": (b"1 1:1\n2 999999:1\n" * 9999, {}),
    "LIBSVM: a query of many digits": (b"1 qid:1 1:1\n2 qid:" + b"9" * 100_000 + b" 1:1\n", {}),
    "Octave: a terabyte": (
        b"# name: X\n# type: matrix\n# rows: 1000000\n# columns: 1000000\n 1\n# name: y\n# type: scalar\n1\n",
        {},
    ),
    "IDX: floats that are none": (b"\0\0\x0d\x03" + struct.pack(">3I", 3, 2, 2) + b"\x7f\xc0\0\0" * 12, {}),
    "a table of files": (b"split,file,label\n" + b"test,a.png,1\n" * 100_000, {}),
    "tar": (b"digits.csv".ljust(257, b"\0") + b"ustar\0", {}),
    # others'
    "Parquet": (b"PAR1\x15\x04", {}),
    "an Excel file": (archive(("[Content_Types].xml", b""), ("xl/workbook.xml", b"")), {}),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(99), {}),
}
# more is behind the arrays of these than they promise, and never looked at
BOMBS_OF_THEIR_OWN = {
    "as it is": npz(npy(X)),
    "a bomb of a gigabyte that says it is small": zip_bomb(224),
    "the same, gzipped": gzip.compress(zip_bomb(224)),
}
# what is strange but right: each holds the good table
FINE = {
    "as it is": CSV.encode(),
    "a byte order mark": b"\xef\xbb\xbf" + CSV.encode(),
    "Windows' line ends": CSV.replace("\n", "\r\n").encode(),
    "a Macintosh's line ends": CSV.replace("\n", "\r").encode(),
    "blank lines at the end": CSV.encode() + b"\r\n \n\n",
    "quotation marks": CSV.replace("0.5", '"0.5"').encode(),
    "semicolons": CSV.replace(",", ";").encode(),
    "spaces": CSV.replace(",", ", ").encode(),
    "other ways to write numbers": CSV.replace("0.5", "+5.0E-01").encode(),
    "a hundred thousand zeros behind the point": CSV.replace("0.5", "0.5" + "0" * 100_000).encode(),
    "gzip": gzip.compress(CSV.encode()),
    "gzip in parts, padded": b"".join(gzip.compress(line.encode()) for line in LINES) + bytes(512),
}
