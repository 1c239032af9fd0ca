"""What an epoch of mini-batches costs, dense and convolutional, beside PyTorch and the bare matrix products.

    python benchmarks/minibatch.py

400-512-10, sigmoid, K binary cross-entropies, Adam, batches of 100 of 4000 images, float32, one thread; both sides
alternating in this one run. PyTorch with its fused Adam, warps by affine_grid and grid_sample; only if installed.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import machine
import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from digits20 import Digits, MiniBatch, Network, Objective, fit, load_csv
from digits20.images.augment import Warps
from digits20.learning.settings.recipes import RECIPES
from digits20.nn.layers.text import layers_from
from digits20.system.shipped import shipped

MALLOC = {"MALLOC_MMAP_THRESHOLD_": "1000000000", "MALLOC_TRIM_THRESHOLD_": "1000000000"}
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
    if MALLOC.keys() - os.environ.keys():  # else PyTorch gives pages back after every step, and loses up to 40 %
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **MALLOC})
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
        rows.append([kind, f"{1e3 * own:.1f}", f"{100 * seconds['products'] / own:.0f} %", *torch_columns])
    head = ["an epoch of 400-512-10", "digits20, ms", "share of bare products", "PyTorch, ms", "digits20 over PyTorch"]
    print(machine.table(head, rows))
    lenet(train, has_torch)


def lenet(train: Digits, has_torch: bool) -> None:
    """The network of --recipe lenet: an epoch, and a prediction, beside two kinds of PyTorch; seconds of the CPU."""
    import scipy.linalg.blas  # noqa: F401 - a BLAS of its own: loaded later, it would not be under the limit below

    network = Network((20, 20), layers_from(f"{RECIPES['lenet']['layers']}, 10"), "relu", "softmax")
    kinds = {"PyTorch": False, "channels_last, fused Adam": True} if has_torch else {}
    modules = {name: torch_lenet(channels_last) for name, channels_last in kinds.items()}
    theta = network.initial_theta(SEED).astype(np.float32)
    X = np.ascontiguousarray(train.X[:1000])
    epochs = {"digits20": our_lenet(train, network)}
    epochs |= {name: torch_epoch(train, *modules[name], channels_last) for name, channels_last in kinds.items()}
    answers: dict[str, Callable[[], float]] = {"digits20": on_cpu(lambda: network.logits(theta, X))}
    answers |= {name: torch_answers(X, modules[name][0], channels_last) for name, channels_last in kinds.items()}
    rows = []
    with threadpool_limits(1):
        for what, sides in (("an epoch of 4000 images", epochs), ("1000 images predicted", answers)):
            seconds = machine.alternate(dict(sides), ROUNDS)
            ratios = [f"{1e3 * seconds[name]:.0f} ms, {seconds['digits20'] / seconds[name]:.2f}" for name in kinds]
            rows.append([what, f"{1e3 * seconds['digits20']:.0f}", *ratios])
    print("\n" + machine.table([network.title, "digits20, ms", *(f"{name}; digits20 over it" for name in kinds)], rows))


def on_cpu(work: Callable[[], object]) -> Callable[[], float]:
    """Its seconds on the CPU, which other programs on the machine change less than those on the clock."""

    def run() -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    return run


def our_lenet(train: Digits, network: Network) -> Callable[[], float]:
    J, theta = Objective(network, train), network.initial_theta(SEED).astype(np.float32)
    gradient, adam = np.empty_like(theta), MiniBatch()._step(theta)

    def epoch() -> None:
        for batch in J.batches(BATCH, np.random.default_rng(SEED)):
            batch(theta, gradient)
            adam(theta, gradient, 1e-5)

    return on_cpu(epoch)


def torch_lenet(channels_last: bool) -> tuple[Any, Any]:
    import torch

    network = torch.nn.Sequential(
        *(torch.nn.Conv2d(1, 32, 5), torch.nn.ReLU(), torch.nn.MaxPool2d(2)),
        *(torch.nn.Conv2d(32, 64, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2)),
        *(torch.nn.Flatten(), torch.nn.Linear(576, 256), torch.nn.ReLU(), torch.nn.Linear(256, 10)),
    )
    if channels_last:
        network = network.to(memory_format=torch.channels_last)
    return network, torch.optim.Adam(network.parameters(), lr=1e-5, fused=channels_last)


def torch_images(X: Any, channels_last: bool) -> Any:
    import torch

    images = torch.tensor(np.array(X)).reshape(-1, 1, 20, 20)
    return images.to(memory_format=torch.channels_last) if channels_last else images


def torch_epoch(train: Digits, network: Any, optimizer: Any, channels_last: bool) -> Callable[[], float]:
    import torch

    X, y, loss = torch_images(train.X, channels_last), torch.tensor(train.y), torch.nn.CrossEntropyLoss()

    def epoch() -> None:
        order = torch.randperm(len(X))
        for start in range(0, len(X), BATCH):
            chosen = order[start : start + BATCH]
            optimizer.zero_grad(set_to_none=True)
            loss(network(X[chosen]), y[chosen]).backward()
            optimizer.step()

    return on_cpu(epoch)


def torch_answers(X: Any, network: Any, channels_last: bool) -> Callable[[], float]:
    import torch

    images = torch_images(X, channels_last)

    def answers() -> None:
        with torch.no_grad():
            network(images)

    return on_cpu(answers)


if __name__ == "__main__":
    main()
