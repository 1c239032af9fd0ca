"""Whole commands, from start to exit: their seconds and their peak memory; speed.py prints them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from statistics import median

import machine

from digits20.system.shipped import shipped

PEER = """
import pickle, sys
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.neural_network import MLPClassifier

table = pd.read_csv(sys.argv[1], header=None).to_numpy()[np.random.default_rng(0).permutation(5000)]
X, y = table[:, :400].astype(np.float32), table[:, 400].astype(int)
model = MLPClassifier((25,), activation="logistic", solver="lbfgs", alpha=1.0, max_iter=200, tol=0, random_state=0)
model.fit(X[:4000], y[:4000])
print(model.score(X[:4000], y[:4000]), model.score(X[4000:], y[4000:]))
with open("model.pkl", "wb") as file:
    pickle.dump(model, file)
figure, axes = plt.subplots(figsize=(7, 4.5))
axes.plot(np.geomspace(10, 0.3, 200))
axes.set_yscale("log")
figure.savefig("costs.png", dpi=150)
"""


def commands() -> str:
    """Whole commands, the default job beside the same one written with pandas, scikit-learn and matplotlib."""
    ours = [sys.executable, "-m", "digits20.train"]
    sides = {
        "digits20.train --help": [*ours, "--help"],
        "digits20.train --lambda 1.0": [
            *ours,
            "--lambda",
            "1.0",
            "--threads",
            "1",
            *machine.so_many([], ["--max-iter", "1"]),
        ],
        "the same job with pandas, scikit-learn and matplotlib": [
            *[sys.executable, "-W", "ignore", "-c", PEER],
            str(shipped("data/digits20.csv.gz")),
        ],
    }
    sides = dict(list(sides.items())[: machine.so_many(None, 2)])
    spent = {name: list[tuple[float, ...]]() for name in sides}
    for _ in range(machine.so_many(5, 1)):
        for name, command in sides.items():
            spent[name].append(_command(command))
    rows, of_job = [], median(seconds for seconds, _, _ in spent["digits20.train --lambda 1.0"])
    for name, figures in spent.items():
        seconds, cpu, peak = (median(column) for column in zip(*figures, strict=True))
        rows.append([name, f"{seconds:.2f}", f"{cpu:.2f}", f"{of_job / seconds:.2f}", f"{peak:.0f}"])
    return machine.table(["whole command", "s", "CPU s", "the default job's s over it", "peak memory, MiB"], rows)


# a process of its own, small when it starts the command: Linux counts the memory of the starter as the command's
METER = """
import subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
seconds = time.perf_counter() - start
try:
    import resource
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
except ImportError:
    print(seconds, "nan", "nan")
"""


def _command(command: list[str]) -> tuple[float, ...]:
    """Seconds from start to exit, those of CPU, and peak MiB (nan where the system does not tell)."""
    one_thread = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    with tempfile.TemporaryDirectory() as folder:
        meter = [sys.executable, "-c", METER, *command]
        run = subprocess.run(meter, cwd=folder, env=one_thread, capture_output=True, check=True)
    return tuple(map(float, run.stdout.split()))
