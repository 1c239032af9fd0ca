"""The page on a socket: uvicorn, with patience that ends."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import socket
import sys
from collections.abc import Iterable
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from ..errors import Digits20Error
from .guard import MAX_HEAD

HEAD_SECONDS = 10.0  # for the first line and the headers of a request
IDLE_SECONDS = 30  # between two requests of a connection
WRITE_SECONDS = 15.0  # for a client to read on
CLOSE_SECONDS = 1.0  # for requests under way when the page ends
MAX_CONNECTIONS = 200
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
EVERYWHERE = ("0.0.0.0", "::", "")


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; raises Digits20Error where that cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except (OSError, UnicodeError) as failure:
        why = (getattr(failure, "strerror", None) or str(failure)).partition(" (while")[0].lower()
        in_use = getattr(failure, "errno", None) == errno.EADDRINUSE
        advice = " (--port 0 takes a free one)" if in_use else ""
        raise Digits20Error(f"{host} port {port}: {why}{advice}") from None


def names(host: str, port: int, allowed: Iterable[str] = ()) -> set[str]:
    """What the Host header may be: the loopback's names, `host`, and the names that are allowed besides."""
    own = {*LOOPBACK, *(() if host in EVERYWHERE else (bracketed(host),))}
    with_port = {f"{name}:{port}" for name in own} | (own if port == 80 else set())
    for name in allowed:
        with_port |= {name, f"{name}:{port}"}
    return with_port


def bracketed(host: str) -> str:
    """An address as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def serve(app: ASGIApp, sock: socket.socket) -> None:
    """Answer requests until Ctrl-C, which is raised when all is closed."""
    uvicorn_for(app).run(sockets=[sock])


def uvicorn_for(app: ASGIApp) -> uvicorn.Server:
    """The server, not yet running."""
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=IDLE_SECONDS,
        h11_max_incomplete_event_size=MAX_HEAD,
    )
    return uvicorn.Server(config)


class PatientProtocol(H11Protocol):
    """One connection, which may not take for ever to ask or to read the answer."""

    head_timer: asyncio.TimerHandle | None = None
    write_timer: asyncio.TimerHandle | None = None
    asked = False  # whether any byte has come

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # asyncio does so only where it made the socket itself; without, the body waits 40 ms for the head's receipt
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if len(self.connections) > MAX_CONNECTIONS:
            self._answer(503, "too many connections")
        else:
            self.head_timer = self.loop.call_later(HEAD_SECONDS, self._head_is_late)

    def data_received(self, data: bytes) -> None:
        self.asked = True
        super().data_received(data)
        between = self.cycle is None or self.cycle.response_complete
        if between and self.head_timer is None:
            self.head_timer = self.loop.call_later(HEAD_SECONDS, self._head_is_late)
        elif not between:
            self.head_timer = _stopped(self.head_timer)

    def connection_lost(self, exc: Exception | None) -> None:
        self.head_timer, self.write_timer = _stopped(self.head_timer), _stopped(self.write_timer)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.write_timer = self.loop.call_later(WRITE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self.write_timer = _stopped(self.write_timer)
        super().resume_writing()

    def shutdown(self) -> None:
        super().shutdown()
        self.loop.call_later(CLOSE_SECONDS, self.transport.abort)

    def send_400_response(self, msg: str) -> None:
        """What uvicorn does when h11 has refused a request, with h11's own status and reason."""
        error = sys.exception()
        if isinstance(error, h11.RemoteProtocolError):
            self._answer(error.error_status_hint, str(error))
        else:
            self._answer(400, msg)

    def _head_is_late(self) -> None:
        self.head_timer = None
        if self.asked:
            self._answer(408, f"the headers did not arrive within {HEAD_SECONDS:g} s")
        else:
            self.transport.close()

    def _answer(self, status: int, reason: str) -> None:
        """The last answer on this connection, if none is under way."""
        if self.cycle and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        text = json.dumps({"error": " ".join(reason.split())}).encode()
        headers = [("content-type", "application/json"), ("content-length", str(len(text))), ("connection", "close")]
        events: list[Any] = [h11.Response(status_code=status, headers=headers), h11.Data(data=text), h11.EndOfMessage()]
        with contextlib.suppress(h11.LocalProtocolError):
            for event in events:
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def _stopped(timer: asyncio.TimerHandle | None) -> asyncio.TimerHandle | None:
    """What is left of the timer: nothing."""
    if timer:
        timer.cancel()
    return None
