"""How `predict` tells its answers: a line of text each, or a CSV table that a spreadsheet opens without harm."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from typing import Any

from ..data.dataset import DIGITS
from ..data.readers.text.csv_cells import number
from ..errors import percent, shown
from ..learning.model import Model

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # begins what spreadsheets take for one


def said(answer: dict[str, Any], model: Model) -> str:
    """`7    98.1 %`, or for what is like nothing that was learned `not a digit? (7, 61.0 %)`."""
    sure = percent(answer["confidence"])
    if answer["known"] is not False:
        return f"{answer['label']}  {sure:>8}"
    what = "digit" if model.labels == DIGITS else "known label"
    several = len(answer.get("symbols", ())) > 1
    asked = f"not all {what}s" if several else f"not a {what}"
    return f"{asked}? ({_marked(answer) if several else answer['label']}, {sure})"


def _marked(answer: dict[str, Any]) -> str:
    """The label of several symbols, with "?" behind each that is unknown."""
    rest, text = str(answer["label"]), ""
    for one in answer["symbols"]:
        before, _, rest = rest.partition(str(one["label"]))
        text += f"{before}{one['label']}{'?' if one['known'] is False else ''}"
    return text


def name_width(names: Sequence[str], label: int) -> int:
    """Columns for the names: as many as the longest needs, but on a terminal no more than fit beside the answer."""
    longest = max(len(shown(name)) for name in names)
    if not sys.stdout.isatty():
        return longest
    return max(8, min(longest, shutil.get_terminal_size().columns - label - len("  not a digit? (, > 99.9 %)")))


def shortened(name: str, width: int) -> str:
    """The name, or its end: that is where the names in a folder differ."""
    return name if len(name) <= width else "…" + name[1 - width :]


def table(predictions: Sequence[dict[str, Any]]) -> str:
    """The predictions as a CSV table: a picture that could not be read has no label, a doubted one `known` false."""
    lines = ["path,label,confidence,known\n"]
    for one in predictions:
        sure, known = one.get("confidence"), one.get("known")
        figures = ["" if sure is None else f"{sure:.4f}", "" if known is None else str(known).lower()]
        lines.append(",".join([cell(one["path"]), cell(one.get("label", "")), *figures]) + "\n")
    return "".join(lines)


def cell(label: object) -> str:
    """The label as a CSV cell, quoted where necessary; what a spreadsheet would run gets an apostrophe before it."""
    text = str(label)
    if text.startswith(FORMULA) and number(text) is None:
        text = "'" + text
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\r\n') else text
