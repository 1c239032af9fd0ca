"""The classifier's training by `partial_fit`, and what that shares with `fit`: callbacks, and the model kept."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Self

from sklearn.utils.metaestimators import available_if

from ..errors import Digits20Error
from ..estimator import parameters, pieces, progress, training
from ..learning.fit import Callback, Progress
from ..learning.model import Model
from ..optim.solution import Snapshot
from ..optim.solvers import MINI_BATCHES
from ..system.threads import limited_threads
from ..types import Array
from .checks import CheckedClassifier, Vector


def _is_mini_batches(solver: Any) -> bool:
    return str(solver).lower() in MINI_BATCHES


def _by_mini_batches(classifier: PartialClassifier) -> bool:
    if _is_mini_batches(classifier.solver):
        return True
    raise AttributeError(f"partial_fit needs mini-batches: solver {' or '.join(MINI_BATCHES)}, not {classifier.solver}")


class PartialClassifier(CheckedClassifier):
    """A CheckedClassifier that learns from the images of one call after another."""

    _snapshot: Snapshot | None = None  # where the last call left its solver
    _different: pieces.Different | None = None

    @available_if(_by_mini_batches)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """One epoch over these images, at a constant learning rate; `solver` must be "sgd" or "adam".

        Momentum and Adam's moments go on from call to call. Lambda means what it means in `fit` with all images
        together: `total_samples` says how many there will be, or the different images given so far are counted.
        Raises Digits20Error for early stopping, which is for `fit`.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (m, n)
            Images, one a row; or as they are, (m, rows, columns). Sparse ones are made dense.
        y : array-like of shape (m,)
            Their labels.
        classes : array-like of shape (K,), default=None
            All labels that will ever occur, needed in the first call.
        sample_weight : array-like of shape (m,), default=None
            How much each image counts.

        Returns
        -------
        self : DigitsClassifier
        """
        old: Model | None = getattr(self, "model_", None)
        self._check_pieces()
        given, X, y = self._checked(X, y, reset=old is None)
        if old is None:
            self._label_sets = y.ndim == 2
        self._check_classes(classes, first=old is None)
        indices = self._indices(y, "y")
        weights, _ = self._weights(X, indices, sample_weight)
        rng = parameters.generator(self.random_state)
        labels = training.labels_of(self.classes_)
        run = pieces.Continued(old.costs if old else [], self._snapshot)
        given |= {"schedule": "constant", "max_iter": max(len(run.costs), 1), "lam": self._piece_of_lam(X, weights)}
        chosen = training.training_of(given, old)
        start = chosen.start(training.shape_of(given, X.shape[1], chosen.init_from), labels, rng)
        images = training.digits(given, labels, X, indices, weights, start)
        with limited_threads(1):
            model = training.job(chosen, start, images, None, rng, None).run(self._watch(), run)
        self._snapshot = run.last
        return self._learned(replace(model, lam=self.lam), images.X.dtype)

    def _begin_pieces(self, X: Array, weights: Vector | None) -> None:
        """What `fit` has learned from, which `partial_fit` may continue."""
        self._snapshot, self._different, self._seen = None, None, pieces.Seen()
        if self.total_samples is None and _is_mini_batches(self.solver):
            self._seen.add(X, weights)

    def _check_pieces(self) -> None:
        if self.patience is not None:
            raise Digits20Error("partial_fit does not support patience: early stopping is for fit")
        if self.class_weight == "balanced":
            raise Digits20Error("class_weight 'balanced' would weigh each call's images by themselves: give a dict")

    def _piece_of_lam(self, X: Array, weights: Vector | None) -> float:
        """Lambda times the share of these images in all, because J divides it by their number."""
        if not hasattr(self, "_seen"):
            self._seen = pieces.Seen()
        images = len(X) if weights is None else float(weights.sum())
        if self.total_samples is None:
            self._seen.add(X, weights)
            return self.lam * images / self._seen.images
        if images > self.total_samples:
            raise Digits20Error(f"total_samples is {self.total_samples}, but this call alone has {images:g}")
        if weights is None:
            self._warn_of_more(X, self.total_samples)
        return self.lam * images / (self.total_samples * pieces.scale_of(weights))

    def _warn_of_more(self, X: Array, total: int) -> None:
        """That more different images were given than there are said to be, so that lambda counts for more."""
        self._different = self._different or pieces.Different(total)
        self._different.add(X)
        if self._different.images > total:
            seen = f"about {self._different.images} different images so far"
            warnings.warn(f"total_samples is {total}, but there were {seen}: lambda counts for more", stacklevel=4)

    def _watch(self) -> Callable[[Progress], object] | None:
        callbacks: list[Callback] = [progress.printing(int(self.verbose))] if self.verbose else []
        callbacks += [] if self.callback is None else [self.callback]
        if self.tol is not None and _is_mini_batches(self.solver):
            callbacks.append(progress.Plateau(self.tol, self.n_iter_no_change))
        return progress.all_of(callbacks)

    def _learned(self, model: Model, dtype: Any) -> Self:
        interrupted = model.solution is not None and model.solution.interrupted
        if model.solution is not None:
            self.message_, self.converged_ = model.solution.message, model.solution.converged
        self._dtype = dtype
        self.model_ = replace(model, solution=None, settings=parameters.settings(self.get_params(deep=False)))
        if interrupted:
            raise KeyboardInterrupt
        return self
