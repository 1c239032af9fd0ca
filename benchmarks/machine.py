"""What every benchmark says of where it ran, and how it times two sides fairly."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import TypeVar

from threadpoolctl import threadpool_info

T = TypeVar("T")

SMALL = False  # all.py --small sets it


def so_many(usual: T, small: T) -> T:
    """The usual number, or a small one where it is only to be seen that a script runs."""
    return small if SMALL else usual


def describe(*packages: str) -> str:
    """Processor, system, Python and package versions, in one line."""
    blas = {
        f"{lib['internal_api']} {lib.get('architecture', '')}" for lib in threadpool_info() if lib["user_api"] == "blas"
    }
    versions = [f"{name} {metadata.version(name)}" for name in ("numpy", "scipy", *packages)]
    return "; ".join(
        [
            f"{_processor()}, {os.cpu_count()} cores",
            platform.system(),
            f"Python {platform.python_version()}",
            *versions,
            *sorted(blas),
        ]
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = [line.split(":")[1].strip() for line in _lines(info) if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def alternate(sides: dict[str, Callable[[], float | None]], rounds: int) -> dict[str, float]:
    """Median seconds of each side, the sides taking turns so that a change of the machine's pace hits all.

    A side may return seconds of its own, such as those of one evaluation; else its whole call is timed.
    """
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    rounds = so_many(rounds, 1)
    for turn in range(rounds + 1):
        for name, side in sides.items():
            start = time.perf_counter()
            own = side()
            if turn:  # the first round warms up
                seconds[name].append(time.perf_counter() - start if own is None else own)
    return {name: median(times) for name, times in seconds.items()}


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
