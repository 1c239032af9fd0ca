"""A training in a process of its own: the library's `fit`, followed, paused, stepped and changed from the page."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any, cast

import numpy as np
from threadpoolctl import threadpool_limits

from ...data.dataset import Digits
from ...errors import Digits20Error
from ...learning.calibration import calibrated
from ...learning.ensemble import Job
from ...learning.fit import Progress, Run
from ...learning.model import Model
from ...learning.settings import Training
from ...optim.solution import Diverged, Snapshot
from ...optim.solvers import settings_of

FRAME = 0.06  # seconds between two pictures of the network; what comes in between goes with the next
FRAME_OF_WIDE, WIDE = 0.25, 50_000  # the same for networks of more weights
EXTENSION = 100  # iterations that "go" adds to a training that is done
FEW = 2000  # images to train, of which the accuracy is told even where none are held out to validate
MOST_READ = 60  # of one's own images, whose labels are told before and after
LIVE = ("learning_rate", "momentum")  # settings of a solver that can be changed while it runs


@dataclass(frozen=True, eq=False)
class Lesson:
    """What is taught: `training` on `images`; own: images to score before and after, None for none.

    held: images to validate and to test with; None: those that `training` holds back.
    delay: seconds of slow motion after each iteration. paused: whether it waits before the first one. data: where the
    images come from, as the model file keeps it.
    """

    training: Training
    images: Digits
    own: Digits | None = None
    held: tuple[Digits, Digits] | None = None
    delay: float = 0.0
    paused: bool = False
    data: str = "shipped"


class _Changed(Exception):
    """A setting was changed: the run goes on from `snapshot` with another job."""

    def __init__(self, job: Job, snapshot: Snapshot) -> None:
        super().__init__()
        self.job, self.snapshot = job, snapshot


def teach(channel: Connection, lesson: Lesson) -> None:
    """Run the lesson; called in a process of its own.

    Sends dicts with the key "kind": "ready", "frame" (points since the last one, weights), "done" and "failed".
    Takes ("go" | "pause" | "step" | "stop", None), ("delay", seconds) and ("change", {setting: value}). Ends with the
    channel, so that nothing is left of a server that was killed.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to answer
    with contextlib.suppress(OSError, AttributeError):
        os.nice(5)  # answers to drawings come first
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionError), threadpool_limits(1):
        try:
            _Pupil(channel, lesson).learn()
        except Digits20Error as error:
            channel.send({"kind": "failed", "error": str(error)})


