"""`train --live`: cost and accuracy plotted while training runs, in a window or in a notebook cell."""

from __future__ import annotations

import io
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..learning.fit import Progress
from ..nn.network import Network
from .canvas import TRAINING, VALIDATION

if TYPE_CHECKING:
    from matplotlib.figure import Figure

log = logging.getLogger("digits20")
MemberCallback = Callable[[int, Progress], object]
SHARE = 0.05  # of the training time that redrawing may take
SIZE = (6.5, 6.0)  # inches


@contextmanager
def watching(wanted: bool, network: Network, lam: float, *, validation: bool) -> Iterator[MemberCallback]:
    """A callback for training, `callback(member, progress)`, that plots the progress live if `wanted`.

    member: the number of the network in its ensemble. Without a display the callback logs a warning and does nothing;
    once its window is closed it does nothing either. validation: whether there are validation images.
    """
    screen = (_cell() or _window()) if wanted else None
    if screen is None:
        if wanted:
            log.warning("--live: no display found; training continues without a live plot")
        yield lambda member, progress: None
        return
    figure, show, close = screen
    title = f"{network.heading} network, λ = {lam:g}"
    live = Live(figure, show, title, validation=validation)
    try:
        yield live
    finally:
        live.redraw()
        close()


class Live:
    """Curves that grow with each call; redrawn only while all redraws together stay within SHARE of the time.

    show() brings the figure to the screen and raises where it cannot; clock() returns seconds. validation: whether to
    add a second panel, for accuracies.
    """

    def __init__(
        self,
        figure: Figure,
        show: Callable[[], object],
        title: str,
        *,
        validation: bool,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.figure, self.show, self.clock = figure, show, clock
        figure.subplots_adjust(left=0.13, right=0.96, top=0.93, bottom=0.09)  # constrained layout is slower
        self.axes = [figure.add_subplot(2, 1, 1), figure.add_subplot(2, 1, 2)] if validation else [figure.add_subplot()]
        self.lines: dict[tuple[int, str], Any] = {}
        self.points: dict[tuple[int, str], tuple[list[int], list[float]]] = {}
        self.open, self.last, self.spent = True, 0.0, 0.0
        self._label(title)
        self.redraw()  # loads the fonts; the next one measures the usual time
        self.redraw()
        self.began, self.spent = clock(), 0.0

    def _label(self, title: str) -> None:
        from matplotlib.ticker import LogLocator, NullLocator, PercentFormatter

        self.axes[0].set_title(title)
        self.axes[0].set_ylabel("cost")
        self.axes[0].set_yscale("log")
        self.axes[0].yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        self.axes[0].yaxis.set_major_formatter("{x:g}")
        self.axes[0].yaxis.set_minor_locator(NullLocator())
        self.axes[-1].set_xlabel("iteration (epoch, for mini-batches)")
        if len(self.axes) > 1:
            self.axes[1].set_ylabel("accuracy, %")
            self.axes[1].yaxis.set_major_formatter(PercentFormatter(1, symbol=""))
        for ax in self.axes:
            ax.grid(alpha=0.3)

    def __call__(self, member: int, progress: Progress) -> None:
        """Add the progress of network `member` to the curves, and redraw if it is time."""
        with_penalty = progress.train_cost is None
        name = "training cost J(θ)" if with_penalty else "training cost, without penalty"
        self._add(member, progress.iteration, name, progress.cost if with_penalty else progress.train_cost)
        self._add(member, progress.iteration, "validation cost, without penalty", progress.validation_cost)
        self._add(member, progress.iteration, "training accuracy", progress.train_accuracy)
        self._add(member, progress.iteration, "validation accuracy", progress.validation_accuracy)
        if self.open and self.spent + self.last <= SHARE * (self.clock() - self.began + self.last):
            self.redraw()

    def _add(self, member: int, iteration: int, name: str, figure: float | None) -> None:
        if figure is not None:
            iterations, figures = self.points.setdefault((member, name), ([], []))
            iterations.append(iteration)
            figures.append(figure)

    def redraw(self) -> None:
        """Draw the curves and measure how long it takes; after a failure, never again."""
        if not self.open:
            return
        before = self.clock()
        try:
            self._draw()
            self.show()
        except Exception as failure:  # each GUI toolkit has its own errors; none may stop the training
            self.open = False
            log.info("the live plot has ended: %s", " ".join(str(failure).split()) or type(failure).__name__)
        self.last = self.clock() - before
        self.spent += self.last

    def _draw(self) -> None:
        for (member, name), points in self.points.items():
            if (member, name) not in self.lines:
                self.lines[member, name] = self._new_line(member, name)
            self.lines[member, name].set_data(*points)
        for ax in self.axes:
            ax.relim()
            ax.autoscale_view()

    def _new_line(self, member: int, name: str) -> Any:
        """A curve; those of an ensemble's networks look alike, and only the first gets a legend entry."""
        ax = self.axes[-1] if name.endswith("accuracy") else self.axes[0]
        style: dict[str, Any] = (
            {"color": VALIDATION, "linestyle": "--"} if name.startswith("validation") else {"color": TRAINING}
        )
        (line,) = ax.plot([], [], label=name if member == 0 else None, **style)
        ax.legend()
        return line


# where the plot is shown: (figure, show, close)

Screen = tuple["Figure", Callable[[], object], Callable[[], object]]


def _cell() -> Screen | None:
    """The output of the notebook cell that is running, None outside notebooks; it keeps the last plot."""
    ipython = sys.modules.get("IPython")
    if ipython is None or not hasattr(ipython.get_ipython(), "kernel"):
        return None
    from IPython.display import Image, display
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE)
    handles: list[Any] = []

    def show() -> None:
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=90)
        image = Image(data=file.getvalue())
        if handles:
            handles[0].update(image)
        else:
            handles.append(display(image, display_id=True))

    return figure, show, lambda: None


def _window() -> Screen | None:
    """A matplotlib window, None where no GUI toolkit works; it closes when training ends."""
    from matplotlib import pyplot

    try:
        figure = pyplot.figure(figsize=SIZE)
    except Exception as failure:  # a GUI toolkit was asked for that is not installed
        log.info("no window: %s", " ".join(str(failure).split()))
        return None
    if not figure.canvas.required_interactive_framework:  # a backend without windows
        pyplot.close(figure)
        return None
    pyplot.show(block=False)

    def show() -> None:
        if not pyplot.fignum_exists(figure.number):
            raise RuntimeError("the window was closed")
        figure.canvas.draw()
        figure.canvas.flush_events()

    return figure, show, lambda: pyplot.close(figure)
