"""The JSON schemas of what the page's routes answer, and of their parameters."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

NUMBER, INTEGER, TEXT = {"type": "number"}, {"type": "integer"}, {"type": "string"}
LABEL = {"type": ["integer", "number", "string"]}


def object_of(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties}


def array_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def bytes_as(description: str) -> Schema:
    """An array as bytes, row by row, in base64."""
    return {"type": "string", "contentEncoding": "base64", "description": description}


def parameter(name: str, where: str, schema: Schema, required: bool = True) -> Schema:
    return {"name": name, "in": where, "required": required, "schema": schema}


SEEN = object_of(rows=INTEGER, columns=INTEGER, pixels=bytes_as("uint8, ink 255 on paper 0"))
INDEX: Schema = {**INTEGER, "minimum": 0}
KNOWN: Schema = {
    "type": ["boolean", "null"],
    "description": "whether it is like what the model has learned; null where the model cannot tell",
}
OUTPUTS = {**array_of(NUMBER), "description": "each output's own value; of sigmoids they need not make 1 together"}
ANSWER: Schema = {"label": LABEL, "confidence": NUMBER, "scores": array_of(NUMBER), "outputs": OUTPUTS}
SYMBOL = object_of(
    box={**array_of(INTEGER), "description": "left, top, right, bottom in pixels of the picture"},
    label=LABEL,
    confidence=NUMBER,
    known=KNOWN,
)
EXPLAINED: Schema = {**INDEX, "description": "which of the symbols all else is about"}
SYMBOLS: Schema = {"known": KNOWN, "symbols": array_of(SYMBOL)}
PREDICTIONS = object_of(predictions=array_of(object_of(path=TEXT, error=TEXT, **ANSWER, **SYMBOLS)))
VIEW = object_of(
    model=TEXT,
    **ANSWER,
    **SYMBOLS,
    explained=EXPLAINED,
    reading={**LABEL, "description": "the label of all symbols: of several, their labels in a row"},
    labels=array_of(LABEL),
    seen=SEEN,
    layers={**array_of(array_of(NUMBER)), "description": "the activations of each hidden layer"},
    saliency=object_of(
        rows=INTEGER,
        columns=INTEGER,
        values=bytes_as("int8 from -127 to 127"),
        scale={**NUMBER, "description": "change of the predicted label's logit per unit of ink that 127 stands for"},
    ),
)
MODEL = object_of(
    name=TEXT,
    labels=array_of(LABEL),
    image_shape=array_of(INTEGER),
    preprocess=array_of(TEXT),
    layer_sizes=array_of(INTEGER),
    hidden=TEXT,
    output=TEXT,
    weights=INTEGER,
    lam=NUMBER,
    settings={"type": "object"},
    scores={"type": "object"},
    costs=array_of(NUMBER),
    kept={"type": "boolean", "description": "whether it was learned on the page, and can be removed"},
)
UNITS = object_of(
    count=INTEGER, rows=INTEGER, columns=INTEGER, pixels=bytes_as("uint8, unit after unit, 128 for a weight of 0")
)
WHY = object_of(
    model=TEXT,
    symbols={**array_of(SYMBOL), "description": "as the first model reads them"},
    explained=EXPLAINED,
    labels=array_of(LABEL),
    output=TEXT,
    hidden=TEXT,
    layers=array_of(INTEGER),
    seen=SEEN,
    maps={"type": "object", "description": "the first convolution's feature maps and weights, int8"},
    base={**array_of(NUMBER), "description": "the outputs' sums without the units that are listed"},
    weights={**array_of(array_of(NUMBER)), "description": "of each output to each unit"},
    units=array_of(
        object_of(
            number=INTEGER, activation=NUMBER, bias=NUMBER, raised=NUMBER, lowered=NUMBER, pattern={"type": "object"}
        )
    ),
)
LESSON = object_of(
    status=TEXT, number=INTEGER, undo=INTEGER, kept={**TEXT, "description": "the name under which it was kept"}
)
COUNTS = object_of(counts={"type": "object", "additionalProperties": INTEGER})
SYMBOL_NUMBER = parameter(
    *("symbol", "query"),
    {
        **INDEX,
        "description": "which symbol, from 0, as /look has them; left out, the whole picture",
    },
    required=False,
)
ABOUT = parameter(
    *("symbol", "query"),
    {**INDEX, "description": "which symbol to explain, from 0, as the first model reads them; left out, the largest"},
    required=False,
)
SET = parameter(
    *("set", "query"),
    {"enum": ["own", "hand"], "default": "own", "description": "of one's own labels, or corrected drawings of digits"},
    required=False,
)
KEPT = object_of(
    kept={"type": ["integer", "null"], "description": "null without --collect"},
    file=TEXT,
    labels=array_of(TEXT),
    undo={**INTEGER, "description": "how many can be taken back"},
)
