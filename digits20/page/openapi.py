"""The page's JSON routes as an OpenAPI 3.1 document, for programs that want to ask it."""

from __future__ import annotations

from typing import Any

from ..system.version import __version__

Schema = dict[str, Any]

NUMBER, WHOLE, TEXT = {"type": "number"}, {"type": "integer"}, {"type": "string"}
LABEL = {"type": ["integer", "number", "string"]}
BASE64 = {"type": "string", "contentEncoding": "base64"}


def document() -> Schema:
    """What GET /openapi.json answers."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "digits20",
            "version": __version__,
            "description": "Names what a picture of one digit shows. Every error is {error: one line}.",
        },
        "paths": {
            "/health": {"get": _operation("Whether it is there", _object(status=TEXT, version=TEXT))},
            "/predict": {
                "post": {
                    **_operation("The answer of one model, as `digits20 predict --json` gives it", _PREDICTIONS),
                    "parameters": [_parameter("model", "query", {**WHOLE, "minimum": 0, "default": 0})],
                    "requestBody": _PICTURE,
                }
            },
            "/look": {
                "post": {
                    **_operation("What every model answers, saw and did", _object(models=_array(_VIEW))),
                    "requestBody": _PICTURE,
                }
            },
            "/models": {"get": _operation("The models and the page's settings", _MODELS)},
            "/models/{number}/units": {
                "get": {
                    **_operation("The weights of the first layer's units as images, 128 for 0", _UNITS),
                    "parameters": [_parameter("number", "path", {**WHOLE, "minimum": 0})],
                }
            },
            "/collect": {
                "get": _operation("How many digits were kept", _KEPT),
                "post": {
                    **_operation("Keep the picture with its label", _object(kept=WHOLE)),
                    "parameters": [_parameter("label", "query", TEXT, required=True)],
                    "requestBody": _PICTURE,
                },
                "delete": _operation("Take back the last one of this session", _object(kept=WHOLE, label=TEXT)),
            },
        },
    }


def _operation(summary: str, answer: Schema) -> Schema:
    return {
        "summary": summary,
        "responses": {
            "200": {"description": "Done", "content": {"application/json": {"schema": answer}}},
            "default": {
                "description": "Refused, with the reason",
                "content": {"application/json": {"schema": _object(error=TEXT)}},
            },
        },
    }


def _parameter(name: str, where: str, schema: Schema, required: bool = False) -> Schema:
    return {"name": name, "in": where, "required": required or where == "path", "schema": schema}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties}


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_PICTURE = {
    "required": True,
    "description": "A PNG, JPEG, WebP, BMP or GIF file of at most 5 MB, one digit on it",
    "content": {
        kind: {"schema": {"type": "string", "format": "binary"}} for kind in ("image/*", "application/octet-stream")
    },
}
_ANSWER: Schema = {"label": LABEL, "confidence": NUMBER, "scores": _array(NUMBER)}
_PREDICTIONS = _object(predictions=_array(_object(path=TEXT, error=TEXT, **_ANSWER)))
_VIEW = _object(
    model=TEXT,
    **_ANSWER,
    labels=_array(LABEL),
    seen=_object(rows=WHOLE, columns=WHOLE, pixels=BASE64),
    layers=_array(_array(NUMBER)),
    saliency=_object(rows=WHOLE, columns=WHOLE, values=BASE64, scale=NUMBER),
)
_MODELS = _object(
    models=_array(
        _object(
            name=TEXT,
            labels=_array(LABEL),
            image_shape=_array(WHOLE),
            preprocess=_array(TEXT),
            layer_sizes=_array(WHOLE),
            hidden=TEXT,
            output=TEXT,
            weights=WHOLE,
            lam=NUMBER,
            settings={"type": "object"},
            scores={"type": "object"},
            costs=_array(NUMBER),
        )
    ),
    not_sure=NUMBER,
    version=TEXT,
)
_UNITS = _object(count=WHOLE, rows=WHOLE, columns=WHOLE, pixels=BASE64)
_KEPT = _object(kept={"type": ["integer", "null"]}, file=TEXT, labels=_array(TEXT), undo=WHOLE)
