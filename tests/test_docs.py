"""The documentation's promises: tutorials run, commands exist, the picture of the house is that of the code."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from test_readme import options_are_known

from digits20 import load_digits

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
# runs a tutorial's blocks one after the other, in one process: commands by their `main`, Python as it stands; the
# arguments are the tutorial and the options that each command gets beside its own, to be quick
RUN = """
import json, pathlib, re, shlex, sys
from digits20.__main__ import main
if __name__ == "__main__":
    names, more = {"__name__": "__main__"}, json.loads(sys.argv[2])
    text = pathlib.Path(sys.argv[1]).read_text("utf-8")
    text = re.sub(r"(--max-iter |iterations=)\\d+", r"\\g<1>5", text)
    text = text.replace('dtype="float32"', 'dtype="float32", max_iter=5')
    for language, block in re.findall(r"^```(sh|python)\\n(.*?)^```", text, re.M | re.S):
        if language == "python":
            exec(block, names)
        else:
            for line in block.splitlines():
                name, *arguments = shlex.split(line)
                if name == "digits20" and (code := main([*arguments, *more.get(arguments[0], [])])):
                    sys.exit(f"{line}: exit code {code}")
"""


def run(tutorial, folder, **more):
    """more: options that make a command quicker, by its name."""
    (folder / "run.py").write_text(RUN)
    options = json.dumps({name: text.split() for name, text in more.items()})
    command = [sys.executable, "run.py", str(DOCS / "start" / f"{tutorial}.md"), options]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    )
    assert done.returncode == 0, done.stderr


def test_the_courses_tutorial_runs(tmp_path):
    few = load_digits()[::20]
    np.savetxt(tmp_path / "few.csv", np.column_stack([few.X, few.y]), "%g", ",")
    data = "--data few.csv"
    run("course", tmp_path, train=f"{data} --max-iter 5", report=data, evaluate=data, curves=f"{data} --folds 2")
    assert {path.name for path in tmp_path.glob("*.png")} == {"confusion.png", "lambda.png", "learning.png"}
    assert (tmp_path / "report.html").exists()


def test_the_tutorial_of_ones_own_pictures_runs(tmp_path):
    shapes = {"circle": "ellipse", "bar": "line", "box": "rectangle"}
    rng = np.random.default_rng(0)
    for name, shape in shapes.items():
        (tmp_path / "symbols" / name).mkdir(parents=True)
        for number in range(6):
            picture = Image.new("L", (60, 60), 255)
            corners = [*rng.integers(8, 20, 2), *rng.integers(40, 52, 2)]
            getattr(ImageDraw.Draw(picture), shape)(corners, fill=0 if shape == "line" else None, width=4)
            picture.save(tmp_path / "symbols" / name / f"{number}.png")
    (tmp_path / "new").mkdir()
    picture.save(tmp_path / "new" / "one.png")
    run("photos", tmp_path, train="--epochs 2")
    assert len((tmp_path / "answers.csv").read_text().splitlines()) == 2
    assert (tmp_path / "seen.png").exists()


def test_kaggles_tutorial_runs(tmp_path):
    digits = load_digits()[::25].resized((28, 28))
    pixels = np.clip(digits.X * 255, 0, 255).round().astype(int)
    header = ",".join(f"pixel{number}" for number in range(784))
    for name, table, head in (
        ("train.csv", np.column_stack([digits.y, pixels]), "label," + header),
        ("test.csv", pixels[:30], header),
    ):
        np.savetxt(tmp_path / name, table, "%d", ",", header=head, comments="")
    run("kaggle", tmp_path, train="--max-iter 5")
    lines = (tmp_path / "answers.csv").read_text().splitlines()
    assert (lines[0], len(lines)) == ("ImageId,Label", 31)


def test_scikit_learns_tutorial_runs(tmp_path):
    run("scikit-learn", tmp_path)
    assert (tmp_path / "best.onnx").exists() or (tmp_path / "models" / "best.pkl").exists()


PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md") if path.name != "commands.md")


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_exists_with_its_options(page, capsys):
    text = (DOCS / page).read_text(encoding="utf-8")
    for command in set(re.findall(r"(?:^|`)digits20 ([a-z]+(?: [^`\n]*)?)", text, re.MULTILINE)):
        options_are_known(command.split("#")[0], capsys)


def test_the_picture_of_the_house_is_that_of_the_code():
    spec = importlib.util.spec_from_file_location("house", DOCS / "house.py")
    house = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(house)
    assert (DOCS / "house.svg").read_text(encoding="utf-8") == house.drawing(), "python docs/house.py draws it anew"
