"""How fast digits20 computes and trains, beside the bare matrix products, scikit-learn and PyTorch.

    python benchmarks/speed.py

One thread, both sides of each comparison alternating in this one run; prints Markdown. PyTorch only if installed.
"""

from __future__ import annotations

import importlib.util
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import machine
import numpy as np
from commands import commands
from threadpoolctl import threadpool_limits

from digits20 import LBFGS, Digits, GradientDescent, Network, Objective, Scipy, fit, load_csv
from digits20.learning.settings.recipes import RECIPES
from digits20.nn.layers.text import layers_from
from digits20.system.shipped import shipped

SEED, LAM, ITERATIONS = 0, 1.0, machine.so_many(200, 5)


def training_images() -> Digits:
    digits = load_csv(shipped("data/digits20.csv.gz"))
    return digits.shuffle(np.random.default_rng(SEED)).split(machine.so_many(4000, 200))[0]


def bare_products(J: Objective, theta: np.ndarray) -> Callable[[], None]:
    """The five matrix products of one evaluation of a network with one hidden layer, on J's own arrays."""
    batch = J._whole
    (run,) = batch.runs.values()
    first, second = J.network.matrices(theta)
    g1, g2 = np.empty_like(first), np.empty_like(second)

    def products() -> None:
        np.matmul(first, run.A[0], out=run.A[1][1:])
        np.matmul(second, run.A[1], out=run.A[2])
        np.matmul(batch.delta, run.A[1].T, out=g2)
        np.matmul(second[:, 1:].T, batch.delta, out=run.works[1].delta)
        np.matmul(run.works[1].delta, batch.rows, out=g1)

    return products


def products_of_maps(network: Network, images: int) -> Callable[[], None]:
    """The products of one evaluation where layers have maps, block by block, on arrays of their shapes."""
    rng, calls = np.random.default_rng(SEED), []
    block = network.blocks(images, np.float32)[0]
    for number, layer in enumerate(network.layers):
        below = network.maps[number]
        shape, above = layer.weights(below), layer.above(below)
        if shape is None:
            continue
        places = above[1] * above[2] * (block.stop - block.start)
        Theta, patches, delta = (
            rng.random(sizes, np.float32) for sizes in (shape, (shape[1], places), (shape[0], places))
        )
        calls += [(Theta, patches, np.empty_like(delta)), (patches, delta.T, np.empty_like(Theta.T))]
        if number:
            calls.append((Theta[:, 1:].T, delta, np.empty_like(patches[1:])))

    def products() -> None:
        for _ in network.blocks(images, np.float32):
            for one, other, into in calls:
                np.matmul(one, other, out=into)

    return products


def evaluations(train: Digits) -> str:
    lenet = Network((20, 20), layers_from(f"{RECIPES['lenet']['layers']}, 10"), "relu", "softmax")
    rows = []
    for network in (*(Network((400, hidden, 10)) for hidden in (25, 100, 512)), lenet):
        J = Objective(network, train.astype(np.float32), LAM)
        theta = network.initial_theta(np.random.default_rng(SEED)).astype(np.float32)
        bare = bare_products(J, theta) if network.is_dense else products_of_maps(network, len(train))
        sides = {"J": lambda J=J, theta=theta: J(theta) and None, "bare": bare}
        seconds = machine.alternate(sides, rounds=200 if network.size < 100_000 else 60 if network.is_dense else 5)
        figures = f"{1e3 * seconds['J']:.2f}", f"{1e3 * seconds['bare']:.2f}", f"{seconds['J'] / seconds['bare']:.2f}"
        rows.append([network.title, *figures])
    return machine.table(["one evaluation, float32, 4000 images", "J, ms", "its products, ms", "ratio"], rows)


def lbfgs(train: Digits) -> str:
    ours = {dtype: lambda dtype=dtype: _our_lbfgs(train.astype(dtype)) for dtype in ("float32", "float64")}
    sides: dict[str, Callable[[], float]] = {
        "digits20 LBFGS, float32": ours["float32"],
        "digits20 LBFGS, float64": ours["float64"],
        "digits20 Scipy('L-BFGS-B'), float32": lambda: _our_lbfgs(train.astype("float32"), Scipy()),
        "scikit-learn MLPClassifier, float32": lambda: _sklearn_lbfgs(train.X.astype(np.float32), train.y),
        "scikit-learn MLPClassifier, float64": lambda: _sklearn_lbfgs(train.X, train.y),
    }
    if importlib.util.find_spec("torch") and not machine.SMALL:
        sides["PyTorch LBFGS, float32"] = lambda: _torch_lbfgs(train)
    seconds = machine.alternate(sides, rounds=5)
    ours32 = seconds["digits20 LBFGS, float32"]
    rows = [[name, f"{1e3 * s:.2f}", f"{ours32 / s:.2f}"] for name, s in seconds.items()]
    return machine.table(["L-BFGS, 400-25-10, λ = 1", "ms an evaluation", "digits20 LBFGS float32 over it"], rows)


