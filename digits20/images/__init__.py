"""Images as arrays: geometry, warps, and a photo to images."""

from .augment import Warps
from .geometry import PREPROCESS, deskew, prepare, resize

__all__ = ["PREPROCESS", "Warps", "deskew", "prepare", "resize"]
