"""Settings of the documentation. The options of the commands are taken from the commands themselves."""

import contextlib
import io
import os
import re
from pathlib import Path

os.environ["COLUMNS"] = "100"  # of the help texts

from digits20.__main__ import COMMANDS, main
from digits20.system.version import __version__

HERE = Path(__file__).parent

project = "digits20"
author = "the digits20 developers"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
napoleon_google_docstring = False
exclude_patterns = ["_build"]
default_role = "code"
smartquotes = False  # they make one dash of --option
myst_heading_anchors = 3
autodoc_typehints = "none"
autodoc_member_order = "bysource"
suppress_warnings = ["myst.xref_missing"]  # links to files of the repository
html_theme = "pydata_sphinx_theme"
html_title = "digits20"
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {"navigation_with_keys": False, "show_toc_level": 2, "navbar_align": "left"}


def _help(name: str) -> str:
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
        main([name, "--help"])
    return text.getvalue()


def _write_commands(app: object) -> None:
    parts = ["# Commands", "", "`digits20 COMMAND` and `python -m digits20.COMMAND` are the same.", ""]
    for name, (_, purpose) in COMMANDS.items():
        parts += [
            f"## {name}",
            "",
            purpose[0].upper() + purpose[1:] + ".",
            "",
            "```text",
            _help(name).rstrip(),
            "```",
            "",
        ]
    path, text = HERE / "reference" / "commands.md", "\n".join(parts)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


MEANING = re.compile(r"((?:\*{0,2}\w+(?:, | and )?)+): (.*)")


def _escaped(line: str) -> str:
    """The line with the signs escaped that Sphinx would take as its own, outside of `code`."""
    parts = line.split("`")
    parts[::2] = [re.sub(r"\||(?<=\w)_(?=\W|$)", lambda sign: "\\" + sign.group(), part) for part in parts[::2]]
    return re.sub(r"(?<=\w)`(?=\w)", "`\\ ", "`".join(parts))


def _as_lists(app: object, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """Paragraphs that explain names, `name: meaning`, become lists; indented ones stay as they are."""
    if any(line.startswith(("---", ":param", ":type")) for line in lines):
        lines[:] = map(_escaped, lines)  # a docstring in numpydoc's form, which napoleon has read
        return
    text: list[str] = []
    as_it_is = False
    for line in lines:
        before = text[-1] if text else ""
        if not line.strip():
            as_it_is = False
            text.append("")
        elif as_it_is or line.startswith(">>>"):
            as_it_is = True
            text.append(line)
        elif line.startswith("    ") and not before:
            as_it_is = True
            text += ["::", "", line]
        elif explained := MEANING.match(line):
            text += ["", f"* **{explained[1].replace('*', chr(92) + '*')}**: {_escaped(explained[2])}"]
        else:
            text.append("  " * before.startswith(("* ", "  ")) + _escaped(line.strip()))
    lines[:] = text


def setup(app: object) -> None:
    """Called by Sphinx as it starts."""
    app.connect("builder-inited", _write_commands)  # type: ignore[attr-defined]
    app.connect("autodoc-process-docstring", _as_lists)  # type: ignore[attr-defined]
