"""Start a local web page: draw or upload digits and see what the network predicts and why."""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import threading
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..cli.command import Output, run
from ..cli.types import real, whole
from ..errors import Digits20Error, shown
from ..types import StrPath

if TYPE_CHECKING:
    from .answers import Served
    from .collected import Collection


def main(argv: Sequence[str] | None = None) -> int:
    examples = ("digits20 page", "digits20 page --model mine.pkl --model other.pkl --collect corrections.csv")
    return run("page", __doc__, add_options, execute, argv, examples)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        action="append",
        metavar="FILE",
        help="model file; may be given several times, to compare models; reference and course come with digits20 "
        "(default: reference)",
    )
    group = parser.add_argument_group("the page")
    group.add_argument(
        "--port", type=whole(0, 65535), default=8020, metavar="N", help="port to listen on; 0 takes any free one"
    )
    group.add_argument(
        "--host", default="127.0.0.1", metavar="NAME", help="address to listen on; 0.0.0.0 admits other computers"
    )
    group.add_argument(
        "--allow-host",
        action="append",
        metavar="NAME[:PORT]",
        help="another name by which browsers may call the page; may be given several times (default: none)",
    )
    group.add_argument(
        "--not-sure",
        type=real(0, 1),
        default=0.5,
        metavar="F",
        help="confidence, 0 to 1, below which the page says that it is not sure",
    )
    group.add_argument(
        "--open",
        action=argparse.BooleanOptionalAction,
        help="open the page in the browser (default: if there is a desktop)",
    )
    group = parser.add_argument_group("your own digits")
    group.add_argument(
        "--collect",
        type=Path,
        metavar="FILE",
        help="CSV file that corrected digits are added to (default: none is kept)",
    )


def execute(options: argparse.Namespace) -> int:
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError:
        raise Digits20Error('the page needs Starlette and uvicorn: pip install "digits20[page]"') from None
    from threadpoolctl import threadpool_limits

    from ..images import decode_process
    from .app import Page, application
    from .collected import Collection
    from .guard import Guard
    from .lessons.classroom import Classroom
    from .server import EVERYWHERE, bracketed, listen, names, serve
    from .workers import Workers

    models = served(options.model)
    first = models[0].model
    collection = Collection(options.collect, first.labels, first.network.layer_sizes[0]) if options.collect else None
    workers = Workers()
    classroom = Classroom(first.image_shape)
    if collection:
        classroom.hand.images.extend(collection.before)
    app = application(Page(models, options.not_sure, collection, classroom), workers)
    with listen(options.host, options.port) as sock, threadpool_limits(options.threads):
        port = sock.getsockname()[1]
        url = f"http://{bracketed('127.0.0.1' if options.host in EVERYWHERE else options.host)}:{port}/"
        guarded = Guard(app, names(options.host, port, options.allow_host or ()), everywhere=options.host in EVERYWHERE)
        _announce(Output(options.json), url, models, collection)
        if options.open if options.open is not None else _has_desktop():
            threading.Thread(target=webbrowser.open, args=[url], daemon=True).start()
        try:
            serve(guarded, sock)
        finally:
            workers.close()
            classroom.end()
            decode_process.stop()
    return 0


def served(paths: Sequence[StrPath] | None) -> list[Served]:
    """The models, each under a name of its own, made of its file's name. paths: None for the reference model."""
    from ..persistence.model_file import load_model
    from .answers import Served

    models: list[Served] = []
    for path in paths or ["reference"]:
        stem = shown(Path(path).stem)
        taken = [one.name for one in models]
        names = (stem if number == 1 else f"{stem} {number}" for number in itertools.count(1))
        models.append(Served(next(name for name in names if name not in taken), load_model(path)))
    return models


def _announce(out: Output, url: str, models: Sequence[Served], collection: Collection | None) -> None:
    out.line("page", url)
    out.line("models", ", ".join(one.name for one in models))
    if collection:
        out.line("collect", f"{shown(collection.path)}, {collection.count} digits")
    out.result({"page": url, "models": [one.name for one in models], "kept": collection.count if collection else None})
    sys.stdout.flush()


def _has_desktop() -> bool:
    """Whether there is a desktop: without one a text browser might take over the terminal."""
    display = sys.platform in ("win32", "darwin") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(display) and sys.stdout.isatty()


if __name__ == "__main__":
    sys.exit(main())
