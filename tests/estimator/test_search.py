"""Scikit-learn's own searches over the classifier, on joblib and on Dask."""

import joblib
import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - older versions hide the class without it
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler

from digits20 import load_model, save_model
from digits20.estimator.classifier import DigitsClassifier

GRID = {"hidden": [(2,), (16,)], "lam": [0.3, 300.0]}


@pytest.fixture(scope="module")
def data():
    X, y = load_digits(return_X_y=True)
    return X[:300] / 16, y[:300]


@pytest.fixture
def search():
    classifier = DigitsClassifier(max_iter=30, random_state=0)
    return GridSearchCV(classifier, GRID, cv=StratifiedKFold(3, shuffle=True, random_state=0), error_score="raise")


def test_a_grid_search_over_lambda_and_hidden_finds_the_best_and_refits(search, data):
    X, y = data
    search.fit(X, y)
    assert search.best_params_ == {"hidden": (16,), "lam": 0.3}
    assert search.best_score_ > 0.85
    again = clone(search.best_estimator_).fit(X, y)
    np.testing.assert_array_equal(search.best_estimator_.coefs_[0], again.coefs_[0])


def test_a_halving_search_hands_out_iterations(data, tmp_path):
    X, y = data
    classifier = DigitsClassifier(dtype="float32", random_state=0)
    grid = {"hidden": [(2,), (16,)], "lam": np.logspace(-1, 2, 4)}
    search = HalvingGridSearchCV(classifier, grid, resource="max_iter", min_resources=4, max_resources=32, factor=2)
    search.fit(X, y)
    assert search.n_resources_ == [4, 8, 16, 32]
    assert search.best_estimator_.n_iter_ == 32
    save_model(search.best_estimator_.to_model(), tmp_path / "best.pkl")
    assert load_model(tmp_path / "best.pkl").lam == search.best_params_["lam"]


def test_a_search_passes_on_validation_images_and_weights(data, search):
    X, y = data
    search.set_params(estimator__patience=2, estimator__max_iter=100)
    search.fit(X[:200], y[:200], sample_weight=np.arange(200) % 2, X_val=X[200:], y_val=y[200:])
    assert len(search.best_estimator_.validation_scores_) == search.best_estimator_.n_iter_ < 100


def test_a_pipeline_scales_the_validation_images_too(data):
    """As scikit-learn's metadata routing does for whatever `transform_input` names."""
    X, y = data
    with sklearn.config_context(enable_metadata_routing=True):
        classifier = DigitsClassifier(4, max_iter=2, random_state=0).set_fit_request(X_val=True, y_val=True)
        pipeline = Pipeline([("scale", MinMaxScaler()), ("network", classifier)], transform_input=["X_val"])
        pipeline.fit(16 * X[:200], y[:200], X_val=16 * X[200:], y_val=y[200:])
    scaler, direct = pipeline["scale"], clone(classifier)
    direct.fit(scaler.transform(16 * X[:200]), y[:200], X_val=scaler.transform(16 * X[200:]), y_val=y[200:])
    assert pipeline["network"].validation_loss_curve_ == direct.validation_loss_curve_


def test_joblib_and_dask_find_the_same_best(search, data):
    distributed = pytest.importorskip("dask.distributed")
    on_joblib, on_dask = clone(search).set_params(n_jobs=2).fit(*data), clone(search)
    cluster = distributed.LocalCluster(1, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0")
    with cluster, distributed.Client(cluster), joblib.parallel_config("dask"):
        on_dask.fit(*data)
    assert on_dask.best_params_ == on_joblib.best_params_ == {"hidden": (16,), "lam": 0.3}
    np.testing.assert_array_equal(on_dask.cv_results_["mean_test_score"], on_joblib.cv_results_["mean_test_score"])
    np.testing.assert_array_equal(on_dask.best_estimator_.coefs_[0], on_joblib.best_estimator_.coefs_[0])
