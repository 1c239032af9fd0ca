"""Fuzzes every reader of strangers' files for a minute each, and tells what it found: python benchmarks/fuzz.py

Needs `pip install ".[fuzz]"` (atheris, on Linux). The coverage of digits20 guides it, not that of Pillow, pandas
and zlib, which are compiled. What ends a run is a finding: an exception that is no Digits20Error, a warning, a value
that an independent reading contradicts (see tests/fuzz/targets.py), 2 GiB of memory or 20 seconds for one file.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from machine import describe, table

TESTS = Path(__file__).parent.parent / "tests"
CORPUS = TESTS / "fuzz" / "corpus"
LIMITS = ("-rss_limit_mb=2048", "-timeout=20")


@dataclass
class Result:
    """What a minute with a reader came to. features: edges of digits20's code, with how often they were taken."""

    reader: str
    seeds: int
    executions: int = 0
    seconds: float = 0.0
    features: int = 0
    corpus: int = 0
    findings: list[str] = field(default_factory=list)


def fuzz(reader: str, seconds: int, folder: Path, seed: int) -> Result:
    """Start again behind each finding until the time is over."""
    seeds, found = CORPUS / reader, folder / reader
    found.mkdir(parents=True, exist_ok=True)
    result = Result(reader, sum(1 for _ in seeds.iterdir()))
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)]),
        "OPENBLAS_NUM_THREADS": "1",
    }
    while result.seconds < seconds - 1 and len(result.findings) < 20:
        left = int(seconds - result.seconds)
        command = [sys.executable, "-m", "fuzz.run", reader, str(found), str(seeds), f"-max_total_time={left}"]
        start = time.monotonic()
        done = subprocess.run(
            [*command, *LIMITS, f"-seed={seed + len(result.findings)}", f"-artifact_prefix={folder}/{reader}-"],
            cwd=TESTS,
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
        )
        result.seconds += time.monotonic() - start
        _read(done.stderr + done.stdout, result)
        if done.returncode:
            result.findings.append(_finding(done.stderr + done.stdout))
    return result


def _read(said: str, result: Result) -> None:
    counts = re.findall(r"^#(\d+)\s.* ft: (\d+) corp: (\d+)/", said, re.MULTILINE)
    if counts:
        executions, features, corpus = map(int, counts[-1])
        done = re.search(r"^Done (\d+) runs", said, re.MULTILINE)
        result.executions += int(done[1]) if done else executions
        result.features, result.corpus = max(result.features, features), max(result.corpus, corpus)


def _finding(said: str) -> str:
    """The error and the file that libFuzzer wrote."""
    error = re.search(r"Uncaught Python exception: ===\n(.*)", said) or re.search(r"ERROR: (.*)", said)
    file = re.search(r"written to (\S+)", said)
    return f"{error[1][:150] if error else said[-150:]} ({file[1] if file else 'no file'})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, help="a reader")
    parser.add_argument("--readers", nargs="+", default=sorted(path.name for path in CORPUS.iterdir()), metavar="NAME")
    parser.add_argument("--jobs", type=int, default=2, help="readers at once")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where corpora and findings are kept (default: nowhere)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(options.jobs) as pool:
        folder = (options.folder or Path(temporary)).resolve()
        results = list(pool.map(lambda name: fuzz(name, options.seconds, folder, options.seed), options.readers))
    print(describe("atheris", "pillow", "pandas") + f"; seed {options.seed}, {options.jobs} readers at once\n")
    rows = [
        [
            *(result.reader, str(result.seeds), f"{result.executions:,}", f"{result.executions / result.seconds:,.0f}"),
            *(f"{result.features:,}", f"{result.corpus:,}", str(len(result.findings))),
        ]
        for result in results
    ]
    print(table(["reader", "seeds", "executions", "a second", "features", "corpus", "findings"], rows))
    for result in results:
        for finding in result.findings:
            print(f"\n{result.reader}: {finding}")


if __name__ == "__main__":
    main()
