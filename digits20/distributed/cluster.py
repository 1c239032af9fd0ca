"""A Dask cluster as the driver sees it: which workers there are, whether the scheduler answers, who owes what."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from ..errors import Lost
from ..system import interrupts
from ..system.version import __version__
from .workers import EXPRESSION, GB, Workers, admission

log = logging.getLogger("digits20")
MISSED_AFTER = 3.0  # seconds without an answer of the scheduler after which that is told
ANSWERS_WITHIN = 10.0  # seconds that it then has
SILENT_FOR = 5.0  # seconds behind the other workers' last sign of life
BACK_WITHIN = 10.0  # seconds that a lost scheduler has to come back
LOOK_FOR_SIGNALS = 0.2  # seconds between two looks
JOINED_EVERY = 5.0  # seconds between two looks at who has joined
AGAIN_EVERY = 10.0  # seconds between two lines on what is missed: nobody waits longer than 15 s without a word
# Run on the scheduler by the builtin `eval`, which needs no digits20 there: seconds after which it gives up a worker
# that is silent, or None where it never does
TTL = "min((each.worker_ttl or 0 for each in __import__('distributed').Scheduler._instances), default=0) or None"


class Cluster:
    """The cluster that `client` is connected to.

    allowed: the workers that tasks may run on, which are those that have been looked at: a task ends a worker that
    cannot unpickle it. None is all: of a cluster of our `own`, where none joins without digits20, and before any is
    there, for some clusters start workers only when there are tasks.
    """

    def __init__(self, client: Any, own: bool = False) -> None:
        self.client, self.address, self.own = client, client.scheduler.address, own
        self.workers = Workers(self.address)
        self.allowed: list[str] | None = None
        self.present: set[str] = set()  # workers, when they were last looked at
        self.looked = -JOINED_EVERY  # when that was, in seconds of time.monotonic()
        self.asked: dict[str, asyncio.Future[Any]] = {}  # what new workers will answer, by address
        self.stopped = False

    def sync(self, function: Callable[..., Coroutine[Any, Any, Any]], *arguments: Any) -> Any:
        """What the coroutine returns; KeyboardInterrupt as soon as a signal asks the command to end."""

        async def watched() -> Any:
            task = asyncio.ensure_future(function(*arguments))
            try:
                while not (await asyncio.wait({task}, timeout=LOOK_FOR_SIGNALS))[0]:
                    if interrupts.pending():
                        raise _Stopped
                return await task
            finally:
                task.cancel()

        self.check_stopped()
        try:
            return self.client.sync(watched)
        except _Stopped:
            self.check_stopped()

    def check_stopped(self) -> None:
        """Raise KeyboardInterrupt if a signal has asked the command to end; told once."""
        if not interrupts.pending():
            return
        if not self.stopped:
            log.warning("interrupted: saving what was learned, without asking %s any more", self.address)
        self.stopped = True
        raise KeyboardInterrupt

    def look(self) -> None:
        """Look at workers that are new, if the scheduler answers; waits while all that there are are silent."""
        said = time.monotonic()
        with contextlib.suppress(OSError):
            while not self.sync(self.cores) and self.asked:
                if time.monotonic() - said >= AGAIN_EVERY:
                    said = time.monotonic()
                    log.warning("%s: still no answer from %s; there is no other worker", self.address, self._silent())
                time.sleep(LOOK_FOR_SIGNALS)

    def look_for_joined(self) -> None:
        """The same if the last look is a while ago: who has joined since gets work from then on."""
        if time.monotonic() - self.looked >= JOINED_EVERY:
            self.look()

    def tell_ttl(self, longest: float) -> None:
        """Say it where a frozen worker would be waited for longer than so many seconds."""
        try:
            ttl = self.client.run_on_scheduler(eval, TTL)
        except Exception:  # a scheduler of another version, which may hold this elsewhere
            return
        if ttl is None or ttl > longest:
            held = f"{ttl:.0f} s" if ttl else "for ever"
            log.info(
                "%s waits %s for a frozen worker; DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL=%.0fs of the scheduler "
                "shortens that",
                *(self.address, held, longest),
            )

    async def cores(self) -> Any:
        """The cores of the workers that can be used, by address; looks first at those that are new.

        Raises Lost where the scheduler is silent, and where no worker has digits20.
        """
        present = await self._answer(self.client.scheduler.ncores())
        for gone in self.present - present.keys():
            log.warning("%s: worker %s is gone; others load its partitions", self.address, gone)
        self.present = set(present)
        await self._look_at(present)
        usable, self.looked = self.workers.usable_of(present), time.monotonic()
        await self._admit(usable, len(usable) == len(present))
        cores = {address: present[address] for address in usable}
        if cores or self.asked or not self.workers.unusable:
            return cores
        raise Lost(f"{self.address}: no worker has digits20 {__version__}")

    async def _admit(self, usable: list[str], everyone: bool) -> None:
        """Let the tasks that there are and those to come run on who has joined, too.

        The list `allowed` changes in place where those that there are do so, for they are known to be bound to it.
        """
        if self.own and everyone:
            self.allowed = None
        elif not self.allowed or not usable:
            self.allowed = usable or None
        elif set(usable) - set(self.allowed):
            try:
                await self._answer(self.client.run_on_scheduler(eval, admission(self.allowed, usable)))
            except (Lost, OSError):
                raise
            except Exception:  # a scheduler of another version, which may hold this elsewhere
                self.allowed = usable
            else:
                self.allowed[:] = usable

    async def _answer(self, question: Coroutine[Any, Any, Any]) -> Any:
        """What the scheduler answers; raises Lost where it is silent, ConnectionError where the connection is lost."""
        asked, began, told = asyncio.ensure_future(question), time.monotonic(), False
        try:
            while not (await asyncio.wait({asked}, timeout=LOOK_FOR_SIGNALS))[0]:
                seconds = time.monotonic() - began
                if self.client.status != "running":
                    raise ConnectionError
                if seconds > MISSED_AFTER + ANSWERS_WITHIN:
                    raise Lost(f"{self.address}: the scheduler does not answer")
                if seconds > MISSED_AFTER and not told:
                    told = True
                    log.warning("%s: the scheduler does not answer; it has %.0f s more", self.address, ANSWERS_WITHIN)
            return asked.result()
        finally:
            asked.cancel()

    async def _look_at(self, present: Mapping[str, Any]) -> None:
        """Ask those that are new what they have; one that is silent, such as a frozen one, gets no work until it tells.

        Each is asked alone, so that a silent one holds nobody up.
        """
        for gone in self.asked.keys() - present.keys():
            self.asked.pop(gone).cancel()
        new = [address for address in self.workers.unknown(present) if address not in self.asked]
        for address in new:
            question = self.client.run(eval, EXPRESSION, workers=[address], on_error="ignore")
            self.asked[address] = asyncio.ensure_future(question)
        if not self.asked:
            return
        done, _ = await asyncio.wait(self.asked.values(), timeout=MISSED_AFTER if new else 0)
        for address in [address for address, answer in self.asked.items() if answer in done]:
            answer = self.asked.pop(address)
            self.workers.add({} if answer.cancelled() or answer.exception() else answer.result())
        if new and self.asked:
            log.warning("%s: no answer from worker %s: no work for it until it answers", self.address, self._silent())

    def _silent(self) -> str:
        return ", ".join(self.asked)

    def forget(self) -> None:
        """Wait for no answer any more: called before the client is closed."""
        for answer in self.asked.values():
            self.client.loop.add_callback(answer.cancel)

    async def say_who_owes(self, places: Mapping[Any, Sequence[int]], seconds: float) -> None:
        """One line on the workers that are at work. places: by the key of each task, the partitions it is about."""
        tasks = await self._answer(self.client.scheduler.processing(workers=None))
        known = (await self._answer(self.client.scheduler.identity()))["workers"]
        owed = {
            worker: sorted(place for key in keys for place in places.get(key, ())) for worker, keys in tasks.items()
        }
        silent = _unheard_of(known)
        busy = [worker for worker in tasks if tasks[worker]]
        at_fault = [worker for worker in busy if worker in silent] or busy  # others may wait for what these hold
        told = [f"{worker}{_of_memory(known.get(worker))}{_shortly(owed[worker])}" for worker in at_fault]
        full = [f"{worker}{_of_memory(each)}" for worker, each in known.items() if each["status"] == "paused"]
        who = ", ".join(told or full or silent or _some(known))
        log.warning("%s: no answer for %.0f s; it is due from %s", self.address, seconds, who)

    async def why_ended(self) -> str:
        """Why workers have ended, as far as is known."""
        return await self.workers.why_ended(self.client.scheduler)

    def wait_until_back(self, seen: BaseException) -> None:
        """Wait for the connection to the scheduler; raises Lost where it does not come back."""
        end = time.monotonic() + BACK_WITHIN
        if self.client.status not in ("running", "closed", "closing"):
            log.warning("%s: the connection is lost; it has %.0f s to come back", self.address, BACK_WITHIN)
        while self.client.status != "running":
            self.check_stopped()
            if self.client.status in ("closed", "closing") or time.monotonic() > end:
                raise Lost(f"{self.address}: the scheduler is gone") from seen
            time.sleep(0.1)


class _Stopped(Exception):
    """A signal has asked the command to end: KeyboardInterrupt itself would end Dask's event loop."""


def _unheard_of(known: Mapping[str, Any]) -> list[str]:
    """The workers whose last sign of life is older than that of others."""
    newest = max((each["last_seen"] for each in known.values()), default=0.0)
    return [worker for worker, each in known.items() if newest - each["last_seen"] > SILENT_FOR]


def _some(known: Mapping[str, Any]) -> list[str]:
    """Whoever the results are fetched from, where all tasks are done."""
    return list(known) if len(known) == 1 else [f"one of the {len(known)} workers"]


def _of_memory(worker: Any) -> str:
    """` (paused: 0.19 of 0.2 GB in use)` of a worker that Dask gives no work for want of memory; else nothing."""
    if not worker or worker["status"] != "paused":
        return ""
    used, limit = worker["metrics"]["memory"], worker["memory_limit"]
    return f" (paused: {used / GB:.2g} of {limit / GB:.2g} GB in use)"


def _shortly(places: Sequence[int]) -> str:
    """` for partition 3`, ` for partitions 3, 4, 5 and 12 more`, or nothing: it was to hand on theta."""
    if not places:
        return ""
    first = ", ".join(str(place + 1) for place in places[:3])
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    return f" for partition{'s' if len(places) > 1 else ''} {first}{more}"
