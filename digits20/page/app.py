"""The page's server: answers each request of the table in `api.routes`.

Every answer but the static files is JSON; every error is {"error": one line} with its status: 400, 403 (foreign Host or
Origin), 404, 405, 408, 409, 411, 413, 415, 422 (unreadable picture), 431, 500, 501, 503, 505 or 507.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..data.convert import some_of
from ..errors import DataFileError, ImageError
from ..formats.alone import to_html
from ..page import answers
from ..persistence.model_file import load_model
from ..system.version import __version__
from .answers import Served
from .api.openapi import document
from .api.replies import NO_STORE, answer, download, numbers, query, whole
from .api.routes import Operation, by_path
from .collected import Collection
from .lessons.classroom import Classroom
from .lessons.learn import Lessons
from .why import why
from .workers import BusyError, VanishedError, Workers

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Page:
    """What the page serves. not_sure: the confidence, from 0 to 1, below which it says that it is not sure.

    collection: where corrected digits are kept, None to keep none. classroom: where the Learn tab trains, None for
    a page without.
    """

    models: Sequence[Served]
    not_sure: float = 0.5
    collection: Collection | None = None
    classroom: Classroom | None = None


def application(page: Page, workers: Workers) -> Starlette:
    """The routes as an ASGI application, without the guard around them."""
    handlers = Handlers(page, workers)
    answering = Starlette(
        routes=[_route(handlers, path, operations) for path, operations in by_path()],
        exception_handlers={HTTPException: _refused, BusyError: _busy, VanishedError: _gone, Exception: _failed},
    )
    answering.router.redirect_slashes = False  # 404 for what no route has
    return answering


def _route(handlers: Handlers, path: str, operations: Sequence[Operation]) -> Route:
    by_method: dict[str, Handler] = {one.method: _handler(handlers, one.handler) for one in operations}

    async def respond(request: Request) -> Response:
        return await by_method["GET" if request.method == "HEAD" else request.method](request)

    return Route(path, respond, methods=list(by_method))


def _handler(handlers: Handlers, name: str) -> Handler:
    owner = handlers if hasattr(handlers, name) else handlers.lessons
    return cast(Handler, getattr(owner, name, _no_lessons))


async def _no_lessons(request: Request) -> Response:
    raise HTTPException(404, "this page does not train")


class Handlers:
    """A method for each operation of `api.routes.OPERATIONS`."""

    def __init__(self, page: Page, workers: Workers) -> None:
        self.page, self.workers = page, workers
        self.files = static_files()
        self.served = list(page.models)
        self.course: Served | None = None  # once it is asked for
        self.lessons = Lessons(self, page.classroom) if page.classroom else None

    # files

    async def index(self, request: Request) -> Response:
        return self._file("index.html")

    async def static(self, request: Request) -> Response:
        return self._file(request.path_params["name"])

    def _file(self, name: str) -> Response:
        if name not in self.files:
            raise HTTPException(404, "no such file")
        content, kind = self.files[name]
        return Response(content, media_type=kind, headers={"Cache-Control": "no-cache"})

    # models

    async def health(self, request: Request) -> Response:
        return answer({"status": "ok", "version": __version__})

    async def openapi(self, request: Request) -> Response:
        return answer(document())

    async def models(self, request: Request) -> Response:
        given = len(self.page.models)
        cards = [answers.card(one) | {"kept": place >= given} for place, one in enumerate(self.served)]
        return answer({"models": cards, "not_sure": self.page.not_sure, "version": __version__})

    async def units(self, request: Request) -> Response:
        model = self._model(request.path_params["number"], 404)
        return answer(await self.workers.run(request, answers.units, model.model))

    async def alone(self, request: Request) -> Response:
        model = self._model(request.path_params["number"], 404).model
        page = await self.workers.run(request, to_html, model)
        return download(page, "text/html", "digits20.html")

    def _model(self, number: str, status: int = 400) -> Served:
        """The model of that number; a text that is no number is refused with `status`."""
        place = whole(number, "model", status)
        if place >= len(self.served):
            raise HTTPException(404, f"no model {number}; it may have been removed")
        return self.served[place]

    # pictures

    async def predict(self, request: Request) -> Response:
        model = self._model(query(request, "model").get("model", "0")).model
        predicted = await self.workers.run(request, answers.predictions, await request.body(), model)
        return answer(predicted, 422 if "error" in predicted["predictions"][0] else 200)

    async def look(self, request: Request) -> Response:
        symbol = whole(query(request, "symbol").get("symbol"), "symbol")
        try:
            return answer(await self.workers.run(request, answers.look, await request.body(), self.served, symbol))
        except ImageError as error:
            raise HTTPException(422, str(error)) from None

    async def why(self, request: Request) -> Response:
        given = query(request, "model", "off", "symbol")
        number, off = given.get("model", "course"), numbers(given.get("off", ""))
        symbol, reader = whole(given.get("symbol"), "symbol"), self.served[0].model
        try:
            model = await self.workers.run(request, self._course) if number == "course" else self._model(number)
            return answer(await self.workers.run(request, why, await request.body(), model, off, symbol, reader))
        except ImageError as error:
            raise HTTPException(422, str(error)) from None

    def _course(self) -> Served:
        if self.course is None:
            self.course = Served("course", load_model("course"))
        return self.course

    # the user's own digits

    async def kept(self, request: Request) -> Response:
        kept = self.page.collection
        if kept is None:
            return answer({"kept": None})
        return answer({"kept": kept.count, "file": kept.name, "labels": list(kept.cells), "undo": kept.session})

    async def keep(self, request: Request) -> Response:
        kept = self._collection()
        given = query(request, "label", "symbol")
        label, symbol = given.get("label"), given.get("symbol")
        if label not in kept.cells:
            raise HTTPException(400, f"label: expected one of {some_of(list(kept.cells))}")
        pixels = await self.pixels(request, symbol)
        try:
            return answer({"kept": await self.workers.run(request, kept.keep, pixels, label)})
        except DataFileError as error:
            raise HTTPException(507, str(error)) from None

    async def undo(self, request: Request) -> Response:
        kept = self._collection()
        query(request)
        try:
            count, label = await self.workers.run(request, kept.undo)
        except LookupError:
            raise HTTPException(409, "no digit of this session to take back") from None
        except DataFileError as error:
            raise HTTPException(409, str(error)) from None
        return answer({"kept": count, "label": label})

    async def pixels(self, request: Request, symbol: str | None = None) -> Any:
        """Of the picture in the body, as the first model reads it; see `answers.chosen_pixels`."""
        model, image = self.served[0].model, await request.body()
        try:
            return await self.workers.run(request, answers.chosen_pixels, image, model, symbol)
        except ImageError as error:
            raise HTTPException(422, str(error)) from None
        except LookupError as error:
            raise HTTPException(400, str(error.args[0])) from None

    def _collection(self) -> Collection:
        if self.page.collection is None:
            raise HTTPException(404, "no digits are kept: start the page with --collect FILE")
        return self.page.collection


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    text = error.detail.lower() if error.detail in ("Not Found", "Method Not Allowed") else error.detail
    return JSONResponse({"error": text}, error.status_code, headers={**NO_STORE, **(error.headers or {})})


async def _busy(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "too many requests at once"}, 503, headers={**NO_STORE, "Retry-After": "1"})


async def _gone(request: Request, error: Exception) -> Response:
    return Response(status_code=408)  # the client has gone


async def _failed(request: Request, error: Exception) -> Response:
    return answer({"error": "the server failed"}, 500)


def static_files() -> dict[str, tuple[bytes, str]]:
    """{name: (content, media type)} of the files in static/."""
    folder = resources.files(__package__) / "static"
    return {
        file.name: (file.read_bytes(), KINDS[file.name.rpartition(".")[2]])
        for file in (folder.iterdir() if folder.is_dir() else ())
        if file.name.rpartition(".")[2] in KINDS
    }


KINDS = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
    "png": "image/png",
    "ico": "image/x-icon",
    "webmanifest": "application/manifest+json",
}
