"""The files of the page as they lie there: each has one role, and none asks another host for anything."""

import re
from pathlib import Path

import pytest

import digits20

FOLDER = Path(digits20.__file__).parent / "page" / "static"
FILES = sorted(FOLDER.iterdir())
CODE = [file for file in FILES if file.suffix in (".js", ".css")]
HTML = (FOLDER / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", CODE, ids=lambda file: file.name)
def test_each_opens_with_its_role(file):
    assert file.read_text(encoding="utf-8").startswith(("// ", "/* "))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_none_names_another_host(file):
    namespace = "http://www.w3.org/2000/svg"
    assert "://" not in file.read_text(encoding="utf-8").replace(namespace, "")


def test_the_page_has_no_inline_script_or_style():
    assert re.findall(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", HTML) == []


def test_every_file_is_used():
    scripts = "".join(file.read_text(encoding="utf-8") for file in CODE)
    assert [
        file.name for file in CODE if f"/static/{file.name}" not in HTML and f'"./{file.name}"' not in scripts
    ] == []
