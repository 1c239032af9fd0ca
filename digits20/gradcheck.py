"""Compare the analytic gradient of a small network with finite differences, weight by weight, as the course does."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import numpy as np

from .cli.command import Output, run
from .cli.options import LAMBDA_HELP, hidden_layers
from .cli.types import real, whole
from .data.dataset import Digits
from .nn.gradient_check import check_error, gradient_error, numerical_gradient
from .nn.network import ACTIVATIONS, OUTPUTS, Network
from .nn.objective import Objective
from .types import Vector

EXAMPLES = ("digits20 gradcheck", "digits20 gradcheck --hidden 6 4 --activation tanh --output softmax --lambda 1")
PIXELS, LABELS, IMAGES = 4, 3, 5  # the course's checkNNGradients has 3 inputs; four make a square image


def main(argv: Sequence[str] | None = None) -> int:
    return run("gradcheck", __doc__, add_options, execute, argv, EXAMPLES)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--hidden",
        type=whole(0, 100),
        nargs="+",
        default=[5],
        metavar="N",
        help="units of each hidden layer; 0 for none (default: 5)",
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
    out = Output(options.json)
    hidden = hidden_layers(options.hidden)
    network = Network((PIXELS, *hidden, LABELS), options.activation, options.output)
    J, theta = small_problem(network, options.lam, np.random.default_rng(options.seed))
    numerical, analytic = numerical_gradient(J, theta), J(theta)[1]
    error = gradient_error(J, theta)
    out.text(_table(network, numerical, analytic))
    out.text(f"\nrelative error {error:.2e}, of {theta.size} weights with lambda {options.lam:g}")
    out.result(
        {
            "relative_error": error,
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


def small_problem(network: Network, lam: float, rng: np.random.Generator) -> tuple[Objective, Vector]:
    """A float64 objective on a few random images, and weights theta (size,), biases too, none of them near zero."""
    X = rng.uniform(-1, 1, (IMAGES, network.layer_sizes[0]))
    digits = Digits(X, np.arange(IMAGES) % LABELS, labels=tuple(range(LABELS)))
    theta = rng.uniform(0.1, 0.6, network.size) * rng.choice([-1.0, 1.0], network.size)
    return Objective(network, digits, lam), theta


def _table(network: Network, numerical: Vector, analytic: Vector) -> str:
    """One row per weight, named as in the lecture: Theta1[2, 0] is the bias of the first layer's third unit."""
    rows = [f"{'weight':<14}{'numerical':>14}{'analytic':>14}"]
    names = [
        f"Theta{layer}[{unit}, {weight}]"
        for layer, shape in enumerate(network.shapes, start=1)
        for unit, weight in np.ndindex(*shape)
    ]
    for name, *slopes in zip(names, numerical, analytic, strict=True):
        rows.append(f"{name:<14}" + "".join(f"{slope:14.9f}" for slope in slopes))
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
