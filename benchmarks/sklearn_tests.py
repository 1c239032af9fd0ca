"""How many of scikit-learn's own tests of MLPClassifier DigitsClassifier passes, and why the others fail.

    python benchmarks/sklearn_tests.py

MLPClassifier is replaced by DigitsClassifier before the tests are imported; only the constructor's names, values and
defaults are translated. Tests that go through all activations go through the three that digits20 has, and MLPRegressor
is replaced by a class that cannot be made: digits20 has no regression. The tests come with scikit-learn's package;
pytest runs them. Prints Markdown.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import os
import warnings
from pathlib import Path
from typing import Any

import machine
import pytest
import sklearn.neural_network
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import type_of_target

from digits20.estimator import DigitsClassifier

TESTS = "sklearn.neural_network.tests.test_mlp"
DEFAULTS = {
    name: parameter.default
    for name, parameter in inspect.signature(sklearn.neural_network.MLPClassifier).parameters.items()
}
NAMES = {"hidden_layer_sizes": "hidden", "alpha": "lam", "learning_rate_init": "learning_rate"}
SAME = ("max_iter", "random_state", "warm_start", "validation_fraction")
ACTIVATIONS, SOLVERS = {"logistic": "sigmoid"}, {"lbfgs": "l-bfgs"}
REGRESSION = "regression"
BY_GRADIENT = {"momentum": "momentum", "nesterovs_momentum": "nesterov"}  # for "sgd" alone, as in scikit-learn


class Missing(Exception):
    """Something that digits20 does not have."""


def translated(given: dict[str, Any]) -> dict[str, Any]:
    """MLPClassifier's parameters, as DigitsClassifier has them; raises Missing for what it has not."""
    full = {**DEFAULTS, **given}
    for name in ("shuffle", "power_t", "learning_rate"):
        if full[name] != DEFAULTS[name]:
            raise Missing(f"{name}={full[name]!r}")
    ours = {name: full[name] for name in SAME} | {"hidden": full["hidden_layer_sizes"], "lam": full["alpha"]}
    ours |= {
        "activation": ACTIVATIONS.get(full["activation"], full["activation"]),
        "solver": SOLVERS.get(full["solver"], full["solver"]),
    }
    ours |= {"output": "softmax", "verbose": bool(full["verbose"])}
    if full["solver"] == "lbfgs":
        ours["max_iter"] = min(full["max_iter"], full["max_fun"])
    else:
        batch = {"batch_size": 200 if full["batch_size"] == "auto" else full["batch_size"]}
        ours |= {"learning_rate": full["learning_rate_init"], "schedule": "constant", **batch}
    if full["solver"] == "sgd":
        ours |= {new: full[name] for name, new in BY_GRADIENT.items()}
    if full["early_stopping"]:
        return ours | {"patience": full["n_iter_no_change"], "monitor": "accuracy"}
    return ours | {"tol": full["tol"], "n_iter_no_change": full["n_iter_no_change"]}


class Classifier(DigitsClassifier):
    """DigitsClassifier, made with MLPClassifier's parameters."""

    def __init__(self, *sizes: Any, **given: Any) -> None:
        known = inspect.signature(DigitsClassifier).parameters  # fewer in older versions
        ours = translated(given | ({"hidden_layer_sizes": sizes[0]} if sizes else {}))
        super().__init__(**{name: value for name, value in ours.items() if name in known})

    @classmethod
    def _get_param_names(cls) -> list[str]:
        return list(DigitsClassifier._get_param_names())

    def fit(self, X: Any, y: Any, *more: Any, **named: Any) -> Classifier:
        self._suit(y)
        return super().fit(X, y, *more, **named)

    @available_if(lambda self: hasattr(super(), "partial_fit"))
    def partial_fit(self, X: Any, y: Any, *more: Any, **named: Any) -> Classifier:
        self._suit(y)
        return super().partial_fit(X, y, *more, **named)

    def _suit(self, y: Any) -> None:
        """Sigmoids for several labels per image, as MLPClassifier chooses by itself."""
        if type_of_target(y) == "multilabel-indicator":
            self.output = "sigmoid"


class Regressor:
    def __init__(self, *_: Any, **__: Any) -> None:
        raise Missing(REGRESSION)


class Results:
    """What pytest tells of each test: None where it passed, else the line that says why not."""

    def __init__(self) -> None:
        self.why: dict[str, str | None] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        name = report.nodeid.split("::")[-1]
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            self.why[name] = (crash.message if crash else str(report.longrepr)).splitlines()[0]
        elif report.when == "call" and report.passed:
            self.why[name] = None


def run() -> dict[str, str | None]:
    for name, substitute in (("MLPClassifier", Classifier), ("MLPRegressor", Regressor)):
        setattr(sklearn.neural_network, name, substitute)
        setattr(sklearn.neural_network._multilayer_perceptron, name, substitute)
    importlib.import_module(TESTS).ACTIVATION_TYPES = ["logistic", "tanh", "relu"]
    results = Results()
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-c", os.devnull, "--rootdir", os.curdir]
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        pytest.main([*options, "--pyargs", TESTS], plugins=[results])
    return results.why


def main() -> None:
    print(f"{Path(__file__).name}; {machine.describe('scikit-learn')}\n")
    why = run()
    failed = [[name, reason.replace("|", "\\|")[:150]] for name, reason in why.items() if reason]
    absent = sum(REGRESSION in reason for _, reason in failed)
    print(f"{len(why) - len(failed)} of {len(why)} passed; {absent} need regression, which digits20 does not have\n")
    print(machine.table(["failed otherwise", "why"], [row for row in failed if REGRESSION not in row[1]]))


if __name__ == "__main__":
    main()
