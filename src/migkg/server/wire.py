"""One connection: how long, how large and how many, before a request is one and after an answer is made.

uvicorn bounds only how long a connection may idle between two requests. Here address and headers must come whole, in
time and within their size, a client that stops reading is let go, and too many connections are told to come back.
Each refusal is a problem document, as everywhere.
"""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from http import HTTPStatus
from typing import Any

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from migkg.server.settings import Settings

log = logging.getLogger("migkg.server")

RETRY = b"retry-after: 5\r\n"
KINDS = {400: "input-error", 408: "request-timeout", 414: "too-large", 431: "too-large", 503: "limit-reached"}


def protocol(settings: Settings) -> type[HttpToolsProtocol]:
    """Return the class of connections that keeps these limits."""
    return type("Wire", (Wire,), {"settings": settings})


class Wire(HttpToolsProtocol):
    """A connection with limits."""

    settings: Settings
    _incoming: asyncio.TimerHandle | None = None
    _outgoing: asyncio.TimerHandle | None = None
    _running: RequestResponseCycle | None = None
    _in_head = False
    _size = 0
    _status = 400

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request, or refuse when there are too many connections."""
        super().connection_made(transport)
        if len(self.connections) > self.settings.connections:
            self._refuse(503, "There are too many connections. Try again in a few seconds.")
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        # Of several requests sent at once uvicorn tells only the last that nobody listens any more.
        for cycle in (self._running, *(waiting for waiting, _ in self.pipeline)):
            if cycle is not None:
                cycle.disconnected = True
                cycle.message_event.set()
        self.pipeline.clear()
        super().connection_lost(exc)
        self._arrived()
        self._taken()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def data_received(self, data: bytes) -> None:
        """Read on, as long as the head of a request is within its limits."""
        if self.transport.is_closing():
            return
        began = self._in_head
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._in_head and began:
            self._size += len(data)
            if self._size > self.settings.head_bytes:
                self._refuse(*self._too_long())
                return
        if self._incoming is None and (self.cycle is None or self.cycle.response_complete):
            self._wait()

    def on_message_begin(self) -> None:
        """Count from the first byte of a request."""
        super().on_message_begin()
        self._in_head, self._size = True, 0
        if self._incoming is None:
            self._wait()

    def on_headers_complete(self) -> None:
        """Begin to answer, when the head is within its limits."""
        self._in_head = False
        self._arrived()
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > self.settings.head_bytes:
            self._status = self._too_long()[0]
            raise ValueError("too long")
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Say that this is no request, or that its head is too long."""
        if self._status == 400:
            self._refuse(400, "This is not a request that can be read.")
        else:
            self._refuse(*self._too_long())

    def pause_writing(self) -> None:
        """Wait only so long for a client that does not read."""
        super().pause_writing()
        if self._outgoing is None:
            self._outgoing = self.loop.call_later(self.settings.send_seconds, self._let_go)

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        self._taken()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that idles; what its client does not fetch is not kept."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().timeout_keep_alive_handler()

    def _wait(self) -> None:
        self._incoming = self.loop.call_later(self.settings.head_seconds, self._late)

    def _arrived(self) -> None:
        if self._incoming is not None:
            self._incoming.cancel()
            self._incoming = None

    def _taken(self) -> None:
        if self._outgoing is not None:
            self._outgoing.cancel()
            self._outgoing = None

    def _late(self) -> None:
        self._incoming = None
        if self._in_head:
            self._refuse(408, f"Address and headers did not come within {self.settings.head_seconds:g} seconds.")
        else:
            self._let_go()

    def _let_go(self) -> None:
        self._outgoing = None
        if not self.transport.is_closing():
            log.info("a connection was let go: its client was too slow")
        self.transport.abort()

    def _too_long(self) -> tuple[int, str]:
        most = self.settings.head_bytes
        if len(self.url) * 2 > most or not self.headers:
            return 414, f"Address and headers may have {most:,} bytes together. Send a long query by POST."
        return 431, f"Address and headers may have {most:,} bytes together."

    def _refuse(self, status: int, detail: str) -> None:
        """Answer for the application, which never sees this request, and close; one that answers is not disturbed."""
        self._arrived()
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(_problem(status, detail, self.settings))
        self.transport.close()
        if self.transport.get_write_buffer_size():
            self.transport.abort()


def _problem(status: int, detail: str, settings: Settings) -> bytes:
    phrase = HTTPStatus(status).phrase
    said: dict[str, Any] = {
        "type": settings.url(f"about#{KINDS[status]}"),
        "title": phrase,
        "status": status,
        "detail": detail,
        "instance": f"urn:uuid:{uuid.uuid4()}",
    }
    body = json.dumps(said).encode()
    head = [
        f"HTTP/1.1 {status} {phrase}\r\n".encode(),
        b"content-type: application/problem+json\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n",
        b"access-control-allow-origin: *\r\n",
        RETRY if status == 503 else b"",
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode(),
    ]
    return b"".join(head) + body
