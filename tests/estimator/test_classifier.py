"""The toolkit as a scikit-learn classifier: what a user of scikit-learn does with one."""

import doctest
from dataclasses import replace

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import digits20.estimator.classifier
from digits20 import LBFGS, Digits, Digits20Error, Network, Objective, fit, load_model, save_model
from digits20.estimator import training as estimator_training
from digits20.estimator.classifier import DigitsClassifier
from digits20.optim.solvers import SOLVERS

BATCHES = {"solver": "adam", "max_iter": 5, "random_state": 0}


@pytest.fixture(scope="module")
def images():
    """400 of scikit-learn's 8x8 digits, and 200 others: X, y, X_test, y_test."""
    X, y = load_digits(return_X_y=True)
    X = X / 16
    return X[:400], y[:400], X[400:600], y[400:600]


@pytest.fixture
def quick():
    return DigitsClassifier(hidden=8, max_iter=5, random_state=0)


def test_the_docstrings_example_runs():
    assert doctest.testmod(digits20.estimator.classifier).failed == 0
    assert doctest.testmod(digits20.estimator.classifier).attempted > 5


# training


def test_images_are_taken_as_they_are_too(images, quick):
    X, y, X_test, _ = images
    flat = clone(quick).fit(X[:, :48], y)
    quick.fit(X[:, :48].reshape(-1, 1, 8, 6), y)
    assert quick.model_.image_shape == (8, 6)
    np.testing.assert_array_equal(quick.predict(list(X_test[:, :48].reshape(-1, 8, 6))), flat.predict(X_test[:, :48]))
    with pytest.raises(Digits20Error, match=r"images of shape \(6, 8\), but the network has learned from .*\(8, 6\)"):
        quick.predict(X_test[:, :48].reshape(-1, 6, 8))


def test_it_is_the_toolkits_own_training_to_the_bit(images):
    X, y, *_ = images
    rng = np.random.default_rng(3)
    J = Objective(Network((64, 8, 10)), Digits(X, y), lam=0.5)
    model = fit(J, J.network.initial_theta(rng), LBFGS(12), rng=rng)
    classifier = DigitsClassifier((8,), 0.5, max_iter=12, random_state=3).fit(X, y)
    np.testing.assert_array_equal(classifier.to_model().theta, model.theta)
    assert classifier.loss_curve_ == model.costs[1:]


@pytest.mark.parametrize("solver", SOLVERS)
def test_every_solver_keeps_its_curves(solver, images):
    X, y, X_val, y_val = images
    classifier = DigitsClassifier(8, solver=solver, max_iter=4, random_state=0).fit(X, y, X_val=X_val, y_val=y_val)
    assert classifier.n_iter_ == 4
    curves = classifier.loss_curve_, classifier.validation_scores_, classifier.validation_loss_curve_
    assert [len(curve) for curve in curves] == [4, 4, 4]
    assert 0.8 * min(classifier.loss_curve_) < classifier.loss_ < 1.2 * max(classifier.loss_curve_)


@pytest.mark.parametrize("solver", [{"solver": "l-bfgs"}, {"solver": "adam", "batch_size": 5}])
def test_patience_stops_on_images_of_the_callers_own_and_keeps_the_best(solver, images):
    X, y, X_val, y_val = images
    classifier = DigitsClassifier(8, 0.0, max_iter=500, patience=5, random_state=0, **solver)
    classifier.fit(X[:100], y[:100], X_val=X_val, y_val=y_val)
    costs = classifier.validation_loss_curve_
    assert classifier.n_iter_ == 1 + int(np.argmin(costs)) + 5 < 500
    assert classifier.score(X_val, y_val) == classifier.validation_scores_[int(np.argmin(costs))]


@pytest.fixture
def parts(monkeypatch):
    """The images that were trained with and those held back, once a classifier has been fitted."""
    made = []
    job = estimator_training.job
    monkeypatch.setattr(estimator_training, "job", lambda *given: made.extend(given[2:4]) or job(*given))
    return made


def test_patience_alone_holds_back_a_tenth_of_every_class(images, quick, parts):
    X, y, *_ = images
    quick.set_params(patience=3).fit(X, y)
    train, validation = parts
    assert (len(train), len(validation)) == (360, 40)
    assert np.abs(np.bincount(validation.y) - np.bincount(y) / 10).max() <= 1


