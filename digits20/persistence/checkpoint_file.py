"""The checkpoint's file: a snapshot of a run with all that identifies the run, as plain values under a checksum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import printable
from ..learning.fit import Run
from ..learning.model import CURVES
from ..optim.descent import NEVER_NEGATIVE
from ..optim.solution import Snapshot
from ..types import StrPath, Vector
from .payload import (
    builtin_values,
    check,
    dumps,
    is_whole,
    naming,
    preview,
    read,
    require,
    require_dict,
    require_keys,
    require_number,
    seal,
    unpack,
    versions,
)

FORMAT, VERSION = "digits20-checkpoint", 1
KEYS = (
    *("format", "version", "settings", "digests", "iteration", "theta", "memory", "costs", "curves", "best"),
    *("evaluations", "seconds", "generator", "made_with", "sha256"),
)
BESIDE = 2**20  # bytes that a file may hold beside its arrays
MAX_SIZE = 256 * 2**20  # bytes that are read in any case, to tell what is different about the run that left them
GENERATORS = ("PCG64", "PCG64DXSM")  # of others a state can hold a place in a buffer, which nothing checks
GENERATOR_BITS = {"state": 128, "inc": 128, "has_uint32": 1, "uinteger": 32}


@dataclass(frozen=True, eq=False)
class Identity:
    """What must be the same for a run to go on: settings by name, as a message can show them, and SHA-256 digests."""

    settings: dict[str, Any]
    digests: dict[str, str]


def to_bytes(snapshot: Snapshot, identity: Identity) -> bytes:
    """The content of the file."""
    score, cost, theta = snapshot.best
    generator = snapshot.generator
    payload = {
        "format": FORMAT,
        "version": VERSION,
        "settings": builtin_values(identity.settings, "settings", {}),
        "digests": identity.digests,
        "iteration": snapshot.iteration,
        "theta": _pack(snapshot.theta),
        "memory": {name: _pack(array) for name, array in snapshot.memory.items()},
        "costs": _pack(np.array(snapshot.costs)),
        "curves": {name: _pack(np.array(curve)) for name, curve in snapshot.curves.items()},
        "best": {"score": float(score), "cost": float(cost), "theta": _pack(theta)},
        "evaluations": snapshot.evaluations,
        "seconds": snapshot.seconds,
        "generator": {"bit_generator": generator["bit_generator"], **generator["state"]}
        | {name: int(generator[name]) for name in ("has_uint32", "uinteger")},
        "made_with": versions(),
    }
    return dumps(seal(payload))


def load_snapshot(path: StrPath, run: Run, identity: Identity) -> Snapshot:
    """The snapshot in that file, which may be untrusted: nothing in it runs.

    Raises ModelFileError, one line with the path and what was seen, for all but a whole checkpoint of such a run.
    """
    with naming(path):
        payload = read(path, "checkpoint", _largest(run))
        check(payload, FORMAT, VERSION, KEYS)
        _compare(payload, builtin_values(identity.settings, "settings", {}), identity.digests)
        return _snapshot(payload, run)


def saved_settings(path: StrPath, max_size: int = MAX_SIZE) -> dict[str, Any]:
    """The settings, by name, of the run that left the file; raises ModelFileError for what is no whole checkpoint."""
    with naming(path):
        payload = read(path, "checkpoint", max_size)
        check(payload, FORMAT, VERSION, KEYS)
        require_dict(payload["settings"], "settings")
        return dict(payload["settings"])


def _largest(run: Run) -> int:
    """Bytes that a checkpoint of such a run can have, or MAX_SIZE."""
    weights = 2 * run.start.size + sum(array.size for array in run.solver.new_memory(run.start).values())
    curves = (1 + len(CURVES)) * (run.solver.iterations + 1)
    return max(MAX_SIZE, 8 * (weights + curves) + BESIDE)


def _compare(payload: dict[str, Any], settings: dict[str, Any], digests: dict[str, str]) -> None:
    """Raise ModelFileError where the checkpoint is of another run, naming the first difference."""
    found = payload["settings"]
    require_dict(found, "settings")
    require_keys(payload["digests"], tuple(digests), "digests")
    for name in [*settings, *found]:
        theirs, ours = found.get(name), settings.get(name)
        require(theirs == ours, f"made with {_short(name)} {_short(theirs)}, this run has {_short(ours)}")
    for name, digest in digests.items():
        require(payload["digests"][name] == digest, f"made with other {name}")


def _short(value: Any) -> str:
    return "none" if value is None else printable(value[:100]) if type(value) is str else preview(value)


def _snapshot(payload: dict[str, Any], run: Run) -> Snapshot:
    """Each size is known from the run before anything is made of it."""
    iteration, size, memory = payload["iteration"], run.start.size, run.solver.new_memory(run.start)
    best = payload["best"]
    curves: tuple[str, ...] = CURVES if run.validation else ()
    if curves and "train_costs" not in payload["curves"]:  # written by 0.1.0
        curves = curves[1:]
    right = is_whole(iteration) and 0 <= iteration <= run.solver.iterations
    require(right, f"iteration: {preview(iteration)}, expected 0 to {run.solver.iterations}")
    require_keys(payload["memory"], tuple(memory), "memory")
    require_keys(payload["curves"], curves, "curves")
    require_keys(best, ("score", "cost", "theta"), "best")
    for name, number in [*best.items(), *payload.items()]:
        if name in ("score", "cost", "evaluations", "seconds"):
            require_number(number, name)
    return Snapshot(
        theta=_finite(payload["theta"], size, "theta"),
        memory={name: _memory(payload["memory"][name], array.size, name) for name, array in memory.items()},
        costs=_finite(payload["costs"], iteration + 1, "costs").tolist(),
        best=(float(best["score"]), float(best["cost"]), _finite(best["theta"], size, "best theta").astype(np.float64)),
        evaluations=float(payload["evaluations"]),
        seconds=float(payload["seconds"]),
        generator=_generator(payload["generator"], run.generator["bit_generator"]),
        curves={name: _finite(payload["curves"][name], iteration + 1, name).tolist() for name in curves},
    )


def _pack(array: Vector) -> dict[str, Any]:
    """The array as dtype, shape and bytes, in its own dtype: a run goes on in it."""
    stored = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return {"dtype": stored.dtype.str, "shape": list(stored.shape), "data": stored.tobytes()}


def _finite(packed: Any, size: int, name: str) -> Vector:
    """(size,), in the dtype it was written in."""
    array = unpack(packed, (size,), name)
    require(bool(np.isfinite(array).all()), f"{name} holds a value that is not a finite number")
    return array


def _memory(packed: Any, size: int, name: str) -> Vector:
    array = _finite(packed, size, name)
    require(name not in NEVER_NEGATIVE or bool((array >= 0).all()), f"{name} holds a negative value")
    return array


def _generator(found: Any, kind: str) -> dict[str, Any]:
    """The state as numpy takes it, which checks little itself."""
    require_keys(found, ("bit_generator", *GENERATOR_BITS), "generator")
    require(found["bit_generator"] == kind, f"generator: {preview(found['bit_generator'])}, expected {kind}")
    for name, bits in GENERATOR_BITS.items():
        right = is_whole(found[name]) and 0 <= found[name] < 2**bits
        require(right, f"generator {name}: {preview(found[name])}, expected a whole number of {bits} bits")
    rest = {name: found[name] for name in ("has_uint32", "uinteger")}
    return {"bit_generator": kind, "state": {"state": found["state"], "inc": found["inc"]}} | rest
