"""Jobs: the training of one network, and of several at once in processes of their own."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..data.protocol import Images
from ..errors import Digits20Error, Lost
from ..images.augment import Warps
from ..nn.objective import objective_on
from ..nn.protocols import ObjectiveLike
from ..optim.solution import Diverged, Solver
from ..system.interrupts import interrupts_blocked_in_children
from ..system.sharing import Shared, share
from .fit import Callback, CheckpointLike, Monitored, Progress, fit
from .model import Model
from .transfer import Start

JobCallback = Callable[[int, Progress], object]
REPORT_EVERY = 0.2  # seconds between two reports of a job


@dataclass(frozen=True, eq=False)
class Job:
    """All that is needed to train one network; can be sent to another process. `Training.jobs` makes them.

    start: the network and its first weights. train, validation: images; validation None for none. lam: lambda.
    warps: random warps of the training images, None for none. patience: None for no early
        stopping; monitor: what it looks at; see `fit`.
    rng: shuffles mini-batches and draws warps. threads: of the matrix products.
    """

    start: Start
    train: Images
    validation: Images | None
    lam: float
    warps: Warps | None
    solver: Solver
    patience: int | None
    rng: np.random.Generator
    threads: int = 1
    monitor: Monitored = "cost"

    @property
    def objective(self) -> ObjectiveLike:
        return objective_on(self.start.sees(self.train), self.start.network, self.lam, self.warps)

    def run(self, callback: Callback | None = None, checkpoint: CheckpointLike | None = None) -> Model:
        """The trained model, with the frozen layers below it, if any; also in the errors that `fit` raises."""
        try:
            learned = fit(
                self.objective,
                self.start.theta,
                self.solver,
                validation=self._seen_to_validate(),
                patience=self.patience,
                monitor=self.monitor,
                callback=callback,
                rng=self.rng,
                threads=self.threads,
                checkpoint=checkpoint,
            )
        except (Diverged, Lost) as end:
            end.model = end.model and self.start.whole(end.model)
            raise
        return self.start.whole(learned)

    def _seen_to_validate(self) -> ObjectiveLike | None:
        return objective_on(self.start.sees(self.validation), self.start.network) if self.validation else None


def train_side_by_side(
    jobs: Sequence[Job], callback: JobCallback | None = None, finished: Callable[[int], object] | None = None
) -> list[Model]:
    """The models of all jobs, trained in as many processes at once as there are cores.

    callback: called with the index of a job and its progress, a few times per second. finished: called with the number
    of jobs that are done. After Ctrl-C the models are the best so far of the jobs that had begun, at least one. A job
    that fails ends the others and its error is raised; Digits20Error where its process died.
    """
    context = multiprocessing.get_context("spawn")  # the one way to start that all systems have
    with interrupts_blocked_in_children():
        stop, reports = context.Event(), context.Queue()
    workers = min(len(jobs), os.cpu_count() or 1)
    with (
        tempfile.TemporaryDirectory(prefix="digits20-", ignore_cleanup_errors=True) as folder,
        ProcessPoolExecutor(workers, context, _begin, (stop, reports)) as pool,
    ):
        futures: list[Future[Model]] = []
        try:
            shared = share(jobs, Path(folder))
            with interrupts_blocked_in_children():  # this one decides what it means
                futures += [pool.submit(_run, member, job) for member, job in enumerate(shared)]
            _follow(futures, reports, callback, finished)
        except KeyboardInterrupt:
            stop.set()
            for future in futures:
                future.cancel()
        except BaseException:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
        models = [_result(future) for future in futures if not _without_result(future)]
    if not models:
        raise KeyboardInterrupt
    return models


def _follow(
    futures: list[Future[Model]], reports: Any, callback: JobCallback | None, finished: Callable[[int], object] | None
) -> None:
    """Until all are done or one has failed."""
    pending: set[Future[Model]] = set(futures)
    while pending:
        done, pending = wait(pending, timeout=REPORT_EVERY, return_when=FIRST_EXCEPTION)
        while True:
            try:
                member, progress = reports.get_nowait()
            except queue.Empty:
                break
            if callback:
                callback(member, progress)
        for future in done:
            _result(future)
        if finished:
            finished(len(futures) - len(pending))


def _without_result(future: Future[Model]) -> bool:
    """Whether Ctrl-C came before the first cost was known; waits for it."""
    return future.cancelled() or isinstance(future.exception(), KeyboardInterrupt)


def _result(future: Future[Model]) -> Model:
    try:
        return future.result()
    except BrokenProcessPool:
        raise Digits20Error("a process of the ensemble died, perhaps because memory ran out") from None


# in the processes

_stop: Any = None
_reports: Any = None


def _begin(stop: Any, reports: Any) -> None:
    global _stop, _reports
    _stop, _reports = stop, reports
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_starter, daemon=True).start()


def _end_with_the_starter() -> None:
    """End this process when the one that started it has ended: nobody waits for the result."""
    starter = multiprocessing.parent_process()
    if starter:
        starter.join()
        os._exit(1)


def _run(member: int, shared: Shared[Job]) -> Model:
    job, last = shared.value(), 0.0

    def report(progress: Progress) -> None:
        nonlocal last
        if _stop.is_set():
            raise KeyboardInterrupt
        if time.monotonic() - last > REPORT_EVERY or progress.iteration == job.solver.iterations:
            last = time.monotonic()
            _reports.put((member, progress))

    return job.run(report)
