"""Folders of pictures from raw photos to answers, one command each: train --data, evaluate --data, predict --to.

    python benchmarks/folders.py symbols FOLDER [--pictures 5 10 30] [--draws 5] [--seed 0]
    python benchmarks/folders.py photos FOLDER [--number 3000] [--seed 0] [--keep FOLDER]

symbols: twelve letters of an alphabet of Omniglot (FOLDER as for own_symbols.py), as photos of other sizes, pens, tilts
and light. Ten people's drawings train, 30 pictures of a letter being three photos of each; the other ten people's, one
photo of each, are then named by `predict`. A draw takes an alphabet, letters and people by chance.
photos: digits of MNIST (FOLDER as for photos.py) as pictures of 300 to 4000 pixels; times and memory of each command.
"""

from __future__ import annotations

import argparse
import csv
import io
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import machine
import numpy as np
from photos import Scene, anywhere, as_file, as_large_file, draw, light_up, lit, mnist
from PIL import Image
from scipy import ndimage

LETTERS, PEOPLE, SHARE = 12, 20, 10  # letters of a draw; people who drew; those of them who train
JPEG = as_file(".jpg", quality=85)
Drawings = dict[str, list[np.ndarray]]  # of each letter, one a person


def omniglot(folder: Path) -> dict[str, Drawings]:
    """Each alphabet's letters: (105, 105) ink of 0 and 1."""
    found: dict[str, Drawings] = {}
    with zipfile.ZipFile(folder / "images_background_small1.zip") as archive:
        for name in sorted(name for name in archive.namelist() if name.endswith(".png")):
            _, alphabet, letter, _ = name.split("/")
            ink = ~np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("1"))
            found.setdefault(alphabet, {}).setdefault(letter, []).append(ink.astype(float))
    return found


