"""What a Dask cluster costs and what it survives: bits, kills, and the price of an evaluation over rows.

    python benchmarks/cluster.py [most rows [part …]]

Scheduler and workers are processes of their own, over TCP on this machine; prints Markdown. Up to 1,000,000 rows
(8 GB of memory, both sides at once) unless told otherwise, all parts: bits, faults (those of
cluster_faults.py), overhead, evaluations.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import logging
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import cluster_faults
import cluster_rows
import machine
import numpy as np
import psutil
from distributed import Client
from threadpoolctl import threadpool_limits

from digits20 import LBFGS, Digits, Model, Network, Objective, fit
from digits20.distributed.dask import DaskObjective
from digits20.distributed.objective import PartitionedObjective
from digits20.distributed.partitions import Partitions
from digits20.distributed.sources import files
from digits20.system.shipped import shipped

SEED, LAM, PARTS, ITERATIONS = 0, 1.0, 20, 400
NETWORK = Network((400, 25, 10))
THETA = NETWORK.initial_theta(np.random.default_rng(SEED))
ROWS = (5_000, 20_000, 100_000, 300_000, 1_000_000)
MIB = 2**20


# a cluster of processes


@contextlib.contextmanager
def cluster(workers: int) -> Iterator[tuple[Client, list[psutil.Process]]]:
    """A client, and the scheduler's and the nannies' processes."""
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        port = some.getsockname()[1]
    paths = [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    see_rows = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    address, local = f"tcp://127.0.0.1:{port}", ["--host", "127.0.0.1", "--no-dashboard"]
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        commands = [["scheduler", *local, "--port", str(port), "--dashboard-address", "127.0.0.1:0"]]
        commands += [["worker", address, *local, "--nthreads", "1", "--local-directory", folder]] * workers
        processes = []
        for command in commands:
            process = psutil.Popen([sys.executable, "-m", "dask", *command], env=see_rows, stderr=subprocess.DEVNULL)
            stack.callback(end, process)
            processes.append(process)
        client = stack.enter_context(Client(address, timeout=60, set_as_default=False))
        client.wait_for_workers(workers, timeout=60)
        yield client, processes


def end(process: psutil.Process) -> None:
    for one in [*process.children(recursive=True), process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    process.wait()


def workers_of(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [child for nanny in processes[1:] for child in nanny.children() if "spawn_main" in " ".join(child.cmdline())]


# bits


def csv_parts(folder: Path) -> str:
    with gzip.open(shipped("data/digits20.csv.gz"), "rt") as file:
        lines = file.readlines()
    for part in range(PARTS):
        with gzip.open(folder / f"part{part:02}.csv.gz", "wt") as file:
            file.writelines(lines[part::PARTS])
    return str(folder / "*.csv.gz")


def sha(model: Model) -> str:
    return hashlib.sha256(model.theta.tobytes()).hexdigest()[:12]


def row(name: str, model: Model, seconds: float) -> list[str]:
    return [name, repr(model.scores["cost"]), sha(model), f"{seconds:.1f}"]


def bits(sources: list[Callable[[], Digits]]) -> str:
    rows = []

    def run(name: str, J: PartitionedObjective, watch: Callable[[object], None] | None = None) -> None:
        began = time.perf_counter()
        rows.append(row(name, fit(J, THETA, LBFGS(ITERATIONS), watch=watch), time.perf_counter() - began))

    alone = PartitionedObjective(NETWORK, Partitions(sources), LAM)
    run("this process, one partition after another", alone)
    for workers in (1, 2, 4):
        with cluster(workers) as (client, _):
            run(f"{workers} workers", DaskObjective(NETWORK, sources, LAM, client))
    with cluster(2) as (client, processes):
        J = DaskObjective(NETWORK, sources, LAM, client)

        def kill_once(progress: object) -> None:
            if progress.iteration == ITERATIONS // 2:
                workers_of(processes)[0].kill()

        run("2 workers, one killed half-way", J, kill_once)
    with cluster(3) as (client, processes), killing(processes, every=4.0) as killed:
        run("3 workers, one of them killed every 4 s", DaskObjective(NETWORK, sources, LAM, client))
    rows[-1][0] += f" ({len(killed)} kills)"
    head = [
        f"400-25-10, {ITERATIONS} iterations of L-BFGS, float64, {PARTS} CSV.gz parts",
        "final cost",
        "SHA-256 of weights",
        "s",
    ]
    return machine.table(head, rows) + f"\n\n{difference(sources, alone)}"


@contextlib.contextmanager
def killing(processes: list[psutil.Process], every: float) -> Iterator[list[int]]:
    killed: list[int] = []
    stop = threading.Event()

    def kill() -> None:
        while not stop.wait(every):
            for worker in workers_of(processes)[len(killed) % 3 :][:1]:
                worker.kill()
                killed.append(worker.pid)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        stop.set()
        thread.join()


def difference(sources: list[Callable[[], Digits]], J: PartitionedObjective) -> str:
    parts = [source() for source in sources]
    whole = Digits(np.concatenate([part.X for part in parts]), np.concatenate([part.y for part in parts]))
    (cost, gradient), (parted, parted_gradient) = Objective(NETWORK, whole, LAM)(THETA), J(THETA)
    off = np.abs(parted_gradient - gradient).max() / np.abs(gradient).max()
    off_cost = abs(parted - cost) / cost
    return f"Beside one Objective of all images, relative: cost off by {off_cost:.1e}, gradient by {off:.1e}."


# what an evaluation costs


def evaluations(most: int) -> str:
    rows = []
    for m in [m for m in ROWS if m <= most]:
        with cluster(2) as (client, processes), alone(m) as (ask, process):
            J = DaskObjective(NETWORK, cluster_rows.warped(m, 4), LAM, client)
            theta = THETA.astype(np.float32)
            sides = {"one": lambda ask=ask: ask(), "two": lambda J=J, theta=theta: timed(J, theta)}
            seconds = quickest(sides, rounds=20 if m <= 100_000 else 12)
            memory = [worker.memory_info().rss / MIB for worker in workers_of(processes)]
            rows.append(
                [
                    f"{m:,}",
                    f"{1e3 * seconds['one']:.1f}",
                    f"{1e3 * seconds['two']:.1f}",
                    f"{seconds['one'] / seconds['two']:.2f}",
                    f"{process.memory_info().rss / MIB:.0f}",
                    f"{psutil.Process().memory_info().rss / MIB:.0f}",
                    " + ".join(f"{mib:.0f}" for mib in memory),
                ]
            )
            print(*rows[-1], file=sys.stderr)
    return machine.table(
        [
            *("rows, float32", "one process, ms", "2 workers, ms", "gain"),
            *("MiB in one process", "MiB of the driver", "MiB of the workers"),
        ],
        rows,
    )


def quickest(sides: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Least seconds of each side, taking turns: medians tell more of what else runs, and a cluster needs all cores."""
    turns = [[side() for side in sides.values()] for _ in range(rounds)]
    return {name: min(times) for name, times in zip(sides, zip(*turns, strict=True), strict=True)}


