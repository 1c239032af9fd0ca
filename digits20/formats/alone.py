"""A model as one web page that draws, answers and explains without a server: the page's own files, put into one."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from importlib import resources
from typing import Any

import numpy as np

from ..errors import Digits20Error
from ..learning.model import Model
from ..nn.layers.text import layer_dict
from ..types import Array
from .bundle import bundle

NOT_SURE = 0.5  # confidence below which the page says so, until it is told another
MOST = 1e38  # of a weight: float32 goes to 3e38
SERVED = re.compile(r"[ ]*<!-- served -->.*?<!-- /served -->\n?", re.DOTALL)  # what needs the server
ALONE = re.compile(r"<!-- alone (.*?) -->", re.DOTALL)  # what stands there instead
SHEET = re.compile(r'[ ]*<link rel="stylesheet" href="/static/([\w.]+)">\n')
SCRIPT = re.compile(r'[ ]*<script type="module" src="/static/app.js"></script>\n')


def to_html(model: Model) -> bytes:
    """One HTML file for any browser of today, with the model in it; it asks no server and no other file for anything.

    The weights are float32 without the last of their four bytes, which changes scores by some 1e-5. Raises
    Digits20Error for weights beyond float32.
    """
    package = resources.files(__package__.partition(".")[0])
    served, own = package / "page" / "static", package / "formats" / "alone"
    page = (served / "index.html").read_text(encoding="utf-8")
    page = ALONE.sub(r"\1", SERVED.sub("", page))
    style = "".join((served / name).read_text(encoding="utf-8") for name in SHEET.findall(page))
    modules = {
        file.name.removesuffix(".js"): file.read_text(encoding="utf-8")
        for folder in (served, own, own / "images")
        for file in folder.iterdir()
        if file.name.endswith(".js")
    }
    script = "\n" + bundle(modules, "main")
    head = (
        f'  <meta http-equiv="Content-Security-Policy" content="{html.escape(_policy(style, script))}">\n'
        f"  <style>{style}</style>\n"
        f'  <script type="application/json" id="model-of-this-page">{_json(_told(model))}</script>\n'
        f'  <script type="module">{script}</script>\n'
    )
    page = SHEET.sub("", page)
    return SCRIPT.sub(lambda _: head, page).encode()


def _policy(style: str, script: str) -> str:
    """A content security policy: this style and this script, pictures and a manifest within the page, nothing else."""
    hashes = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script))
    of_style, of_script = (f"'sha256-{one}'" for one in hashes)
    rest = "img-src data:; manifest-src data:; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; style-src {of_style}; script-src {of_script}; {rest}"


def _json(told: dict[str, Any]) -> str:
    """JSON that no text in it can end the script element with."""
    return json.dumps(told, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def _told(model: Model) -> dict[str, Any]:
    """What the page's script needs to know of the model."""
    network, confidence = model.network, model.confidence
    return {
        "name": network.title,
        "labels": list(model.labels),
        "image_shape": list(model.image_shape),
        "preprocess": list(model.preprocess),
        "inputs": list(network.inputs),
        "layers": [{"groups": 1, **layer_dict(layer)} for layer in network.layers],
        "hidden": network.hidden,
        "output": network.output,
        "widths": list(network.widths),
        "patch": list(network.patch(model.image_shape)),
        "not_sure": NOT_SURE,
        "thetas": [_numbers(Theta) for Theta in model.Thetas],
        "confidence": confidence
        and {
            "temperature": confidence.temperature,
            "layer": confidence.layer,
            "centres": _numbers(confidence.centres),
            "directions": _numbers(confidence.directions),
            "margin": confidence.margin,
            "threshold": confidence.threshold(),
        },
    }


def _numbers(array: Array) -> str:
    """The numbers as float32, rounded to their first three bytes, in base64."""
    if np.abs(array).max(initial=0) > MOST:
        raise Digits20Error("weights beyond float32, which a page cannot hold")
    bits = np.ascontiguousarray(array, "<f4").ravel().view("<u4")
    return base64.b64encode((bits + 0x80).view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()).decode()
