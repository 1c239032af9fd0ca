"""The table of the page's routes, which the server and its OpenAPI document both read."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..system.version import __version__

Schema = dict[str, Any]

NUMBER, INTEGER, TEXT = {"type": "number"}, {"type": "integer"}, {"type": "string"}
LABEL = {"type": ["integer", "number", "string"]}


@dataclass(frozen=True)
class Operation:
    """One HTTP method of one path.

    handler: the method of `app.Handlers` that answers. answer: the JSON schema of a successful answer; None for what
    the OpenAPI document leaves out. parameters: those of path and query. picture: whether the body is a picture;
    json: whether it is JSON or a table, sent as application/octet-stream.
    """

    method: str
    path: str
    handler: str
    summary: str = ""
    answer: Schema | None = None
    parameters: tuple[Schema, ...] = ()
    picture: bool = False
    json: bool = False


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties}


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _bytes(description: str) -> Schema:
    """An array as bytes, row by row, in base64."""
    return {"type": "string", "contentEncoding": "base64", "description": description}


def _parameter(name: str, where: str, schema: Schema, required: bool = True) -> Schema:
    return {"name": name, "in": where, "required": required, "schema": schema}


SEEN = _object(rows=INTEGER, columns=INTEGER, pixels=_bytes("uint8, ink 255 on paper 0"))
INDEX: Schema = {**INTEGER, "minimum": 0}
KNOWN: Schema = {
    "type": ["boolean", "null"],
    "description": "whether it is like what the model has learned; null where the model cannot tell",
}
OUTPUTS = {**_array(NUMBER), "description": "each output's own value; of sigmoids they need not make 1 together"}
ANSWER: Schema = {"label": LABEL, "confidence": NUMBER, "scores": _array(NUMBER), "outputs": OUTPUTS}
SYMBOL = _object(
    box={**_array(INTEGER), "description": "left, top, right, bottom in pixels of the picture"},
    label=LABEL,
    confidence=NUMBER,
    known=KNOWN,
)
SYMBOLS: Schema = {"known": KNOWN, "symbols": _array(SYMBOL)}
PREDICTIONS = _object(predictions=_array(_object(path=TEXT, error=TEXT, **ANSWER, **SYMBOLS)))
VIEW = _object(
    model=TEXT,
    **ANSWER,
    **SYMBOLS,
    reading={**LABEL, "description": "the label of all symbols: of several, their labels in a row"},
    labels=_array(LABEL),
    seen=SEEN,
    layers={**_array(_array(NUMBER)), "description": "the activations of each hidden layer"},
    saliency=_object(
        rows=INTEGER,
        columns=INTEGER,
        values=_bytes("int8 from -127 to 127"),
        scale={**NUMBER, "description": "change of the predicted label's logit per unit of ink that 127 stands for"},
    ),
)
MODEL = _object(
    name=TEXT,
    labels=_array(LABEL),
    image_shape=_array(INTEGER),
    preprocess=_array(TEXT),
    layer_sizes=_array(INTEGER),
    hidden=TEXT,
    output=TEXT,
    weights=INTEGER,
    lam=NUMBER,
    settings={"type": "object"},
    scores={"type": "object"},
    costs=_array(NUMBER),
)
UNITS = _object(
    count=INTEGER, rows=INTEGER, columns=INTEGER, pixels=_bytes("uint8, unit after unit, 128 for a weight of 0")
)
WHY = _object(
    model=TEXT,
    labels=_array(LABEL),
    output=TEXT,
    hidden=TEXT,
    layers=_array(INTEGER),
    seen=SEEN,
    maps={"type": "object", "description": "the first convolution's feature maps and weights, int8"},
    base={**_array(NUMBER), "description": "the outputs' sums without the units that are listed"},
    weights={**_array(_array(NUMBER)), "description": "of each output to each unit"},
    units=_array(
        _object(
            number=INTEGER, activation=NUMBER, bias=NUMBER, raised=NUMBER, lowered=NUMBER, pattern={"type": "object"}
        )
    ),
)
LESSON = _object(status=TEXT, number=INTEGER, undo=INTEGER)
COUNTS = _object(counts={"type": "object", "additionalProperties": INTEGER})
SYMBOL_NUMBER = _parameter(
    *("symbol", "query"),
    {
        **INDEX,
        "description": "which symbol, from 0, as /look has them; left out, the whole picture",
    },
    required=False,
)
SET = _parameter(
    *("set", "query"),
    {"enum": ["own", "hand"], "default": "own", "description": "of one's own labels, or corrected drawings of digits"},
    required=False,
)
KEPT = _object(
    kept={"type": ["integer", "null"], "description": "null without --collect"},
    file=TEXT,
    labels=_array(TEXT),
    undo={**INTEGER, "description": "how many can be taken back"},
)

OPERATIONS = (
    Operation("GET", "/", "index"),
    Operation("GET", "/static/{name}", "static"),
    Operation("GET", "/health", "health", "Whether the server runs", _object(status=TEXT, version=TEXT)),
    Operation("GET", "/openapi.json", "openapi"),
    Operation(
        *("POST", "/predict", "predict", "The prediction of one model, as `digits20 predict --json` gives it"),
        PREDICTIONS,
        (_parameter("model", "query", {**INDEX, "default": 0}, required=False),),
        picture=True,
    ),
    Operation(
        *("POST", "/look", "look", "Every model's prediction, the image that it received, its activations, saliency"),
        _object(models=_array(VIEW)),
        picture=True,
    ),
    Operation(
        *("POST", "/why", "why", "What each unit of the last hidden layer adds to each output"),
        WHY,
        (
            _parameter("model", "query", {**TEXT, "description": "its number, or course for the shipped 25 units"}),
            _parameter("off", "query", {**TEXT, "description": "feature maps to switch off: 0,7"}, required=False),
        ),
        picture=True,
    ),
    Operation(
        *("GET", "/models", "models", "The models, and the confidence below which the page is not sure"),
        _object(models=_array(MODEL), not_sure=NUMBER, version=TEXT),
    ),
    Operation(
        *("GET", "/models/{number}/units", "units", "The weights of the first layer's units as images, at most 512"),
        UNITS,
        (_parameter("number", "path", INDEX),),
    ),
    Operation("GET", "/models/{number}/page.html", "alone"),  # one file that needs no server
    Operation("GET", "/collect", "kept", "How many corrected digits were kept, and in which file", KEPT),
    Operation(
        *("POST", "/collect", "keep", "Keep the picture with its label; 404 without --collect"),
        _object(kept=INTEGER),
        (_parameter("label", "query", TEXT), SYMBOL_NUMBER),
        picture=True,
    ),
    Operation(
        *("DELETE", "/collect", "undo", "Take back the last digit of this session; 409 if there is none"),
        _object(kept=INTEGER, label=TEXT),
    ),
    Operation(
        *("GET", "/learn/events", "lesson_events", "The training as server-sent events; each holds the newest state"),
        parameters=(_parameter("page", "query", TEXT),),
    ),
    Operation(
        *("POST", "/learn/start", "lesson_start", "End the training that runs, if any, and begin another"),
        LESSON,
        json=True,
    ),
    Operation(
        *("POST", "/learn/do", "lesson_do", "go, pause, step, stop, undo; or keep: as a model of the page"),
        LESSON,
        (_parameter("what", "query", {"enum": ["go", "pause", "step", "stop", "undo", "keep"]}),),
        json=True,
    ),
    Operation(
        *("POST", "/learn/change", "lesson_change", "lam, learning_rate, momentum or delay of the training that runs"),
        LESSON,
        json=True,
    ),
    Operation(
        *("POST", "/learn/drawing", "lesson_drawing", "The drawing that each event answers, for that page's events"),
        LESSON,
        (_parameter("page", "query", TEXT),),
        picture=True,
    ),
    Operation(
        *("POST", "/learn/table", "lesson_table", "A table of images to train on, as `train --data` reads it"),
        _object(images=INTEGER, labels=_array(LABEL)),
        json=True,
    ),
    Operation("GET", "/learn/examples", "examples", "How many examples were drawn for each label", COUNTS, (SET,)),
    Operation(
        *("POST", "/learn/examples", "example", "Add the picture as an example of its label"),
        COUNTS,
        (_parameter("label", "query", TEXT), SYMBOL_NUMBER, SET),
        picture=True,
    ),
    Operation("DELETE", "/learn/examples", "example_undo", "Take back the last example", COUNTS, (SET,)),
    Operation(
        *("GET", "/learn/hand", "hand", "The drawings that were corrected, the last 60 as images"),
        _object(counts=COUNTS["properties"]["counts"], drawings=_array(_object(label=TEXT, seen=SEEN))),
    ),
    Operation("GET", "/learn/examples.csv", "examples_csv"),
    Operation("GET", "/learn/model.pkl", "lesson_model"),
)


def by_path() -> Iterator[tuple[str, list[Operation]]]:
    """Each path with its operations, in the order of the table."""
    for path, operations in itertools.groupby(OPERATIONS, lambda one: one.path):
        yield path, list(operations)


# the OpenAPI document

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
    responses = {"200": ("Done", answer), "default": ("Refused, with the reason", _object(error=TEXT))}
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
