"""The routes of the Learn tab: a training is started, watched and changed; examples are drawn; results are kept."""

from __future__ import annotations

import asyncio
import itertools
import json
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ...data.dataset import Digits
from ...data.load import load
from ...errors import Digits20Error, ImageError
from ...learning.model import Model
from ...persistence.model_file import load_model, to_payload
from ...persistence.payload import dumps
from ..answers import Served, image_json, largest_pixels
from ..api.replies import NO_STORE, answer, download, query
from .classroom import Classroom
from .examples import Examples
from .lesson import MOST_READ, Lesson
from .plan import Material, changes, lesson_for

if TYPE_CHECKING:
    from ..app import Handlers

TOLD = ("go", "pause", "step", "stop")
MOST_UNPACKED = 64 * 2**20  # bytes of a table, and of its numbers
MOST_MODELS = 8  # on the page, with those that were learned on it


class Lessons:
    """A method for each operation under /learn."""

    def __init__(self, handlers: Handlers, classroom: Classroom) -> None:
        self.handlers, self.classroom = handlers, classroom
        self.reference: Model | None = None
        self.numbers = itertools.count(1)  # of the models that are kept: none is given twice

    # the training

    async def lesson_events(self, request: Request) -> Response:
        page = query(request, "page").get("page", "")
        if not (page.isalnum() and len(page) <= 40):
            raise HTTPException(400, "page: expected letters and digits")
        if self.classroom.full:
            raise HTTPException(503, "too many pages look on")
        headers = {**NO_STORE, "X-Accel-Buffering": "no"}
        return StreamingResponse(self._events(page), media_type="text/event-stream", headers=headers)

    async def _events(self, page: str) -> AsyncIterator[str]:
        async for news in self.classroom.watch(page):
            yield "event: alive\ndata: yes\n\n" if news is None else f"data: {json.dumps(news, allow_nan=False)}\n\n"

    async def lesson_start(self, request: Request) -> Response:
        query(request)
        asked = await _json_of(request)
        room, loop = self.classroom, asyncio.get_running_loop()
        try:
            lesson = await self._run(request, self._lesson, asked)
        except Digits20Error as error:
            raise HTTPException(400, str(error)) from None
        room.start(lesson, asked, loop)
        return self._state()

    def _lesson(self, asked: Any) -> Lesson:
        room = self.classroom
        if self.reference is None:
            self.reference = load_model("reference")
        first = self.handlers.served[0].model
        return lesson_for(asked, Material(room.table, room.examples, room.hand, first, self.reference))

    async def lesson_do(self, request: Request) -> Response:
        what = query(request, "what").get("what")
        if what == "undo":
            done = self.classroom.undo()
        elif what == "keep":
            return answer({**self._summary(), "kept": self._keep()})
        else:
            done = what in TOLD and self.classroom.tell(str(what))
        if not done:
            raise HTTPException(409, "there is nothing to do that with")
        return self._state()

    async def lesson_change(self, request: Request) -> Response:
        query(request)
        try:
            asked = changes(await _json_of(request))
        except Digits20Error as error:
            raise HTTPException(400, str(error)) from None
        if "delay" in asked:
            self.classroom.tell("delay", asked.pop("delay"))
        if asked and not self.classroom.tell("change", asked):
            raise HTTPException(409, "there is nothing to do that with")
        self.classroom.state.settings |= asked
        return self._state()

    def _keep(self) -> str:
        """The trained model becomes one of the page's, beside which others are compared; returns its name."""
        state, served = self.classroom.state, self.handlers.served
        if state.model is None:
            raise HTTPException(409, "nothing is trained yet")
        if len(served) >= MOST_MODELS:
            raise HTTPException(409, f"the page has {MOST_MODELS} models: remove one on the Model tab first")
        names = {one.name for one in served}
        name = next(name for number in self.numbers if (name := f"learned {number}") not in names)
        served.append(Served(name, _whole(state.model, [point["cost"] for point in state.points])))
        return name

    async def kept_remove(self, request: Request) -> Response:
        name = query(request, "name").get("name")
        served, given = self.handlers.served, len(self.handlers.page.models)
        found = next((one for one in served[given:] if one.name == name), None)
        if found is None:
            raise HTTPException(404, "no model of that name was kept here")
        served.remove(found)
        return answer({"removed": name})

    def _state(self) -> Response:
        return answer(self._summary())

    def _summary(self) -> dict[str, Any]:
        state = self.classroom.state
        return {"status": state.status, "number": state.number, "undo": self.classroom.undoable}

    async def lesson_model(self, request: Request) -> Response:
        query(request)
        state = self.classroom.state
        if state.model is None:
            raise HTTPException(404, "nothing is trained yet")
        data = dumps(to_payload(_whole(state.model, [point["cost"] for point in state.points])))
        return download(data, "application/octet-stream", "learned.pkl")

    # images

    async def lesson_drawing(self, request: Request) -> Response:
        page = query(request, "page").get("page", "")
        room, model = self.classroom, self.handlers.served[0].model
        try:
            pixels = await self._run(request, largest_pixels, await request.body(), model)
        except ImageError as error:
            raise HTTPException(422, str(error)) from None
        if page in room.watched:
            room.drawings[page] = pixels
            room.news()
        return self._state()

    async def lesson_table(self, request: Request) -> Response:
        query(request)
        self.classroom.table = None  # whatever comes of it, the one before is not meant any more
        try:
            table = await self._run(request, _table, await request.body())
        except Digits20Error as error:
            raise HTTPException(422, str(error)) from None
        self.classroom.table = table
        return answer({"images": len(table), "labels": list(table.labels)})

    async def examples(self, request: Request) -> Response:
        return answer({"counts": self._set(request).counts})

    async def example(self, request: Request) -> Response:
        given = query(request, "label", "set", "symbol")
        examples = self._set(request)
        pixels = await self.handlers.pixels(request, given.get("symbol"))
        try:
            examples.add(given.get("label", ""), pixels)
        except Digits20Error as error:
            raise HTTPException(400, str(error)) from None
        return answer({"counts": examples.counts})

    async def example_undo(self, request: Request) -> Response:
        examples = self._set(request)
        examples.undo()
        return answer({"counts": examples.counts})

    def _set(self, request: Request) -> Examples:
        """Those of the query's `set`: own, or the hand of corrected drawings."""
        name = query(request, "label", "set", "symbol").get("set", "own")
        if name not in ("own", "hand"):
            raise HTTPException(400, "set: expected own or hand")
        return self.classroom.hand if name == "hand" else self.classroom.examples

    async def hand(self, request: Request) -> Response:
        query(request)
        examples = self.classroom.hand
        seen = [
            {"label": label, "seen": image_json(np.clip(pixels, 0, 1) * 255, examples.shape, np.uint8)}
            for label, pixels in examples.images[-MOST_READ:]
        ]
        return answer({"counts": examples.counts, "drawings": seen})

    async def examples_csv(self, request: Request) -> Response:
        query(request)
        return download(self.classroom.examples.csv().encode(), "text/csv", "examples.csv")

    async def _run(self, request: Request, function: Any, *args: Any, **kwargs: Any) -> Any:
        return await self.handlers.workers.run(request, function, *args, **kwargs)


def _whole(model: Model, costs: list[float]) -> Model:
    return model if model.costs else replace(model, costs=costs, scores={"cost": costs[-1]} if costs else {})


def _table(data: bytes) -> Digits:
    """The table of those bytes, in any form that `load` reads; labels of any kind where they are not digits."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table"
        path.write_bytes(data)
        try:
            try:
                return load(path, max_size=MOST_UNPACKED)
            except Digits20Error:
                return load(path, labels="any", max_size=MOST_UNPACKED)
        except Digits20Error as error:
            raise Digits20Error(str(error).replace(str(path), "table")) from None


async def _json_of(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except (ValueError, RecursionError):
        raise HTTPException(400, "the body: expected JSON") from None