def test_no_image_of_weight_0_is_held_back(images, quick, parts):
    X, y, *_ = images
    quick.set_params(patience=3).fit(X, y, sample_weight=np.arange(400) % 2)
    assert [len(part) for part in parts] == [180, 20]


@pytest.mark.parametrize(("batch_size", "epochs"), [(4, 15), (400, 200)])
def test_lambda_means_the_same_with_any_batch_size(batch_size, epochs, images):
    X, y, *_ = images
    settings = {"lam": 3.0, "output": "softmax", "random_state": 0}
    exact = DigitsClassifier((), **settings).fit(X, y)
    adam = {"solver": "adam", "learning_rate": 0.02, "max_iter": epochs, "batch_size": batch_size}
    batches = DigitsClassifier((), **adam, **settings).fit(X, y)
    assert (batches.coefs_[0] ** 2).sum() == pytest.approx((exact.coefs_[0] ** 2).sum(), rel=0.05)


def test_string_labels_come_back(images, quick):
    X, y, X_test, _ = images
    names = np.array(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
    by_name, by_digit = clone(quick).fit(X, names[y]), clone(quick).fit(X, y)
    assert list(by_name.classes_) == sorted(names)
    assert set(by_name.predict(X_test)) <= set(names)
    assert by_name.score(X, names[y]) == pytest.approx(by_digit.score(X, y), abs=0.2)


def test_two_classes_are_two_outputs(images, quick):
    X, y, *_ = images
    classifier = quick.fit(X, y % 2 == 1)
    assert classifier.classes_.tolist() == [False, True]
    assert classifier.predict_proba(X).shape == (400, 2)
    assert classifier.coefs_[-1].shape == (8, 2)


def test_pandas_feature_names_are_remembered_and_checked(quick):
    iris = load_iris(as_frame=True)
    classifier = quick.fit(iris.data, iris.target)
    assert classifier.feature_names_in_.tolist() == iris.feature_names
    with pytest.raises(ValueError, match="feature names"):
        classifier.predict(iris.data[iris.feature_names[::-1]])


def test_coefficients_are_shaped_as_mlp_classifiers(images, quick):
    X, y, *_ = images
    ours = quick.set_params(hidden=(7, 6)).fit(X, y)
    theirs = MLPClassifier((7, 6), max_iter=2).partial_fit(X, y, classes=range(10))
    for attribute in ("coefs_", "intercepts_"):
        assert [part.shape for part in getattr(ours, attribute)] == [part.shape for part in getattr(theirs, attribute)]


def test_coefficients_are_what_it_answers_by(images, quick):
    X, y, *_ = images
    classifier = quick.fit(X, y)
    A = 1 / (1 + np.exp(-(X @ classifier.coefs_[0] + classifier.intercepts_[0])))
    H = 1 / (1 + np.exp(-(A @ classifier.coefs_[1] + classifier.intercepts_[1])))
    np.testing.assert_allclose(classifier.predict_proba(X), H / H.sum(axis=1, keepdims=True), rtol=1e-9)


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_log_probabilities_are_finite_where_probabilities_vanish(output, images, quick):
    X, y, *_ = images
    classifier = quick.set_params(output=output).fit(X, y)
    classifier.model_ = replace(classifier.model_, theta=1e4 * classifier.model_.theta)
    assert np.isfinite(classifier.predict_log_proba(X)).all()
    np.testing.assert_allclose(classifier.predict_proba(X).sum(axis=1), 1)


def test_nothing_is_answered_before_fit(images, quick):
    with pytest.raises(NotFittedError):
        quick.predict(images[0])
    assert not hasattr(quick, "coefs_")


def test_float32_is_trained_in_float32(images, quick):
    X, y, *_ = images
    theta = quick.set_params(dtype="float32").fit(X, y).model_.theta
    np.testing.assert_array_equal(theta, theta.astype(np.float32))
    assert quick.predict_proba(X).dtype == np.float32


def test_verbose_prints_every_so_many_iterations(images, quick, capsys):
    X, y, X_val, y_val = images
    quick.set_params(verbose=2).fit(X, y, X_val=X_val, y_val=y_val)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["Iteration 0", "Iteration 2", "Iteration 4"]
    assert "cost" in lines[0]
    assert "validation" in lines[0]


def test_ctrl_c_keeps_the_best_so_far_and_ends_a_search(images):
    X, y, *_ = images

    def ctrl_c(progress):
        if progress.iteration == 3:
            raise KeyboardInterrupt

    classifier = DigitsClassifier(8, max_iter=100, solver="gd", random_state=0)
    classifier._watch = lambda: ctrl_c
    with pytest.raises(KeyboardInterrupt):
        classifier.fit(X, y)
    assert 2 <= classifier.n_iter_ <= 3
    assert classifier.predict(X).shape == (400,)


# weights


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_sample_weights_of_k_are_k_copies(output, images, rng):
    X, y, X_test, _ = images
    counts = rng.integers(0, 3, size=400)
    classifier = DigitsClassifier((), output=output, random_state=0)
    weighted, copied = clone(classifier), clone(classifier)
    weighted.fit(X, y, sample_weight=counts)
    copied.fit(np.repeat(X, counts, axis=0), np.repeat(y, counts))
    np.testing.assert_allclose(weighted.predict_proba(X_test), copied.predict_proba(X_test), atol=1e-4)


def test_class_weights_are_sample_weights_by_class(images, quick):
    X, y, X_val, y_val = images
    by_class = clone(quick).set_params(class_weight={0: 5.0, 1: 0.5}).fit(X, y, X_val=X_val, y_val=y_val)
    by_sample = clone(quick).fit(X, y, sample_weight=np.select([y == 0, y == 1], [5.0, 0.5], 1.0))
    np.testing.assert_array_equal(by_class.model_.theta, by_sample.model_.theta)


def test_balanced_classes_count_alike_however_many_images_they_have(images, quick):
    X, y, *_ = images
    few_zeros = np.concatenate([np.flatnonzero(y == 0)[:5], np.flatnonzero(y == 1)])
    balanced = clone(quick).set_params(class_weight="balanced").fit(X[few_zeros], y[few_zeros])
    ones = len(few_zeros) - 5
    by_hand = np.where(y[few_zeros] == 0, (ones + 5) / (2 * 5), (ones + 5) / (2 * ones))
    np.testing.assert_allclose(
        balanced.model_.theta, clone(quick).fit(X[few_zeros], y[few_zeros], by_hand).model_.theta
    )


def test_balanced_classes_count_copies(images, quick):
    X, y, *_ = images
    twice = 1 + (np.arange(400) < 100)
    quick.set_params(class_weight="balanced", hidden=(), max_iter=10)
    weighted = clone(quick).fit(X, y, sample_weight=twice)
    copied = clone(quick).fit(np.repeat(X, twice, axis=0), np.repeat(y, twice))
    np.testing.assert_allclose(weighted.coefs_[0], copied.coefs_[0], rtol=1e-4, atol=1e-6)


def test_validation_images_count_by_their_class_too(images, quick):
    X, y, X_val, y_val = images
    zeros_only = {0: 1.0} | dict.fromkeys(range(1, 10), 1e-12)
    classifier = quick.set_params(class_weight=zeros_only).fit(X, y, X_val=X_val, y_val=y_val)
    assert classifier.validation_scores_[-1] == pytest.approx(1.0)
    assert classifier.score(X_val, y_val) < 0.3


# going on


def test_partial_fit_goes_on_with_momentum_and_random_numbers(images):
    """Three calls with all images are three epochs of one fit at a constant rate."""
    X, y, *_ = images
    classifier = DigitsClassifier(8, schedule="constant", solver="adam", max_iter=3, random_state=0)
    whole, parts = clone(classifier).fit(X, y), clone(classifier)
    for _ in range(3):
        parts.partial_fit(X, y, classes=range(10))
    assert parts.loss_curve_ == whole.loss_curve_
    assert parts.n_iter_ == 3


def test_partial_fit_learns_from_parts_that_lack_classes(images):
    X, y, *_ = images
    settings = {"learning_rate": 0.5, "momentum": 0.0, "batch_size": 20}
    classifier = DigitsClassifier(8, 0.1, activation="tanh", solver="sgd", random_state=0, **settings)
    for _ in range(15):
        for low in (True, False):
            classifier.partial_fit(X[(y < 5) == low], y[(y < 5) == low], classes=range(10))
    assert classifier.score(X, y) > 0.5
    assert classifier.n_iter_ == 30


def test_partial_fit_goes_on_after_fit_and_pickling(images):
    import pickle

    X, y, *_ = images
    classifier = DigitsClassifier(8, **BATCHES).fit(X, y).partial_fit(X, y)
    revived = pickle.loads(pickle.dumps(classifier)).partial_fit(X, y)
    assert revived.n_iter_ == 7
    np.testing.assert_array_equal(revived.model_.theta, classifier.partial_fit(X, y).model_.theta)


def test_partial_fit_is_for_mini_batches_only(quick):
    assert hasattr(DigitsClassifier(solver="sgd"), "partial_fit")
    assert not hasattr(quick, "partial_fit")


@pytest.mark.parametrize(
    ("first", "second", "seen"),
    [
        ({}, None, "the first call of partial_fit must be given all classes"),
        ({"classes": range(10)}, {"classes": range(9)}, "not those of the first call"),
        ({"classes": range(9)}, None, "y has the label 9, which is not among the classes"),
    ],
)
def test_partial_fit_refuses_other_classes(first, second, seen, images):
    X, y, *_ = images
    classifier = DigitsClassifier(8, **BATCHES)
    with pytest.raises(ValueError, match=seen):
        classifier.partial_fit(X, y, **first).partial_fit(X, y, **second)


@pytest.mark.parametrize("solver", ["l-bfgs", "adam"])
def test_a_warm_start_goes_on_from_the_last_weights(solver, images):
    X, y, *_ = images
    classifier = DigitsClassifier(8, solver=solver, max_iter=4, warm_start=True, random_state=0).fit(X, y)
    first = classifier.loss_curve_
    classifier.fit(X, y)
    assert classifier.loss_curve_[:4] == first
    assert len(classifier.loss_curve_) == 8
    assert classifier.loss_curve_[-1] < first[-1]


@pytest.mark.parametrize("solver", ["l-bfgs", "adam"])
def test_n_iter_counts_the_last_fit_only(solver, images):
    X, y, *_ = images
    classifier = DigitsClassifier(8, solver=solver, max_iter=4, warm_start=True, random_state=0).fit(X, y)
    assert classifier.fit(X, y).n_iter_ == 4


def test_a_warm_start_cannot_change_the_layers(images, quick):
    X, y, *_ = images
    quick.set_params(warm_start=True).fit(X, y)
    with pytest.raises(Digits20Error, match=r"goes on with hidden=\(8,\), not \(9,\)"):
        quick.set_params(hidden=(9,)).fit(X, y)


def test_a_warm_start_on_other_labels_keeps_the_layers_below(images, quick):
    X, y, *_ = images
    quick.set_params(warm_start=True, freeze=1).fit(X[y < 5], y[y < 5])
    below = quick.coefs_[0].copy()
    quick.fit(X[y >= 5], y[y >= 5])
    assert quick.classes_.tolist() == [5, 6, 7, 8, 9]
    np.testing.assert_array_equal(quick.coefs_[0], below)


# transfer, deskew, augment


def test_transfer_starts_from_the_layers_of_a_model(images):
    X, y, X_test, y_test = images
    teacher = DigitsClassifier(20, 0.1, max_iter=60, random_state=0).fit(X[y < 5], y[y < 5]).to_model()
    high, few = y_test >= 5, np.flatnonzero(y >= 5)[:10]
    exam = X_test[high], y_test[high]
    scratch = DigitsClassifier(20, 0.1, max_iter=5, random_state=0)
    pupil = clone(scratch).set_params(init_from=teacher).fit(X[few], y[few])
    assert pupil.score(*exam) > scratch.fit(X[few], y[few]).score(*exam) + 0.1
    frozen = clone(pupil).set_params(freeze=1).fit(X[few], y[few])
    np.testing.assert_array_equal(frozen.coefs_[0], teacher.Thetas[0][:, 1:].T)


def test_transfer_by_partial_fit_keeps_the_units_of_known_labels(images):
    X, y, *_ = images
    teacher = DigitsClassifier(8, max_iter=20, random_state=0).fit(X[y < 5], y[y < 5]).to_model()
    pupil = DigitsClassifier(init_from=teacher, keep_head=True, learning_rate=1e-12, **BATCHES)
    pupil.partial_fit(X, y, classes=range(10))
    np.testing.assert_allclose(pupil.intercepts_[-1][:5], teacher.Thetas[-1][:, 0], atol=1e-9)


def test_images_are_set_upright_in_training_and_answers(digits):
    X, y = digits.X[::10], digits.y[::10]
    classifier = DigitsClassifier(8, max_iter=3, deskew=True, random_state=0).fit(X, y)
    upright = Digits(X, y).prepared(("deskew",))
    plain = DigitsClassifier(8, max_iter=3, random_state=0).fit(upright.X, y)
    np.testing.assert_array_equal(classifier.predict_proba(X), plain.predict_proba(upright.X))


def test_augmented_training_sees_other_images_each_epoch(images):
    X, y, *_ = images
    curves = [
        DigitsClassifier(8, augment=augment, **BATCHES).fit(X, y).loss_curve_
        for augment in (False, True, {"rotation": 40, "elastic": 0}, {"rotation": 0, "scale": 0, "shear": 0})
    ]
    assert len({curve[-1] for curve in curves}) == 4


# to and from the toolkit


def test_a_model_file_and_back(images, quick, tmp_path):
    X, y, *_ = images
    lam = np.float64(0.5)  # as a search over np.logspace sets it
    classifier = quick.set_params(lam=lam, max_iter=np.int64(5)).fit(X, y)
    save_model(classifier.to_model(), tmp_path / "x.pkl")
    back = DigitsClassifier.from_model(load_model(tmp_path / "x.pkl"))
    np.testing.assert_array_equal(back.predict_proba(X), classifier.predict_proba(X))
    assert (back.hidden, back.lam, back.loss_curve_) == ((8,), 0.5, classifier.loss_curve_)


def test_yes_and_no_are_1_and_0_in_a_model_file(images, quick, tmp_path):
    X, y, *_ = images
    classifier = quick.fit(X, y > 4)
    save_model(classifier.to_model(), tmp_path / "x.pkl")
    np.testing.assert_array_equal(load_model(tmp_path / "x.pkl").predict(X), classifier.predict(X).astype(int))


def test_it_answers_as_its_model_does(images, quick):
    X, y, *_ = images
    classifier = quick.fit(X, y)
    model = classifier.to_model()
    np.testing.assert_allclose(classifier.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(classifier.predict(X), model.predict(X))
    assert model.accuracy(Digits(X, y)) == classifier.score(X, y)


def test_labels_of_a_model_are_put_in_order(images, quick):
    X, y, *_ = images
    names = np.array(["z", "m", "a"])
    model = fit(Objective(Network((64, 3)), Digits(X[y < 3], y[y < 3], labels=tuple(names))), np.zeros(195), LBFGS(20))
    classifier = DigitsClassifier.from_model(model)
    assert classifier.classes_.tolist() == ["a", "m", "z"]
    np.testing.assert_array_equal(classifier.predict(X), model.predict(X))


def test_the_reference_model_goes_on_learning(digits):
    from digits20.system.shipped import shipped

    classifier = DigitsClassifier.from_model(load_model(shipped("models/reference.pkl")), solver="adam", lam=0.0)
    X, y = digits.X[::20], digits.y[::20]
    before = classifier.score(X, y)
    classifier.set_params(learning_rate=1e-4).partial_fit(X, y)
    assert min(before, classifier.score(X, y)) > 0.97


# what does not go together


@pytest.mark.parametrize(
    ("settings", "seen"),
    [
        ({"solver": "magic"}, "solver 'magic', expected one of l-bfgs, cg"),
        ({"momentum": 0.5}, "momentum does not apply to solver l-bfgs"),
        ({"hidden": (8.5,)}, r"hidden \(8.5,\), expected sizes of layers"),
        ({"activation": "logistic"}, "hidden activation 'logistic', expected one of sigmoid"),
        ({"lam": -1}, "lam == -1, must be >= 0"),
        ({"lam": np.inf}, "lambda is inf"),
        ({"image_shape": 8}, r"image_shape 8, expected \(rows, columns\)"),
        ({"max_iter": 0}, "max_iter == 0, must be >= 1"),
        ({"patience": 0}, "patience == 0, must be >= 1"),
        ({"dtype": "float16"}, "dtype 'float16', expected float32 or float64"),
        ({"augment": True}, "augment needs mini-batches: solver sgd or adam, not l-bfgs"),
        (
            {"augment": {"bend": 1}, "solver": "adam"},
            r"augment \{'bend': 1\}, expected True, False or a dict of rotation",
        ),
        ({"image_shape": (8, 9)}, r"64 pixels do not make an image of shape \(8, 9\)"),
        ({"freeze": 1}, "freeze needs init_from"),
        ({"init_from": "models/x.pkl"}, "init_from is a str, expected a Model"),
        ({"class_weight": {"a": 1}}, "not in class_weight"),
        ({"random_state": -1}, "random seed -1, expected a whole number of 0 or more"),
        ({"hidden": True}, "hidden True, expected sizes of layers"),
        ({"hidden": (8, False)}, r"hidden \(8, False\), expected sizes"),
        ({"deskew": "no"}, "deskew is 'no', expected True or False"),
        ({"warm_start": 1}, "warm_start is 1, expected True or False"),
        ({"nesterov": "yes", "solver": "sgd"}, "nesterov is 'yes', expected True or False"),
        ({"image_shape": "88"}, r"image_shape '88', expected \(rows, columns\)"),
        ({"image_shape": (8.0, 8)}, r"image_shape \(8.0, 8\), expected"),
        ({"lam": True}, "lam is True, expected a number"),
        ({"tol": -1}, "tol == -1, must be >= 0"),
        ({"monitor": "loss"}, "monitor 'loss', expected cost or accuracy"),
        ({"callback": "print"}, "callback is a str, expected a function"),
    ],
)
def test_what_does_not_go_together_is_refused(settings, seen, images):
    X, y, *_ = images
    with pytest.raises(ValueError, match=seen):
        DigitsClassifier(**({"hidden": 8, "max_iter": 2} | settings)).fit(X, y)


def test_deskew_needs_images(quick):
    X, y = load_iris(return_X_y=True)
    with pytest.raises(
        Digits20Error, match="3 features are no square image: deskew, augment and layers need image_shape"
    ):
        quick.set_params(deskew=True).fit(X[:, :3], y)


@pytest.mark.parametrize(
    ("validation", "seen"),
    [
        ({"X_val": np.zeros((2, 64))}, "together"),
        ({"X_val": np.zeros((2, 64)), "y_val": [0, 10]}, "y_val has the label 10, which is not among the classes"),
        ({"X_val": np.zeros((2, 63)), "y_val": [0, 1]}, "63 features"),
        ({"X_val": np.zeros((2, 64)), "y_val": [0]}, "inconsistent numbers of samples"),
    ],
)
def test_validation_images_that_do_not_fit_are_refused(validation, seen, images, quick):
    X, y, *_ = images
    with pytest.raises(ValueError, match=seen):
        quick.fit(X, y, **validation)


# at home in scikit-learn


def test_cross_validation_in_a_pipeline_with_a_scaler(images):
    X, y, *_ = images
    pipeline = make_pipeline(StandardScaler(), DigitsClassifier(20, 3.0, max_iter=40, random_state=0))
    scores = cross_val_score(pipeline, X, y, cv=3)
    assert scores.shape == (3,)
    assert scores.min() > 0.8


# what the README says that scikit-learn's own network lacks

of_1_9 = pytest.mark.skipif(not sklearn.__version__.startswith("1.9."), reason="the README speaks of scikit-learn 1.9")


@of_1_9
def test_mlp_classifier_has_no_loss_curve_and_no_early_stopping_with_lbfgs(images):
    theirs = MLPClassifier((), solver="lbfgs", max_iter=300, early_stopping=True, tol=0.02).fit(*images[:2])
    assert not getattr(theirs, "loss_curve_", [])
    assert getattr(theirs, "validation_scores_", None) is None


@of_1_9
def test_what_mlp_classifiers_alpha_means_changes_with_the_batch(images):
    """It is divided by the images of a batch: batches of 4 decay the weights a hundred times as much as 400."""
    X, y, *_ = images
    squares = []
    for batch_size, epochs in ((4, 15), (400, 200)):
        theirs = MLPClassifier((), alpha=3.0, batch_size=batch_size, learning_rate_init=0.02, random_state=0)
        for _ in range(epochs):
            theirs.partial_fit(X, y, classes=range(10))
        squares.append((theirs.coefs_[0] ** 2).sum())
    assert squares[0] < squares[1] / 50


@of_1_9
def test_mlp_classifier_refuses_other_labels_and_knows_no_class_weights(images):
    X, y, *_ = images
    theirs = MLPClassifier((), solver="lbfgs", max_iter=300, warm_start=True, tol=0.02).fit(X, y)
    with pytest.raises(ValueError, match="warm_start can only be used where"):
        theirs.fit(X[y < 5], y[y < 5])
    assert "class_weight" not in theirs.get_params()