def _our_lbfgs(train: Digits, solver: LBFGS | Scipy | None = None) -> float:
    """Seconds an evaluation, everything from the images to the model counted."""
    start = time.perf_counter()
    J = Objective(Network((400, 25, 10)), train, LAM)
    model = fit(J, J.network.initial_theta(np.random.default_rng(SEED)), solver or LBFGS(ITERATIONS))
    assert model.solution
    return (time.perf_counter() - start) / model.solution.evaluations


def _sklearn_lbfgs(X: np.ndarray, y: np.ndarray) -> float:
    from sklearn.neural_network import MLPClassifier

    network = MLPClassifier(
        (25,), activation="logistic", solver="lbfgs", alpha=LAM, max_iter=ITERATIONS, tol=0, random_state=SEED
    )
    evaluations = 0
    evaluate = network._loss_grad_lbfgs

    def counted(*arguments: object) -> object:
        nonlocal evaluations
        evaluations += 1
        return evaluate(*arguments)

    network._loss_grad_lbfgs = counted
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it stopped at the iterations asked for
        start = time.perf_counter()
        network.fit(X, y)
    return (time.perf_counter() - start) / evaluations


def _torch_lbfgs(train: Digits) -> float:
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    X, Y = torch.tensor(train.X.astype(np.float32)), torch.tensor(train.Y.astype(np.float32))
    network = torch.nn.Sequential(torch.nn.Linear(400, 25), torch.nn.Sigmoid(), torch.nn.Linear(25, 10))
    loss = torch.nn.BCEWithLogitsLoss(reduction="sum")
    weights = [network[0].weight, network[2].weight]
    optimizer = torch.optim.LBFGS(
        network.parameters(), max_iter=ITERATIONS, max_eval=10**6, history_size=50, line_search_fn="strong_wolfe"
    )
    evaluations = 0

    def closure() -> torch.Tensor:
        nonlocal evaluations
        evaluations += 1
        optimizer.zero_grad()
        cost = (loss(network(X), Y) + LAM / 2 * sum((w * w).sum() for w in weights)) / len(X)
        cost.backward()
        return cost

    start = time.perf_counter()
    optimizer.step(closure)
    return (time.perf_counter() - start) / evaluations


def gradient_descent(train: Digits) -> str:
    def run() -> float:
        J = Objective(Network((400, 40, 10)), train.astype(np.float32), LAM)
        model = fit(
            J, J.network.initial_theta(np.random.default_rng(SEED)), GradientDescent(machine.so_many(400, 5), 1.2)
        )
        assert model.solution
        return model.solution.seconds

    seconds = machine.alternate({"gd": run}, rounds=3)["gd"]
    return machine.table(["batch gradient descent", "s"], [["400 iterations of 400-40-10", f"{seconds:.2f}"]])


def reading() -> str:
    """Ours beside the bare pandas.read_csv, on tables as Kaggle has them: a header, a label, 784 whole numbers."""
    import pandas as pd

    train, rng = training_images(), np.random.default_rng(SEED)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "train.csv")
        pixels = np.clip(255 * np.pad(train.X.reshape(-1, 20, 20), ((0, 0), (4, 4), (4, 4))), 0, 255).astype(int)
        table = np.column_stack([train.y, pixels.reshape(len(pixels), -1)])[
            rng.integers(len(pixels), size=machine.so_many(20_000, 100))
        ]
        names = ",".join(["label", *(f"pixel{place}" for place in range(784))])
        np.savetxt(path, table, "%d", delimiter=",", header=names, comments="")
        sides = {"ours": lambda: _cpu(lambda: load_csv(path)), "pandas": lambda: _cpu(lambda: pd.read_csv(path))}
        seconds = machine.alternate(sides, rounds=5)
        size = path.stat().st_size / 1e6
    row = [f"{size:.0f} MB", *(f"{seconds[side]:.2f}" for side in sides), f"{seconds['ours'] / seconds['pandas']:.2f}"]
    return machine.table(["reading a table of 28x28 images", "load_csv, CPU s", "pandas.read_csv", "ratio"], [row])


def _cpu(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def main() -> None:
    train = training_images()
    peers = ["scikit-learn", *(["torch"] if importlib.util.find_spec("torch") else [])]
    print(f"{Path(__file__).name}, seed {SEED}, one thread; {machine.describe(*peers)}\n")
    with threadpool_limits(1):
        for part in (evaluations, lbfgs, gradient_descent, lambda _: reading()):
            print(part(train), end="\n\n", flush=True)
    print(commands())


if __name__ == "__main__":
    main()
