"""Checks every request before the page sees it: sender, size and speed of the body; adds the security headers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Iterable
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_HEAD = 16 * 2**10  # bytes of path, query and headers
MAX_BODY = 5 * 2**20  # bytes
MAX_BODIES = 64 * MAX_BODY  # of all requests together
BODY_SECONDS = 15.0  # for a whole body to arrive
LINGER_SECONDS = 1.0  # of reading and dropping a refused body, so that the client gets to read the refusal
TOO_LARGE = f"more than the {MAX_BODY} bytes that a picture may have"

WHOLE_URL = re.compile(rb"https?://([^/]*)(/.*)?", re.IGNORECASE)

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
HEADERS = [(name.lower().encode(), value.encode()) for name, value in SECURITY.items()]


class Refusal(Exception):
    """A request that is refused with this HTTP status and reason; its connection is closed."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Guard:
    """ASGI middleware around `app`.

    hosts: accepted values of the Host header, such as "127.0.0.1:8020". everywhere: whether to accept also the address
    at which a connection arrived. body_seconds: how long a body may take. A foreign name for this machine (DNS
    rebinding) and a page of another origin get 403. A body is read completely before `app` is called.
    """

    def __init__(
        self, app: ASGIApp, hosts: Iterable[str], *, everywhere: bool = False, body_seconds: float = BODY_SECONDS
    ) -> None:
        self.app = app
        self.everywhere = everywhere
        self.hosts = {host.lower() for host in hosts}
        self.body_seconds = body_seconds
        self.held = 0  # bytes of bodies in memory

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        scope = _origin_form(scope)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *HEADERS]}
            await send(message)

        body = bytearray()
        incoming = _Incoming(receive)
        try:
            _check_head(scope)
            self._check_sender(scope)
            _check_length(scope)
            await self._read(incoming, body)
        except Refusal as refusal:
            await _refuse(refusal, incoming, send_guarded)
        except ConnectionError:
            pass
        else:
            await self.app(scope, _once(bytes(body), receive), send_guarded)
        finally:
            self.held -= len(body)

    def _check_sender(self, scope: Scope) -> None:
        headers = _Headers(scope)
        host = headers.one("host")
        if host is None or host.lower() not in self._hosts(scope):
            raise Refusal(403, "the Host header does not name this page (--allow-host NAME:PORT allows a name)")
        origin = headers.one("origin")
        own = {f"{scheme}://{host.lower()}" for scheme in ("http", "https")}
        if origin is not None and origin.lower() not in own:
            raise Refusal(403, "a request from a page of another origin")
        site = headers.one("sec-fetch-site")
        opened = scope["method"] in ("GET", "HEAD") and headers.one("sec-fetch-mode") == "navigate"
        if site not in (None, "same-origin", "none") and not (opened and scope["path"] == "/"):
            raise Refusal(403, "a request from a page of another origin")

    def _hosts(self, scope: Scope) -> set[str]:
        if not self.everywhere:
            return self.hosts
        address, port = scope["server"]
        return {*self.hosts, f"[{address}]:{port}" if ":" in address else f"{address}:{port}"}

    async def _read(self, incoming: _Incoming, body: bytearray) -> None:
        try:
            async with asyncio.timeout(self.body_seconds):
                while incoming.more:
                    part = await incoming.part()
                    if len(body) + len(part) > MAX_BODY:
                        raise Refusal(413, TOO_LARGE)
                    if self.held + len(part) > MAX_BODIES:
                        raise Refusal(503, "too many requests at once")
                    body += part
                    self.held += len(part)
        except TimeoutError:
            raise Refusal(408, f"the body did not arrive within {self.body_seconds:g} s") from None


def _origin_form(scope: Scope) -> Scope:
    """A request for a whole URL, as proxies make them, as one for its path: the URL's host is in place of the header's.

    RFC 9112, 3.2.2, has every server take both.
    """
    target = WHOLE_URL.fullmatch(scope["raw_path"])
    if target is None:
        return scope
    host, path = target[1], target[2] or b"/"
    headers = [*(header for header in scope["headers"] if header[0] != b"host"), (b"host", host)]
    return {**scope, "path": unquote(path.decode("ascii")), "raw_path": path, "headers": headers}


def _check_head(scope: Scope) -> None:
    size = len(scope["raw_path"]) + len(scope["query_string"]) + sum(len(k) + len(v) + 4 for k, v in scope["headers"])
    if size > MAX_HEAD:
        raise Refusal(431, f"more than the {MAX_HEAD} bytes that the head of a request may have")
    if scope["http_version"] not in ("1.0", "1.1"):
        raise Refusal(505, "expected HTTP/1.1")


def _check_length(scope: Scope) -> None:
    headers = _Headers(scope)
    length = headers.one("content-length")
    if length is not None and headers.one("transfer-encoding") is not None:  # proxies disagree where such a body ends
        raise Refusal(400, "both Content-Length and Transfer-Encoding")
    if length is not None and int(length) > MAX_BODY:
        raise Refusal(413, TOO_LARGE)
    if scope["method"] != "POST":
        return
    if length is None and headers.one("transfer-encoding") is None:
        raise Refusal(411, "no Content-Length: the picture is the body of the request")
    kind = (headers.one("content-type") or "image/*").partition(";")[0].strip().lower()
    if not kind.startswith("image/") and kind != "application/octet-stream":
        raise Refusal(415, "Content-Type: expected image/png or the like, or application/octet-stream")


class _Incoming:
    """The body of a request, part by part. more: whether there is any to come."""

    def __init__(self, receive: Receive) -> None:
        self.receive = receive
        self.more = True

    async def part(self) -> bytes:
        """Raises ConnectionError where the client has gone."""
        message = await self.receive()
        self.more = message.get("more_body", False)
        if message["type"] == "http.disconnect":
            raise ConnectionError
        part: bytes = message.get("body", b"")
        return part


class _Headers:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def one(self, name: str) -> str | None:
        """The header's value, None if it is missing; raises Refusal if it is there twice."""
        values = [value for key, value in self.scope["headers"] if key == name.encode()]
        if len(values) > 1:
            raise Refusal(400, f"two {name} headers")
        return values[0].decode("latin-1").strip() if values else None


def _once(body: bytes, receive: Receive) -> Receive:
    """A `receive` that returns the whole body, then waits for the end of the connection."""
    parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_once() -> Message:
        return parts.pop() if parts else await receive()

    return receive_once


async def _refuse(refusal: Refusal, incoming: _Incoming, send: Send) -> None:
    """Answer, read on for a moment (unread bytes would make the system discard the answer), and close."""
    text = json.dumps({"error": str(refusal)}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(text)).encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": text, "more_body": True})
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(LINGER_SECONDS):
            while incoming.more:
                await incoming.part()
    await send({"type": "http.response.body", "body": b"", "more_body": False})
