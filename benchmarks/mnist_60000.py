"""MNIST's own 60,000 images at 28×28: accuracy on the 10,000, processor time and memory of the whole command.

    python benchmarks/mnist_60000.py FOLDER [--ensemble N] [--epochs N] [--seed 0]

FOLDER holds MNIST's four IDX files, plain or .gz. Memory is the sum over all processes of the command at its peak,
sampled twice a second, pages that they share counted once (PSS, Linux only; elsewhere resident memory).
The 10,000 were looked at to report only.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import machine
import psutil

MIB = 2**20
EVERY = 0.5  # seconds between two looks at the memory


def file(folder: Path, name: str) -> Path:
    return next(path for path in (folder / name, folder / f"{name}.gz") if path.exists())


def watched(command: list[str]) -> tuple[dict[str, object], float, float, float]:
    """What the command prints as JSON; its seconds by the clock and of the processor; MiB at its peak."""
    began, peak, seconds = time.perf_counter(), 0.0, {}
    with psutil.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            with contextlib.suppress(psutil.Error):
                family = [process, *process.children(recursive=True)]
                seconds |= {one.pid: sum(one.cpu_times()[:2]) for one in family}
                peak = max(peak, sum(memory(one) for one in family) / MIB)
            time.sleep(EVERY)
        printed = process.stdout.read()
    if process.returncode:
        raise SystemExit(process.returncode)
    return json.loads(printed), time.perf_counter() - began, sum(seconds.values()), peak


def memory(process: psutil.Process) -> int:
    full = process.memory_full_info()
    return getattr(full, "pss", full.rss)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--ensemble", type=int, default=1)
    parser.add_argument("--epochs", type=int, help="3 show the memory (default: the recipe's)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"{Path(__file__).name}, seed {options.seed}; {machine.describe()}\n")
    with tempfile.TemporaryDirectory() as folder:
        images = [file(options.folder, f"{part}-images-idx3-ubyte") for part in ("train", "t10k")]
        words = ["--data", images[0], "--test-data", images[1], "--recipe", "lenet", "--ensemble", options.ensemble]
        words += ["--seed", options.seed, "--model", Path(folder) / "model.pkl", "--no-plot", "--json"]
        words += ["--epochs", options.epochs] if options.epochs else []
        result, clock, processor, peak = watched([sys.executable, "-m", "digits20.train", *map(str, words)])
    accuracy = f"{100 * result['test_accuracy']:.2f}"
    row = [str(options.ensemble), accuracy, f"{processor:.0f}", f"{clock:.0f}", f"{peak:.0f}"]
    print(machine.table(["networks", "accuracy, %", "seconds of the processor", "seconds by the clock", "MiB"], [row]))


if __name__ == "__main__":
    main()
