"""Model files, checkpoints, and weights that other programs wrote."""

from .checkpoint import Checkpoint
from .model_file import load_model, save_model
from .payload import seal
from .thetas import import_thetas

__all__ = ["Checkpoint", "import_thetas", "load_model", "save_model", "seal"]
