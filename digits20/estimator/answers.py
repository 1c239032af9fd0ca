"""What a trained classifier answers and shows, and its way to the toolkit's Model."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import issparse
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from ..data.convert import without_channel
from ..errors import Digits20Error
from ..estimator import parameters
from ..learning.model import Model
from .constructor import Constructed

Vector = npt.NDArray[Any]


def dense(data: Any) -> Any:
    """The array itself, or that of a sparse one; raises Digits20Error where that does not fit into memory."""
    if not issparse(data):
        return data
    try:
        return data.toarray()
    except (MemoryError, ValueError):  # the latter from more bytes than an address can count
        size = math.prod(data.shape) * data.dtype.itemsize
        raise Digits20Error(
            f"a sparse matrix of shape {data.shape} is made dense here, and {size / 1e9:.3g} GB do not fit into memory"
        ) from None


def in_rows(X: Any) -> tuple[Any, tuple[int, int] | None]:
    """Images (m, rows, columns), or with one channel, as (m, n), and (rows, columns); others as they are, and None."""
    if isinstance(X, list | tuple) and len({getattr(image, "shape", None) for image in X}) == 1 and np.ndim(X[0]) == 2:
        X = np.asarray(X)
    if isinstance(X, np.ndarray):
        X = without_channel(X)
    if getattr(X, "ndim", 2) != 3 or not len(X):
        return X, None
    _, rows, columns = X.shape
    return X.reshape(len(X), rows * columns), (rows, columns)


class ModelClassifier(ClassifierMixin, Constructed):  # type: ignore[misc]
    """Answers by its `model_`, whose labels are `classes_`."""

    model_: Model
    classes_: Vector
    _earlier: int = 0  # iterations before the warm start of the last `fit`
    _label_sets: bool = False  # whether an image may have several labels
    _dtype: Any = np.float64  # of the arithmetic in training

    def predict(self, X: Any) -> Vector:
        """The most probable label of each image.

        Parameters
        ----------
        X : array-like of shape (m, n)

        Returns
        -------
        y : ndarray of shape (m,), or (m, K) of 0 and 1 where there are several labels per image
        """
        log_P = self.predict_log_proba(X)
        if self._label_sets:
            return np.asarray(log_P > np.log(0.5), np.int64)
        best = log_P.argmax(axis=1)
        answers: Vector = self.classes_[best]
        return answers

    def predict_proba(self, X: Any) -> Vector:
        """Probabilities of the classes; those of K sigmoids are divided by their sum.

        Parameters
        ----------
        X : array-like of shape (m, n)

        Returns
        -------
        P : ndarray of shape (m, K), each row summing to 1, but for several labels per image
        """
        return np.asarray(np.exp(self.predict_log_proba(X)))

    def predict_log_proba(self, X: Any) -> Vector:
        """Logarithms of the probabilities, from the logits: none is minus infinity.

        Parameters
        ----------
        X : array-like of shape (m, n)

        Returns
        -------
        log_P : ndarray of shape (m, K)
        """
        check_is_fitted(self)
        X, shape = in_rows(X)
        known = self.model_.image_shape
        if shape and known[0] > 1 and shape != known:
            raise Digits20Error(f"images of shape {shape}, but the network has learned from images of {known}")
        X = validate_data(self, X, accept_sparse="csr", reset=False, dtype=parameters.dtypes(self.dtype))
        X = dense(X)
        if self._label_sets:
            return np.asarray(-np.logaddexp(0, -self.model_.logits(X)))
        return self.model_.predict_log_proba(X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.classifier_tags.multi_label = self.output == "sigmoid" and self.class_weight is None
        return tags

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Pickled by an older version, it has the defaults of the parameters that are new."""
        super().__setstate__({**vars(type(self)()), **state})

    def to_model(self) -> Model:
        """The trained network as the rest of digits20 knows it, for `save_model`, `merge`, plots and reports."""
        check_is_fitted(self)
        return self.model_

    @property
    def coefs_(self) -> list[Vector]:
        return [Theta[:, 1:].T.astype(self._dtype, copy=False) for Theta in self.model_.Thetas]

    @property
    def intercepts_(self) -> list[Vector]:
        return [Theta[:, 0].astype(self._dtype, copy=False) for Theta in self.model_.Thetas]

    @property
    def loss_(self) -> float | None:
        return self.model_.scores.get("cost")

    @property
    def loss_curve_(self) -> list[float]:
        return self.model_.costs[1:]

    @property
    def validation_scores_(self) -> list[float] | None:
        return self.model_.scores.get("validation_accuracies", [None])[1:] or None

    @property
    def validation_loss_curve_(self) -> list[float] | None:
        return self.model_.scores.get("validation_costs", [None])[1:] or None

    @property
    def best_epoch_(self) -> int | None:
        by_accuracy = self.monitor == "accuracy"
        curve = self.model_.scores.get("validation_accuracies" if by_accuracy else "validation_costs")
        return int(np.argmax(curve) if by_accuracy else np.argmin(curve)) if curve else None

    @property
    def best_validation_score_(self) -> float | None:
        return max(self.validation_scores_ or [], default=None)

    @property
    def best_loss_(self) -> float | None:
        return min(self.loss_curve_, default=None) if self.patience is None else None

    @property
    def n_iter_(self) -> int:
        return max(len(self.model_.costs) - 1 - self._earlier, 0)
