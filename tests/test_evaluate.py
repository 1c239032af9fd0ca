"""`digits20 evaluate`: its tables on sets of every kind, and the command where no answer is right."""

import json
from html import escape

import numpy as np
import pytest
from PIL import Image

from digits20 import Digits, Model, Network, save_model
from digits20.cli.options import read_model
from digits20.errors import percent
from digits20.evaluate import as_json, as_table, main
from digits20.learning.evaluation import evaluate
from digits20.plots import picture, plot_confusion
from digits20.plots.html import html_report
from digits20.predict import main as predict

CASES = {
    "none right": ([0, 1, 2, 3], [1, 2, 3, 4], 0.0),
    "all right": ([0, 1, 2, 3], [0, 1, 2, 3], 1.0),
    "one class, none right": ([3, 3, 3], [4, 5, 4], 0.0),
    "one class, all right": ([3, 3, 3], [3, 3, 3], 1.0),
    "one image, wrong": ([7], [1], 0.0),
    "one image, right": ([7], [7], 1.0),
}


@pytest.fixture(scope="module")
def model():
    """Answers k to the image whose only pixel with ink is the k-th."""
    network = Network((16, 10))
    theta = np.column_stack([np.full(10, -5.0), 10 * np.eye(10, 16)]).ravel()
    return Model(network, theta, image_shape=(4, 4))


@pytest.fixture(params=CASES)
def case(request, model):
    """(model, digits, scores, labels, accuracy) of one of the CASES."""
    labels, answers, accuracy = CASES[request.param]
    digits = Digits(np.eye(10, 16)[answers], np.array(labels), labels=range(10))
    return model, digits, evaluate(model, digits), labels, accuracy


def test_the_table_counts_the_images_of_each_label(case):
    *_, scores, labels, accuracy = case
    table = as_table(scores)
    counts = [int(line.split()[-1]) for line in table.splitlines()[1:11]]
    assert counts == np.bincount(labels, minlength=10).tolist()
    assert f"accuracy {percent(accuracy, 2)}" in table


def test_json_has_the_figures_of_the_table(case):
    *_, scores, labels, accuracy = case
    result = json.loads(json.dumps(as_json(scores), allow_nan=False))
    assert (result["accuracy"], result["recall"], result["images"]) == (accuracy, accuracy, len(labels))
    assert [one["images"] for one in result["per_class"]] == np.bincount(labels, minlength=10).tolist()


def test_the_confusion_matrix_is_drawn(case):
    scores = case[2]
    assert picture(lambda ax: plot_confusion(ax, scores)).startswith(b"\x89PNG")


def test_the_report_tells_the_accuracy(case):
    model, digits, scores, _, accuracy = case
    assert escape(percent(accuracy, 2)) in html_report(model, digits, scores, "m", "d")


def test_the_command_scores_a_model_that_is_never_right(model, tmp_path, capsys):
    save_model(model, tmp_path / "model.pkl")
    images = np.column_stack([np.eye(10, 16), np.roll(np.arange(10), 3)])
    np.savetxt(tmp_path / "images.csv", images, fmt="%g", delimiter=",")
    options = ["--model", str(tmp_path / "model.pkl"), "--data", str(tmp_path / "images.csv")]
    assert main([*options, "--label-column", "last"]) == 0
    assert "accuracy < 0.01 %" in capsys.readouterr().out


@pytest.fixture
def weights(tmp_path, model):
    """A file of another program's weights, of no hidden layer: those of the model."""
    path = tmp_path / "weights.npz"
    np.savez(path, Theta1=model.network.matrices(model.theta)[0])
    return path


def test_the_activations_of_others_weights_are_options(weights, model):
    network = read_model(str(weights), "tanh", "softmax").network
    assert (network.hidden, network.output) == ("tanh", "softmax")


@pytest.mark.parametrize("command", [main, predict])
@pytest.mark.parametrize(("option", "value"), [("--activation", "tanh"), ("--output", "softmax")])
def test_a_model_of_digits20_has_its_own_activations(command, option, value, capsys):
    assert command(["--data", "digits20", option, value]) == 2
    assert (
        capsys.readouterr()
        .err.splitlines()[0]
        .endswith(f"error: {option} is for weights of another program; a model of digits20 has its own")
    )


@pytest.fixture
def folders(tmp_path, digits):
    """Three pictures of each digit from 0 to 8, in folders 1 to 9."""
    for digit in range(9):
        (tmp_path / "f" / str(digit + 1)).mkdir(parents=True)
        for row in np.flatnonzero(digits.y == digit)[:3]:
            pixels = 255 * (1 - np.clip(digits.X[row].reshape(20, 20), 0, 1))
            Image.fromarray(np.pad(pixels, 5, constant_values=255).astype(np.uint8)).save(
                tmp_path / "f" / str(digit + 1) / f"{row}.png"
            )
    return str(tmp_path / "f")


def test_folders_that_count_from_one_are_noticed(folders, capsys):
    assert main(["--data", folders, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] > 0.9


def test_pictures_with_a_file_of_labels_are_refused(folders, capsys):
    assert main(["--data", folders, "--labels-file", "labels.txt"]) == 2
    assert "not in a --labels-file" in capsys.readouterr().err