def photo(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A page with the drawing somewhere on it, under some light, by some pen and camera."""
    side = int(rng.integers(200, 600))
    scene = Scene((side, side * 4 // 3), height=side * rng.uniform(0.3, 0.6), noise=rng.uniform(0, 0.03))
    scene = lit(anywhere(scene, rng), rng)
    turn, scale = np.deg2rad(rng.uniform(-8, 8)), scene.height / max(np.ptp(np.nonzero(ink), axis=1))
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) / scale
    middle = np.mean([np.min(np.nonzero(ink), axis=1), np.max(np.nonzero(ink), axis=1)], axis=0)
    offset = middle - matrix @ (np.array(scene.centre) * scene.page)
    fine = ndimage.affine_transform(ndimage.gaussian_filter(ink, 0.7), matrix, offset, scene.page, order=1)
    inside = fine > 0.4
    distance = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
    fine = ndimage.gaussian_filter(np.clip(distance + rng.uniform(0, 0.02) * scene.height + 0.5, 0, 1), 0.7)
    return light_up(fine, replace(scene, ink=(0.1, 0.1, rng.uniform(0.1, 0.5))), rng)


def write_symbols(folder: Path, letters: Drawings, pictures: int, rng: np.random.Generator) -> None:
    """train/ and test/, a folder for each letter."""
    people = rng.permutation(PEOPLE)
    for letter, drawings in letters.items():
        for part, number in (("train", pictures), ("test", PEOPLE - SHARE)):
            (folder / part / letter).mkdir(parents=True)
            own = people[:SHARE] if part == "train" else people[SHARE:]
            for i in range(number):
                JPEG(photo(drawings[own[i % SHARE]], rng), folder / part / letter / f"{i:02}")


def write_photos(folder: Path, images: np.ndarray, labels: np.ndarray, number: int, seed: int) -> None:
    """A folder for each digit: most pictures of 300 to 1200 pixels, one in ten of 12 million; the first is damaged."""
    rng = np.random.default_rng(seed)
    for i in range(number):
        side = int(rng.integers(225, 900))
        scene = Scene((side, side * 4 // 3), side * rng.uniform(0.3, 0.6), noise=0.02, tilt=rng.uniform(-10, 10))
        large = i % 10 == i // 10 % 10
        scene = lit(anywhere(replace(scene, page=(750, 1000), height=400) if large else scene, rng), rng)
        place = folder / str(labels[i])
        place.mkdir(parents=True, exist_ok=True)
        (as_large_file if large else JPEG)(draw(images[i], scene, rng), place / f"{i:05}")
    damaged = min(folder.rglob("*.jpg"))
    damaged.write_bytes(damaged.read_bytes()[:200])


def run(*words: str | Path) -> tuple[float, float, int, str]:
    """Seconds, CPU seconds, MiB at the peak of the largest process, and what was printed."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", f"digits20.{words[0]}", *map(str, words[1:])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if done.returncode and "Traceback" in done.stderr:
        raise SystemExit(done.stderr)
    return seconds, cpu, after.ru_maxrss // 1024, done.stdout + done.stderr


def right(answers: Path) -> float:
    """Percent of the pictures whose label is the name of their folder."""
    rows = list(csv.DictReader(answers.open()))
    return 100 * float(np.mean([row["label"] == Path(row["path"]).parent.name for row in rows]))


def symbols(folder: Path, pictures: Sequence[int], draws: int, seed: int) -> None:
    alphabets = omniglot(folder)
    rows = []
    for number in pictures:
        scores, seconds = [], 0.0
        for draw_number in range(draws):
            rng = np.random.default_rng([seed, draw_number])
            alphabet = sorted(alphabets)[draw_number % len(alphabets)]
            chosen = rng.choice(sorted(alphabets[alphabet]), LETTERS, replace=False)
            with tempfile.TemporaryDirectory() as made:
                place = Path(made)
                write_symbols(place, {letter: alphabets[alphabet][letter] for letter in chosen}, number, rng)
                options = ("--recipe", "lenet", "--no-plot", "--quiet", "--model", place / "own.pkl")
                seconds += run("train", "--data", place / "train", *options)[1]
                run("predict", place / "test", "--model", place / "own.pkl", "--to", place / "answers.csv")
                scores.append(right(place / "answers.csv"))
            print(f"{number} pictures, {alphabet}: {scores[-1]:.1f}", flush=True)
        low, mean = min(scores), np.mean(scores)
        rows.append([str(number), f"{mean:.1f} ± {np.std(scores):.1f}", f"{low:.1f}", f"{seconds / draws:.0f}"])
    print(f"\nseed {seed}, {draws} draws; {machine.describe('pillow')}\n")
    print(machine.table(["pictures of each symbol", "named right, %", "the worst draw, %", "CPU s to train"], rows))


def photos(folder: Path, number: int, seed: int, keep: Path | None) -> None:
    with tempfile.TemporaryDirectory() as made:
        place = keep or Path(made) / "photos"
        if not place.exists():
            write_photos(place, *mnist(folder, "t10k"), number, seed)
        model, answers = Path(made) / "own.pkl", Path(made) / "answers.csv"
        rows = []
        for words in (
            ("train", "--data", place, "--max-iter", "20", "--no-plot", "--model", model),
            ("evaluate", "--data", place, "--model", "reference"),
            ("predict", place, "--to", answers),
        ):
            seconds, cpu, memory, _ = run(*words)
            rows.append([f"{words[0]}", f"{seconds:.1f}", f"{cpu:.1f}", str(memory)])
        print(f"{number} photos, seed {seed}, named right: {right(answers):.1f} %; {machine.describe('pillow')}\n")
        print(machine.table(["command", "s", "CPU s", "peak memory of its largest process so far, MiB"], rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("symbols", "photos"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pictures", type=int, nargs="+", default=[5, 10, 30])
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--number", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="make the photos there, or use those that are there")
    options = parser.parse_args()
    if options.what == "symbols":
        symbols(options.folder, options.pictures, options.draws, options.seed)
    else:
        photos(options.folder, options.number, options.seed, options.keep)


if __name__ == "__main__":
    main()
