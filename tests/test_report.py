"""`digits20 report`: where the page goes, and what is refused."""

import json

import numpy as np
import pytest

from digits20 import Model, Network, save_model
from digits20.report import main as report


@pytest.fixture
def files(tmp_path, small):
    """A model and images that fit it; the folder."""
    network = Network((9, 4, 10))
    theta = network.initial_theta(np.random.default_rng(0))
    save_model(Model(network, theta, image_shape=(3, 3)), tmp_path / "m.pkl")
    np.savetxt(tmp_path / "d.csv", np.column_stack([small.X.round(3), small.y]), fmt="%g", delimiter=",")
    return tmp_path


def test_the_command_writes_the_page_and_tells_where(files, capsys):
    to = files / "new" / "page.html"
    code = report(["--model", str(files / "m.pkl"), "--data", str(files / "d.csv"), "--to", str(to), "--json"])
    result = json.loads(capsys.readouterr().out)
    assert code == 0
    assert set(result) == {"report", "accuracy", "images"}
    assert (result["report"], result["images"]) == (str(to), 60)
    assert to.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_without_model_and_data_it_tells_of_the_reference_model(tmp_path, capsys):
    assert report(["--to", str(tmp_path / "r.html"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == 1000
    assert "conv 32 5" in (tmp_path / "r.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--model", "none.pkl"], "none.pkl"),
        (["--model", "m.pkl"], "m.pkl: not trained on the shipped digits; name images with --data"),
        (["--model", "m.pkl", "--data", "none.csv"], "none.csv"),
        (["--to", "m.pkl/x.html"], "m.pkl/x.html: cannot be written"),
    ],
)
def test_bad_input_is_one_line_and_no_page(files, capsys, monkeypatch, arguments, said):
    monkeypatch.chdir(files)
    before = sorted(files.iterdir())
    assert report(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("digits20.report: error: ")
    assert said in error
    assert error.count("\n") == 1
    assert sorted(files.iterdir()) == before


def test_settings_that_promise_a_split_but_do_not_tell_it_are_refused(files, capsys):
    network = Network((9, 10))
    theta = np.zeros(network.size)
    save_model(Model(network, theta, image_shape=(3, 3), settings={"data": "shipped"}), files / "m.pkl")
    assert report(["--model", str(files / "m.pkl")]) == 2
    assert "name images with --data" in capsys.readouterr().err
