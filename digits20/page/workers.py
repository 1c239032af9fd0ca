"""Runs work on pictures in threads, off the event loop; a limited number run, a limited number wait."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from starlette.requests import Request

P = ParamSpec("P")
T = TypeVar("T")

AT_ONCE = 2  # threads; more would only share the interpreter lock, and processes measured no faster
WAITING = 128  # requests; their pictures are in memory already


class BusyError(Exception):
    """Too many requests are waiting."""


class VanishedError(Exception):
    """The client has closed the connection."""


class Workers:
    """A thread pool for requests. at_once: number of threads. waiting: how many requests may wait for one."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self.most = at_once + waiting
        self.under_way = 0
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="pictures")

    async def run(self, request: Request, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run function(*args, **kwargs) in a thread for that request and return its result.

        Raises BusyError at once if too many wait, and VanishedError if the client closes the connection meanwhile;
        work that no thread has begun by then is dropped.
        """
        await request.body()
        if self.under_way >= self.most:
            raise BusyError
        self.under_way += 1
        loop = asyncio.get_running_loop()
        work = self._threads.submit(function, *args, **kwargs)
        work.add_done_callback(lambda _: self._done_in(loop))
        answer = asyncio.wrap_future(work)
        # the only message that can still come
        gone: asyncio.Future[Any] = asyncio.ensure_future(request.receive())
        try:
            await asyncio.wait([answer, gone], return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                answer.cancel()
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
