"""J on a Dask cluster: tasks load the partitions on its workers, where they stay.

Partitions lost with a worker are loaded again on another one by the same tasks; one that cannot be loaded again ends
the training with the error Lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
import warnings
from asyncio import CancelledError
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError as FutureCancelled
from statistics import median
from typing import Any

from threadpoolctl import threadpool_limits

from ..errors import DataFileError, Digits20Error, Lost
from ..nn.network import Network
from ..nn.objective import Warp
from ..system.version import __version__
from .objective import PartitionedObjective
from .partitions import Loaded, Partitions
from .sources import Source
from .workers import EXPRESSION, Workers

log = logging.getLogger("digits20")
WINDOW = 64  # answers that the driver holds at once
SLOW = 10.0, 5  # seconds, and times the median: an answer that takes longer is missed
LOOK_EVERY = 5.0  # seconds without an answer after which the scheduler is asked whether it is alive
ANSWERS_WITHIN = 10.0  # seconds it has to answer that
BACK_WITHIN = 10.0  # seconds that a lost scheduler has to come back
WORKERS_WITHIN = 120.0  # seconds that a scheduler without workers has to get some
ATTEMPTS = 5  # at one evaluation, each with all partitions loaded again


class DaskObjective(PartitionedObjective):
    """J of `network` on partitions that the workers of a Dask cluster keep; used like any Objective.

    partitions: callables that return Digits, such as those of `sources.files("parts/*.csv.gz")` and
        `sources.idx_rows(...)`: they run on the workers, which must see the files; or `Partitions` kept by a `Dask`.
    client: the dask.distributed.Client; threads: BLAS threads of a worker.

    theta goes out once an evaluation, to one worker that hands it on; one gradient a partition comes back. The result
    is the same to the bit for any number of workers of one kind, also where some die on the way.

    Raises what the sources raise and Digits20Error, as Objective does; later Lost, where scheduler or workers do not
    come back, or a partition that was lost cannot be loaded again.
    """

    def __init__(
        self,
        network: Network,
        partitions: Sequence[Source] | Partitions,
        lam: float = 0.0,
        client: Any = None,
        warp: Warp | None = None,
        threads: int = 1,
    ) -> None:
        if not isinstance(partitions, Partitions):
            partitions = Partitions(partitions, Dask(client, threads))
        super().__init__(network, partitions, lam, warp)


class Dask:
    """Keeps partitions on the workers of the cluster that `client` is connected to."""

    def __init__(self, client: Any, threads: int = 1) -> None:
        self.client, self.threads = client, threads
        self.address = client.scheduler.address
        self.workers = Workers(self.address)
        self.allowed: list[str] | None = None  # workers that tasks may run on; None: all
        self.spent: deque[float] = deque(maxlen=99)  # seconds that answers have taken

    def make(
        self,
        recipes: Sequence[Callable[[], Any]],
        before: Loaded | None = None,
        steps: Sequence[Callable[[Any], Any]] = (),
    ) -> Loaded:
        self._look()
        futures = self._map("step", _go_on, steps, before.objects) if before else self._map("load", _make, recipes)
        return Loaded(recipes, futures)

    def ask(self, function: Callable[..., Any], loaded: Loaded, *arguments: Any) -> Iterator[Any]:
        done = 0
        for attempt in range(ATTEMPTS):
            try:
                for answers in self._answers(function, loaded.objects[done:], arguments, quiet=loaded.complete):
                    done += len(answers)
                    yield from answers
                loaded.complete = True
                return
            except _Failed as failed:
                raise self._told(failed.error, loaded) from failed.error
            except (CancelledError, FutureCancelled, OSError, _Died) as seen:
                self._recover(loaded, seen, attempt)
            except Lost:
                raise
            except Exception as seen:
                if self.client.status == "running":
                    raise
                self._recover(loaded, seen, attempt)  # it says so in words that differ from version to version
        raise Lost(f"{self.address}: workers died {ATTEMPTS} times in a row, perhaps for want of memory")

    def _answers(
        self, function: Callable[..., Any], things: Sequence[Any], arguments: tuple[Any, ...], quiet: bool
    ) -> Iterator[Any]:
        shared = self._map("theta", _itself, [(self.threads, function, arguments)])[0] if len(things) > 1 else None
        futures = self._map(function.__name__, _ask, things, ask=shared or (self.threads, function, arguments))
        for start in range(0, len(futures), WINDOW):
            yield self.client.sync(self._gathered, futures[start : start + WINDOW], quiet)
            futures[start : start + WINDOW] = [None] * len(futures[start : start + WINDOW])

    def _look(self) -> None:
        """Look at workers that are new, if the scheduler answers."""
        with contextlib.suppress(OSError):
            self.client.sync(self._workers)

    def _map(self, name: str, function: Callable[..., Any], *lists: Sequence[Any], **shared: Any) -> list[Any]:
        """The futures of tasks that are called `name` on Dask's dashboard."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Dask advises against sending what is large, but theta has to go
            futures: list[Any] = self.client.map(function, *lists, key=name, pure=False, workers=self.allowed, **shared)
        return futures

    async def _gathered(self, futures: list[Any], quiet: bool) -> list[Any]:
        """The futures' results; logs progress unless quiet; raises Lost where scheduler or workers do not answer."""
        answers: asyncio.Future[list[Any]] = asyncio.ensure_future(self.client.gather(futures, asynchronous=True))
        began = looked = time.monotonic()
        alone_since, missed = None, False
        try:
            while not (await asyncio.wait({answers}, timeout=0.5))[0]:
                if self.client.status != "running":
                    raise ConnectionError
                if time.monotonic() - looked < LOOK_EVERY:
                    continue
                cores = await self._workers()
                if cores and self.allowed is not None and not cores.keys() & set(self.allowed):
                    raise _Died  # those that the tasks are for
                alone_since = None if cores else alone_since or self._say_alone()
                looked = time.monotonic()
                if (
                    quiet
                    and cores
                    and not missed
                    and looked - began > max(SLOW[0], SLOW[1] * median(self.spent or [0]))
                ):
                    missed = True
                    await self._say_who_owes(futures, looked - began)
                if not (quiet or alone_since):
                    done = sum(future.status == "finished" for future in futures)
                    log.info("%s: %d of %d partitions are there", self.address, done, len(futures))
                if alone_since and looked - alone_since > WORKERS_WITHIN:
                    raise Lost(f"{self.address}: the scheduler has had no worker for {WORKERS_WITHIN:.0f} s")
            result = await answers
            self.spent.append(time.monotonic() - began)
            return result
        except Exception:
            if error := await self._error_of(futures):
                raise _Failed(error) from None
            raise
        finally:
            answers.cancel()
            with contextlib.suppress(BaseException):
                await answers

    async def _error_of(self, futures: list[Any]) -> BaseException | None:
        """What a task has raised, or None; raises _Died where its workers died of it."""
        from distributed import KilledWorker

        for future in futures:
            if future.status == "error":
                error: BaseException = await future.exception()
                if isinstance(error, KilledWorker):
                    raise _Died from error
                return error
        return None

    async def _workers(self) -> Any:
        """The workers' cores by address, empty without workers; raises Lost where the scheduler is silent."""
        try:
            cores = await asyncio.wait_for(self._look_at_workers(), ANSWERS_WITHIN)
        except TimeoutError:
            if self.client.status == "running":
                raise Lost(f"{self.address}: the scheduler does not answer") from None
            raise ConnectionError from None
        if cores or not self.workers.unusable:
            return cores
        raise Lost(f"{self.address}: no worker has digits20 {__version__}")

    async def _look_at_workers(self) -> dict[str, Any]:
        """The cores of the workers that can be used, by address; looks first at those that are new."""
        cores = await self.client.scheduler.ncores()
        new = self.workers.unknown(cores)
        if new:
            self.workers.add(await self.client.run(eval, EXPRESSION, workers=new, on_error="ignore"))
            self.allowed = self.workers.usable_of(cores)
        return {address: count for address, count in cores.items() if address in self.workers.usable}

    async def _say_who_owes(self, futures: list[Any], seconds: float) -> None:
        """One line on the workers that are at work, and on which partitions, by their places in the list."""
        places = {future.key: place for place, future in enumerate(futures) if future and future.status == "pending"}
        tasks = await self.client.scheduler.processing(workers=None)
        owed = {worker: sorted(places[key] for key in keys if key in places) for worker, keys in tasks.items()}
        told = [f"{worker}{_shortly(owed[worker])}" for worker, keys in tasks.items() if keys]
        log.warning("%s: no answer for %.0f s from %s", self.address, seconds, ", ".join(told) or "the scheduler")

    def _say_alone(self) -> float:
        log.warning("%s: no workers, waiting for some: dask worker %s", self.address, self.address)
        return time.monotonic()

    def _recover(self, loaded: Loaded, seen: BaseException, attempt: int) -> None:
        """Load all partitions again; raises Lost where the scheduler is gone."""
        time.sleep(0.1 * 2**attempt)  # until the client knows
        end = time.monotonic() + BACK_WITHIN
        while self.client.status != "running":
            if self.client.status in ("closed", "closing") or time.monotonic() > end:
                raise Lost(f"{self.address}: the scheduler is gone") from seen
            time.sleep(0.1)
        log.info("%s: partitions are lost, and loaded again", self.address)
        self._look()
        loaded.objects[:] = self._map("load", _make, loaded.recipes)

    def _told(self, error: BaseException, loaded: Loaded) -> Digits20Error:
        """The error in one line; a Lost once training has begun."""
        if isinstance(error, Digits20Error):
            missing = isinstance(error, DataFileError) and str(error).endswith("no such file")
            text = f"{error} on a worker: all must see the same files" if missing else str(error)
        else:
            text = f"{self.address}: a worker failed: {type(error).__name__}: {error}"
        if loaded.complete:
            return Lost(text)
        return DataFileError(text) if isinstance(error, DataFileError) else Digits20Error(text)


def _shortly(places: Sequence[int]) -> str:
    """` for partition 3`, ` for partitions 3, 4, 5 and 12 more`, or nothing: it was to hand on theta."""
    if not places:
        return ""
    first = ", ".join(str(place + 1) for place in places[:3])
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    return f" for partition{'s' if len(places) > 1 else ''} {first}{more}"


class _Failed(Exception):
    """A task has raised."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error


class _Died(Exception):
    """Workers have died of a task."""


# on the workers


def dask_setup(worker: Any) -> None:
    """Called by Dask in the workers of a command: Ctrl-C in a terminal reaches them too, but is for the command."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


_threads = 0


def _limit(threads: int) -> None:
    """Set the BLAS threads of this worker for good: their number changes the last bits."""
    global _threads
    if _threads != threads:
        threadpool_limits(threads)
        _threads = threads


def _make(recipe: Callable[[], Any]) -> Any:
    return recipe()


def _go_on(step: Callable[[Any], Any], thing: Any) -> Any:
    return step(thing)


def _itself(thing: Any) -> Any:
    return thing


def _ask(thing: Any, ask: tuple[int, Callable[..., Any], tuple[Any, ...]]) -> Any:
    threads, function, arguments = ask
    _limit(threads)
    return function(thing, *arguments)
