"""What runs in the tasks of a Dask cluster: make the objects of some partitions, keep them, and answer questions.

A task is for neighbours in the list of partitions, mostly one: a thousand tasks would take a second each evaluation.
"""

from __future__ import annotations

import pickle
import platform
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from threadpoolctl import threadpool_limits

from ..errors import DataFileError, Digits20Error

UNREADABLE = "no such file", "cannot be read"  # in messages about what may be there for other hosts


def dask_setup(worker: Any) -> None:
    """Called by Dask in the workers of a command: Ctrl-C in a terminal reaches them too, but is for the command."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


_threads = 0


def _limit(threads: int) -> None:
    """Set the BLAS threads of this worker for good: their number changes the last bits."""
    global _threads
    if _threads != threads:
        threadpool_limits(threads)
        _threads = threads


@dataclass(frozen=True)
class Refused:
    """In place of partitions, the error of their images: a task that fails has its worker print a traceback."""

    error: Digits20Error


def make(recipes: bytes) -> list[Any] | Refused:
    """What the recipes, pickled, make."""
    try:
        return [_made(recipe) for recipe in pickle.loads(recipes)]
    except Digits20Error as error:
        return Refused(error)


def _made(recipe: Callable[[], Any]) -> Any:
    """The object of a partition; a file that is not there is not there for this worker, whose name is told."""
    try:
        return recipe()
    except DataFileError as error:
        if not any(text in str(error) for text in UNREADABLE):
            raise
        from distributed import get_worker

        where = f"{get_worker().address} on {platform.node()}"
        raise DataFileError(f"{error} on worker {where}: all must see the same files") from None


def go_on(steps: bytes, things: Sequence[Any] | Refused) -> list[Any] | Refused:
    """What the steps, pickled, make of the things."""
    if isinstance(things, Refused):
        return things
    try:
        return [step(thing) for step, thing in zip(pickle.loads(steps), things, strict=True)]
    except Digits20Error as error:
        return Refused(error)


def itself(thing: Any) -> Any:
    return thing


def ask(
    things: Sequence[Any] | Refused, question: tuple[int, Callable[..., Any], tuple[Any, ...]]
) -> list[Any] | Refused:
    """function(thing, *arguments) of each, with so many BLAS threads."""
    if isinstance(things, Refused):
        return things
    threads, function, arguments = question
    _limit(threads)
    return [function(thing, *arguments) for thing in things]
