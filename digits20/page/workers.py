"""Work on pictures off the event loop: so much at once, so much waiting, the rest refused."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from starlette.requests import Request

P = ParamSpec("P")
T = TypeVar("T")

AT_ONCE = 2  # more share the interpreter, not the cores; measured, a pool of processes is no quicker
WAITING = 128  # requests; their pictures are in memory already


class BusyError(Exception):
    """More work than can wait."""


class VanishedError(Exception):
    """Nobody waits for the answer any more."""


class Workers:
    """Threads that do the work of requests. at_once: threads. waiting: how many requests may wait for one."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self.most = at_once + waiting
        self.under_way = 0
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="pictures")

    async def run(self, request: Request, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What function(*args, **kwargs) returns, for that request.

        Raises BusyError at once where too many wait, and VanishedError when the client goes away meanwhile: then what
        no thread has begun is never done.
        """
        await request.body()
        if self.under_way >= self.most:
            raise BusyError
        self.under_way += 1
        loop = asyncio.get_running_loop()
        work = self._threads.submit(function, *args, **kwargs)
        work.add_done_callback(lambda _: self._done_in(loop))
        answer = asyncio.wrap_future(work)
        # nothing more can come of this request but the end of the connection
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
