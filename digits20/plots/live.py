"""Watch a training: its cost and accuracies redrawn as it goes on, in a window or in a notebook's cell."""

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
Watch = Callable[[int, Progress], object]
SHARE = 0.05  # of the time of training that redraws may take
SIZE = (6.5, 6.0)  # inches


@contextmanager
def watching(wanted: bool, network: Network, lam: float, *, validation: bool) -> Iterator[Watch]:
    """A watcher, called with the number of the network and its progress, that draws what it hears, if `wanted`.

    Where there is no display it says so to the log and does nothing, as it does once its window has been closed.
    `validation`: whether there are validation images, and so accuracies.
    """
    screen = (_cell() or _window()) if wanted else None
    if screen is None:
        if wanted:
            log.warning("no display to show --live on; training goes on without")
        yield lambda member, progress: None
        return
    figure, show, close = screen
    title = f"{'-'.join(map(str, network.layer_sizes))} {network.hidden} network, λ = {lam:g}"
    live = Live(figure, show, title, validation=validation)
    try:
        yield live
    finally:
        live.redraw()
        close()


class Live:
    """Curves that grow with each call; redrawn only while all redraws together stay within SHARE of the time.

    show() brings the figure to the screen, and raises where it cannot; clock() is in seconds.
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
        figure.subplots_adjust(left=0.13, right=0.96, top=0.93, bottom=0.09)  # constrained layout takes twice the time
        self.axes = [figure.add_subplot(2, 1, 1), figure.add_subplot(2, 1, 2)] if validation else [figure.add_subplot()]
        self.lines: dict[tuple[int, str], Any] = {}
        self.points: dict[tuple[int, str], tuple[list[int], list[float]]] = {}
        self.open, self.last, self.spent = True, 0.0, 0.0
        self._label(title)
        self.redraw()  # reads the fonts, which would make the next one seem slow
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
        self.axes[-1].set_xlabel("iteration (an epoch, with mini-batches)")
        if len(self.axes) > 1:
            self.axes[1].set_ylabel("images named right")
            self.axes[1].yaxis.set_major_formatter(PercentFormatter(1))
        for ax in self.axes:
            ax.grid(alpha=0.3)

    def __call__(self, member: int, progress: Progress) -> None:
        """Note the progress of a network, and redraw if that is due."""
        self._note(member, progress.iteration, "training cost J(θ)", progress.cost)
        self._note(member, progress.iteration, "validation cost, no penalty", progress.validation_cost)
        self._note(member, progress.iteration, "training images", progress.train_accuracy)
        self._note(member, progress.iteration, "validation images", progress.validation_accuracy)
        if self.open and self.spent + self.last <= SHARE * (self.clock() - self.began + self.last):
            self.redraw()

    def _note(self, member: int, iteration: int, name: str, figure: float | None) -> None:
        if figure is not None:
            iterations, figures = self.points.setdefault((member, name), ([], []))
            iterations.append(iteration)
            figures.append(figure)

    def redraw(self) -> None:
        """Draw all that is known, and measure how long that takes; the first failure is the last."""
        if not self.open:
            return
        before = self.clock()
        try:
            self._draw()
            self.show()
        except Exception as failure:  # each toolkit has errors of its own; none is worth the training
            self.open = False
            log.info("the live picture has ended: %s", " ".join(str(failure).split()) or type(failure).__name__)
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
        """A curve; those of several networks look alike, and the first is named."""
        ax = self.axes[-1] if name.endswith("images") else self.axes[0]
        style: dict[str, Any] = (
            {"color": VALIDATION, "linestyle": "--"} if name.startswith("validation") else {"color": TRAINING}
        )
        (line,) = ax.plot([], [], label=name if member == 0 else None, **style)
        ax.legend()
        return line


# where it is shown: figure, show() and close()

Screen = tuple["Figure", Callable[[], object], Callable[[], object]]


def _cell() -> Screen | None:
    """The output of the notebook's cell that is running, if any; it keeps the last picture."""
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
    """A window of matplotlib's own, with whatever toolkit it finds; it goes when training ends."""
    from matplotlib import pyplot

    try:
        figure = pyplot.figure(figsize=SIZE)
    except Exception as failure:  # a toolkit that was asked for and is not there
        log.info("no window: %s", " ".join(str(failure).split()))
        return None
    if not figure.canvas.required_interactive_framework:  # draws to files only
        pyplot.close(figure)
        return None
    pyplot.show(block=False)

    def show() -> None:
        if not pyplot.fignum_exists(figure.number):
            raise RuntimeError("its window was closed")
        figure.canvas.draw()
        figure.canvas.flush_events()

    return figure, show, lambda: pyplot.close(figure)
