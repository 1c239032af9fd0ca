"""The release: what wheel and source distribution hold, and that the README's commands run where only the wheel is."""

import configparser
import email
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from images.forms import filled, photo
from PIL import Image
from test_readme import blocks, commands

from digits20 import load_digits
from digits20.images.sheets.layout import Layout
from digits20.system.version import __version__

ROOT = Path(__file__).parent.parent
NOT_OURS = shutil.ignore_patterns(
    ".*", "node_modules", "build", "dist", "*.egg-info", "__pycache__", "_build", "PKG-INFO"
)
SHIPPED = ("data/LICENSE", "data/README.md", "data/digits20.csv.gz", "models/course.pkl", "models/reference.pkl")

SIZES = {".whl": "wheel", ".tar.gz": "source distribution"}

# runs the lines of a file as commands, in one process, and their Python as it stands
RUN = """
import pathlib, shlex, sys
import digits20, digits20.__main__, digits20.images.styles.digits, digits20.learning.styles
if __name__ == "__main__":
    assert pathlib.Path(digits20.__file__).is_relative_to(sys.argv[1]), digits20.__file__
    digits20.learning.styles.DRAWN = digits20.learning.styles.OTHERS = 20  # of hundreds, which take seven seconds
    digits20.images.styles.digits.FONTS = ("cmr10",)
    for line in pathlib.Path("commands").read_text().splitlines():
        if digits20.__main__.main(shlex.split(line)[1:]) not in (None, 0):
            sys.exit(line)
    exec(pathlib.Path("python").read_text(), {"__name__": "__main__"})
"""


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """The folder with both, built from a copy of this one."""
    copy, made = tmp_path_factory.mktemp("release") / "digits20", tmp_path_factory.mktemp("made")
    shutil.copytree(ROOT, copy, ignore=NOT_OURS)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", made, copy]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return made


@pytest.fixture(scope="module")
def wheel(release):
    return next(release.glob("*.whl"))


def test_the_wheel_has_the_package_what_is_shipped_and_no_more(wheel):
    names = {re.sub(r"^digits20-[^/]*\.", "", name) for name in zipfile.ZipFile(wheel).namelist()}
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "digits20").rglob("*")
        if path.is_file() and (path.suffix in (".py", ".js") or path.name == "py.typed" or path.parent.name == "static")
    }
    shipped = {f"data/data/share/digits20/{name}" for name in SHIPPED}
    about = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "top_level.txt", "licenses/LICENSE"}
    assert names == package | shipped | {f"dist-info/{name}" for name in {*about, "licenses/data/LICENSE"}}


def test_the_source_distribution_has_the_whole_project_and_no_more(release):
    with tarfile.open(next(release.glob("*.tar.gz"))) as archive:
        names = {entry.name.partition("/")[2] for entry in archive if entry.isfile()}
    metadata = {"PKG-INFO"} | {name for name in names if name.startswith("digits20.egg-info/")}
    project = {name for name in everything(ROOT) if not name.startswith("models/") or name in SHIPPED}
    assert names - metadata == project - {"docs/reference/commands.md", "PKG-INFO"}
    kinds = {"benchmarks": {".py", ".png"}, "docs": {".md", ".py", ".svg", ".css"}, "notebooks": {".ipynb"}}
    for folder, endings in kinds.items():
        assert {Path(name).suffix for name in names if name.startswith(f"{folder}/")} <= endings


def test_the_documentation_tells_the_sizes(release):
    text = " ".join((ROOT / "docs" / "start" / "index.md").read_text(encoding="utf-8").split())
    told = {ending: float(re.search(rf"{name} has ([\d.]+) MB", text)[1]) for ending, name in SIZES.items()}
    assert told == {
        ending: pytest.approx(next(release.glob(f"*{ending}")).stat().st_size / 1e6, rel=0.1) for ending in SIZES
    }


def everything(folder):
    """The files that `release` copies."""
    left_out = NOT_OURS(folder, [path.name for path in folder.iterdir()])
    for path in folder.iterdir():
        if path.name in left_out:
            continue
        yield from everything(path) if path.is_dir() else [path.relative_to(ROOT).as_posix()]


