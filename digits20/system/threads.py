"""The number of threads of matrix products."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController


def limited_threads(threads: int, *, scipy: bool = True) -> AbstractContextManager[Any]:
    """A context in which NumPy's matrix products use so many threads, and SciPy's, which takes long to import."""
    limit: AbstractContextManager[Any] = _libraries(scipy).limit(limits=threads)
    return limit


@cache
def _libraries(with_scipy: bool) -> ThreadpoolController:
    """The libraries of this process: looking for them takes milliseconds, as long as an epoch of a few images."""
    if with_scipy:
        import scipy.linalg.blas  # noqa: F401 - a library of its own: loaded later, it would not be among them

    return ThreadpoolController()
