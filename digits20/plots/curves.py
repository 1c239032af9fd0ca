"""Pictures of many trainings: learning curves, validation curves over lambda, cost histories over one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from ..learning.curves import Curve, Floats, standard_error
from ..learning.histories import History
from .canvas import TRAINING, VALIDATION, log_scale, name_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Against = Literal["iterations", "evaluations", "seconds"]
# Okabe & Ito's colours, told apart in black and white by their lines and marks
STYLES = (
    ("#0072b2", "-", "o"),
    ("#d55e00", "--", "s"),
    ("#009e73", "-.", "^"),
    ("#cc79a7", ":", "D"),
    ("#56b4e9", (0, (5, 1, 1, 1, 1, 1)), "v"),
    ("#e69f00", (0, (8, 3)), "P"),
    ("#000000", (0, (1, 3)), "X"),
)
TWO_PANELS = 10.0, 4.6  # inches
WIDE = 300  # times the lowest cost: then there is room for powers of ten only


def plot_curve(ax: Axes, curve: Curve) -> None:
    """Cost on the left and accuracy on the right, in two panels that take the place of `ax` in its figure."""
    figure: Any = ax.figure
    ax.remove()
    left, right = figure.subplots(1, 2)
    plot_curve_costs(left, curve)
    plot_curve_accuracies(right, curve)
    figure.suptitle(title(curve))


def plot_curve_costs(ax: Axes, curve: Curve) -> None:
    """Training and validation cost, without the penalty, over the number of images or lambda."""
    _two_lines(ax, curve, curve.train_costs, curve.validation_costs)
    log_scale(ax)
    low, high = ax.get_ylim()
    if high > WIDE * low:
        ax.yaxis.get_major_locator().set_params(subs=(1,))  # type: ignore[call-arg]
    ax.set_ylabel("cost without penalty")
    ax.legend()


def plot_curve_accuracies(ax: Axes, curve: Curve) -> None:
    """Training and validation accuracy, in percent, over the number of images or lambda."""
    _two_lines(ax, curve, 100 * curve.train_accuracies, 100 * curve.validation_accuracies)
    ax.set_ylabel("images named right, %")
    if curve.over == "images":  # over lambda the lines leave no room, and those of the costs look the same
        ax.legend()


def title(curve: Curve) -> str:
    """What was trained, and on what the figures rest."""
    what = f"λ = {curve.lam:g}" if curve.over == "images" else f"{curve.images} images"
    how = f"mean and standard error of {curve.parts} folds" if curve.parts > 1 else "one validation part"
    return f"{name_of(curve.network)}, {what}: {how}, {curve.validation_images} images to validate"


def _two_lines(ax: Axes, curve: Curve, train: Floats, validation: Floats) -> None:
    for (color, line, mark), figures, name in zip(
        ((TRAINING, "-", "o"), (VALIDATION, "--", "s")), (train, validation), ("training", "validation"), strict=True
    ):
        errors = standard_error(figures) if curve.parts > 1 else None
        style: dict[str, Any] = {"color": color, "linestyle": line, "marker": mark, "markersize": 5, "capsize": 3}
        ax.errorbar(curve.values, figures.mean(axis=1), errors, label=name, **style)
    if curve.over == "images":
        ax.set_xlabel("training images")
        ax.set_xlim(left=0)
    else:
        _lambda_axis(ax, curve)
    ax.grid(alpha=0.3)


def _lambda_axis(ax: Axes, curve: Curve) -> None:
    """A logarithmic axis with a linear piece, for lambda 0, and a mark at the best."""
    smallest = min((value for value in curve.values if value > 0), default=1.0)
    ax.set_xscale("symlog", linthresh=smallest, linscale=0.5)
    ax.set_xticks(curve.values, [f"{value:g}" for value in curve.values], minor=False)
    ax.set_xticks([], minor=True)
    ax.set_xlabel("λ")
    ax.axvline(curve.lam, color="0.4", linestyle=":", label=f"lowest validation cost: λ = {curve.lam:g}")


def plot_histories(ax: Axes, histories: Sequence[History], against: Against = "iterations", trained: str = "") -> None:
    """The cost of several trainings over iterations, evaluations of J (passes over all images) or seconds."""
    for number, one in enumerate(histories):
        color, line, mark = STYLES[number % len(STYLES)]
        spent: dict[str, list[float]] = {
            "iterations": list(range(len(one.costs))),
            "evaluations": one.evaluations,
            "seconds": one.seconds,
        }
        places = (0.1 + 0.02 * number, 0.15)  # of the marks, along the curve; not one upon another
        label = f"{one.name}: {one.costs[-1]:.4g}"
        ax.plot(spent[against], one.costs, color=color, linestyle=line, marker=mark, markevery=places, label=label)
    log_scale(ax)
    units = {
        "iterations": "iteration (epoch for mini-batches)" if any(one.epochs for one in histories) else "iteration",
        "evaluations": "evaluations of J on all images",
        "seconds": "seconds",
    }
    ax.set_xlabel(units[against])
    ax.set_ylabel("cost J(θ)")
    ax.set_xlim(left=0)
    ax.set_title(trained, fontsize=10 if "\n" in trained else None)
    ax.grid(alpha=0.3)
    ax.legend(title="final cost")
