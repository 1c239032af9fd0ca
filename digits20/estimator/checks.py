"""What `fit` and `partial_fit` are given, checked and made arrays: images, labels, classes and sample weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, validate_data

from ..errors import Digits20Error
from ..estimator import parameters
from ..types import Array
from .answers import ModelClassifier, dense, in_rows

Vector = npt.NDArray[Any]


class CheckedClassifier(ModelClassifier):
    """A ModelClassifier that checks its training data."""

    def _checked(self, X: Any, y: Any, reset: bool) -> tuple[dict[str, Any], Array, Vector]:
        """The parameters by name, and images and labels as arrays."""
        given = self.get_params(deep=False)
        parameters.check(given)
        if hasattr(X, "__dask_graph__"):
            raise Digits20Error(
                "a Dask collection is trained on by DaskObjective.from_collections, or here once computed"
            )
        X, shape = in_rows(X)
        if shape and given["image_shape"] is None:
            given["image_shape"] = shape
        elif shape and tuple(given["image_shape"]) != shape:
            raise Digits20Error(f"images of shape {shape}, but image_shape is {given['image_shape']}")
        dtypes = parameters.dtypes(self.dtype)
        X, y = validate_data(self, X, y, accept_sparse="csr", multi_output=True, dtype=dtypes, reset=reset)
        check_classification_targets(y)
        y = dense(y)
        if y.ndim == 2 and y.shape[1] > 1:
            if not np.isin(y, (0, 1)).all():
                raise Digits20Error("y of several columns, expected one per label that holds 0 and 1 only")
            return given, dense(X), parameters.label_sets(y, given)
        return given, dense(X), column_or_1d(y, warn=True)

    def _checked_validation(self, X_val: Any, y_val: Any) -> tuple[Array, Vector]:
        if X_val is None or y_val is None:
            raise Digits20Error("X_val and y_val are given together or not at all")
        X_val = validate_data(
            self, in_rows(X_val)[0], accept_sparse="csr", dtype=parameters.dtypes(self.dtype), reset=False
        )
        X_val, y_val = dense(X_val), dense(y_val)
        y_val = np.asarray(y_val) if self._label_sets else column_or_1d(y_val, warn=True)
        check_consistent_length(X_val, y_val)
        return X_val, self._indices(y_val, "y_val")

    def _indices(self, y: Vector, name: str) -> Vector:
        """(m,) indices into classes_; of several labels per image (m, K), as they are."""
        if (y.ndim == 2) != self._label_sets or (y.ndim == 2 and y.shape[1] != len(self.classes_)):
            raise Digits20Error(f"{name} of shape {y.shape} for {len(self.classes_)} classes, not as before")
        if y.ndim == 2:
            return y
        unseen = np.setdiff1d(y, self.classes_)
        if unseen.size:
            raise Digits20Error(f"{name} has the label {unseen.tolist()[0]!r}, which is not among the classes")
        return np.searchsorted(self.classes_, y)

    def _check_classes(self, classes: Any, first: bool) -> None:
        if first and classes is None:
            raise Digits20Error("the first call of partial_fit must be given all classes")
        if not first and classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise Digits20Error(f"classes {classes!r} are not those of the first call, {self.classes_.tolist()}")
        if first:
            self.classes_ = np.unique(classes)

    def _weights(self, X: Array, y: Vector, sample_weight: Any) -> tuple[Vector | None, Vector]:
        """(m,) for the images, or None where all count alike; (K,) for the classes."""
        weights = _check_sample_weight(sample_weight, X, dtype=np.float64)
        if not weights.any():
            raise Digits20Error("every sample weight is zero: no images to learn from")
        if self._label_sets:
            return (None if sample_weight is None else weights), np.ones(len(self.classes_))
        of_class = parameters.class_weights(self.class_weight, self.classes_, y, weights)
        if sample_weight is None and self.class_weight is None:
            return None, of_class
        return weights * of_class[y], of_class