def timed(J: Callable[..., object], theta: np.ndarray) -> float:
    began = time.perf_counter()
    J(theta)
    return time.perf_counter() - began


@contextlib.contextmanager
def alone(rows: int) -> Iterator[tuple[Callable[[], float], psutil.Process]]:
    """A process that holds the same partitions; asked, it evaluates once and tells its seconds."""
    command = [sys.executable, __file__, "--alone", str(rows)]
    process = psutil.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask() -> float:
        process.stdin.write("\n")
        process.stdin.flush()
        return float(process.stdout.readline())

    try:
        yield ask, process
    finally:
        end(process)


def answer(rows: int) -> None:
    partitions = Partitions(cluster_rows.warped(rows, 4))
    J = PartitionedObjective(NETWORK, partitions, LAM)
    partitions.release()
    theta = THETA.astype(np.float32)
    with threadpool_limits(1):
        for _ in sys.stdin:
            print(timed(J, theta), flush=True)


def overhead() -> str:
    """What an evaluation of hardly any images costs over partitions, and a gradient's sum."""
    counts, theta = (10, 100, 1000), THETA.astype(np.float32)
    with cluster(2) as (client, _):
        Js = {count: DaskObjective(NETWORK, cluster_rows.warped(10 * count, count), LAM, client) for count in counts}
        seconds = machine.alternate({count: lambda J=J: timed(J, theta) for count, J in Js.items()}, rounds=20)
    each, fixed = np.polyfit(counts, [1e3 * seconds[count] for count in counts], 1)
    total, gradient = np.zeros(theta.size), theta.copy()
    sums = []
    for _ in range(1000):
        began = time.perf_counter()
        total += 0.5 * gradient
        sums.append(time.perf_counter() - began)
    table = machine.table(
        ["partitions (10 rows each), 2 workers", "ms an evaluation"],
        [[str(count), f"{1e3 * seconds[count]:.1f}"] for count in counts],
    )
    return (
        f"{table}\n\n{fixed:.0f} ms an evaluation and {each:.2f} ms a partition; {theta.nbytes / 1e3:.0f} kB of "
        f"weights go out to each worker, as many of gradient come back from each partition, which the driver adds in "
        f"{1e6 * median(sums):.0f} µs."
    )


def main() -> None:
    if sys.argv[1:2] == ["--alone"]:
        answer(int(sys.argv[2]))
        return
    most = int(sys.argv[1].replace(",", "")) if sys.argv[1:] else ROWS[-1]
    for name in ("distributed", "distributed.client", "distributed.core", "tornado", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    print(f"{Path(__file__).name}, seed {SEED}, one thread a process; {machine.describe('dask', 'distributed')}\n")
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
        sources = files(csv_parts(Path(folder)))
        parts = {
            "bits": lambda: bits(sources),
            "faults": lambda: cluster_faults.main([]),
            "overhead": overhead,
            "evaluations": lambda: evaluations(most),
        }
        for name in sys.argv[2:] or list(parts):
            print(parts[name]() or "", end="\n\n", flush=True)


if __name__ == "__main__":
    main()
