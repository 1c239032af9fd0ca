"""One frozen value holds all that decides a training, and its rules."""

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from digits20 import LBFGS, DataFileError, Digits, GradientDescent, MiniBatch, Model, Network, Scipy, load_model
from digits20.learning.settings import SettingError, Training, solver_of
from digits20.learning.settings.recipes import RECIPES

ADAM = MiniBatch(2)


@pytest.fixture
def digits(rng):
    return Digits(rng.random((60, 9)), np.arange(60) % 10)


def model(**settings):
    network = Network((9, 4, 10))
    return Model(network, network.initial_theta(np.random.default_rng(0)), image_shape=(3, 3), **settings)


def test_nobody_writes_into_a_training():
    with pytest.raises(FrozenInstanceError):
        Training().lam = 3


@pytest.mark.parametrize(
    ("settings", "seen"),
    [
        ({"patience": 3}, "patience needs validation"),
        ({"freeze": 1}, "freeze needs init_from"),
        ({"keep_head": True}, "keep_head needs init_from"),
        ({"warps": {}}, "warps needs mini-batches: solver sgd or adam, not l-bfgs"),
        ({"warps": {}, "solver": ADAM, "init_from": model(), "freeze": 1}, "warps needs every layer, freeze computes"),
        ({"warps": {"shear": -1}, "solver": ADAM}, "warp shear -1"),
        ({"init_from": model(), "hidden": (4,)}, "hidden, layers and activation are those of the model of init_from"),
        ({"init_from": model(), "deskew": True}, "deskew: the model of init_from was trained without"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(settings, seen):
    with pytest.raises(ValueError, match=seen):
        Training(**settings)


def test_the_rules_hold_for_a_changed_training_too():
    with pytest.raises(SettingError):
        replace(Training(warps={}, solver=ADAM), solver=LBFGS())


def test_a_rule_can_be_worded_with_other_names_for_the_settings():
    with pytest.raises(SettingError) as refused:
        Training(patience=3)
    assert refused.value.worded(lambda name: f"--{name}") == "--patience needs --validation"


def test_the_training_without_settings_is_the_courses(digits, rng):
    (job,) = Training().jobs(digits, None, rng)
    assert (job.start.network, job.lam, job.solver) == (Network((9, 25, 10)), 1.0, LBFGS(200))


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_is_a_training(name):
    assert Training(**RECIPES[name]).as_dict(Network((9, 4, 10)))["seed"] == 0


def test_a_set_too_small_for_its_parts_is_named():
    with pytest.raises(DataFileError, match=r"x\.csv: 80 training images are too few to hold back 80"):
        Training(validation=80).for_images(100, "x.csv")


def test_the_networks_of_an_ensemble_begin_with_weights_of_their_own(digits, rng):
    first, second = Training(ensemble=2).jobs(digits, None, rng)
    assert not np.array_equal(first.start.theta, second.start.theta)


def test_a_solvers_preset_fills_in_what_is_not_set():
    preset = MiniBatch(7, 0.5)
    assert solver_of("adam", {"iterations": 3}, preset) == MiniBatch(3, 0.5)
    assert solver_of("sgd", {"iterations": 3}, preset) == MiniBatch(3, 0.1, "sgd")


@pytest.mark.parametrize("name", ["l-bfgs", "LBFGS", "newton_cg", "SGD"])
def test_solvers_are_known_in_any_spelling(name):
    assert solver_of(name, {"iterations": 3}).iterations == 3


def test_a_setting_that_the_solver_does_not_know_is_refused():
    with pytest.raises(SettingError, match="momentum does not apply to solver adam"):
        solver_of("adam", {"momentum": 0.5})


@pytest.mark.parametrize(
    ("solver", "settings"),
    [
        (MiniBatch(), (100, 0.01)),
        (MiniBatch(method="sgd"), (100, 0.1)),
        (GradientDescent(), (400, 1.0)),
        (Scipy("TNC"), (40, None)),
        (Scipy("CG"), (200, None)),
    ],
)
def test_a_solver_has_the_same_defaults_in_python_as_on_the_command_line(solver, settings):
    assert (solver.iterations, getattr(solver, "learning_rate", None)) == settings


def test_a_fifth_of_any_set_is_to_test_with():
    assert Training().for_images(42_000, "set").train_size == 33_600


@pytest.mark.parametrize("training", [Training(train_size="all"), Training(train_size=5000)])
def test_all_images_train_where_others_are_to_test_with(training):
    assert training.for_images(5000, "set", tested_elsewhere=True).train_size == 5000
    assert Training().for_images(5000, "set", tested_elsewhere=True).train_size == 5000


def test_all_images_train_where_one_says_so(small, rng):
    training = Training(train_size="all").for_images(len(small), "set")
    train, validation, test = training.split(small, rng)
    assert (len(train), validation, test) == (len(small), None, None)


def test_a_recipe_sees_more_images_less_often_each():
    recipe = Training(**RECIPES["accurate"])
    epochs = {count: recipe.for_images(count, "set").solver.iterations for count in (500, 5000, 50_000)}
    assert epochs == {500: 400, 5000: 400, 50_000: 185}


def test_epochs_of_ones_own_are_kept():
    own = Training(solver=MiniBatch(400))
    assert own.for_images(50_000, "set").solver.iterations == 400


@pytest.mark.parametrize(
    ("images", "batch_size", "epochs"), [(20, 10, 1500), (120, 12, 300), (1000, 100, 300), (4000, 100, 150)]
)
def test_few_images_are_taken_in_smaller_batches_and_more_epochs(images, batch_size, epochs):
    solver = MiniBatch(150, 0.002, batch_size=100)
    fitted = Training(solver=solver, least_steps=3000, train_size="all").for_images(images, "the data").solver
    assert (fitted.batch_size, fitted.iterations) == (batch_size, epochs)


@pytest.mark.parametrize("name", ["accurate", "lenet"])
def test_a_recipe_learns_few_images_in_3000_steps(name):
    solver = Training(**RECIPES[name], train_size="all").for_images(20, "the data").solver
    assert solver.iterations * 20 / solver.batch_size == 3000


def test_lambda_is_that_of_the_model_that_training_starts_from():
    base = load_model("reference")
    assert base.lam == 0
    assert Training(init_from=base).lam == 0
    assert Training(init_from=base, lam=1.0).lam == 1
    assert Training().lam == 1


def test_more_than_few_images_are_learned_from_random_weights():
    base = load_model("reference")
    training = Training(few_from=base)
    letters = Digits(np.zeros((201, 400)), np.arange(201) % 2, labels=("a", "b"))
    assert training.started(letters.take(slice(0, 200))).init_from is base
    assert training.started(letters).init_from is None


def test_images_to_test_with_that_are_also_trained_on_are_told(digits, rng, caplog):
    twice = digits[[*range(60), *range(60)]]
    Training(train_size=40).split(digits, rng)
    assert not caplog.messages
    Training(train_size=90).split(twice, rng)
    assert "of 30 images to test with are also among those to train with" in caplog.text
