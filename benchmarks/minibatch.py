"""What an epoch of mini-batches costs, plain and augmented, beside PyTorch and the bare matrix products.

    python benchmarks/minibatch.py

400-512-10, sigmoid, K binary cross-entropies, Adam, batches of 100 of 4000 images, float32, one thread; both sides
alternating in this one run. PyTorch with its fused Adam, warps by affine_grid and grid_sample; only if installed.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from pathlib import Path

import machine
import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from digits20 import Digits, MiniBatch, Network, Objective, fit, load_csv
from digits20.images.augment import Warps
from digits20.system.shipped import shipped

SEED, EPOCHS, BATCH, SIZES, ROUNDS = 0, 10, 100, (400, 512, 10), 5


def training_images() -> Digits:
    digits = load_csv(shipped("data/digits20.csv.gz")).astype(np.float32)
    return digits.shuffle(np.random.default_rng(SEED)).split(4000)[0]


def ours(train: Digits, warps: Warps | None) -> Callable[[], float]:
    """Seconds an epoch, counted between the first and the last report of a run."""
    J = Objective(Network(SIZES), train, warp=warps)
    theta = J.network.initial_theta(np.random.default_rng(SEED))

    def run() -> float:
        times: list[float] = []
        rng = np.random.default_rng(SEED)
        fit(J, theta, MiniBatch(EPOCHS), watch=lambda progress: times.append(time.perf_counter()), rng=rng)
        return (times[-1] - times[0]) / EPOCHS

    return run


def products(train: Digits) -> Callable[[], float]:
    """Seconds of the five matrix products of every batch of an epoch."""
    J = Objective(Network(SIZES), train)
    batch = next(J.batches(BATCH, np.random.default_rng(SEED)))
    (memory,) = batch.runs.values()
    theta = J.network.initial_theta(np.random.default_rng(SEED)).astype(np.float32)
    first, second = J.network.matrices(theta)
    g1, g2 = np.empty_like(first), np.empty_like(second)
    batch(theta)

    def run() -> float:
        start = time.perf_counter()
        for _ in range(len(train) // BATCH):
            np.matmul(first, memory.A[0], out=memory.A[1][1:])
            np.matmul(second, memory.A[1], out=memory.A[2])
            np.matmul(batch.delta, memory.A[1].T, out=g2)
            np.matmul(second[:, 1:].T, batch.delta, out=memory.works[1].delta)
            np.matmul(memory.works[1].delta, batch.rows, out=g1)
            memory.A[2][:] = 0  # so that no number runs away
        return time.perf_counter() - start

    return run


def torchs(train: Digits, augmented: bool) -> Callable[[], float]:
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    X, Y = torch.tensor(np.array(train.X)), torch.tensor(train.Y)
    units, hidden, outputs = SIZES
    network = torch.nn.Sequential(torch.nn.Linear(units, hidden), torch.nn.Sigmoid(), torch.nn.Linear(hidden, outputs))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.002, fused=True)
    loss = torch.nn.BCEWithLogitsLoss(reduction="sum")

    def warped(images: torch.Tensor) -> torch.Tensor:
        m = len(images)
        affine = torch.eye(2, 3) + 0.1 * torch.randn(m, 2, 3)
        grid = torch.nn.functional.affine_grid(affine, [m, 1, 20, 20], align_corners=False)
        bumps = torch.nn.functional.interpolate(0.1 * torch.randn(m, 2, 5, 5), (20, 20), mode="bilinear")
        grid = grid + bumps.permute(0, 2, 3, 1)
        return torch.nn.functional.grid_sample(images.view(m, 1, 20, 20), grid, align_corners=False).view(m, -1)

    def run() -> float:
        start = time.perf_counter()
        for _ in range(EPOCHS):
            order = torch.randperm(len(X))
            for first in range(0, len(X), BATCH):
                chosen = order[first : first + BATCH]
                images = warped(X[chosen]) if augmented else X[chosen]
                optimizer.zero_grad(set_to_none=True)
                (loss(network(images), Y[chosen]) / BATCH).backward()
                optimizer.step()
        return (time.perf_counter() - start) / EPOCHS

    return run


def main() -> None:
    train = training_images()
    has_torch = importlib.util.find_spec("torch") is not None
    sides: dict[str, Callable[[], float | None]] = {
        "plain": ours(train, None),
        "augmented": ours(train, Warps((20, 20))),
        "products": products(train),
    }
    if has_torch:
        sides |= {"torch plain": torchs(train, False), "torch augmented": torchs(train, True)}
    with threadpool_limits(1):
        seconds = machine.alternate(sides, ROUNDS)
    print(f"{Path(__file__).name}, seed {SEED}, one thread; {machine.describe(*(['torch'] if has_torch else []))}")
    print("OPENBLAS_CORETYPE=SkylakeX, set before NumPy loads, may make the products faster on AMD with AVX-512;")
    print(
        f"here OpenBLAS runs kernels for {', '.join(str(lib.get('architecture')) for lib in threadpool_info()[:1])}\n"
    )
    rows = []
    for kind in ("plain", "augmented"):
        own, theirs = seconds[kind], seconds.get(f"torch {kind}")
        torch_columns = [f"{1e3 * theirs:.1f}", f"{own / theirs:.2f}"] if theirs else ["", ""]
        rows.append([kind, f"{1e3 * own:.1f}", f"{seconds['products'] / own:.0%}", *torch_columns])
    head = ["an epoch of 400-512-10", "digits20, ms", "share of bare products", "PyTorch, ms", "digits20 over PyTorch"]
    print(machine.table(head, rows))


if __name__ == "__main__":
    main()
