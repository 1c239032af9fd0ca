"""What --recipe and --augment mean on the command line."""

import json

import numpy as np
import pytest

from digits20.train.__main__ import main


@pytest.fixture
def settings(capsys, tmp_path, monkeypatch):
    """The settings that these options stand for."""
    monkeypatch.chdir(tmp_path)

    def settings(*options):
        assert main(["--show-settings", "--json", *options]) == 0
        return json.loads(capsys.readouterr().out)

    return settings


@pytest.fixture
def error(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def error(*options):
        assert main([*options]) == 2
        return capsys.readouterr().err

    return error


def test_without_a_recipe_the_network_is_the_courses(settings):
    chosen = settings()
    assert (chosen["hidden"], chosen["lambda"], chosen["solver"], chosen["iterations"]) == ([25], 1.0, "l-bfgs", 200)
    assert (chosen["deskew"], chosen["augment"], chosen["ensemble"]) == (False, False, 1)


def test_the_accurate_recipe_deskews_and_augments_a_wide_network(settings):
    chosen = settings("--recipe", "accurate")
    assert chosen["hidden"] == [512]
    assert (chosen["deskew"], chosen["augment"], chosen["solver"]) == (True, True, "adam")


def test_every_part_of_a_recipe_can_be_overridden(settings):
    options = ["--hidden", "64", "--no-deskew", "--no-augment", "--lr", "0.001", "--epochs", "7", "--lambda", "0.5"]
    chosen = settings("--recipe", "accurate", *options, "--ensemble", "3")
    assert (chosen["hidden"], chosen["deskew"], chosen["augment"]) == ([64], False, False)
    assert (chosen["learning_rate"], chosen["iterations"], chosen["lambda"], chosen["ensemble"]) == (0.001, 7, 0.5, 3)


def test_another_solver_comes_with_its_own_settings(settings):
    chosen = settings("--recipe", "accurate", "--solver", "l-bfgs")
    assert (chosen["iterations"], chosen["augment"], chosen["deskew"]) == (200, False, True)
    assert "learning_rate" not in chosen


def test_augment_alone_chooses_a_solver_that_can(settings):
    assert settings("--augment")["solver"] == "adam"


def test_strengths_of_the_warps_are_settings(settings):
    assert settings("--augment", "--rotation", "5", "--elastic", "0")["rotation"] == 5
    assert settings("--augment")["rotation"] == 12


def test_showing_settings_trains_nothing(settings, tmp_path):
    settings("--recipe", "accurate")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "seen"),
    [
        (["--augment", "--solver", "cg"], "--augment needs mini-batches: --solver sgd or adam, not cg"),
        (["--rotation", "5"], "--rotation needs --augment"),
        (["--recipe", "accurate", "--solver", "gd", "--batch-size", "5"], "--batch-size does not apply to --solver gd"),
    ],
)
def test_options_that_do_not_go_together_are_refused(error, options, seen):
    assert seen in error(*options)


@pytest.mark.parametrize(("text", "name"), [("L-BFGS-B", "l-bfgs"), ("newton_cg", "newton-cg"), ("Adam", "adam")])
def test_solvers_are_named_in_any_spelling(text, name, capsys):
    assert main(["--solver", text, "--show-settings", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["solver"] == name


def test_a_recipe_takes_network_and_deskewing_from_the_model_to_start_from(settings):
    chosen = settings("--recipe", "accurate", "--init-from", "reference")
    assert (chosen["layers"], chosen["deskew"]) == ("conv 32 5, pool 2, conv 64 3, pool 2, 256", False)


def test_layers_of_another_shape_than_the_reference_are_refused(error):
    assert "--hidden, --layers and --activation are those of the model of --init-from" in error(
        "--init-from", "reference", "--hidden", "100"
    )


@pytest.fixture
def letters(tmp_path):
    """A file of twelve images with these labels."""

    def letters(labels, side=20):
        path = tmp_path / "letters.npz"
        np.savez(path, X=np.random.default_rng(0).random((12, side * side)), y=np.resize(labels, 12))
        return ["--recipe", "lenet", "--data", str(path), "--labels", "any", "--train-size", "all"]

    return letters


def test_few_images_of_new_labels_are_learned_from_the_reference(settings, letters):
    assert settings(*letters(["a", "b"]))["init_from"] == "reference"


def test_digits_are_not(settings, letters):  # the reference may have seen them
    assert settings(*letters([1, 2]))["init_from"] is None


def test_images_of_another_size_are_not(settings, letters):
    assert settings(*letters(["a", "b"], side=28))["init_from"] is None


def test_layers_of_ones_own_start_from_random_weights(settings, letters):
    assert settings(*letters(["a", "b"]), "--layers", "12")["init_from"] is None