def test_the_links_of_the_description_are_absolute(wheel):
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    source = dict(line.split(" = ") for line in settings["metadata"]["project_urls"].strip().splitlines())["Source"]
    about = next(name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("/METADATA"))
    text = email.message_from_bytes(zipfile.ZipFile(wheel).read(about)).get_payload()
    assert f"]({source}/raw/main/benchmarks/pictures/" in text
    assert [link for link in re.findall(r"\]\(([^)]*)\)", text) if not link.startswith((source, "http"))] == []


@pytest.mark.parametrize(
    ("name", "pattern"), [("CITATION.cff", r"^version: (.*)$"), ("README.md", r"version = \{(.*?)\}")]
)
def test_a_citation_names_the_version(name, pattern):
    assert re.findall(pattern, (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE) == [__version__]


def installed(wheel, folder):
    """The wheel in a folder, as `pip install --target` lays it."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    (data,) = folder.glob("*.data")
    (data / "data" / "share").rename(folder / "share")
    return folder


def write_what_commands_read(folder, digits):
    """Pictures in folders, a table, a photo of a form, a test table and partitions."""
    for name in ("symbols/4", "symbols/9", "folder", "parts"):
        (folder / name).mkdir(parents=True)
    ink = np.uint8(255 * (1 - np.clip(digits.X, 0, 1))).reshape(-1, 20, 20)
    for label in (4, 9):
        for number, image in enumerate(ink[digits.y == label][:8]):
            Image.fromarray(np.pad(image, 10, constant_values=255)).resize((80, 80)).save(
                folder / "symbols" / str(label) / f"{number}.png"
            )
    (folder / "symbols/4/0.png").rename(folder / "photo.png")
    (folder / "symbols/9/0.png").rename(folder / "folder/one.png")
    (folder / "photo.jpg").write_bytes(photo(filled(Layout(tuple("0123456789"), 20), digits)))
    rows = np.column_stack([255 - ink.reshape(-1, 400), digits.y])[::50]
    np.savetxt(folder / "mine.csv", rows, "%d", ",")
    np.savetxt(folder / "test.csv", rows[:20, :400], "%d", ",", header=",".join(map(str, range(400))), comments="")
    for number in (0, 1):
        np.savetxt(folder / "parts" / f"{number}.csv.gz", rows[number::2], "%d", ",")


SMALLER = {"--ensemble": 2, "--workers": 1, "--values": 1}


def quickly(command):
    """The command on the hundred images of mine.csv, with few iterations, members, workers and values.

    The reference model's command tells its settings alone: an epoch of lenet on all images takes long.
    """
    name = shlex.split(command)[1]
    if "--styles" in command:
        return command + " --show-settings"
    if name in ("train", "curves"):
        command = re.sub(r" --max-iter \d+", "", command)
        command += " --epochs 1" if "--recipe" in command or "--solver" in command else " --max-iter 2"
        command += "".join(f" {option} {value}" for option, value in SMALLER.items() if option in command)
    return command + " --data mine.csv" * (
        name in ("train", "curves", "evaluate", "report") and "--data" not in command
    )


def test_the_commands_and_the_python_run_from_an_empty_folder_with_the_wheel(wheel, tmp_path):
    package, here = installed(wheel, tmp_path / "package"), tmp_path / "empty"
    here.mkdir()
    write_what_commands_read(here, load_digits())
    first = "digits20 train --lambda 1.0 --max-iter 5"
    told = [line for line in commands() if shlex.split(line)[1] != "page"]  # a server; .ci/run asks it
    (here / "commands").write_text("\n".join([first, *map(quickly, told)]))
    (here / "python").write_text(blocks("python")[0].replace("iterations=200", "iterations=5"))
    (here / "run.py").write_text(RUN)
    environment = os.environ | {"PYTHONPATH": str(package), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "run.py", package], cwd=here, capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    made = {path.relative_to(here).as_posix() for path in here.rglob("*") if path.is_file()}
    assert {"models/ex4.pkl", "report.html", "answers.csv", "mine.onnx", "sheet.pdf", "seen.png"} <= made
