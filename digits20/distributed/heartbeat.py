"""A word every ten seconds until training begins, so that nobody wonders whether the command hangs."""

from __future__ import annotations

import logging
import threading
import time

FIRST, AGAIN = 3.0, 10.0  # seconds of silence before the first word, and between two
log = logging.getLogger("digits20")


class Heartbeat(logging.Handler):  # of which `emit` is called with whatever is said
    """Says what is being done where nothing else has been said for a while. what: such as "loading 8 partitions"."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what, self.began = what, time.monotonic()
        self.due = self.began + FIRST
        self.over = threading.Event()
        log.addHandler(self)
        threading.Thread(target=self._beat, daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Anything that is said puts the next word off."""
        self.due = time.monotonic() + AGAIN

    def stop(self) -> None:
        self.over.set()
        log.removeHandler(self)

    def _beat(self) -> None:
        while not self.over.wait(max(self.due - time.monotonic(), 0.1)):
            if time.monotonic() >= self.due:
                self.due = time.monotonic() + AGAIN  # also where --quiet leaves the word out
                log.info("%s, for %.0f s", self.what, time.monotonic() - self.began)
