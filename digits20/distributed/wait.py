"""The wait for the answers of a cluster's tasks: looks after the cluster meanwhile, and says what it waits for."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Sequence
from statistics import median
from typing import Any

from ..errors import Lost
from .cluster import AGAIN_EVERY, Cluster

log = logging.getLogger("digits20")
SLOW = 10.0, 5  # seconds, and times the median: an answer that takes longer is missed
LOOK_EVERY = 5.0  # seconds without an answer after which the scheduler is asked whether it is alive
WORKERS_WITHIN = 120.0  # seconds that a scheduler without workers has to get some


class Failed(Exception):
    """A task has raised."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error


class Died(Exception):
    """Workers have died: `of` is a text on why where all died of one task, None where they are only gone."""

    def __init__(self, of: str | None = None) -> None:
        super().__init__()
        self.of = of


class Wait:
    """The wait for `futures`.

    places: the partitions that each is about, from 0. spent: seconds that earlier waits took. quiet: whether nothing
    is said of progress.
    """

    def __init__(
        self,
        cluster: Cluster,
        futures: Sequence[Any],
        places: Sequence[Sequence[int]],
        spent: deque[float],
        quiet: bool,
    ) -> None:
        self.cluster, self.futures, self.places, self.spent, self.quiet = cluster, futures, places, spent, quiet
        self.began = self.looked = time.monotonic()
        self.alone_since: float | None = None
        self.bound: list[list[str] | None] = []  # workers that tasks are for, of each group of tasks; None for all
        self.say_at = self.began + (max(SLOW[0], SLOW[1] * median(spent or [0])) if quiet else 0.0)

    async def answers(self) -> list[Any]:
        """The futures' results; raises Failed, Died, and Lost where scheduler or workers do not answer."""
        client = self.cluster.client
        before = asyncio.all_tasks()
        answers: asyncio.Future[list[Any]] = asyncio.ensure_future(client.gather(self.futures, asynchronous=True))
        try:
            while not (await asyncio.wait({answers}, timeout=0.5))[0]:
                if client.status != "running":
                    raise ConnectionError
                if time.monotonic() - self.looked >= LOOK_EVERY:
                    await self._look()
                    self.looked = time.monotonic()
            result = await answers
            self.spent.append(time.monotonic() - self.began)
            return result
        except Exception:
            if error := await self._error():
                raise Failed(error) from None
            raise
        finally:
            answers.cancel()
            with contextlib.suppress(BaseException):
                await answers
            _end_gather(asyncio.all_tasks() - before)

    async def _look(self) -> None:
        cores = await self.cluster.cores()
        if cores and any(allowed is not None and not cores.keys() & set(allowed) for allowed in self.bound):
            raise Died  # those that the tasks are for
        if not cores:
            await self._alone()
            return
        self.alone_since, now = None, time.monotonic()
        if now >= self.say_at:
            self.say_at = now + (AGAIN_EVERY if self.quiet else LOOK_EVERY)
            await self._say(now - self.began)

    async def _say(self, seconds: float) -> None:
        both = list(zip(self.futures, self.places, strict=True))
        done = sum(len(places) for future, places in both if future.status == "finished")
        if not (done or self.quiet) and seconds < SLOW[0]:
            return
        if self.quiet or not done:
            waiting = {future.key: places for future, places in both if future.status == "pending"}
            await self.cluster.say_who_owes(waiting, seconds)
        else:
            log.info("%s: %d of %d partitions are there", self.cluster.address, done, sum(map(len, self.places)))

    async def _alone(self) -> None:
        address, now = self.cluster.address, time.monotonic()
        if self.alone_since is None:
            self.alone_since = self.say_at = now
        if now - self.alone_since > WORKERS_WITHIN:
            raise Lost(f"{address}: the scheduler has had no worker for {WORKERS_WITHIN:.0f} s{await self._why()}")
        if now >= self.say_at:
            self.say_at = now + AGAIN_EVERY
            log.warning("%s: no workers%s; waiting for some: dask worker %s", address, await self._why(), address)

    async def _why(self) -> str:
        """Why there are none, where there have been some."""
        return f" any more: {await self.cluster.why_ended()}" if self.cluster.workers.usable else ""

    async def _error(self) -> BaseException | None:
        """What a task has raised, or None; raises Died where its workers died of it."""
        from distributed import KilledWorker

        for future in self.futures:
            if future.status == "error":
                error: BaseException = await future.exception()
                if isinstance(error, KilledWorker):
                    raise Died(await self.cluster.why_ended()) from error
                return error
        return None


def _end_gather(tasks: set[asyncio.Task[Any]]) -> None:
    """End what a gather that was cancelled has left behind, which Python would else complain about at its end."""
    for task in tasks:
        if "Client._gather." in getattr(task.get_coro(), "__qualname__", ""):
            task.cancel()
            task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
