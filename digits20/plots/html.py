"""One self-contained HTML page about a model: scores, cost history, confusion matrix, mistakes, units, settings."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

import numpy as np

from ..data.dataset import Digits
from ..errors import percent, plural
from ..learning.evaluation import Evaluation
from ..learning.model import Model
from ..optim.solvers import MINI_BATCHES
from .canvas import describe, picture
from .images import plot_mistakes, worst_mistakes
from .results import plot_confusion, plot_costs
from .units import MOST_UNITS, plot_units

MISTAKES = 20
SHOWN_ABOVE = (
    "layers",
    "hidden",
    "activation",
    "output",
    "lambda",
    "deskew",
)  # settings that the network's own rows tell
# no scripts and no addresses: an untrusted model cannot make the page load anything
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --faint: #57606a; --paper: #fff; --line: #d0d7de; --tint: #f3f6f9 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ed; --faint: #a3adb8; --paper: #14181d; --line: #3a424c; --tint: #1e242b }
}
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 78rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line) }
p { margin: .5rem 0 }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; margin: 1.5rem 0 }
dl div { padding: .75rem 1rem; background: var(--tint); border-radius: .5rem }
dt { color: var(--faint); font-size: .875rem }
dd { margin: 0; font-size: 1.4rem; font-variant-numeric: tabular-nums; overflow-wrap: normal }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .3rem .8rem; text-align: right; border-bottom: 1px solid var(--line); overflow-wrap: normal }
.settings td { overflow-wrap: anywhere }
th:first-child, .settings th, .settings td { text-align: left }
th { font-weight: 600 }
figure { margin: 1rem 0 }
img { display: block; width: 100%; height: auto; padding: .5rem; border-radius: .5rem; background: #fff;
  border: 1px solid var(--line) }
@media (max-width: 30rem) { th, td { padding: .3rem .25rem; font-size: .8rem } }
@media (min-width: 70rem) {
  main { display: grid; grid-template-columns: 1fr 1fr; gap: 0 2.5rem }
  h1, main > p, main > dl { grid-column: 1 / -1 }
}
@media print {
  :root { color-scheme: light; --ink: #000; --faint: #444; --paper: #fff; --line: #bbb; --tint: #fff }
  @page { margin: 1.5cm }
  body { max-width: none; padding: 0; font-size: 10pt }
  main { display: block }
  figure, tr, dl div { break-inside: avoid }
  h2 { break-after: avoid; margin-top: 1.2rem }
  figure { max-width: 14cm !important }
  dl div { border: 1px solid var(--line) }
}
"""


def html_report(model: Model, digits: Digits, scores: Evaluation, model_name: str, data_name: str) -> str:
    """The page as text: the model and its `scores` on `digits`. All text from the model and the data is escaped.

    model_name, data_name: what the page calls the model and the images.
    """
    title = f"{describe(model)}: accuracy {percent(scores.accuracy)}"
    parts = [
        f"<h1>{escape(describe(model))}</h1>",
        f"<p>Model {escape(model_name)}, evaluated on {scores.images} images: {escape(data_name)}.</p>",
        _figures(model, scores),
        *_section("Scores", _table(scores)),
        *_section("Cost history", *_learning(model)),
        *_section("Confusion matrix", f"<p>{escape(_confusions(scores))}</p>", _confusion_matrix(scores)),
        *_section("Most confident mistakes", *_mistakes(model, digits)),
        *_section("First-layer weights", *_units(model)),
        *_section("Settings", _settings(model)),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )


def _section(heading: str, *content: str) -> Iterable[str]:
    name = heading.lower().replace(" ", "-")
    return (
        (f'<section aria-labelledby="{name}">', f'<h2 id="{name}">{heading}</h2>', *content, "</section>")
        if content
        else ()
    )


def _figures(model: Model, scores: Evaluation) -> str:
    named: dict[str, str] = {
        "accuracy": percent(scores.accuracy, 2),
        "macro F1": f"{scores.macro(scores.f1):.3f}",
        "weights": f"{model.network.size:,}",
    }
    for name in ("train", "validation", "test"):
        accuracy = model.scores.get(f"{name}_accuracy")
        if isinstance(accuracy, int | float):
            named[f"{name} accuracy, at training"] = percent(accuracy, 2)
    entries = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(figure)}</dd></div>" for name, figure in named.items())
    return f"<dl>{entries}</dl>"


def _table(scores: Evaluation) -> str:
    rows = [
        (label, f"{precision:.3f}", f"{recall:.3f}", f"{f1:.3f}", images)
        for label, precision, recall, f1, images in zip(
            scores.labels, scores.precision, scores.recall, scores.f1, scores.support, strict=True
        )
    ]
    means = [f"{scores.macro(each):.3f}" for each in (scores.precision, scores.recall, scores.f1)]
    return _rows(("label", "precision", "recall", "F1", "images"), [*rows, ("macro average", *means, scores.images)])


