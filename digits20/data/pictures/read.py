"""Labelled pictures to Digits: each found and centred as `predict` does, or resized as it is, on all cores."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from ...errors import DataFileError, Digits20Error, ImageError, shown
from ...images.decode import read_picture
from ...images.geometry import resize
from ...images.photo import read_photo
from ...system.interrupts import interrupts_blocked_in_children
from ...types import StrPath
from ..dataset import DIGITS, Digits
from ..labels import indexed
from ..readers.arrays.roles import Part
from ..readers.table import LabelKind
from ..readers.unscaled import Shape, UnscaledImages
from .folders import find, passed_over
from .listed import Labelled

Preparation = Literal["found", "resized"]
Floats = npt.NDArray[np.float64]
Progress = Callable[[int, int], object]  # pictures done, of how many
T = TypeVar("T")

SHAPES: dict[Preparation, Shape] = {"found": (20, 20), "resized": (28, 28)}
SAMPLE = 30  # pictures that tell whether they are ink on paper
MOSTLY = 0.3  # of them may hold no ink
ONE_PROCESS = 64  # pictures that are read before other processes would have started
CHUNK = 4  # pictures that a process is given at a time: those given are read to their end after Ctrl-C
NAMED = 5  # bad pictures that are named

log = logging.getLogger("digits20")


def read_image(source: StrPath | bytes, shape: Shape, preparation: Preparation, name: str | None = None) -> Floats:
    """(n,) the picture as a network sees it: its ink found and centred, or the whole of it in grey, resized.

    Raises ImageError, one line, for a picture that cannot be read or, to be found, holds no ink.
    """
    if preparation == "found":
        return np.asarray(read_photo(source, shape, name=name).pixels)
    grey = read_picture(source, name).mean(axis=2)
    return np.asarray(np.clip(resize(grey.reshape(1, -1), grey.shape, shape)[0], 0, 1))


def load_pictures(
    path: StrPath,
    *,
    labels: LabelKind | None = None,
    part: Part = "train",
    label_from: str | None = None,
    preparation: Preparation | None = None,
    shape: Shape | None = None,
    progress: Progress | None = None,
) -> tuple[Digits, Preparation]:
    """The pictures of a folder, or of a table of file names, and how they were prepared.

    labels: as in `load`; None takes digits where all are, else any. part, label_from: see `folders.find`.
    preparation: "found" cuts out and centres the ink as MNIST does, "resized" keeps the whole picture; None finds the
    ink unless many of the pictures hold none. shape: (rows, columns) of the images; None is 20x20, or 28x28 resized.
    A bad picture is named in a warning and left out. Raises DataFileError where most are, or labels are missing.
    """
    labelled = find(Path(path), part, label_from)
    for line in passed_over(Path(path), part, labelled):
        log.warning(line)
    paths = [str(one.path) for one in labelled]
    preparation = preparation or _preparation(paths, shown(path))
    shape = shape or SHAPES[preparation]
    rows: list[Floats] = []
    kept: list[Labelled] = []
    bad: list[str] = []
    with contextlib.closing(read_all(partial(read_image, shape=shape, preparation=preparation), paths)) as images:
        for done, (one, row) in enumerate(zip(labelled, images, strict=True), 1):
            if progress:
                progress(done, len(paths))
            if isinstance(row, ImageError):
                bad.append(str(row))
            else:
                rows.append(row)
                kept.append(one)
    _report(bad, len(paths), shown(path))
    cells = [one.label for one in kept]
    raw = UnscaledImages(
        shown(path), np.array(rows), cells, lambda row, pixel=None: f" {kept[row].path.name}", "C", shape
    )
    known = {str(digit) for digit in DIGITS}
    y, names = indexed(raw, labels or ("digits" if set(cells) <= known else "any"))
    if len(set(y)) < 2:
        raise DataFileError(f"{shown(path)}: every label is {names[y[0]]!r}, expected at least two classes")
    return Digits(raw.X, np.array(y, dtype=np.intp), names, shape), preparation


def _report(bad: Sequence[str], total: int, name: str) -> None:
    for message in bad[:NAMED]:
        log.warning("left out: %s", message)
    if len(bad) > NAMED:
        log.warning("left out: %d pictures more", len(bad) - NAMED)
    if 2 * len(bad) >= total:
        raise DataFileError(f"{name}: {len(bad)} of {total} pictures cannot be read, the first: {bad[0]}")


def choose_preparation(path: StrPath, label_from: str | None = None) -> Preparation:
    """How to prepare the pictures of a folder or of a table of file names, all of which alike."""
    return _preparation([str(one.path) for one in find(Path(path), "train", label_from, told=False)], shown(path))


def _preparation(paths: Sequence[str], name: str) -> Preparation:
    """How to prepare them: many pictures without ink are no ink on paper."""
    sample = [paths[i] for i in np.unique(np.linspace(0, len(paths) - 1, min(SAMPLE, len(paths))).astype(int))]
    found = [_attempt(partial(read_image, shape=(20, 20), preparation="found"), picture) for picture in sample]
    blank = sum(isinstance(one, ImageError) and "no ink found" in str(one) for one in found)
    if blank > MOSTLY * len(sample):
        log.warning("%s: many pictures without ink on paper, resized as they are (--pictures found)", name)
        return "resized"
    return "found"


def read_all(read: Callable[[str], T], paths: Sequence[str]) -> Generator[T | ImageError, None, None]:
    """What `read` makes of each picture, in their order, or why it cannot be read; many are read on all cores.

    read: a function that other processes can import, or a partial of one. Raises Digits20Error if a process dies.
    """
    attempt = partial(_attempt, read)
    yield from _side_by_side(attempt, paths) if len(paths) > ONE_PROCESS else map(attempt, paths)


def _attempt(read: Callable[[str], T], path: str) -> T | ImageError:
    try:
        return read(path)
    except ImageError as error:
        return error


def _side_by_side(read: Callable[[str], T], paths: Sequence[str]) -> Generator[T, None, None]:
    context, before = multiprocessing.get_context("spawn"), set(multiprocessing.active_children())
    with interrupts_blocked_in_children():
        processes = min(os.cpu_count() or 1, 1 + len(paths) // ONE_PROCESS)
        pool = ProcessPoolExecutor(processes, context, initializer=threadpool_limits, initargs=(1,))
    try:
        with interrupts_blocked_in_children():
            rows = pool.map(read, paths, chunksize=CHUNK)
        yield from rows
    except BrokenProcessPool:
        raise Digits20Error("a process that reads pictures died, perhaps because memory ran out") from None
    except BaseException:  # Ctrl-C, or nobody wants the rest: a second Ctrl-C while they end would hang
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
