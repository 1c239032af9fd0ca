"""Classic neural networks on small sets of grey images."""

from . import starting as starting  # isort: skip - first: the others take a while, and Ctrl-C may come meanwhile
from .checkpoint import Checkpoint
from .dataset import Digits
from .differences import gradient_error, numerical_gradient
from .errors import DataFileError, Digits20Error, ImageError, ModelFileError
from .fitting import fit
from .lbfgs import LBFGS
from .loaders import load, load_csv, load_images
from .model import Model
from .network import Network
from .objective import Objective
from .optimizers import GradientDescent, MiniBatch
from .persistence import load_model, save_model
from .scipy_methods import Scipy
from .solution import Diverged, Solution, minimize
from .thetas_file import import_thetas

__version__ = "0.1.0"

__all__ = [
    "LBFGS",
    "Checkpoint",
    "DataFileError",
    "Digits",
    "Digits20Error",
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
    "load_images",
    "load_model",
    "minimize",
    "numerical_gradient",
    "save_model",
]
