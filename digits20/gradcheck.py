"""Compare the analytic gradient of a small network with finite differences, weight by weight, as the course does."""

from __future__ import annotations

import argparse
import bisect
import contextlib
import itertools
import sys
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .cli.command import Output as Printed
from .cli.command import run
from .cli.options import LAMBDA_HELP, hidden_layers
from .cli.types import real, whole
from .data.dataset import Digits
from .errors import Digits20Error
from .nn.gradient_check import best_step, check_error, gradient_error, numerical_gradient
from .nn.layers.layer import Layer
from .nn.layers.text import layers_from
from .nn.network import ACTIVATIONS, OUTPUTS, Network
from .nn.objective import Objective
from .types import Hidden, Output, Vector

EXAMPLES = (
    "digits20 gradcheck",
    "digits20 gradcheck --hidden 6 4 --activation tanh --output softmax --lambda 1",
    'digits20 gradcheck --layers "conv 4 3, pool 2, 10" --activation relu',
)
SIDE, LABELS, IMAGES = 2, 3, 5  # the course's checkNNGradients has 3 inputs; four make a square image
LARGEST_SIDE = 64  # of the images that --layers need
MOST = 500  # weights to compare; of more, some at random


def main(argv: Sequence[str] | None = None) -> int:
    return run("gradcheck", __doc__, add_options, execute, argv, EXAMPLES)


def add_options(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--hidden",
        type=whole(0, 100),
        nargs="+",
        default=[5],
        metavar="N",
        help="units of each hidden layer; 0 for none (default: 5)",
    )
    which.add_argument(
        "--layers",
        metavar="TEXT",
        help='hidden layers in place of --hidden, such as "conv 4 3, pool 2, 10", on the smallest images that they fit '
        "(default: the layers of --hidden)",
    )
    parser.add_argument(
        "--activation", choices=tuple(ACTIVATIONS), default="sigmoid", help="activation function of the hidden layers"
    )
    parser.add_argument(
        "--output", choices=OUTPUTS, default=Network.output, help="activation function of the output layer"
    )
    parser.add_argument(
        "--lambda",
        "--l2",
        dest="lam",
        type=real(0),
        default=3.0,
        metavar="F",
        help=LAMBDA_HELP,
    )


def execute(options: argparse.Namespace) -> int:
    out = Printed(options.json)
    hidden = hidden_layers(options.hidden) if options.layers is None else layers_from(options.layers)
    network = _smallest([*hidden, LABELS], options.activation, options.output)
    rng = np.random.default_rng(options.seed)
    J, theta = small_problem(network, options.lam, rng)
    size = theta.size
    indices = np.arange(size) if size <= MOST else np.sort(rng.choice(size, MOST, replace=False))
    step = best_step(J, theta, indices)
    numerical, analytic = numerical_gradient(J, theta, indices, step), J(theta)[1][indices]
    error = gradient_error(J, theta, indices, step)
    out.text(_table(network, indices, numerical, analytic))
    compared = f"{size} weights" if size <= MOST else f"{MOST} of {size} weights"
    out.text(f"\nrelative error {error:.2e}, of {compared} with lambda {options.lam:g}")
    out.result(
        {
            "relative_error": error,
            "indices": indices.tolist(),
            "numerical": numerical.tolist(),
            "analytic": analytic.tolist(),
            "layer_sizes": list(network.layer_sizes),
            "activation": network.hidden,
            "output": network.output,
            "lambda": options.lam,
        }
    )
    check_error(error)
    return 0


def _smallest(layers: Sequence[Layer | int], activation: Hidden, output: Output) -> Network:
    """The network on the smallest square images that its layers fit; raises Digits20Error where none is small."""
    for side in range(SIDE, LARGEST_SIDE):
        with contextlib.suppress(Digits20Error):
            return Network((side, side), layers, activation, output)
    return Network((LARGEST_SIDE, LARGEST_SIDE), layers, activation, output)


def small_problem(network: Network, lam: float, rng: np.random.Generator) -> tuple[Objective, Vector]:
    """A float64 objective on a few random images, and weights theta (size,), biases too, none of them near zero."""
    X = rng.uniform(-1, 1, (IMAGES, network.layer_sizes[0]))
    digits = Digits(X, np.arange(IMAGES) % LABELS, labels=tuple(range(LABELS)))
    theta = rng.uniform(0.1, 0.6, network.size) * rng.choice([-1.0, 1.0], network.size)
    for Theta in network.matrices(theta):  # units of many inputs would else answer the same to everything
        Theta *= min(1.0, 3 / Theta.shape[1] ** 0.5)
    return Objective(network, digits, lam), theta


def _table(network: Network, indices: npt.NDArray[np.intp], numerical: Vector, analytic: Vector) -> str:
    """One row per weight, named as in the lecture: Theta1[2, 0] is the bias of the first layer's third unit."""
    rows = [f"{'weight':<14}{'numerical':>14}{'analytic':>14}"]
    for index, *slopes in zip(indices.tolist(), numerical, analytic, strict=True):
        rows.append(f"{_name(network, index):<14}" + "".join(f"{slope:14.9f}" for slope in slopes))
    return "\n".join(rows)


def _name(network: Network, index: int) -> str:
    ends = [0, *itertools.accumulate(out * into for out, into in network.shapes)]
    layer = bisect.bisect_right(ends, index)
    unit, weight = divmod(index - ends[layer - 1], network.shapes[layer - 1][1])
    return f"Theta{layer}[{unit}, {weight}]"


if __name__ == "__main__":
    sys.exit(main())
