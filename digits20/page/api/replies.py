"""What handlers share: JSON answers that no cache keeps, and queries that hold nothing unexpected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, overload

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

NO_STORE = {"Cache-Control": "no-store"}


def query(request: Request, *names: str) -> Mapping[str, str]:
    """The query's parameters; raises HTTPException for any name but these, and for one given twice."""
    given = request.query_params
    strange = [name for name, _ in given.multi_items() if name not in names]
    if strange or len(given.multi_items()) > len(given):
        raise HTTPException(400, f"query: expected {' and '.join(names) or 'none'}, once")
    return given


def numbers(text: str) -> list[int]:
    """Whole numbers between commas."""
    found = text.split(",") if text else []
    if len(text) > 1000 or not all(one.isascii() and one.isdigit() and len(one) < 6 for one in found):
        raise HTTPException(400, "off: expected whole numbers, a comma between them")
    return [int(one) for one in found]


@overload
def whole(text: str, name: str, status: int = 400) -> int: ...
@overload
def whole(text: str | None, name: str, status: int = 400) -> int | None: ...
def whole(text: str | None, name: str, status: int = 400) -> int | None:
    """A whole number from 0, None for None; anything else is refused with `status`."""
    if text is not None and not (text.isascii() and text.isdigit() and len(text) < 9):
        raise HTTPException(status, f"{name}: expected a whole number")
    return None if text is None else int(text)


def answer(content: Any, status: int = 200) -> Response:
    return JSONResponse(content, status, headers=NO_STORE)


def download(data: bytes, kind: str, name: str) -> Response:
    """A file that the browser keeps under that name."""
    headers = {**NO_STORE, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=kind, headers=headers)
