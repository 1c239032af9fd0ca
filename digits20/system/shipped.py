"""Finds the data set and the models that come with the package, from any directory."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path

from ..errors import Digits20Error
from ..types import StrPath

# what a path may be called instead
NAMES = {
    "digits20": "data/digits20.csv.gz",
    "reference": "models/reference.pkl",
    "course": "models/course.pkl",
}
SHARE = "share/digits20"  # where setup.cfg's [options.data_files] puts them


def shipped(name: str) -> Path:
    """The path of a shipped file, named as in the repository: "data/digits20.csv.gz".

    Raises Digits20Error where it is in no place that an installation uses.
    """
    for path in _places(name):
        if path.is_file():
            return path
    raise Digits20Error(f"{name}: did not come with this installation of digits20")


def resolved(path: StrPath) -> StrPath:
    """The path, or that of the shipped file where it is one of NAMES; "./reference" is a file of that name.

    Raises Digits20Error where that did not come with the installation, and for what is no path.
    """
    if not isinstance(path, str | PathLike):
        raise Digits20Error(f"expected the path of a file, not {type(path).__name__}")
    return shipped(NAMES[path]) if isinstance(path, str) and path in NAMES else path


def _places(name: str) -> Iterator[Path]:
    beside_the_package = Path(__file__).resolve().parents[2]
    yield beside_the_package / name  # a checkout
    yield beside_the_package / SHARE / name  # pip install --target
    from importlib import metadata  # slow to import, and seldom wanted

    try:
        installed = metadata.files("digits20") or []
    except metadata.PackageNotFoundError:
        return
    for file in installed:  # a virtual environment, --user, --prefix
        if file.as_posix().endswith(f"{SHARE}/{name}"):
            yield Path(str(file.locate())).resolve()
