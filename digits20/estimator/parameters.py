"""The parameters of the scikit-learn classifier, checked and converted: random state, layers, shapes, class weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from numbers import Integral, Real
from typing import Any

import numpy as np
import numpy.typing as npt

from ..data.convert import square_shape
from ..errors import Digits20Error
from ..images.augment import Warps
from ..learning.model import Model
from ..learning.settings import hidden_of
from ..nn.layers import Dense
from ..nn.layers.text import layers_from, text_of
from ..system.arguments import generator as seeded

Weights = npt.NDArray[np.float64]


def generator(random_state: Any) -> np.random.Generator:
    """Of a whole number, a RandomState or a Generator; of None, from NumPy's global random numbers."""
    from sklearn.utils import check_random_state

    if isinstance(random_state, np.random.Generator):
        return random_state
    if random_state is None or isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(check_random_state(random_state).randint(2**31 - 1))
    return seeded(random_state)


# the parameters that have another name than the field of Training or the setting of a solver that they stand for
PARAMETERS = {"warps": "augment", "iterations": "max_iter"}
# type, least, largest, and which of the two are allowed
RANGES = {
    "lam": (Real, 0, None, "left"),
    "max_iter": (Integral, 1, None, "left"),
    "learning_rate": (Real, 0, None, "neither"),
    "momentum": (Real, 0, 1, "left"),
    "batch_size": (Integral, 1, None, "left"),
    "patience": (Integral, 1, None, "left"),
    "validation_fraction": (Real, 0, 1, "neither"),
    "total_samples": (Integral, 1, None, "left"),
    "tol": (Real, 0, None, "left"),
    "n_iter_no_change": (Real, 1, None, "left"),
    "freeze": (Integral, 0, None, "left"),
    "verbose": (Integral, 0, None, "left"),
}
OBJECTS = ("init_from", "callback")  # which no model file can hold
OPTIONAL = ("max_iter", "learning_rate", "momentum", "batch_size", "patience", "total_samples", "tol")
SWITCHES = ("deskew", "keep_head", "warm_start", "nesterov")  # True or False; nesterov may be None


def check(parameters: Mapping[str, Any]) -> None:
    """Raises TypeError or ValueError, Digits20Error among them, for a parameter of the wrong kind or range."""
    from sklearn.utils import check_scalar

    for name, (kind, least, largest, allowed) in RANGES.items():
        if parameters[name] is not None or name not in OPTIONAL:
            if isinstance(parameters[name], bool | np.bool_) and name != "verbose":
                raise Digits20Error(f"{name} is {parameters[name]}, expected a number")
            if name == "tol" and isinstance(parameters[name], Real) and not np.isfinite(parameters[name]):
                raise Digits20Error(f"tol is {parameters[name]}, expected a finite number")
            check_scalar(parameters[name], name, kind, min_val=least, max_val=largest, include_boundaries=allowed)
    for name in SWITCHES:
        if not isinstance(parameters[name], bool | np.bool_) and (name, parameters[name]) != ("nesterov", None):
            raise Digits20Error(f"{name} is {parameters[name]!r}, expected True or False")
    epochs = parameters["n_iter_no_change"]
    if not (isinstance(epochs, Integral) or epochs == np.inf):  # as in scikit-learn
        raise Digits20Error(f"n_iter_no_change is {epochs}, expected a whole number of epochs")
    for name in ("activation", "output"):
        if parameters[name] is None:
            raise Digits20Error(f"{name} is None, expected a name such as 'sigmoid'")
    if parameters["monitor"] not in ("cost", "accuracy"):
        raise Digits20Error(f"monitor {parameters['monitor']!r}, expected cost or accuracy")
    if not (parameters["callback"] is None or callable(parameters["callback"])):
        raise Digits20Error(f"callback is a {type(parameters['callback']).__name__}, expected a function")


def dtypes(dtype: Any) -> Any:
    """What X is turned into: of that name, or as it is if it is float32, else float64."""
    if dtype is None:
        return [np.float64, np.float32]
    if dtype not in ("float32", "float64", np.float32, np.float64):
        raise Digits20Error(f"dtype {dtype!r}, expected float32 or float64")
    return np.dtype(dtype)


def hidden_sizes(hidden: Any) -> tuple[int, ...]:
    """Units of each hidden layer; a number is one layer. Raises Digits20Error for what is no size."""
    sizes = tuple(hidden) if isinstance(hidden, Sequence | np.ndarray) else (hidden,)
    if not all(_is_size(size) for size in sizes):
        raise Digits20Error(f"hidden {hidden!r}, expected sizes of layers such as (25,)")
    return tuple(int(size) for size in sizes)


def _is_size(number: Any) -> bool:
    return isinstance(number, int | np.integer) and not isinstance(number, bool) and int(number) > 0


