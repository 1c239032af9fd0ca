"""The table of the page's routes, which the server and its OpenAPI document both read."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from .schemas import (
    ABOUT,
    COUNTS,
    INDEX,
    INTEGER,
    KEPT,
    LABEL,
    LESSON,
    MODEL,
    NUMBER,
    PREDICTIONS,
    SEEN,
    SET,
    SYMBOL_NUMBER,
    TEXT,
    UNITS,
    VIEW,
    WHY,
    Schema,
    array_of,
    object_of,
    parameter,
)


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


OPERATIONS = (
    Operation("GET", "/", "index"),
    Operation("GET", "/static/{name}", "static"),
    Operation("GET", "/health", "health", "Whether the server runs", object_of(status=TEXT, version=TEXT)),
    Operation("GET", "/openapi.json", "openapi"),
    Operation(
        *("POST", "/predict", "predict", "The prediction of one model, as `digits20 predict --json` gives it"),
        PREDICTIONS,
        (parameter("model", "query", {**INDEX, "default": 0}, required=False),),
        picture=True,
    ),
    Operation(
        *("POST", "/look", "look", "Every model's prediction, the image that it received, its activations, saliency"),
        object_of(models=array_of(VIEW)),
        (ABOUT,),
        picture=True,
    ),
    Operation(
        *("POST", "/why", "why", "What each unit of the last hidden layer adds to each output"),
        WHY,
        (
            parameter("model", "query", {**TEXT, "description": "its number, or course for the shipped 25 units"}),
            parameter("off", "query", {**TEXT, "description": "feature maps to switch off: 0,7"}, required=False),
            ABOUT,
        ),
        picture=True,
    ),
    Operation(
        *("GET", "/models", "models", "The models, and the confidence below which the page is not sure"),
        object_of(models=array_of(MODEL), not_sure=NUMBER, version=TEXT),
    ),
    Operation(
        *("GET", "/models/{number}/units", "units", "The weights of the first layer's units as images, at most 512"),
        UNITS,
        (parameter("number", "path", INDEX),),
    ),
    Operation(
        *("DELETE", "/models/kept", "kept_remove", "Remove a model that was learned and kept on the page"),
        object_of(removed=TEXT),
        (parameter("name", "query", TEXT),),
    ),
    Operation("GET", "/models/{number}/page.html", "alone"),  # one file that needs no server
    Operation("GET", "/collect", "kept", "How many corrected digits were kept, and in which file", KEPT),
    Operation(
        *("POST", "/collect", "keep", "Keep the picture with its label; 404 without --collect"),
        object_of(kept=INTEGER),
        (parameter("label", "query", TEXT), SYMBOL_NUMBER),
        picture=True,
    ),
    Operation(
        *("DELETE", "/collect", "undo", "Take back the last digit of this session; 409 if there is none"),
        object_of(kept=INTEGER, label=TEXT),
    ),
    Operation(
        *("GET", "/learn/events", "lesson_events", "The training as server-sent events; each holds the newest state"),
        parameters=(parameter("page", "query", TEXT),),
    ),
    Operation(
        *("POST", "/learn/start", "lesson_start", "End the training that runs, if any, and begin another"),
        LESSON,
        json=True,
    ),
    Operation(
        *("POST", "/learn/do", "lesson_do", "go, pause, step, stop, undo; or keep: as a model of the page"),
        LESSON,
        (parameter("what", "query", {"enum": ["go", "pause", "step", "stop", "undo", "keep"]}),),
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
        (parameter("page", "query", TEXT),),
        picture=True,
    ),
    Operation(
        *("POST", "/learn/table", "lesson_table", "A table of images to train on, as `train --data` reads it"),
        object_of(images=INTEGER, labels=array_of(LABEL)),
        json=True,
    ),
    Operation("GET", "/learn/examples", "examples", "How many examples were drawn for each label", COUNTS, (SET,)),
    Operation(
        *("POST", "/learn/examples", "example", "Add the picture as an example of its label"),
        COUNTS,
        (parameter("label", "query", TEXT), SYMBOL_NUMBER, SET),
        picture=True,
    ),
    Operation("DELETE", "/learn/examples", "example_undo", "Take back the last example", COUNTS, (SET,)),
    Operation(
        *("GET", "/learn/hand", "hand", "The drawings that were corrected, the last 60 as images"),
        object_of(counts=COUNTS["properties"]["counts"], drawings=array_of(object_of(label=TEXT, seen=SEEN))),
    ),
    Operation("GET", "/learn/examples.csv", "examples_csv"),
    Operation("GET", "/learn/model.pkl", "lesson_model"),
)


def by_path() -> Iterator[tuple[str, list[Operation]]]:
    """Each path with its operations, in the order of the table."""
    for path, operations in itertools.groupby(OPERATIONS, lambda one: one.path):
        yield path, list(operations)
