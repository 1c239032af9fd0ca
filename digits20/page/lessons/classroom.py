"""The training that the page shows: its process, what is known of it, and who looks on."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import secrets
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from ...data.dataset import Digits
from ...images.geometry import Floats, Shape
from ...learning.model import Model
from ...system.interrupts import interrupts_blocked_in_children
from ..answers import units
from .examples import Examples
from .lesson import Lesson, teach
from .remarks import remark

BEAT = 1.0  # seconds without news after which a sign of life is sent
MOST_WATCHERS = 60
MOST_KEPT = 8  # finished trainings that undo can go back to
SHOWN_UNITS = 64
END_SECONDS = 0.5  # for a process to end by itself


@dataclass
class State:
    """What a page that arrives late must be told.

    status: "idle", "preparing", "running", "paused", "done" or "failed". number: of the training.
    """

    status: str = "idle"
    number: int = 0
    points: list[dict[str, Any]] = field(default_factory=list)
    model: Model | None = None
    message: str = ""
    more: bool = True  # whether it can go on once it is done
    goal: int = 0  # iterations after which it ends, 0 until that is known
    scores: dict[str, Any] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)


class Classroom:
    """One training at a time, which all pages share: it goes on when one is closed, and any may stop it.

    shape: of the drawings that are answered after each iteration.
    """

    def __init__(self, shape: Shape) -> None:
        self.state, self.earlier = State(), list[State]()
        self.examples = Examples(shape)
        self.hand = Examples(shape)  # drawings that were corrected
        self.table: Digits | None = None
        self.watched: list[str] = []  # the pages that look on, by the names that they gave themselves
        self.drawings: dict[str, Floats] = {}  # by the page that shows them
        self.server = secrets.token_hex(8)  # so that a page notices when another one answers
        self.version = 0
        self._process: Any = None
        self._channel: Connection | None = None
        self._watchers: set[asyncio.Event] = set()
        self._lock = threading.Lock()

    # the training

    def start(self, lesson: Lesson, settings: dict[str, Any], loop: asyncio.AbstractEventLoop) -> None:
        """End the training that runs, if any, and begin this one."""
        self.end()
        with self._lock:
            if self.state.status == "done" and self.state.model:
                self.earlier = [*self.earlier, self.state][-MOST_KEPT:]
            self.state = State("preparing", self.state.number + 1, settings=settings)
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        with interrupts_blocked_in_children():
            process = context.Process(target=teach, args=(theirs, lesson), daemon=True)
            process.start()
        theirs.close()
        self._process, self._channel = process, ours
        listener = threading.Thread(target=self._listen, args=(ours, self.state, loop), daemon=True)
        listener.start()
        self.news()

    def tell(self, what: str, value: Any = None) -> bool:
        """Pass it on to the training; False where there is none."""
        over = self.state.status in ("idle", "failed") or (self.state.status == "done" and not self.state.more)
        if self._channel is None or over:
            return False
        try:
            self._channel.send((what, value))
        except OSError:
            return False
        if what in ("go", "step") and self.state.status in ("done", "paused"):
            self.state.status = "running"
        self.news()
        return True

    @property
    def undoable(self) -> int:
        """How many trainings `undo` takes back."""
        return len(self.earlier) + (self.state.status == "done")

    def undo(self) -> bool:
        """Go back to the training before this one, or to none; False where there is nothing to take back."""
        if not self.undoable:
            return False
        self.end()
        number = self.state.number
        self.state = replace(self.earlier.pop() if self.earlier else State(), number=number + 1)
        self.news()
        return True

    def end(self) -> None:
        """End the process, whatever it does."""
        process, self._process, self._channel = self._process, None, None
        if process is not None:
            process.terminate()
            process.join(END_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()

    def _listen(self, channel: Connection, state: State, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread: takes what the process tells until it ends."""
        ended = ""
        try:
            while True:
                told = channel.recv()
                with self._lock:
                    self._take(told, state)
                loop.call_soon_threadsafe(self.news)
        except (EOFError, OSError):
            ended = "the training's process has ended"
        except RuntimeError:  # the loop has ended
            return
        if state is self.state and state.status not in ("done", "failed"):
            state.status, state.message = "failed", ended
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self.news)

    def _take(self, told: dict[str, Any], state: State) -> None:
        kind = told.pop("kind")
        state.points.extend(told.pop("points", ()))
        if kind == "ready":
            state.model, state.scores = told.pop("model"), {"before": told.pop("before")}
            state.sizes, state.status = told, "running"
        elif kind == "frame" and state.model:
            now = {"lam": told["lam"], "settings": told["settings"]}
            state.model = replace(state.model, theta=told["theta"].astype(np.float64), **now)
            state.status, state.goal = "paused" if told["paused"] else "running", told["goal"]
        elif kind == "done":
            state.model, state.message, state.status = told["model"], told["message"], "done"
            state.scores["after"], state.more = told["after"], told["more"]
        elif kind == "failed":
            state.status, state.message = "failed", told["error"]

    # who looks on

    def news(self) -> None:
        self.version += 1
        for watcher in self._watchers:
            watcher.set()

    @property
    def full(self) -> bool:
        return len(self._watchers) >= MOST_WATCHERS

    async def watch(self, page: str) -> AsyncIterator[dict[str, Any] | None]:
        """The newest state whenever there is news, with the points since the last; None as a sign of life.

        A slow page gets fewer pictures, never old ones.
        """
        watcher = asyncio.Event()
        watcher.set()
        self._watchers.add(watcher)
        self.watched.append(page)
        number, told = -1, 0
        try:
            while True:
                try:
                    async with asyncio.timeout(BEAT):
                        await watcher.wait()
                except TimeoutError:
                    yield None
                    continue
                watcher.clear()
                with self._lock:
                    state = self.state
                    told = told if state.number == number else 0
                    number, fresh = state.number, state.points[told:]
                    told = len(state.points)
                    news = self._described(state, fresh, page)
                yield news
        finally:
            self._watchers.discard(watcher)
            self.watched.remove(page)
            if page not in self.watched:
                self.drawings.pop(page, None)

    def _described(self, state: State, fresh: list[dict[str, Any]], page: str) -> dict[str, Any]:
        model, drawing = state.model, self.drawings.get(page)
        news = {
            "server": self.server,
            "status": state.status,
            "number": state.number,
            "points": fresh,
            "goal": state.goal,
            "message": state.message,
            "scores": state.scores,
            "sizes": state.sizes,
            "settings": state.settings,
            "undo": self.undoable,
            "remark": remark(state.points, state.status, state.message, _per_label(state)),
        }
        if model is not None:
            news["labels"] = list(model.labels)
            news["layers"] = model.network.title
            news["units"] = units(model, SHOWN_UNITS)
            if drawing is not None and drawing.size == model.network.widths[0]:
                news["answer"] = model.outputs(drawing[None])[0].tolist()
        return news


def _per_label(state: State) -> float:
    return state.sizes.get("train", 0) / len(state.model.labels) if state.model else 0.0
