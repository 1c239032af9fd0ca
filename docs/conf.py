"""Settings of the documentation. The options of the commands are taken from the parsers of the commands themselves."""

import argparse
import re
from pathlib import Path
from unittest import mock

import numpy.typing as npt
from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util.typing import stringify_annotation

from digits20.__main__ import COMMANDS, main
from digits20.cli.command import Parser
from digits20.system.version import __version__

HERE = Path(__file__).parent
ARRAY_LIKE = stringify_annotation(npt.ArrayLike, "smart")

project = "digits20"
author = "the digits20 developers"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
napoleon_google_docstring = False
napoleon_attr_annotations = False
napoleon_use_ivar = True
exclude_patterns = ["_build"]
default_role = "code"
smartquotes = False  # they make one dash of --option
myst_enable_extensions = ["attrs_inline", "dollarmath"]
myst_heading_anchors = 3
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_member_order = "bysource"
python_display_short_literal_types = True
suppress_warnings = ["myst.xref_missing"]  # links to files of the repository
html_theme = "pydata_sphinx_theme"
html_title = "digits20"
html_static_path = ["static"]
html_css_files = ["digits20.css"]
html_math_renderer = "mathml"  # needs no network, unlike MathJax
html_show_sourcelink = False
html_copy_source = False
html_sidebars = {page: [] for page in ("benchmarks", "gallery", "faq", "changelog")}  # they have no pages below
html_theme_options = {"navigation_with_keys": False, "show_toc_level": 2, "navbar_align": "left"}


class _Parsed(Exception):
    """Its argument is the parser of a command, which was about to read its options."""


def _parser(name: str) -> argparse.ArgumentParser:
    def parse_args(self: argparse.ArgumentParser, *_: object) -> None:
        raise _Parsed(self)

    with mock.patch.object(Parser, "parse_args", parse_args):
        try:
            main([name])
        except _Parsed as end:
            parser: argparse.ArgumentParser = end.args[0]
    return parser


def _option(command: str, action: argparse.Action, formatter: argparse.HelpFormatter) -> str:
    """A line of a list: the option with its other names and value, and what it does."""
    value = formatter._format_args(action, formatter._get_default_metavar_for_optional(action))
    names = ", ".join(action.option_strings) or action.dest.upper()
    long = [option for option in action.option_strings if option.startswith("--")]
    anchor = f"{command}{(long or [action.dest])[0]}"
    text = re.sub(r"(?<![`\w])(--[a-z0-9-]+)", r"`\1`", re.sub(r"([*_<\\])", r"\\\1", formatter._expand_help(action)))
    return f"- [`{names} {value if action.option_strings else ''}".rstrip() + f"`]{{#{anchor}}}: {text}"


def _command(name: str, purpose: str) -> list[str]:
    parser = _parser(name)
    formatter = parser._get_formatter()
    lines = [f"## {name}", "", f"{parser.description}", ""]
    for group in parser._action_groups:
        if group._group_actions:
            title = (group.title or "").capitalize().replace("Positional arguments", "Arguments")
            lines += [f"**{title}**", "", *(_option(name, one, formatter) for one in group._group_actions), ""]
    examples = (parser.epilog or "").splitlines()[1:]
    return [*lines, "```sh", *(example.strip() for example in examples), "```", ""]


def _write_commands(app: Sphinx) -> None:
    lines = ["# Commands", "", "`digits20 COMMAND` and `python -m digits20.COMMAND` are the same.", ""]
    for name, (_, purpose) in COMMANDS.items():
        lines += _command(name, purpose)
    path, text = HERE / "reference" / "commands.md", "\n".join(lines)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _formulas(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """What is indented after an empty line in a docstring is shown as it stands."""
    for place in range(len(lines) - 1, 0, -1):
        if lines[place].startswith("    ") and not lines[place - 1]:
            lines[place:place] = ["::", ""]


def _short_types(app: Sphinx, *_: object) -> None:
    """Arrays by the name that everybody calls them; their shapes are told in words."""
    for types in app.env.current_document.autodoc_annotations.values():
        for name, text in types.items():
            text = re.sub(
                r"\b(npt|np)\.", "", text.replace(ARRAY_LIKE, "array-like").replace("ArrayLike", "array-like")
            )
            for _ in range(text.count("ndarray[")):
                start = text.index("ndarray[") + len("ndarray")
                text = text[:start] + text[_closed(text, start) :]
            types[name] = re.sub(r"~numpy\.(random\._generator\.)?", "", text)


def _closed(text: str, start: int) -> int:
    """The place behind the bracket that closes the one at `start`."""
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] == "[") - (text[place] == "]")
        if not depth:
            return place + 1
    return len(text)


def _whole_figures(app: Sphinx, document: nodes.document) -> None:
    """Short cells of tables, such as 98.6 ± 0.1, are not broken."""
    for entry in document.findall(nodes.entry):
        if len(entry.astext()) <= 16:
            for text in list(entry.findall(nodes.Text)):
                text.parent.replace(text, nodes.Text(text.astext().replace(" ", "\N{NO-BREAK SPACE}")))


def _mathml(self: object, node: nodes.math | nodes.math_block) -> None:
    block = isinstance(node, nodes.math_block)
    text = tex2mathml(node.astext(), block)
    self.body.append(f'<div class="math">{text}</div>' if block else text)  # type: ignore[attr-defined]
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Called by Sphinx as it starts."""
    app.add_html_math_renderer("mathml", inline_renderers=(_mathml, None), block_renderers=(_mathml, None))
    app.connect("builder-inited", _write_commands)
    app.connect("autodoc-process-docstring", _formulas, priority=100)  # before napoleon
    app.connect("object-description-transform", _short_types, priority=100)  # before types join their descriptions
    app.connect("doctree-read", _whole_figures)
