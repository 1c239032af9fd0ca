"""benchmarks/all.py knows every script and runs it on made-up images; the pages name the scripts of their figures."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# modules of others: speed.py, optimizers.py and cluster.py
ALONE = {"all.py", "machine.py", "commands.py", "problems.py", "cluster_faults.py", "cluster_rows.py"}


def told(*options):
    command = [sys.executable, "benchmarks/all.py", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def listing():
    return told("--list")


@pytest.fixture(scope="module")
def listed(listing):
    """(script, pages) of each benchmark."""
    return re.findall(r"\| `python benchmarks/(\w+\.py).*?` \| (.*?) \|", listing)


def test_every_script_is_run_by_all(listed):
    assert {script for script, _ in listed} == {path.name for path in (ROOT / "benchmarks").glob("*.py")} - ALONE


def test_the_page_of_a_figure_names_its_script(listed):
    pages = {path.relative_to(ROOT / "docs").with_suffix("").as_posix(): path for path in (ROOT / "docs").rglob("*.md")}
    pages |= {name: ROOT / f"{name}.md" for name in ("README", "SECURITY")}
    missing = [
        (script, page)
        for script, names in listed
        for page in names.split(", ")
        if page in pages and not re.search(rf"\b{script}\b", pages[page].read_text(encoding="utf-8"))
    ]
    assert missing == []


def test_the_documentation_lists_them(listing):
    assert listing in (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")


def test_the_benchmarks_run_on_a_few_images():
    assert told("--small").count("| --- |") >= 10
