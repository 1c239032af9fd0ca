"""How much memory is left to keep partitions in."""

from __future__ import annotations

import os
from pathlib import Path

RESERVE = 0.15  # of the memory, left to everything else
MEMINFO = Path("/proc/meminfo")
GROUP = "/sys/fs/cgroup/memory"
CONTAINER = (f"{GROUP}.max", f"{GROUP}.current"), (f"{GROUP}/memory.limit_in_bytes", f"{GROUP}/memory.usage_in_bytes")


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
