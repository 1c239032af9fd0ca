"""The README's promises: its two commands are what .ci/run runs, and its links lead to files; see test_release."""

import re
from pathlib import Path

import pytest

from digits20.__main__ import COMMANDS, main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands():
    """Every `digits20 …` in the README, in its order."""
    return list(dict.fromkeys(re.findall(r"`(digits20 [a-z]+(?: [^`]*)?)`", README)))


def test_two_commands_do_all_the_set_up():
    install_and_train, install_and_test = blocks("sh")[:2]
    assert install_and_train == "pip install . && python -m digits20.train --lambda 1.0\n"
    assert install_and_test == 'pip install -e ".[test]" && python -m pytest\n'


def options_are_known(command, capsys):
    name, *arguments = command.split()
    assert name in COMMANDS
    options = {argument for argument in arguments if argument.startswith("--")}
    with pytest.raises(SystemExit):
        main([name, "--help"])
    assert options <= set(re.findall(r"--[a-z0-9-]+", capsys.readouterr().out))


def test_every_picture_and_file_that_the_readme_names_is_there():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
