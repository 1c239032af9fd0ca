"""Maps taken a few channels at a time, so that they stay in the processor's cache."""

from __future__ import annotations

from collections.abc import Iterator

from ...types import Array

IN_CACHE = 2**19  # bytes that elementwise passes go through at once: half of a core's own cache


def in_cache(maps: Array, axis: int = 0) -> Iterator[slice]:
    """Slices of the channels along `axis`, together all of them, each of so many as fit into the cache."""
    channels = maps.shape[axis]
    step = max(1, IN_CACHE * channels // max(maps.nbytes, 1))
    return (slice(start, start + step) for start in range(0, channels, step))
