"""The way to a Dask cluster: to the scheduler at an address, or to workers of our own on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import warnings
from collections.abc import Iterator
from multiprocessing import active_children, resource_tracker
from typing import Any

from ..errors import Digits20Error, shown
from ..system.interrupts import interrupts_blocked_in_children
from .dask import Dask
from .heartbeat import Heartbeat

CONNECT_WITHIN = 10.0  # seconds
CLOSE_WITHIN, HURRY = 10.0, 2.0  # seconds that workers of our own have to end by themselves; after an error or Ctrl-C
WORKER_TTL = 30.0  # seconds after which a worker that is silent has its partitions loaded by others
INSTALL = 'training on a cluster needs Dask: pip install "digits20[dask]"'
log = logging.getLogger("digits20")


@contextlib.contextmanager
def connected(address: str | None, workers: int, threads: int) -> Iterator[Dask]:
    """The cluster of the scheduler at that address, or of so many workers of our own where it is None.

    threads: BLAS threads of each worker. Raises Digits20Error where no scheduler answers, and without Dask.
    """
    with contextlib.ExitStack() as stack:
        heartbeat = Heartbeat(f"{address}: connecting" if address else "starting workers on this machine")
        stack.callback(heartbeat.stop)
        try:
            import distributed  # takes seconds, too
        except ImportError:
            raise Digits20Error(INSTALL) from None
        stack.enter_context(_silence())
        if address:
            _check_answer(address)
        where = address or stack.enter_context(local_cluster(workers))
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            client = distributed.Client(where, timeout=CONNECT_WITHIN, set_as_default=False)
        stack.callback(_close, client, 2)
        for warning in seen:
            log.warning("%s: %s", client.scheduler.address, _in_one_line(str(warning.message)))
        executor = Dask(client, threads, heartbeat, own=address is None)
        stack.callback(executor.cluster.forget)
        if address:
            executor.cluster.tell_ttl(WORKER_TTL)
        yield executor


def _in_one_line(warning: str) -> str:
    """A warning of Dask's; of its table of versions only which packages differ, and how."""
    table = [line.strip("| ").split("|") for line in warning.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in row] for row in table[1:]]
    if not rows:
        return f"Dask says: {' '.join(warning.split())}"
    differ = [f"{name} {here} (scheduler {scheduler}, workers {workers})" for name, here, scheduler, workers in rows]
    return f"versions here are not those of scheduler and workers: {', '.join(differ)}"


@contextlib.contextmanager
def local_cluster(workers: int) -> Iterator[Any]:
    """A scheduler here and workers in processes of their own, which only this machine can reach; without dashboard."""
    import dask
    from distributed import LocalCluster

    # Dask's HTTP server cannot be left out, but it can serve nothing, where nobody else looks
    settings = {"scheduler.http.routes": [], "worker.http.routes": [], "scheduler.worker-ttl": f"{WORKER_TTL:.0f} s"}
    with _loop() as loop, dask.config.set({f"distributed.{name}": value for name, value in settings.items()}):
        before, running = set(LocalCluster._instances), set(active_children())
        seconds, cluster = HURRY, None
        try:
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
                silence_logs=logging.CRITICAL,
                preload="digits20.distributed",
                loop=loop,
            )
            yield cluster
            seconds = CLOSE_WITHIN
        finally:
            for child in set(active_children()) - running if cluster is None else ():
                child.kill()  # half started, it would complain that we go
            _close_within(seconds, before)


@contextlib.contextmanager
def _loop() -> Iterator[Any]:
    """The event loop of a cluster of our own; what it starts never sees the Ctrl-C of a terminal."""
    from distributed.utils import LoopRunner

    if sys.platform != "win32":
        # before the first process that Python spawns it starts this one, and then lets Ctrl-C through again
        resource_tracker.ensure_running()
    runner = LoopRunner()
    with interrupts_blocked_in_children():  # threads inherit that, and the processes that they start
        runner.start()
    try:
        yield runner.loop
    finally:
        with contextlib.suppress(OSError, TimeoutError):
            runner.stop(timeout=HURRY)


def _close_within(seconds: float, before: set[Any]) -> None:
    """Close the clusters that have come since, also one that Ctrl-C met half started, which Python knows by no name."""
    from distributed import LocalCluster

    for cluster in set(LocalCluster._instances) - before:
        _close(cluster, seconds)
        cluster.shutdown_on_close = False  # else Dask tries it again when Python ends, with a traceback


def _close(end: Any, seconds: float) -> None:
    """Its processes end with this one in any case."""
    with contextlib.suppress(OSError, TimeoutError, AssertionError):  # the last of a cluster that has half started
        end.close(timeout=seconds)


def _check_answer(address: str) -> None:
    """Raises Digits20Error where no scheduler answers; a Client that fails would make its own noise about it."""
    from distributed import Security
    from distributed.core import connect

    async def knock() -> None:
        comm = await connect(address, timeout=CONNECT_WITHIN, **Security().get_connection_args("client"))
        await comm.close()

    try:
        asyncio.run(knock())
    except (OSError, ValueError, RuntimeError, ImportError, TypeError) as error:
        reason = "no scheduler answers there" if isinstance(error, OSError) else str(error)
        raise Digits20Error(f"{shown(address)}: {' '.join(reason.split())}") from None


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """What Dask logs of lost workers and connections is told in our own words."""
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] in ("distributed", "tornado")]
    loggers = [logging.getLogger(name) for name in (*names, "asyncio")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    yield
    # not after an error: the command ends, and Python's last words on what Dask has left unfinished help nobody
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
