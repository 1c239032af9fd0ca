"""What handlers share: JSON answers that no cache keeps, and queries that hold nothing unexpected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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


def answer(content: Any, status: int = 200) -> Response:
    return JSONResponse(content, status, headers=NO_STORE)


def download(data: bytes, kind: str, name: str) -> Response:
    """A file that the browser keeps under that name."""
    headers = {**NO_STORE, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=kind, headers=headers)
