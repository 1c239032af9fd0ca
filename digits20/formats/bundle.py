"""JavaScript modules to one script, which a page can hold within itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..errors import Digits20Error

IMPORT = re.compile(r'^import (?:\{([^}]*)\}|\* as (\w+)) from "\.(?:[\w-]*/)+([\w-]+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const) (\w+))", re.MULTILINE)
OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def bundle(modules: Mapping[str, str], first: str) -> str:
    """One script of the module `first` and all that it imports, each in a function of its own, those below it before.

    modules: the sources by name, without .js. They import by name or as a whole, in no circle, from files whose names
    differ, and export where they declare. Raises Digits20Error for other imports and exports.
    """
    order: list[str] = []
    _visit(modules, first, order, ())
    return "".join(_wrapped(name, modules[name]) for name in order)


def _visit(modules: Mapping[str, str], name: str, order: list[str], above: tuple[str, ...]) -> None:
    """Append the modules that this one needs, then itself."""
    if name in order:
        return
    if name in above or name not in modules:
        raise Digits20Error(f"{name}.js: {'imports itself' if name in above else 'no such module'}")
    for imported in IMPORT.finditer(modules[name]):
        _visit(modules, imported[3], order, (*above, name))
    order.append(name)


def _wrapped(name: str, source: str) -> str:
    names = EXPORT.findall(source)
    body = EXPORT.sub("", IMPORT.sub(_constant, source))
    if left := OTHER.search(body):
        raise Digits20Error(f"{name}.js: cannot be joined with others: {left[0]}")
    return f"const {_called(name)} = (() => {{\n{body}return {_braced(names)};\n}})();\n"


def _constant(imported: re.Match[str]) -> str:
    """`import { a, b as c } from "./d.js"` as a constant."""
    named, whole, module = imported.groups()
    parts = [re.sub(r"\s+as\s+", ": ", name.strip()) for name in (named or "").split(",") if name.strip()]
    return f"const {whole or _braced(parts)} = {_called(module)};\n"


def _braced(names: Sequence[str]) -> str:
    return f"{{ {', '.join(names)} }}" if names else "{}"


def _called(module: str) -> str:
    return f"module_{module.replace('-', '_')}"
