"""Classic neural networks on small sets of grey images."""

from .system import interrupts as interrupts  # isort: skip - first: the others take a while; Ctrl-C may come meanwhile
import functools
import importlib
from typing import TYPE_CHECKING, Any

from .data.dataset import Digits
from .data.load import load, load_csv, load_digits, load_images
from .data.orientation import judge_digits_by
from .errors import DataFileError, Digits20Error, ImageError, ModelFileError
from .learning.fit import fit
from .learning.model import Model
from .nn.gradient_check import gradient_error, numerical_gradient
from .nn.network import Network
from .nn.objective import Objective
from .optim.descent import GradientDescent, MiniBatch
from .optim.lbfgs import LBFGS
from .optim.minimize import minimize
from .optim.scipy_methods import Scipy
from .optim.solution import Diverged, Solution
from .persistence.checkpoint import Checkpoint
from .persistence.model_file import load_model, save_model
from .persistence.thetas import import_thetas
from .system.moved import MOVED, find_moved_modules
from .system.version import __version__ as __version__

if TYPE_CHECKING:
    from .estimator.classifier import DigitsClassifier
    from .images.photo import read_photo

__all__ = [
    "LBFGS",
    "Checkpoint",
    "DataFileError",
    "Digits",
    "Digits20Error",
    "DigitsClassifier",
    "Diverged",
    "GradientDescent",
    "ImageError",
    "MiniBatch",
    "Model",
    "ModelFileError",
    "Network",
    "Objective",
    "Scipy",
    "Solution",
    "fit",
    "gradient_error",
    "import_thetas",
    "load",
    "load_csv",
    "load_digits",
    "load_images",
    "load_model",
    "minimize",
    "numerical_gradient",
    "read_photo",
    "save_model",
]
ROOMS = ("data", "distributed", "estimator", "formats", "images", "learning", "nn", "optim", "persistence", "plots")
_LATER = {"DigitsClassifier": "estimator.classifier", "read_photo": "images.photo"}  # slow to import, and seldom wanted

find_moved_modules()
judge_digits_by(functools.cache(lambda: load_model("reference")))


def __getattr__(name: str) -> Any:
    """Rooms, modules under their old names, and what is slow to import arrive when they are asked for."""
    if name in _LATER:
        return getattr(importlib.import_module(f".{_LATER[name]}", __name__), name)
    if name in ROOMS or name in MOVED or name == "curves":  # a command, which was a module to import from in 0.1.0, too
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *ROOMS, "__version__"])