class _Pupil:
    """The callback and the checkpoint of `fit`: reports each iteration, then does what was asked meanwhile."""

    def __init__(self, channel: Connection, lesson: Lesson) -> None:
        self.channel, self.lesson = channel, lesson
        self.delay, self.paused, self.steps = lesson.delay, lesson.paused, 0
        rng = np.random.default_rng(lesson.training.seed)
        training = lesson.training
        train, validation, self.test = training.split(lesson.images, rng)
        if lesson.held:
            validation, self.test = (part.astype(training.dtype) for part in lesson.held)
        (self.job,) = training.jobs(train, validation, rng)
        self.points: list[dict[str, float | int | None]] = []
        self.resume: Snapshot | None = None
        self.sent = 0.0
        size = self.job.start.network.size
        self.gap = FRAME if size <= WIDE else FRAME_OF_WIDE

    def learn(self) -> None:
        start = replace(self._model(self.job.start.theta), settings=self._settings())
        self.channel.send({"kind": "ready", "model": start, "before": self._scores(start), **self._sizes()})
        while True:
            model, message = self._run()
            scores = model.scores | {"test_accuracy": model.accuracy(self.test)}
            model = replace(model, scores=scores, settings=self._settings())
            train, held_out = (cast(Digits, part) for part in (self.job.train, self.job.validation or self.test))
            model = calibrated(model, train, held_out, self.job.start.base)
            done = {"kind": "done", "model": replace(model, solution=None), "message": message}
            self.channel.send(
                {**done, "points": self._taken(), "more": self.resume is not None, "after": self._scores(model)}
            )
            self._until_asked_for_more()

    def _run(self) -> tuple[Model, str]:
        while True:
            try:
                model = self.job.run(self._note, cast(Any, self))
                return model, model.solution.message if model.solution else ""
            except _Changed as changed:
                self.job, self.resume = changed.job, changed.snapshot
            except Diverged as diverged:
                self.resume = None
                kept = "the best weights before are kept" if diverged.model else "the weights of the start are kept"
                return diverged.model or self._model(self.job.start.theta), f"{diverged}; {kept}"

    def _until_asked_for_more(self) -> None:
        """Wait; on "go" or "step" the training gets more iterations, from where it stands."""
        while True:
            what, value = self.channel.recv()
            if what in ("go", "step") and self.resume is not None:
                more = EXTENSION if what == "go" else 1
                solver = replace(cast(Any, self.job.solver), iterations=self.resume.iteration + more)
                self.job, self.paused, self.steps = replace(self.job, solver=solver), False, 0
                return
            self._set(what, value)

    # as fit calls them

    def begin(self, run: Run) -> Snapshot | None:
        return self.resume

    def update(self, snapshot: Callable[[], Snapshot]) -> None:
        last = self.points[-1]["iteration"] if self.points else -1
        if self.points and self.points[-1]["train_accuracy"] is None and len(self.job.train) <= FEW:
            self.points[-1]["train_accuracy"] = self._model(snapshot().theta).accuracy(self.job.train)
        ends = last == self.job.solver.iterations
        if ends:
            self.resume = snapshot()
        if ends or self.paused or self.delay >= FRAME or time.monotonic() - self.sent >= self.gap:
            self._send(snapshot())
        self._obey(snapshot)

    def interrupted(self) -> None:
        pass

    def _note(self, progress: Progress) -> None:
        self.points.append({name: getattr(progress, name) for name in Progress.__dataclass_fields__})

    # what it tells, what it is told

    def _send(self, snapshot: Snapshot) -> None:
        self.sent = time.monotonic()
        theta = np.asarray(snapshot.theta, np.float32)
        now = {"lam": self.job.lam, "settings": self._settings(), "goal": self.job.solver.iterations}
        self.channel.send({"kind": "frame", "theta": theta, "points": self._taken(), "paused": self.paused, **now})

    def _obey(self, snapshot: Callable[[], Snapshot]) -> None:
        """Take what was asked; wait while paused, and for the delay of slow motion."""
        until = time.monotonic() + self.delay
        self.steps = max(0, self.steps - 1)
        while True:
            waiting = self.paused and not self.steps
            left = max(0.0, until - time.monotonic())
            if not self.channel.poll(None if waiting else left):
                return
            what, value = self.channel.recv()
            before = self.paused
            self._set(what, value)
            if what == "stop":
                self.resume = snapshot()
                raise KeyboardInterrupt  # fit ends with the best weights so far
            if what == "change":
                self._change(value, snapshot())
            if self.paused and not before:
                self._send(snapshot())

    def _set(self, what: str, value: Any) -> None:
        if what == "delay":
            self.delay = float(value)
        elif what in ("go", "pause", "step"):
            self.paused = what != "go"
            self.steps += what == "step"

    def _change(self, settings: dict[str, float], snapshot: Snapshot) -> None:
        known = settings_of(self.job.solver)
        job = replace(self.job, lam=settings.get("lam", self.job.lam))
        of_solver = {name: settings[name] for name in LIVE if name in settings and name in known}
        job = replace(job, solver=replace(cast(Any, job.solver), **of_solver))
        theta = snapshot.theta.astype(np.float64)
        cost = job.objective(theta)[0]  # the best so far is of another J
        raise _Changed(job, replace(snapshot, best=(cost, cost, theta)))

    def _taken(self) -> list[dict[str, float | int | None]]:
        taken, self.points = self.points, []
        return taken

    def _model(self, theta: Any) -> Model:
        base, train, network = self.job.start.base, self.job.train, self.job.start.network
        steps = base.preprocess if base else train.preprocess
        return Model(network, theta.astype(np.float64), train.labels, train.image_shape, steps, self.job.lam)

    def _settings(self) -> dict[str, Any]:
        """Those of the model file, as they are now."""
        settings = self.lesson.training.as_dict(self.job.start.network) | settings_of(self.job.solver)
        return settings | {"lambda": self.job.lam, "data": self.lesson.data}

    def _scores(self, model: Model) -> dict[str, Any]:
        """Accuracies on the test images and one's own; count: of one's own; read: the labels predicted for the last."""
        scores: dict[str, Any] = {"test": model.accuracy(self.test)}
        own = self.lesson.own
        if own is None or model.labels != own.labels:
            return scores
        read = model.predict(own.X[-MOST_READ:])
        return scores | {"own": model.accuracy(own), "count": len(own), "read": [str(label) for label in read]}

    def _sizes(self) -> dict[str, int]:
        parts = {"train": self.job.train, "validation": self.job.validation, "test": self.test}
        return {name: len(part) if part else 0 for name, part in parts.items()}
