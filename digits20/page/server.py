"""The page on a socket: uvicorn with time limits."""

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
WRITE_SECONDS = 15.0  # a client may take before it reads on
CLOSE_SECONDS = 0.5  # for running requests when the page ends
MAX_CONNECTIONS = 200
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
EVERYWHERE = ("0.0.0.0", "::", "")


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on `host` and `port`; raises Digits20Error if that is not possible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except (OSError, UnicodeError) as failure:
        why = (getattr(failure, "strerror", None) or str(failure)).partition(" (while")[0].lower()
        in_use = getattr(failure, "errno", None) == errno.EADDRINUSE
        advice = " (--port 0 takes a free one)" if in_use else ""
        raise Digits20Error(f"{host} port {port}: {why}{advice}") from None


def names(host: str, port: int, allowed: Iterable[str] = ()) -> set[str]:
    """The accepted values of the Host header: the loopback names, `host`, and the `allowed` names."""
    own = {*LOOPBACK, *(() if host in EVERYWHERE else (bracketed(host),))}
    with_port = {f"{name}:{port}" for name in own} | (own if port == 80 else set())
    for name in allowed:
        with_port |= {name, f"{name}:{port}"}
    return with_port


def bracketed(host: str) -> str:
    """An address as written in a URL."""
    return f"[{host}]" if ":" in host else host


def serve(app: ASGIApp, sock: socket.socket) -> None:
    """Answer requests until Ctrl-C; KeyboardInterrupt is raised once everything is closed."""
    uvicorn_for(app).run(sockets=[sock])


def uvicorn_for(app: ASGIApp) -> uvicorn.Server:
    """The configured server, not yet running."""
    config = uvicorn.Config(
        app,
        http=TimedProtocol,
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


class TimedProtocol(H11Protocol):
    """One connection, with limits on how long a request may take to arrive and an answer to be read."""

    head_timer: asyncio.TimerHandle | None = None
    write_timer: asyncio.TimerHandle | None = None
    asked = False  # whether any byte has come

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # asyncio sets it only on its own sockets; without it each body is delayed by 40 ms
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
        """Called by uvicorn when h11 has refused a request: answer with h11's own status and reason."""
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
        """Send a last answer, unless one is being sent, and close the connection."""
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
    """Cancel the timer, if any; returns None to assign in its place."""
    if timer:
        timer.cancel()
    return None
