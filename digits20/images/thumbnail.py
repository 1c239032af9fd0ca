"""The small picture of images that a notebook shows: an inline PNG, drawn by Pillow."""

from __future__ import annotations

import base64
import html
import io
from typing import Any

import numpy as np
import numpy.typing as npt

MOST = 20  # images
PER_ROW = 10
ZOOM = 2  # screen pixels per pixel
GAP = 2  # white pixels around an image


def thumbnails(X: npt.NDArray[np.floating[Any]], image_shape: tuple[int, int]) -> str:
    """At most MOST images out of X (m, n), evenly spread, as an HTML <img>: dark ink on white. "" where m is 0."""
    from PIL import Image

    if not X.size:
        return ""
    chosen = np.unique(np.linspace(0, len(X) - 1, MOST).round().astype(int))
    images = np.clip(X[chosen].reshape(-1, *image_shape), 0, 1)
    framed = np.pad(images, ((0, -len(images) % PER_ROW), (GAP, GAP), (GAP, GAP)))
    per_row = min(len(images), PER_ROW)
    ink = np.vstack([np.hstack(list(framed[at : at + per_row])) for at in range(0, len(images), PER_ROW)])
    picture = Image.fromarray(np.uint8(np.rint(255 * (1 - ink))))
    file = io.BytesIO()
    picture.resize((ZOOM * ink.shape[1], ZOOM * ink.shape[0]), Image.Resampling.NEAREST).save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    return f'<img alt="{len(images)} of the images" src="data:image/png;base64,{data}">'


def captioned(caption: str, X: npt.NDArray[np.floating[Any]], image_shape: tuple[int, int]) -> str:
    """An HTML <div> of the caption, which is escaped, above some of the images."""
    return f"<div><p>{html.escape(caption)}</p>{thumbnails(X, image_shape)}</div>"
