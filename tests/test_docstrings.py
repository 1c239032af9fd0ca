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
WITHOUT_EXAMPLES = {  # shall become empty
    *("DataFileError", "Digits", "Digits20Error", "ImageError", "ModelFileError"),
    *("import_thetas", "load", "load_csv", "load_images", "load_model", "read_photo", "save_model"),
}


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_right(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("name", sorted(set(digits20.__all__) - WITHOUT_EXAMPLES))
def test_a_public_name_has_an_example(name):
    assert ">>> " in getattr(digits20, name).__doc__
