"""Runs work on pictures in threads, off the event loop; a limited number run, a limited number wait."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, ParamSpec, TypeVar

from starlette.requests import Request

from ..images import decode_process

P = ParamSpec("P")
T = TypeVar("T")

AT_ONCE = 2  # threads; more would only share the interpreter lock, and processes measured no faster
STOP_EVERY = 0.05  # seconds between two attempts to stop what a client that has gone had asked for
WAITING = 128  # requests; their pictures are in memory already


class BusyError(Exception):
    """Too many requests are waiting."""


class VanishedError(Exception):
    """The client has closed the connection."""


class _Stoppable(Generic[T]):
    """A function that runs in some thread, whose decoder another thread can kill."""

    def __init__(self, function: Callable[[], T]) -> None:
        self.function = function
        self._lock = threading.Lock()
        self._thread: int | None = None

    def __call__(self) -> T:
        with self._lock:
            self._thread = threading.get_ident()
        try:
            return self.function()
        finally:
            with self._lock:
                self._thread = None

    def stop(self) -> None:
        with self._lock:  # the thread cannot take other work meanwhile
            if self._thread is not None:
                decode_process.stop_for(self._thread)


async def _stopped(stoppable: _Stoppable[T], work: Future[T]) -> None:
    """Stop it until it is done: its decoder may not have started yet."""
    while not work.done():
        stoppable.stop()
        await asyncio.sleep(STOP_EVERY)


class Workers:
    """A thread pool for requests. at_once: number of threads. waiting: how many requests may wait for one."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self.most = at_once + waiting
        self.under_way = 0
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="pictures")

    async def run(self, request: Request, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run function(*args, **kwargs) in a thread for that request and return its result.

        Raises BusyError at once if too many wait, and VanishedError if the client closes the connection meanwhile;
        work that no thread has begun by then is dropped, and a decoder that is at work on it is killed.
        """
        await request.body()
        if self.under_way >= self.most:
            raise BusyError
        self.under_way += 1
        loop = asyncio.get_running_loop()
        stoppable = _Stoppable(lambda: function(*args, **kwargs))
        work = self._threads.submit(stoppable)
        work.add_done_callback(lambda _: self._done_in(loop))
        answer = asyncio.wrap_future(work)
        # the only message that can still come
        gone: asyncio.Future[Any] = asyncio.ensure_future(request.receive())
        try:
            await asyncio.wait([answer, gone], return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                answer.cancel()
                await _stopped(stoppable, work)
                raise VanishedError
            return answer.result()
        finally:
            gone.cancel()

    def _done_in(self, loop: asyncio.AbstractEventLoop) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(self._done)

    def _done(self) -> None:
        self.under_way -= 1

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
