"""The README's promises: its commands parse, its Python runs, its pictures are there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from digits20.__main__ import COMMANDS, main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands():
    """Every `digits20 …` in the README, without its arguments' values."""
    return sorted(set(re.findall(r"`digits20 ([a-z]+(?: [^`]*)?)`", README)))


def test_two_commands_do_all_the_set_up():
    install_and_train, install_and_test = blocks("sh")[:2]
    assert install_and_train == "pip install . && python -m digits20.train --lambda 1.0\n"
    assert install_and_test == 'pip install -e ".[test]" && python -m pytest\n'


@pytest.mark.parametrize("command", commands())
def test_every_command_of_the_readme_exists_with_its_options(command, capsys):
    options_are_known(command, capsys)


def options_are_known(command, capsys):
    name, *arguments = command.split()
    assert name in COMMANDS
    options = {argument for argument in arguments if argument.startswith("--")}
    with pytest.raises(SystemExit):
        main([name, "--help"])
    assert options <= set(re.findall(r"--[a-z0-9-]+", capsys.readouterr().out))


@pytest.mark.parametrize(("block", "model"), [(0, "models/ex4.pkl"), (1, "models/best.pkl")])
def test_the_python_of_the_readme_runs(block, model, tmp_path):
    script = blocks("python")[block]
    script = script.replace("::5]", "::25]").replace("LBFGS(iterations=200)", "LBFGS(iterations=20)")  # quicker
    alone = os.environ | {"OPENBLAS_NUM_THREADS": "1", "LOKY_MAX_CPU_COUNT": "1"}  # test_search has processes
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, env=alone)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / model).exists()


def test_every_picture_and_file_that_the_readme_names_is_there():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
