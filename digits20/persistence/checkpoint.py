"""Checkpoints of a training: a run that was killed is resumed, with the same bits where the solver has a memory."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import Digits20Error, ModelFileError, reason, shown
from ..learning.fit import Run
from ..optim.solution import Snapshot
from ..system.atomic import check_target, write_atomically
from ..types import StrPath, Vector
from .checkpoint_file import GENERATORS, Identity, load_snapshot, to_bytes

log = logging.getLogger("digits20")
ANEW = "; the solver starts anew from its weights, so the result is not exactly that of an uninterrupted run"
LARGEST_SHARE = 0.05  # of the time that may go into copying, and into writing, however slow the disk


class Checkpoint:
    """Saves a run of `fit` to a file every so often, from which a later run can resume.

    Call `remove` when the result is saved.

    Parameters
    ----------
    path
        Of the file.
    every
        Seconds.
    resume
        Continue the run in the file, if there is one.
    settings
        What else, by name, must be the same then.

    Raises
    ------
    ModelFileError
        If the first write fails; if a later one fails, training continues after one line on the log.

    Examples
    --------
    >>> from digits20 import Checkpoint, MiniBatch, Network, Objective, fit, load_digits
    >>> J = Objective(Network((400, 10)), load_digits()[::10])
    >>> checkpoint = Checkpoint("models/run.checkpoint", every=60)
    >>> model = fit(J, J.network.initial_theta(0), MiniBatch(2), checkpoint=checkpoint)
    >>> checkpoint.remove()  # once the model is saved
    """

    def __init__(
        self, path: StrPath, every: float = 30.0, *, resume: bool = False, settings: Mapping[str, Any] | None = None
    ) -> None:
        self.path, self.every, self.resume, self.settings = Path(path), every, resume, dict(settings or {})
        self.latest: Snapshot | None = None
        self.on_disk: Snapshot | None = None
        self.failing = False

    def __repr__(self) -> str:
        done = f"iteration {self.latest.iteration}" if self.latest else "nothing saved yet"
        return f"Checkpoint({self.path}, every {self.every:g} s, {done})"

    def begin(self, run: Run) -> Snapshot | None:
        """The snapshot to continue from, or None for a new run.

        Raises ModelFileError, one line with the path, for a file that is not the checkpoint of such a run.
        """
        check_target(self.path, ModelFileError)
        if run.generator["bit_generator"] not in GENERATORS:
            raise Digits20Error(f"no checkpoint can be made of numpy's {run.generator['bit_generator']}, only of PCG64")
        # digests of all images take a while, and most runs end before they are needed
        self.identity = functools.cache(lambda: _identity(run, self.settings))
        self.copied = time.monotonic()
        self.due, self.pause = self.copied + self.every, 0.0
        self.replaces = not self.resume and self.path.exists()
        if self.replaces:
            log.info("%s is of an unfinished run, which --resume goes on with; this one replaces it", shown(self.path))
        elif self.resume and not self.path.exists():
            log.info("there is no %s: training starts from the beginning", shown(self.path))
        elif self.resume:
            self.latest = self.on_disk = load_snapshot(self.path, run, self.identity())
            log.info(
                "%s: training goes on after iteration %d%s",
                *(shown(self.path), self.on_disk.iteration, "" if self.on_disk.memory else ANEW),
            )
        return self.on_disk

    def update(self, snapshot: Callable[[], Snapshot]) -> None:
        """Called after every iteration: copies or writes the snapshot when it is time."""
        now = time.monotonic()
        if now >= min(self.copied + self.pause, self.due):
            self.latest = snapshot()
            self.copied = time.monotonic()
            self.pause = (self.copied - now) / LARGEST_SHARE
        if now >= self.due:
            self._write()

    def interrupted(self) -> Snapshot | None:
        """Write the last copy of a run that Ctrl-C has ended, unless the file is still that of an earlier run.

        Returns it where it has been written: it may be some quick iterations old.
        """
        if self.replaces or self.latest is None or not self.latest.iteration:
            return None
        try:
            self._write()
        except ModelFileError as error:  # the weights learned so far are still to be saved
            log.error("%s", error)
        if self.on_disk:
            log.info("%s: --resume goes on after iteration %d", shown(self.path), self.on_disk.iteration)
        return self.latest if self.on_disk is self.latest else None

    def remove(self) -> None:
        """Delete the file, if it is this run's."""
        if self.on_disk:
            try:
                self.path.unlink(missing_ok=True)
            except OSError as failure:
                log.error("%s: cannot be removed: %s", shown(self.path), reason(failure))

    def _write(self) -> None:
        if self.latest is None or self.latest is self.on_disk:
            return
        if not all(np.isfinite(array).all() for array in self.latest.memory.values()):
            return  # a moment has overflowed: the last good checkpoint is worth more
        began = time.monotonic()
        try:
            write_atomically(self.path, to_bytes(self.latest, self.identity()), ModelFileError)
            self.on_disk, self.replaces, self.failing = self.latest, False, False
        except ModelFileError as error:
            if self.on_disk is None:
                raise
            if not self.failing:
                log.error("%s; training goes on", error)
            self.failing = True
        ended = time.monotonic()
        self.due = ended + max(self.every, (ended - began) / LARGEST_SHARE)


# what must be the same


def _identity(run: Run, settings: dict[str, Any]) -> Identity:
    J, validation, network, solver = run.J, run.validation, run.J.network, run.solver
    settings = settings | {
        "network": f"{network.heading}, {network.output} outputs",
        "lambda": J.lam,
        "dtype": str(J.dtype),
        "preprocess": " ".join(J.preprocess) or None,
        "training images": len(J),
        "validation images": len(validation) if validation else None,
        "warps": _named(J.warp),
        "solver": type(solver).__name__,
        **_fields(solver),
        "patience": run.patience,
        "threads": run.threads,
    }
    digests = {
        "training images": J.digest(),
        "validation images": validation.digest() if validation else _digest(None),
        "weights at the start": _digest(run.start),
        "random numbers": _digest(run.generator),
    }
    return Identity(settings, digests)


def _fields(value: object) -> dict[str, Any]:
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return {"settings of the solver": repr(value)}


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | float | str) else repr(value)


def _named(warp: Any) -> str | None:
    """By its settings, or by its name where it is a function, whose repr changes from run to run."""
    return None if warp is None else getattr(warp, "__qualname__", None) or repr(warp)


def _digest(part: Vector | dict[str, Any] | None) -> str:
    """SHA-256, in hexadecimal."""
    sha256 = hashlib.sha256()
    if isinstance(part, np.ndarray):
        sha256.update(np.ascontiguousarray(part).data)
    else:
        sha256.update(json.dumps(part, sort_keys=True).encode())
    return sha256.hexdigest()
