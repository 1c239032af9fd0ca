"""`partial_fit`: lambda in pieces, and weights that sum to next to nothing."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.ensemble import AdaBoostClassifier

from digits20 import Digits20Error
from digits20.estimator import DigitsClassifier
from digits20.estimator.pieces import Different, Seen, scale

ADAM = {"solver": "adam", "random_state": 0}


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X / 16, y


def in_chunks(classifier, X, y, passes, rng):
    for _ in range(passes):
        order = rng.permutation(len(X))
        for start in range(0, len(X), 10):
            chunk = order[start : start + 10]
            classifier.partial_fit(X[chunk], y[chunk], classes=range(10))
    return classifier


def test_chunks_of_10_end_as_accurate_as_fit_with_batches_of_10(digits, rng):
    X, y = digits[0][:200], digits[1][:200]
    whole = DigitsClassifier(batch_size=10, max_iter=9, schedule="constant", **ADAM).fit(X, y)
    assert whole.score(X, y) > 0.9
    assert in_chunks(DigitsClassifier(**ADAM), X, y, 9, rng).score(X, y) > 0.9


@pytest.mark.parametrize("told", [{}, {"total_samples": 100}])
def test_lambda_is_the_same_in_chunks_of_any_size(told, digits, rng):
    X, y = digits[0][:100], digits[1][:100]
    settings = {"hidden": (), "lam": 3.0, "output": "softmax"} | ADAM
    exact = DigitsClassifier((), 3.0, output="softmax", random_state=0).fit(X, y)
    pieces = in_chunks(DigitsClassifier(learning_rate=0.01, **told, **settings), X, y, 20, rng)
    assert (pieces.coefs_[0] ** 2).sum() == pytest.approx((exact.coefs_[0] ** 2).sum(), rel=0.1)


def test_images_seen_again_are_counted_once_and_by_their_weight(digits):
    X = digits[0][:10]
    seen = Seen()
    for weights in (None, np.full(10, 2.0), np.full(10, 2.0)):
        seen.add(X, weights)
    assert (len(seen.weights), seen.images) == (10, 20.0)


def test_images_of_fit_are_counted_in_the_pieces_that_follow(digits):
    X, y = digits
    classifier = DigitsClassifier(max_iter=1, **ADAM).fit(X[:400], y[:400]).partial_fit(X[390:410], y[390:410])
    assert classifier._seen.images == 410


def test_the_model_of_pieces_has_the_lambda_that_was_given(digits):
    X, y = digits
    classifier = DigitsClassifier(lam=2.0, total_samples=400, **ADAM)
    assert classifier.partial_fit(X[:10], y[:10], classes=range(10)).model_.lam == 2.0


def test_patience_in_partial_fit_is_refused(digits):
    X, y = digits
    with pytest.raises(Digits20Error, match="partial_fit does not support patience"):
        DigitsClassifier(patience=3, **ADAM).partial_fit(X, y, classes=range(10))


def test_a_call_looks_for_no_libraries(digits, monkeypatch):
    X, y = digits
    classifier = DigitsClassifier(**ADAM).partial_fit(X[:10], y[:10], classes=range(10))
    monkeypatch.setattr("threadpoolctl.ThreadpoolController._load_libraries", None)
    classifier.partial_fit(X[:10], y[:10])


@pytest.mark.parametrize("total", [1.0, 10.0])
def test_weights_that_sum_to_little_do_not_let_lambda_drown_the_images(total, digits):
    X, y = digits[0][:400], digits[1][:400]
    few = DigitsClassifier(max_iter=50, random_state=0).fit(X, y, sample_weight=np.full(400, total / 400))
    alike = DigitsClassifier(max_iter=50, random_state=0).fit(X, y)
    np.testing.assert_allclose(few.predict_proba(X), alike.predict_proba(X), atol=1e-6)


def test_whole_numbers_stay_the_numbers_of_copies_that_they_are(rng):
    weights = rng.integers(0, 4, 100)
    assert scale(weights.sum(), (weights**2).sum()) == 1


def test_adaboost_learns(digits):
    X, y = digits[0][:400], digits[1][:400]
    boosted = AdaBoostClassifier(DigitsClassifier(max_iter=20, random_state=0), n_estimators=3, random_state=0)
    assert boosted.fit(X, y).score(X, y) > 0.95


def test_fits_of_one_iteration_are_one_long_fit_of_l_bfgs(digits):
    X, y = digits[0][:400], digits[1][:400]
    whole = DigitsClassifier(max_iter=25, random_state=0).fit(X, y)
    single = DigitsClassifier(max_iter=1, random_state=0, warm_start=True)
    for _ in range(25):
        single.fit(X, y)
    assert single.loss_curve_ == whole.loss_curve_


def test_a_warm_start_on_other_labels_forgets_the_steps_of_other_weights(digits):
    X, y = digits[0][:400], digits[1][:400]
    classifier = DigitsClassifier(8, max_iter=20, random_state=0, warm_start=True).fit(X[y < 5], y[y < 5])
    assert classifier.fit(X, y).score(X, y) > 0.9


def test_weights_that_sum_to_1_do_not_let_lambda_drown_the_images_when_their_sum_is_told(digits):
    X, y = digits[0][:300], digits[1][:300]
    weights = np.full(len(X), 1 / len(X))
    classifier = DigitsClassifier(lam=1.0, total_samples=1, **ADAM)
    for _ in range(9):
        for rows in np.array_split(np.arange(len(X)), len(X) // 10):
            classifier.partial_fit(X[rows], y[rows], classes=np.arange(10), sample_weight=weights[rows])
    assert classifier.score(X, y) > 0.8


def test_fewer_images_in_all_than_a_call_brings_are_refused(digits):
    with pytest.raises(Digits20Error, match="total_samples is 10, but this call alone has"):
        DigitsClassifier(total_samples=10, **ADAM).partial_fit(*digits, classes=np.arange(10))


def test_more_images_over_several_calls_than_total_samples_are_warned_of(digits):
    X, y = digits
    classifier = DigitsClassifier(total_samples=100, **ADAM)
    classifier.partial_fit(X[:90], y[:90], classes=np.arange(10))
    with pytest.warns(UserWarning, match=r"total_samples is 100, but there were about 120 different images so far"):
        classifier.partial_fit(X[60:120], y[60:120])


@pytest.mark.filterwarnings("error")
def test_the_same_images_again_are_not_more_of_them(digits):
    X, y = digits
    classifier = DigitsClassifier(total_samples=100, **ADAM)
    for _ in range(3):
        classifier.partial_fit(X[:100], y[:100], classes=np.arange(10))


def test_of_many_images_the_number_is_estimated_from_the_checksums_of_few(rng):
    different = Different(100_000)
    for _ in range(2):
        different.add(rng.random((20_000, 1)))
    assert different.images == pytest.approx(0.9 * 40_000, rel=0.1)
    assert len(different.kept) < 4500


def test_images_to_validate_by_do_not_count_for_lambda(digits):
    X, y = digits[0][:60], digits[1][:60]
    heavier = DigitsClassifier(max_iter=1, class_weight={3: 2.0}, **ADAM).fit(X, y, X_val=X[:20], y_val=y[:20])
    alone = DigitsClassifier(max_iter=1, class_weight={3: 2.0}, **ADAM).fit(X, y)
    assert heavier._seen.images == alone._seen.images
