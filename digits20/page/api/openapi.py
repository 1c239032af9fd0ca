"""The OpenAPI document of the page's routes."""

from __future__ import annotations

from ...system.version import __version__
from .routes import Operation, by_path
from .schemas import TEXT, Schema, object_of

PICTURE = {
    "required": True,
    "description": "A PNG, JPEG, WebP, BMP or GIF file of at most 5 MB with one digit; best for a drawing: a PNG of "
    "140x140 pixels, black ink on white paper, strokes about 10 pixels wide",
    "content": {
        kind: {"schema": {"type": "string", "format": "binary"}} for kind in ("image/*", "application/octet-stream")
    },
}


BYTES = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}


def document() -> Schema:
    """The OpenAPI 3.1 document of the JSON routes, which GET /openapi.json answers."""
    paths = {
        path: {one.method.lower(): _described(one, one.answer) for one in operations if one.answer}
        for path, operations in by_path()
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "digits20",
            "version": __version__,
            "description": "Predicts the digit that a picture shows. Every error is {error: one line}.",
        },
        "paths": {path: operations for path, operations in paths.items() if operations},
    }


def _described(operation: Operation, answer: Schema) -> Schema:
    responses = {"200": ("Done", answer), "default": ("Refused, with the reason", object_of(error=TEXT))}
    described: Schema = {
        "summary": operation.summary,
        "responses": {
            status: {"description": text, "content": {"application/json": {"schema": schema}}}
            for status, (text, schema) in responses.items()
        },
    }
    if operation.parameters:
        described["parameters"] = list(operation.parameters)
    body = PICTURE if operation.picture else BYTES if operation.json else None
    return described | ({"requestBody": body} if body else {})
