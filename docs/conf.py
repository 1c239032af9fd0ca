"""Settings of the documentation. The options of the commands are taken from the commands themselves."""

import contextlib
import io
import os
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
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
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


def setup(app: object) -> None:
    """Called by Sphinx as it starts."""
    app.connect("builder-inited", _write_commands)  # type: ignore[attr-defined]
