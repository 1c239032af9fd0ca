"""The parameters of the classifier with their defaults; `DigitsClassifier` says what they mean."""

from __future__ import annotations

from typing import Any

from sklearn.base import BaseEstimator

from ..learning.fit import Monitored
from ..learning.model import Model


class Constructed(BaseEstimator):  # type: ignore[misc]
    """Keeps what the constructor is given under the same names, unchecked, as scikit-learn wants it."""

    hidden: Any
    lam: float
    activation: str
    output: str
    solver: str
    max_iter: int | None
    layers: Any
    learning_rate: float | None
    momentum: float | None
    nesterov: bool | None
    batch_size: int | None
    schedule: str | None
    patience: int | None
    monitor: Monitored
    tol: float | None
    n_iter_no_change: float
    callback: Any
    validation_fraction: float
    deskew: bool
    augment: Any
    image_shape: tuple[int, int] | None
    class_weight: Any
    init_from: Model | None
    freeze: int
    keep_head: bool
    total_samples: int | None
    warm_start: bool
    dtype: str | None
    verbose: bool | int
    random_state: Any

    def __init__(
        self,
        hidden: Any = (25,),
        lam: float = 1.0,
        activation: str = "sigmoid",
        output: str = "sigmoid",
        solver: str = "l-bfgs",
        max_iter: int | None = None,
        *,
        layers: Any = None,
        learning_rate: float | None = None,
        momentum: float | None = None,
        nesterov: bool | None = None,
        batch_size: int | None = None,
        schedule: str | None = None,
        patience: int | None = None,
        monitor: Monitored = "cost",
        tol: float | None = None,
        n_iter_no_change: float = 10,
        callback: Any = None,
        validation_fraction: float = 0.1,
        deskew: bool = False,
        augment: Any = False,
        image_shape: tuple[int, int] | None = None,
        class_weight: Any = None,
        init_from: Model | None = None,
        freeze: int = 0,
        keep_head: bool = False,
        total_samples: int | None = None,
        warm_start: bool = False,
        dtype: str | None = None,
        verbose: bool | int = False,
        random_state: Any = None,
    ) -> None:
        given = locals()
        del given["self"]
        self.__dict__.update(given)
