"""Runs the benchmarks, one or all: every figure and picture of README and documentation.

    python benchmarks/all.py --list                         each script beside its command, where its figures
                                                            are and the minutes that it takes
    python benchmarks/all.py speed transfer                 these two
    python benchmarks/all.py --mnist FOLDER --omniglot FOLDER --to FIGURES      all, one after the other
    python benchmarks/all.py --small                        on a few made-up images, to see that they run

MNIST's folder holds its four IDX files, that of Omniglot images_background_small1.zip; a script whose folder is not
given is left out, and said so. What a script prints goes to FIGURES/name.md, else to standard output. The scripts run
one at a time, or they would measure one another. --small only imports what takes long, or needs a browser, a cluster or
a fuzzer; its figures mean nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import runpy
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import machine

HERE = Path(__file__).parent
PLOTS = "benchmarks/pictures"


@dataclass(frozen=True)
class Benchmark:
    """`line`: the script and its arguments; `minutes`: about, on two cores; `small`: the arguments of --small."""

    line: str
    figures: str
    minutes: float
    small: str | None = None


ALL = {
    "accuracy": Benchmark(
        f"accuracy.py MNIST --plot {PLOTS}/accuracy.png",
        "README, how-to/accuracy",
        40,
        "MNIST --seeds 0 --rows default SVC",
    ),
    "few_images": Benchmark(f"few_images.py MNIST --draws 2 --plot {PLOTS}/few_images.png", "how-to/accuracy", 10),
    "own_symbols": Benchmark(
        "own_symbols.py OMNIGLOT --drawings 1 5 10 15 --draws 5",
        "how-to/accuracy",
        150,
        "OMNIGLOT --drawings 5 --draws 1 --sides SVC lenet",
    ),
    "mnist_60000": Benchmark("mnist_60000.py MNIST --ensemble 2", "how-to/accuracy", 30),
    "folders": Benchmark("folders.py symbols OMNIGLOT", "start/photos", 25),
    "transfer": Benchmark("transfer.py", "how-to/transfer", 4, ""),
    "speed": Benchmark("speed.py", "benchmarks", 4, ""),
    "minibatch": Benchmark("minibatch.py", "how-to/accuracy", 4),
    "optimizers": Benchmark("optimizers.py", "why/lbfgs", 0.2, ""),
    "sklearn_tests": Benchmark("sklearn_tests.py", "how-to/training", 2),
    "layouts": Benchmark("layouts.py", "how-to/data", 3),
    "photos": Benchmark("photos.py MNIST", "how-to/pictures", 1),
    "drawings": Benchmark("drawings.py", "how-to/page", 0.5, ""),
    "several": Benchmark("several.py MNIST", "how-to/pictures", 6, "MNIST --images 1"),
    "doubt": Benchmark("doubt.py MNIST", "how-to/pictures", 2),
    "alone": Benchmark("alone.py", "how-to/export", 2),
    "page": Benchmark("page.py", "how-to/page", 1),
    "page_browser": Benchmark("page.py --browser", "how-to/page", 3),
    "cluster": Benchmark("cluster.py", "how-to/cluster", 30),
    "kills": Benchmark("kills.py", "how-to/untrusted", 5),
    "fuzz": Benchmark("fuzz.py --seconds 90 --jobs 1 --seed 21", "SECURITY", 25),
    "pictures": Benchmark("pictures.py", "gallery", 1.5),
    "page_pictures": Benchmark("page_pictures.py", "gallery", 1),
    "readme_picture": Benchmark("readme_picture.py", "the README's picture", 1),
    "tour": Benchmark("run_tour.py", "notebooks/tour", 1),
}


def listing() -> str:
    rows = [
        [name, f"`python benchmarks/{one.line}`", one.figures, f"{one.minutes:g}"] for name, one in sorted(ALL.items())
    ]
    hours = sum(one.minutes for one in ALL.values()) / 60
    table = machine.table(["name", "command", "its figures are in", "minutes, about"], rows)
    return f"{table}\n\nAll together: about {hours:.1f} hours on two cores."


def run(name: str, folders: dict[str, Path | None], to: Path | None) -> bool:
    """Whether the script ran to its end, or could not be run for want of its folder."""
    words = shlex.split(ALL[name].line)
    missing = [word for word in words if word in folders and folders[word] is None]
    if missing:
        print(f"{name}: left out, no --{missing[0].lower()}", file=sys.stderr)
        return True
    words = [str(folders.get(word) or word) for word in words]
    print(f"{name}: about {ALL[name].minutes:g} minutes", file=sys.stderr, flush=True)
    start = time.perf_counter()
    with contextlib.ExitStack() as stack:
        out = stack.enter_context((to / f"{name}.md").open("w", encoding="utf-8")) if to else None
        script = [sys.executable, str(HERE / words[0]), *words[1:]]
        code = subprocess.run(script, cwd=HERE.parent, stdout=out, check=False).returncode
    print(f"{name}: {(time.perf_counter() - start) / 60:.1f} minutes, exit code {code}", file=sys.stderr, flush=True)
    return code == 0


def run_small(name: str, folders: dict[str, Path]) -> None:
    """In this process, for importing takes longer than the work; a script that is left out is imported alone."""
    script, arguments = shlex.split(ALL[name].line)[0], shlex.split(ALL[name].small or "")
    sys.argv = [script, *(str(folders.get(word, word)) for word in arguments)]
    print(f"\n{name}", flush=True)
    try:
        runpy.run_path(str(HERE / script), run_name="__main__" if ALL[name].small is not None else script)
    except SystemExit as end:
        if end.code:
            raise


def stand_ins(folder: Path) -> dict[str, Path]:
    """Folders that look like MNIST's and Omniglot's: digits of the shipped set, enlarged."""
    import zipfile

    import numpy as np
    from PIL import Image

    from digits20 import load_digits

    digits = load_digits()[::20]
    ink = np.uint8(255 * np.clip(digits.resized((28, 28)).X, 0, 1)).reshape(-1, 28, 28)
    for part in ("t10k", "train"):
        for kind, array in (("images-idx3", ink), ("labels-idx1", np.uint8(digits.y))):
            head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
            (folder / f"{part}-{kind}-ubyte").write_bytes(head + array.tobytes())
    with zipfile.ZipFile(folder / "images_background_small1.zip", "w") as archive:
        for number in range(10):
            for person, image in enumerate(ink[digits.y == number][:20], 1):
                place = f"images_background_small1/Digits/character{number:02}/{number:04}_{person:02}.png"
                with archive.open(place, "w") as file:
                    Image.fromarray(255 - image).save(file, "PNG")
    return {"MNIST": folder, "OMNIGLOT": folder}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="which (default: all)")
    parser.add_argument("--list", action="store_true", help="list them, run none")
    parser.add_argument("--small", action="store_true", help="to see that they run")
    parser.add_argument("--mnist", type=Path, metavar="FOLDER")
    parser.add_argument("--omniglot", type=Path, metavar="FOLDER")
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="where the figures go")
    options = parser.parse_args()
    if options.list:
        print(listing())
        return 0
    if unknown := [name for name in options.names if name not in ALL]:
        parser.error(f"no benchmark {unknown[0]!r}; expected of {', '.join(ALL)}")
    names = options.names or list(ALL)
    if options.small:
        machine.SMALL = True
        with tempfile.TemporaryDirectory() as folder:
            places = stand_ins(Path(folder))
            for name in names:
                run_small(name, places)
        return 0
    if options.to:
        options.to.mkdir(parents=True, exist_ok=True)
    given = {"MNIST": options.mnist, "OMNIGLOT": options.omniglot}
    folders = {name: folder and folder.resolve() for name, folder in given.items()}
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    ended = [run(name, folders, options.to) for name in names]
    return int(not all(ended))


if __name__ == "__main__":
    sys.exit(main())
