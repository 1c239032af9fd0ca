"""Every command and feature on a small network with convolutions."""

import io
import json
from functools import partial

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from digits20 import (
    Checkpoint,
    MiniBatch,
    Network,
    Objective,
    evaluate,
    export,
    fit,
    load_digits,
    load_model,
    plots,
    predict,
    report,
)
from digits20.curves.__main__ import main as curves
from digits20.distributed.partitions import Partitions
from digits20.estimator import DigitsClassifier
from digits20.formats.export import FORMATS
from digits20.nn.layers.text import layers_from
from digits20.nn.objective import objective_on
from digits20.page.answers import Served, card, look, units
from digits20.plots.units import _units_of as units_of
from digits20.train.__main__ import main as train

LAYERS = "conv 4 5, pool 2, conv 6 3, pool 2, 12"
QUICK = ["--solver", "adam", "--epochs", "2", "--train-size", "100", "--activation", "relu", "--no-plot", "--quiet"]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("lenet") / "lenet.pkl"
    assert train(["--layers", LAYERS, *QUICK, "--model", str(path)]) == 0
    return path


@pytest.fixture
def model(path):
    return load_model(path)


def said(capsys, command, *arguments):
    assert command.main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_train_says_its_layers(tmp_path, capsys):
    assert train(["--layers", LAYERS, *QUICK, "--show-settings", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["layers"] == LAYERS


def test_settings_hold_the_layers(model):
    assert model.settings["layers"] == LAYERS


def test_hidden_and_layers_exclude_each_other(capsys):
    assert train(["--layers", LAYERS, "--hidden", "25", *QUICK]) == 2
    assert "--layers and --hidden both say which hidden layers" in capsys.readouterr().err


def test_layers_that_cannot_be_read_are_one_line(capsys):
    assert train(["--layers", "conv 4", *QUICK]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_layers_that_do_not_fit_are_one_line(capsys):
    assert train(["--layers", "conv 4 21", *QUICK]) == 2
    assert "conv 4 21: the maps below are 20×20, smaller than a patch" in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--augment"], ["--ensemble", "2"], ["--validation", "50", "--patience", "2"]])
def test_train_with(options, tmp_path, model):
    other = tmp_path / "other.pkl"
    assert train(["--layers", LAYERS, *QUICK, *options, "--model", str(other)]) == 0
    assert load_model(other).network.layers[0].channels == (8 if "--ensemble" in options else 4)


def test_training_starts_from_it(path, tmp_path, model):
    other = tmp_path / "other.pkl"
    options = [option for option in QUICK if option not in ("--activation", "relu")]
    assert train(["--init-from", str(path), "--freeze", "1", *options, "--model", str(other)]) == 0
    np.testing.assert_array_equal(load_model(other).Thetas[0], model.Thetas[0])
    assert not np.array_equal(load_model(other).Thetas[1], model.Thetas[1])


def test_a_plot_of_the_training_is_drawn(tmp_path):
    plot = tmp_path / "plot.png"
    options = [option for option in QUICK if option != "--no-plot"]
    assert train(["--layers", LAYERS, *options, "--model", str(tmp_path / "a.pkl"), "--plot", str(plot)]) == 0
    assert plot.read_bytes()[:4] == b"\x89PNG"


def test_evaluate(path, capsys):
    assert said(capsys, evaluate, "--model", path)["images"] == 4900


def test_predict(path, tmp_path, capsys):
    table = tmp_path / "table.csv"
    np.savetxt(table, load_digits().X[:3], delimiter=",")
    assert len(said(capsys, predict, "--model", path, "--data", table)["predictions"]) == 3


def test_report(path, tmp_path, capsys):
    page = tmp_path / "page.html"
    report.main(["--model", str(path), "--to", str(page)])
    assert "conv 4 5" in page.read_text()


@pytest.mark.parametrize("ending", FORMATS)
def test_export(path, ending, tmp_path, capsys):
    said(capsys, export, "--model", path, "--to", tmp_path / f"lenet{ending}")
    assert (tmp_path / f"lenet{ending}").stat().st_size > 1000


def test_json_comes_back(path, tmp_path, model, capsys):
    said(capsys, export, "--model", path, "--to", tmp_path / "lenet.json")
    assert load_model(tmp_path / "lenet.json").theta.tobytes() == model.theta.tobytes()


def test_the_classifier_takes_layers():
    digits = load_digits()[::20]
    classifier = DigitsClassifier(layers=LAYERS, solver="adam", max_iter=2, random_state=0, activation="relu")
    classifier.fit(digits.X, digits.y)
    assert classifier.to_model().settings["layers"] == LAYERS
    again = DigitsClassifier.from_model(classifier.to_model())
    np.testing.assert_array_equal(again.predict(digits.X), classifier.predict(digits.X))
    assert len(classifier.coefs_) == 4


def test_the_page_shows_one_number_per_map(model):
    served = Served("lenet", model)
    drawn, ink = io.BytesIO(), load_digits().X[0].reshape(20, 20).clip(0, 1)
    Image.fromarray(np.uint8(255 - 255 * ink)).save(drawn, "PNG")
    (seen,) = look(drawn.getvalue(), [served])["models"]
    assert [len(layer) for layer in seen["layers"]] == card(served)["layer_sizes"][1:-1] == [4, 6, 12]
    assert units(model)["rows"] == units(model)["columns"] == 5


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax, model, digits: plots.plot_units(ax, model),
        lambda ax, model, digits: plots.plot_saliency(ax, model, digits.X[0]),
        lambda ax, model, digits: plots.plot_preferred_images(ax, model),
        lambda ax, model, digits: plots.plot_preferred_images(ax, model, 1),
        lambda ax, model, digits: plots.plot_hidden_map(ax, model, digits),
        lambda ax, model, digits: plots.plot_weights(ax, model, model.network.initial_theta(0)),
        lambda ax, model, digits: plots.plot_activations(ax, model, model.network.initial_theta(0), digits.X),
        lambda ax, model, digits: plots.plot_mistakes(ax, model, digits),
        lambda ax, model, digits: plots.plot_costs(ax, model),
    ],
)
def test_plots(draw, model):
    ax = Figure().add_subplot()
    draw(ax, model, load_digits()[::50])
    ax.get_figure().canvas.draw()
    assert "conv 4 5" in ax.get_title()


def test_the_drawn_units_of_maps_are_in_the_middle(model):
    assert units_of(model, 1) == [64 * channel + 36 for channel in range(4)]
    assert units_of(model, -1) == list(range(10))


def test_check_gradient(tmp_path, capsys):
    assert train(["--layers", LAYERS, *QUICK, "--check-gradient", "--model", str(tmp_path / "a.pkl")]) == 0


def test_learning_curves(tmp_path, capsys):
    options = ["--layers", LAYERS, "--solver", "adam", "--epochs", "1", "--train-size", "200", "--sizes", "50", "100"]
    assert curves(["--kind", "learning", *options, "--plot", str(tmp_path / "c.png"), "--json"]) == 0


def test_a_killed_run_goes_on_with_the_same_bits(tmp_path):
    digits = load_digits()[::25]
    network = Network((20, 20), layers_from("conv 4 5, pool 2, 10"), "relu")
    J, solver = Objective(network, digits), MiniBatch(4)

    def stop(progress):
        if progress.iteration == 2:
            raise KeyboardInterrupt

    theta = network.initial_theta(0)
    whole = fit(J, theta, solver)
    checkpoint = Checkpoint(tmp_path / "run", every=0)
    fit(J, theta, solver, checkpoint=checkpoint, watch=stop)
    resumed = fit(J, theta, solver, checkpoint=Checkpoint(tmp_path / "run", resume=True))
    assert resumed.theta.tobytes() == whole.theta.tobytes()


def test_partitions_train_it(tmp_path):
    digits = load_digits()[::25]
    network = Network((20, 20), layers_from("conv 4 5, pool 2, 10"), "relu")
    theta = network.initial_theta(0)
    parts = Partitions([partial(digits.take, part) for part in (slice(0, 90), slice(90, None))])
    cost, gradient = objective_on(parts, network, 1.0)(theta)
    expected = Objective(network, digits, 1.0)(theta)
    assert cost == pytest.approx(expected[0], rel=1e-12)
    np.testing.assert_allclose(gradient, expected[1], rtol=1e-9, atol=1e-12)
