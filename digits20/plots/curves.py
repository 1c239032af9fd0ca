"""Plots of several trainings: learning curves, validation curves over lambda, cost histories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from ..learning.curves.curve import Curve, Floats, standard_error
from ..learning.curves.history import History
from .canvas import TRAINING, VALIDATION, log_scale, name_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Against = Literal["iterations", "evaluations", "seconds"]
# Okabe & Ito's colours; lines and markers differ too, for black-and-white print
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
WIDE = 300  # highest cost over lowest: above that, only powers of ten are labelled


def plot_curve(ax: Axes, curve: Curve) -> None:
    """Draw cost on the left and accuracy on the right, in two panels that replace `ax` in its figure."""
    figure: Any = ax.figure
    ax.remove()
    left, right = figure.subplots(1, 2)
    plot_curve_costs(left, curve)
    plot_curve_accuracies(right, curve)
    figure.suptitle(title(curve))


def plot_curve_costs(ax: Axes, curve: Curve) -> None:
    """Draw training and validation cost, both without penalty, over the number of training images or lambda."""
    _two_lines(ax, curve, curve.train_costs, curve.validation_costs)
    log_scale(ax)
    low, high = ax.get_ylim()
    if high > WIDE * low:
        ax.yaxis.get_major_locator().set_params(subs=(1,))  # type: ignore[call-arg]
    ax.set_ylabel("cost without penalty")
    ax.legend()


def plot_curve_accuracies(ax: Axes, curve: Curve) -> None:
    """Draw training and validation accuracy, in percent, over the number of training images or lambda."""
    _two_lines(ax, curve, 100 * curve.train_accuracies, 100 * curve.validation_accuracies)
    ax.set_ylabel("accuracy, %")
    if curve.over == "images":  # over lambda the curves leave no room; the legend of the costs holds here too
        ax.legend()


def title(curve: Curve) -> str:
    """The network, what was held fixed, and how many folds and validation images there were."""
    what = f"λ = {curve.lam:g}" if curve.over == "images" else f"{curve.images} images"
    how = f"mean and standard error of {curve.parts} folds" if curve.parts > 1 else "one validation set"
    return f"{name_of(curve.network)}, {what}: {how}, {curve.validation_images} validation images"


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
    """A logarithmic axis, linear near 0 so that lambda 0 is on it, with a line at the best lambda."""
    smallest = min((value for value in curve.values if value > 0), default=1.0)
    ax.set_xscale("symlog", linthresh=smallest, linscale=0.5)
    ax.set_xticks(curve.values, [f"{value:g}" for value in curve.values], minor=False)
    ax.set_xticks([], minor=True)
    ax.set_xlabel("λ")
    ax.axvline(curve.lam, color="0.4", linestyle=":", label=f"lowest validation cost: λ = {curve.lam:g}")


def plot_histories(ax: Axes, histories: Sequence[History], against: Against = "iterations", trained: str = "") -> None:
    """Draw the cost of several trainings over iterations, evaluations of J (passes over all images) or seconds.

    trained: the title, what was trained.
    """
    for number, one in enumerate(histories):
        color, line, mark = STYLES[number % len(STYLES)]
        spent: dict[str, list[float]] = {
            "iterations": list(range(len(one.costs))),
            "evaluations": one.evaluations,
            "seconds": one.seconds,
        }
        places = (
            0.1 + 0.02 * number,
            0.15,
        )  # of the markers, as shares of the curve, shifted against overlap
        label = f"{one.name}: {one.costs[-1]:.4g}"
        ax.plot(spent[against], one.costs, color=color, linestyle=line, marker=mark, markevery=places, label=label)
    log_scale(ax)
    units = {
        "iterations": "iteration (epoch for mini-batches)" if any(one.epochs for one in histories) else "iteration",
        "evaluations": "passes over the training set (evaluations of J)",
        "seconds": "time, s",
    }
    ax.set_xlabel(units[against])
    ax.set_ylabel("cost J(θ)")
    ax.set_xlim(left=0)
    ax.set_title(trained, fontsize=10 if "\n" in trained else None)
    ax.grid(alpha=0.3)
    ax.legend(title="final cost")
