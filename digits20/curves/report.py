"""What `curves` prints and writes: tables on the terminal, JSON, CSV and pictures."""

from __future__ import annotations

import math
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..cli.command import Output
from ..errors import percent
from ..learning.curves.curve import Curve, Floats, standard_error
from ..learning.curves.history import History
from ..plots.canvas import picture
from ..plots.curves import TWO_PANELS, Against, plot_curve, plot_histories
from ..system.atomic import write_atomically

FIGURES = ("train_costs", "validation_costs", "train_accuracies", "validation_accuracies")


@dataclass(frozen=True)
class Report:
    """Where the figures go. plot, csv: files, or None for none."""

    out: Output
    plot: Path | None
    csv: Path | None

    def curve(self, kind: str, curve: Curve, paragraph: str, more: dict[str, Any]) -> int:
        """Print and draw a curve and what follows from it; the exit code. more: what else --json prints."""
        self.out.text(_table(curve))
        self.out.text("\n" + textwrap.fill(paragraph, _columns(), break_long_words=False, break_on_hyphens=False))
        self._write(lambda ax: plot_curve(ax, curve), TWO_PANELS, _curve_rows(curve))
        self.out.result({"kind": kind} | as_json(curve) | more | self._files())
        return 0

    def histories(self, histories: Sequence[History], against: Against, trained: str) -> int:
        """Print and draw cost histories; the exit code. trained: what was trained, for the plot's title."""
        self.out.text(_history_table(histories))
        size = (7.5, 4.8)
        self._write(lambda ax: plot_histories(ax, histories, against, trained), size, _history_rows(histories))
        result = {"kind": "cost", "against": against, "histories": [_history_json(one) for one in histories]}
        self.out.result(result | self._files())
        return 0

    def _write(
        self, draw: Callable[[Any], object], size: tuple[float, float], rows: Iterable[Sequence[object]]
    ) -> None:
        if self.plot or self.csv:
            self.out.text("")
        if self.plot:
            write_atomically(self.plot, picture(draw, self.plot.suffix, size))
            self.out.line("plot", str(self.plot))
        if self.csv:
            write_atomically(self.csv, _csv(rows))
            self.out.line("csv", str(self.csv))

    def _files(self) -> dict[str, str | None]:
        return {name: str(path) if path else None for name, path in (("plot", self.plot), ("csv", self.csv))}


def _columns() -> int:
    """The width of a paragraph: the terminal's, at most 100; 100 in a file."""
    return min(100, max(40, shutil.get_terminal_size().columns)) if sys.stdout.isatty() else 100


def best_lambda(curve: Curve) -> str:
    """Which lambda is the best, and how certain that is."""
    cost, error = curve.validation_costs.mean(axis=1)[curve.best], standard_error(curve.validation_costs)[curve.best]
    right, unsure = curve.validation_accuracies.mean(axis=1), standard_error(curve.validation_accuracies)
    told = [f"Best lambda {curve.lam:g}: validation cost {cost:.4f}"]
    if curve.parts == 1:
        told[0] += ", on one validation part; --folds would show how certain that is."
    else:
        told[0] += f" ± {error:.4f} (mean and standard error of {curve.parts} folds)."
        near = [f"{value:g}" for value in curve.near()]
        told.append(
            f"Within one standard error of it: {', '.join(near)}; the difference is not significant."
            if near
            else "No other value is within one standard error of it."
        )
    if right.max() - right[curve.best] > unsure[curve.best]:
        told.append(
            f"By accuracy it would be {curve.values[int(right.argmax())]:g}: "
            f"accuracy {percent(right.max(), 2)}, against {percent(right[curve.best], 2)}."
        )
    if curve.lam in (curve.values[0], curve.values[-1]) and len(curve.values) > 1 and curve.lam > 0:
        beyond = "larger" if curve.lam == curve.values[-1] else "smaller"
        told.append(f"It is the {beyond[:-1]}st of the values: try {beyond} ones.")
    return " ".join(told)


def as_json(curve: Curve) -> dict[str, Any]:
    """What --json prints of a curve: its values, and for each figure the mean and the standard error over the folds.

    A standard error is None where there is one part only.
    """
    result: dict[str, Any] = {curve.over: list(curve.values), "folds": curve.parts}
    for name in FIGURES:
        figures: Floats = getattr(curve, name)
        errors = standard_error(figures).tolist()
        result[name] = figures.mean(axis=1).tolist()
        result[f"{name}_standard_error"] = [None if math.isnan(error) else error for error in errors]
    return result


def _table(curve: Curve) -> str:
    rows = [f"{curve.over:>8}   train cost   validation cost  train accuracy  validation accuracy"]
    errors = [standard_error(getattr(curve, name)) for name in FIGURES]
    means = [getattr(curve, name).mean(axis=1) for name in FIGURES]
    for k, value in enumerate(curve.values):
        cost, accuracy = means[1][k], means[3][k]
        spread = ["", ""] if curve.parts == 1 else [f" ± {errors[1][k]:.4f}", f" ± {100 * errors[3][k]:.2f}"]
        rows.append(
            f"{value:8g}   {means[0][k]:10.4f}   {f'{cost:.4f}{spread[0]}':>15}   {percent(means[2][k], 2):>14}"
            f"   {f'{100 * accuracy:.2f}{spread[1]}':>17} %"
        )
    return "\n".join(rows)


def _history_table(histories: Sequence[History]) -> str:
    width = max(8, *(len(one.name) for one in histories))
    rows = [f"{'':{width}}       cost  iterations  evaluations  seconds"]
    for one in histories:
        spent = f"{one.evaluations[-1]:11.0f}  {one.seconds[-1]:7.2f}" if one.seconds else f"{'-':>11}  {'-':>7}"
        rows.append(f"{one.name:{width}}  {one.costs[-1]:9.4f}  {len(one.costs) - 1:10}  {spent}")
    return "\n".join(rows)


def _history_json(one: History) -> dict[str, Any]:
    return {
        "name": one.name,
        "costs": one.costs,
        "iterations": len(one.costs) - 1,
        "evaluations": one.evaluations or None,
        "seconds": one.seconds or None,
        "train_accuracy": one.train_accuracy,
    }


def _curve_rows(curve: Curve) -> Iterator[Sequence[object]]:
    yield (curve.over, "fold", "train_cost", "validation_cost", "train_accuracy", "validation_accuracy")
    for k, value in enumerate(curve.values):
        for part in range(curve.parts):
            yield (value, part + 1, *(getattr(curve, name)[k, part] for name in FIGURES))


def _history_rows(histories: Sequence[History]) -> Iterator[Sequence[object]]:
    yield ("name", "iteration", "cost", "evaluations", "seconds")
    for one in histories:
        for k, cost in enumerate(one.costs):
            yield (one.name, k, cost, *((one.evaluations[k], one.seconds[k]) if one.seconds else ("", "")))


def _csv(rows: Iterable[Sequence[object]]) -> bytes:
    import csv
    import io

    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue().encode()