def _rows(head: Iterable[object], rows: Iterable[Iterable[object]], kind: str = "scores") -> str:
    """A table with row headings in its first column. kind: its CSS class and accessible name."""
    top = "".join(f'<th scope="col">{escape(str(cell))}</th>' for cell in head)
    body = []
    for name, *cells in rows:
        rest = "".join(f"<td>{escape(str(cell))}</td>" for cell in cells)
        body.append(f'<tr><th scope="row">{escape(str(name))}</th>{rest}</tr>')
    table = f'<table class="{kind}">\n<thead><tr>{top}</tr></thead>\n<tbody>\n' + "\n".join(body) + "\n</tbody></table>"
    return f'<div class="wide" tabindex="0" role="region" aria-label="table of {kind}">{table}</div>'


def _learning(model: Model) -> Iterable[str]:
    """Nothing for a model without a cost history, such as one of imported weights."""
    if not model.costs:
        return
    text = _fall(model)
    yield f"<p>{text}</p>"
    yield _picture(lambda ax: plot_costs(ax, model), (7, 4.2), 46, f"The cost by iteration. {text}")


def _fall(model: Model) -> str:
    """The fall of the cost; where batches, warps or early stopping make another one of the end, that too."""
    unit = "epoch" if model.settings.get("solver") in MINI_BATCHES else "iteration"
    first, last, final = (f"{cost:.4g}" for cost in (model.costs[0], model.costs[-1], model.scores.get("cost", np.nan)))
    text = f"The cost J(θ) fell from {first} to {last} in {plural(len(model.costs) - 1, unit)}"
    if final in ("nan", last):
        return f"{text}."
    return f"{text}, as measured while it learned; the final weights' cost J over the training images is {final}."


def _confusions(scores: Evaluation) -> str:
    """The most frequent mistakes in words."""
    mistakes = scores.confusion - np.diag(np.diag(scores.confusion))
    most = np.argsort(-mistakes, axis=None, kind="stable")[:3]
    pairs = [np.unravel_index(place, mistakes.shape) for place in most if mistakes.flat[place]]
    if not pairs:
        return f"All {scores.images} images are predicted correctly."
    told = [f"{scores.labels[true]} as {scores.labels[guess]} ({mistakes[true, guess]})" for true, guess in pairs]
    return f"{mistakes.sum()} of {scores.images} images are misclassified, most often {', '.join(told)}."


def _confusion_matrix(scores: Evaluation) -> str:
    side = 2.2 + 0.38 * min(max(8, len(scores.labels)), 40)
    alt = f"Confusion matrix, true labels in rows, predicted labels in columns. {_confusions(scores)}"
    return _picture(lambda ax: plot_confusion(ax, scores), (side, side + 0.3), 36, alt)


def _mistakes(model: Model, digits: Digits) -> Iterable[str]:
    worst = worst_mistakes(model, digits, MISTAKES)
    if not len(worst):
        yield "<p>None.</p>"
        return
    predicted = model.predict(digits.X[worst])
    told = [f"{digits.labels[digits.y[row]]} as {label}" for row, label in zip(worst, predicted, strict=True)]
    yield "<p>The wrong predictions with the highest confidence: predicted label, true label, confidence.</p>"
    size = (5.0, 0.9 + 1.32 * -(-len(worst) // 5))
    yield _picture(lambda ax: plot_mistakes(ax, model, digits, count=MISTAKES, columns=5), size, 34, "; ".join(told))


def _units(model: Model) -> Iterable[str]:
    units, patch = min(model.network.widths[1], MOST_UNITS), model.network.patch(model.image_shape)
    alt = f"The weights of {units} first-layer units, each as an image of {' by '.join(map(str, patch))}."
    yield "<p>Each unit's weights as an image: ink on red pixels raises its input, ink on blue pixels lowers it.</p>"
    yield _picture(lambda ax: plot_units(ax, model), (6, 6.5) if units > 5 else (6, 3), 38, alt)


def _settings(model: Model) -> str:
    rows: list[tuple[str, object]] = [
        ("layers", model.network.title),
        ("hidden activation", model.network.hidden),
        ("output activation", model.network.output),
        ("labels", " ".join(map(str, model.labels))),
        ("image size", " × ".join(map(str, model.image_shape))),
        ("preprocessing", ", ".join(model.preprocess) or "none"),
        ("lambda", f"{model.lam:g}"),
    ]
    others = {name: value for name, value in model.settings.items() if value is not None and name not in SHOWN_ABOVE}
    rows += [(name.replace("_", " "), _as_text(value)) for name, value in others.items()]
    return _rows(("setting", "value"), rows, "settings")


def _as_text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _picture(draw: Callable[[Any], object], size: tuple[float, float], widest: int, alt: str) -> str:
    """A <figure> with the plot as embedded PNG, at most `widest` rem wide."""
    data = base64.b64encode(picture(draw, size=size)).decode("ascii")
    return (
        f'<figure style="max-width: {widest}rem"><img src="data:image/png;base64,{data}" alt="{escape(alt)}"></figure>'
    )
