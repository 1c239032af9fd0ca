"""Every public name has an example in its docstring, and every example is right."""

import doctest
import importlib
from pathlib import Path

import pytest

import digits20

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(
    path.relative_to(ROOT) for path in (ROOT / "digits20").rglob("*.py") if ">>> " in path.read_text("utf-8")
)
MODULES = [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in FILES]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_right_in_an_empty_folder(name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("name", digits20.__all__)
def test_a_public_name_has_an_example(name):
    assert ">>> " in getattr(digits20, name).__doc__
