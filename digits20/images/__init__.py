"""Images as arrays: geometry, random warps, and photos to images."""

from .augment import Warps
from .geometry import PREPROCESS, deskew, prepare, resize

__all__ = ["PREPROCESS", "Warps", "deskew", "prepare", "resize"]
