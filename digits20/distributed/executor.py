"""Where partitions are kept and worked on: the protocol, and this process, as far as its memory goes."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

RESERVE = 0.15  # of the memory, left to everything else
MEMINFO = Path("/proc/meminfo")
GROUP = "/sys/fs/cgroup/memory"
CONTAINER = (f"{GROUP}.max", f"{GROUP}.current"), (f"{GROUP}/memory.limit_in_bytes", f"{GROUP}/memory.usage_in_bytes")

log = logging.getLogger("digits20")


@dataclass(eq=False)
class Loaded:
    """One object per partition, such as its images or its objective, kept by an executor.

    recipes: callables that make each object from nothing, when it is lost. objects: the objects themselves, or what
    the executor knows them by (futures, on a cluster), None for one that memory does not hold; empty once they have
    been released. complete: whether every object has been there once.
    """

    recipes: Sequence[Callable[[], Any]]
    objects: list[Any]
    complete: bool = False


class Executor(Protocol):
    """Where partitions are loaded, kept and worked on. remote: whether that is in other processes."""

    remote: bool

    def make(
        self,
        recipes: Sequence[Callable[[], Any]],
        before: Loaded | None = None,
        steps: Sequence[Callable[[Any], Any]] = (),
    ) -> Loaded:
        """Make one object per partition and keep it: steps[i](before's object i), or recipes[i]() without `before`."""
        ...

    def ask(self, function: Callable[..., Any], loaded: Loaded, *arguments: Any) -> Iterator[Any]:
        """function(object, *arguments) for every object, in the order of the partitions."""
        ...


class InThisProcess:
    """Keeps all partitions in this process and works on them one after another.

    Those that do not fit into memory are made anew whenever they are asked, which is told.
    """

    remote = False

    def __init__(self) -> None:
        self.told = False

    def make(
        self,
        recipes: Sequence[Callable[[], Any]],
        before: Loaded | None = None,
        steps: Sequence[Callable[[Any], Any]] = (),
    ) -> Loaded:
        if before and any(thing is None for thing in before.objects):
            before.objects.clear()  # memory for what comes of them
            before = None
        loaded = Loaded(recipes, [None] * len(recipes))
        for place, recipe in enumerate(recipes):
            if not is_short():
                loaded.objects[place] = steps[place](before.objects[place]) if before else recipe()
        return loaded

    def ask(self, function: Callable[..., Any], loaded: Loaded, *arguments: Any) -> Iterator[Any]:
        began = time.monotonic()
        missing = [place for place, thing in enumerate(loaded.objects) if thing is None]
        for recipe, thing in zip(loaded.recipes, loaded.objects, strict=True):
            yield function(recipe() if thing is None else thing, *arguments)
        if missing and loaded.complete and not self.told:
            self.told = True
            log.warning(
                "%d of %d partitions do not fit into memory and are read from their files each time: "
                "an evaluation takes %.1f s",
                *(len(missing), len(loaded.objects), time.monotonic() - began),
            )
        loaded.complete = True


# how much memory is left


def is_short() -> bool:
    """Whether less than the reserve is left; never where the system does not tell."""
    try:
        lines = dict(line.split(":", 1) for line in MEMINFO.read_text().splitlines())
        left, whole = (1024 * int(lines[name].split()[0]) for name in ("MemAvailable", "MemTotal"))
    except (OSError, KeyError, ValueError):
        return False
    return left < RESERVE * whole or _container_is_short()


def _container_is_short() -> bool:
    """Of a container that has a limit of its own."""
    for limit, used in CONTAINER:
        try:
            most, now = int(Path(limit).read_text()), int(Path(used).read_text())
        except (OSError, ValueError):
            continue
        return most < os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") and most - now < RESERVE * most
    return False