def hidden_layers(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """`hidden`, units of each hidden layer, and `layers`, as text, of which one is None."""
    if parameters["layers"] is None:
        return {"hidden": hidden_sizes(parameters["hidden"]), "layers": None}
    layers = layers_from(parameters["layers"])
    if all(isinstance(layer, Dense) and layer.groups == 1 for layer in layers):
        return {"hidden": tuple(layer.units for layer in layers if isinstance(layer, Dense)), "layers": None}
    return {"hidden": None, "layers": text_of(layers)}


def image_shape(given: Any, pixels: int, needed: bool) -> tuple[int, int]:
    """(rows, columns) as given, or the square of so many pixels; else one row, unless a shape is `needed`."""
    if given is not None:
        if not isinstance(given, Sequence | np.ndarray) or len(given) != 2 or not all(map(_is_size, given)):
            raise Digits20Error(f"image_shape {given!r}, expected (rows, columns)")
        return int(given[0]), int(given[1])
    square = square_shape(pixels)
    if square is None and needed:
        raise Digits20Error(f"{pixels} features are no square image: deskew, augment and layers need image_shape")
    return square or (1, pixels)


def strengths(augment: Any) -> Mapping[str, Any] | None:
    """The strengths of the warps by name, those left out as `Warps` has them; None for no warps."""
    if augment is False or augment is None:
        return None
    known = [field.name for field in fields(Warps) if field.name != "image_shape"]
    if augment is True:
        return {}
    if not (isinstance(augment, Mapping) and set(augment) <= set(known)):
        raise Digits20Error(f"augment {augment!r}, expected True, False or a dict of {', '.join(known)}")
    return dict(augment)


def class_weights(class_weight: Any, classes: npt.NDArray[Any], y: npt.NDArray[np.intp], weights: Weights) -> Weights:
    """(K,): how much an image of each class counts, for y (m,), indices into `classes`, and weights (m,).

    "balanced" is as scikit-learn defines it, but counts images by their weights, so that they remain copies.
    """
    from sklearn.utils.class_weight import compute_class_weight

    if class_weight is None:
        return np.ones(len(classes))
    if class_weight == "balanced":
        totals = np.bincount(y, weights, minlength=len(classes))
        present = totals > 0
        return np.where(present, totals.sum() / (present.sum() * np.where(present, totals, 1)), 1)
    return np.asarray(compute_class_weight(class_weight, classes=classes, y=classes[y]))


def decided(model: Model) -> dict[str, Any]:
    """The parameters that cannot be other than in a model that training goes on from."""
    network = model.network
    return {
        **({"hidden": network.layer_sizes[1:-1], "layers": None} if network.is_dense else hidden_of(network)),
        "activation": model.network.hidden,
        "output": model.network.output,
        "deskew": "deskew" in model.preprocess,
    }


def check_goes_on(model: Model, parameters: Mapping[str, Any]) -> None:
    """Raises Digits20Error for parameters that have been changed since the model was trained, and cannot be."""
    for name, value in decided(model).items():
        if parameters[name] != value:
            raise Digits20Error(f"training goes on with {name}={value!r}, not {parameters[name]!r}")


def base(init_from: Any) -> Model | None:
    """The model to start from, if any, with its labels in order."""
    if init_from is None:
        return None
    if not isinstance(init_from, Model):
        raise Digits20Error(f"init_from is a {type(init_from).__name__}, expected a Model, such as load_model answers")
    return in_order(init_from)


def in_order(model: Model) -> Model:
    """The same model with its labels, and the output units with them, in the order in which scikit-learn wants them."""
    order = np.argsort(np.array(model.labels), kind="stable")
    top = model.Thetas[-1]
    theta = np.concatenate([model.theta[: -top.size], top[order].ravel()])
    return replace(model, theta=theta, labels=tuple(model.labels[unit] for unit in order))


def settings(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as a model file can hold them, under the names that the commands give them."""
    names = {"lam": "lambda", "max_iter": "iterations", "random_state": "seed"}
    plain = {names.get(name, name): _plain(value) for name, value in parameters.items() if name not in OBJECTS}
    return plain if parameters["layers"] is None else plain | {"layers": text_of(layers_from(parameters["layers"]))}


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value if value is None or isinstance(value, bool | int | float | str) else repr(value)


def label_sets(y: npt.NDArray[Any], parameters: Mapping[str, Any]) -> npt.NDArray[Any]:
    """y (m, K) of 0 and 1; raises Digits20Error for parameters that several labels per image do not go with."""
    if parameters["output"] != "sigmoid":
        raise Digits20Error(f"several labels per image need output='sigmoid', not {parameters['output']!r}")
    if parameters["class_weight"] is not None:
        raise Digits20Error("class_weight is for one label per image: give sample_weight")
    return np.asarray(y != 0, np.int64)
