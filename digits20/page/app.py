"""The page's routes: what is asked for over HTTP, and what comes back.

Every answer but the static files is JSON; every error is {"error": one line} with its status. A picture is the body of
the request, with a Content-Type of image/* or application/octet-stream, or none. Best for a drawing: a grey or RGB
PNG of 140x140 pixels, black ink on white paper, strokes about 10 wide. base64 of bytes is standard, with padding.

    GET    /                    the page
    GET    /static/NAME         its scripts, styles and pictures, by a table made at the start
    GET    /health              {"status": "ok", "version"}
    GET    /openapi.json        these routes, for programs
    POST   /predict[?model=N]   what `digits20 predict --json` prints: {"predictions": [{"path", "label", "confidence",
                                "scores"}]}; an unreadable picture is status 422 and [{"path", "error"}]
    POST   /look                every model's view: {"models": [{"model", "label", "confidence", "scores", "labels",
                                "seen": {"rows", "columns", "pixels": base64 of uint8, ink 255},
                                "layers": [the activations of each hidden layer],
                                "saliency": {"rows", "columns", "values": base64 of int8 from -127 to 127, "scale":
                                change of the winner's logit per unit of ink that 127 stands for}}]};
                                422 and {"error"} for an unreadable picture
    GET    /models              {"models": [{"name", "labels", "image_shape", "preprocess", "layer_sizes", "hidden",
                                "output", "weights", "lam", "settings", "scores", "costs"}], "not_sure": F, "version"}
    GET    /models/N/units      the weights of the first layer's units, at most 512: {"count", "rows", "columns",
                                "pixels": base64 of count*rows*columns uint8, unit after unit, 128 for 0}
    GET    /collect             {"kept": count, "file": its name, "labels": [as text], "undo": how many can be taken
                                back}; {"kept": null} without --collect
    POST   /collect?label=L     keeps the picture in the file: {"kept": count}; 404 without --collect
    DELETE /collect             takes back the last of this session: {"kept": count, "label": L}; 409 where none is

Errors: 400, 403 (foreign Host or Origin), 404, 405, 408, 409, 411, 413, 415, 422, 431, 500, 501, 503, 505, 507.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..errors import DataFileError, ImageError
from ..images.photo import read_photo
from ..page import answers
from ..system.version import __version__
from .answers import Served
from .collected import Collection
from .openapi import document
from .workers import BusyError, VanishedError, Workers

NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class Page:
    """What the page serves. not_sure: the confidence below which it does not commit itself."""

    models: Sequence[Served]
    not_sure: float = 0.5
    collection: Collection | None = None


def application(page: Page, workers: Workers) -> Starlette:
    """The routes above, without the guard around them."""
    routes = _Routes(page, workers)
    return Starlette(
        routes=[
            Route("/", routes.index),
            Route("/static/{name}", routes.static),
            Route("/health", routes.health),
            Route("/openapi.json", routes.openapi),
            Route("/predict", routes.predict, methods=["POST"]),
            Route("/look", routes.look, methods=["POST"]),
            Route("/models", routes.models),
            Route("/models/{number:int}/units", routes.units),
            Route("/collect", routes.collection, methods=["GET", "POST", "DELETE"]),
        ],
        exception_handlers={HTTPException: _refused, BusyError: _busy, VanishedError: _gone, Exception: _failed},
    )


class _Routes:
    def __init__(self, page: Page, workers: Workers) -> None:
        self.page, self.workers = page, workers
        self.files = static_files()
        self.cards = {
            "models": [answers.card(one) for one in page.models],
            "not_sure": page.not_sure,
            "version": __version__,
        }

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

    # facts

    async def health(self, request: Request) -> Response:
        return _json({"status": "ok", "version": __version__})

    async def openapi(self, request: Request) -> Response:
        return _json(document())

    async def models(self, request: Request) -> Response:
        return _json(self.cards)

    async def units(self, request: Request) -> Response:
        model = self._model(request.path_params["number"])
        return _json(await self.workers.run(request, answers.units, model.model))

    def _model(self, number: int) -> Served:
        if not 0 <= number < len(self.page.models):
            raise HTTPException(404, f"no model {number}")
        return self.page.models[number]

    # pictures

    async def predict(self, request: Request) -> Response:
        query = _query(request, "model")
        number = query.get("model", "0")
        if not (number.isascii() and number.isdigit() and len(number) < 9):
            raise HTTPException(400, "model: expected a whole number")
        model = self._model(int(number)).model
        answer = await self.workers.run(request, answers.predictions, await request.body(), model)
        return _json(answer, 422 if "error" in answer["predictions"][0] else 200)

    async def look(self, request: Request) -> Response:
        _query(request)
        try:
            return _json(await self.workers.run(request, answers.look, await request.body(), self.page.models))
        except ImageError as error:
            raise HTTPException(422, str(error)) from None

    # one's own digits

    async def collection(self, request: Request) -> Response:
        act = {"POST": self._keep, "DELETE": self._undo}.get(request.method, self._kept)
        return await act(request)

    async def _kept(self, request: Request) -> Response:
        kept = self.page.collection
        if kept is None:
            return _json({"kept": None})
        return _json({"kept": kept.count, "file": kept.name, "labels": list(kept.cells), "undo": kept.session})

    async def _keep(self, request: Request) -> Response:
        kept = self._collection()
        label = _query(request, "label").get("label")
        if label not in kept.cells:
            raise HTTPException(400, f"label: expected one of {', '.join(kept.cells)}")
        image, shape = await request.body(), self.page.models[0].model.image_shape
        try:
            return _json({"kept": await self.workers.run(request, _read_and_keep, kept, image, shape, label)})
        except ImageError as error:
            raise HTTPException(422, str(error)) from None
        except DataFileError as error:
            raise HTTPException(507, str(error)) from None

    async def _undo(self, request: Request) -> Response:
        kept = self._collection()
        _query(request)
        try:
            count, label = await self.workers.run(request, kept.undo)
        except LookupError:
            raise HTTPException(409, "nothing kept in this session to take back") from None
        except DataFileError as error:
            raise HTTPException(409, str(error)) from None
        return _json({"kept": count, "label": label})

    def _collection(self) -> Collection:
        if self.page.collection is None:
            raise HTTPException(404, "nothing is kept: start the page with --collect FILE")
        return self.page.collection


def _read_and_keep(collection: Collection, image: bytes, shape: tuple[int, int], label: str) -> int:
    return collection.keep(read_photo(image, shape, name=answers.NAME).pixels, label)


def _query(request: Request, *names: str) -> Mapping[str, str]:
    """The query's parameters; raises HTTPException for any other, and for one given twice."""
    given = request.query_params
    strange = [name for name, _ in given.multi_items() if name not in names]
    if strange or len(given.multi_items()) > len(given):
        raise HTTPException(400, f"query: expected {' and '.join(names) or 'none'}, once")
    return given


def _json(content: Any, status: int = 200) -> Response:
    return JSONResponse(content, status, headers=NO_STORE)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    text = error.detail.lower() if error.detail in ("Not Found", "Method Not Allowed") else error.detail
    return JSONResponse({"error": text}, error.status_code, headers={**NO_STORE, **(error.headers or {})})


async def _busy(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "too many requests at once"}, 503, headers={**NO_STORE, "Retry-After": "1"})


async def _gone(request: Request, error: Exception) -> Response:
    return Response(status_code=408)  # nobody will read it


async def _failed(request: Request, error: Exception) -> Response:
    return _json({"error": "the server failed"}, 500)


def static_files() -> dict[str, tuple[bytes, str]]:
    """Content and type of the files of static/, by name."""
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
