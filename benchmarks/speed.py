"""How fast digits20 computes and trains, beside the bare matrix products, scikit-learn and PyTorch.

    python benchmarks/speed.py

One thread, both sides of each comparison alternating in this one run; prints Markdown. PyTorch only if installed.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import machine
import numpy as np
from threadpoolctl import threadpool_limits

from digits20 import LBFGS, Digits, GradientDescent, Network, Objective, Scipy, fit, load_csv
from digits20.system.shipped import shipped

SEED, LAM, ITERATIONS = 0, 1.0, 200


def training_images() -> Digits:
    digits = load_csv(shipped("data/digits20.csv.gz"))
    return digits.shuffle(np.random.default_rng(SEED)).split(4000)[0]


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


def evaluations(train: Digits) -> str:
    rows = []
    for hidden in (25, 100, 512):
        J = Objective(Network((400, hidden, 10)), train.astype(np.float32), LAM)
        theta = J.network.initial_theta(np.random.default_rng(SEED)).astype(np.float32)
        sides = {"J": lambda J=J, theta=theta: J(theta) and None, "bare": bare_products(J, theta)}
        seconds = machine.alternate(sides, rounds=200 if hidden < 512 else 60)
        rows.append(
            [
                f"400-{hidden}-10",
                f"{1e3 * seconds['J']:.2f}",
                f"{1e3 * seconds['bare']:.2f}",
                f"{seconds['J'] / seconds['bare']:.2f}",
            ]
        )
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
    if importlib.util.find_spec("torch"):
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
        model = fit(J, J.network.initial_theta(np.random.default_rng(SEED)), GradientDescent(400, 1.2))
        assert model.solution
        return model.solution.seconds

    seconds = machine.alternate({"gd": run}, rounds=3)["gd"]
    return machine.table(["batch gradient descent", "s"], [["400 iterations of 400-40-10", f"{seconds:.2f}"]])


def commands() -> str:
    rows = []
    for arguments in (["--help"], ["--lambda", "1.0"]):
        seconds, peak = zip(*(_command(arguments) for _ in range(4)), strict=True)
        rows.append(
            [f"python -m digits20.train {' '.join(arguments)}", f"{sorted(seconds)[1]:.2f}", f"{max(peak):.0f}"]
        )
    return machine.table(["whole command", "s", "peak memory, MiB"], rows)


# a process of its own, small when it starts the command: Linux counts the memory of the starter as the command's
METER = """
import subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
seconds = time.perf_counter() - start
try:
    import resource
    print(seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
except ImportError:
    print(seconds, "nan")
"""


def _command(arguments: list[str]) -> tuple[float, float]:
    """Seconds from start to exit, and peak MiB (nan where the system does not tell)."""
    command = [sys.executable, "-m", "digits20.train", *arguments]
    with tempfile.TemporaryDirectory() as folder:
        meter = [sys.executable, "-c", METER, *command]
        seconds, peak = subprocess.run(meter, cwd=folder, capture_output=True, check=True).stdout.split()
    return float(seconds), float(peak)


def main() -> None:
    train = training_images()
    peers = ["scikit-learn", *(["torch"] if importlib.util.find_spec("torch") else [])]
    print(f"{Path(__file__).name}, seed {SEED}, one thread; {machine.describe(*peers)}\n")
    with threadpool_limits(1):
        for part in (evaluations, lbfgs, gradient_descent):
            print(part(train), end="\n\n", flush=True)
    print(commands())


if __name__ == "__main__":
    main()
