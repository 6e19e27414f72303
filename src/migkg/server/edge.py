"""What holds for every request: safe headers, CORS for reads, HEAD, OPTIONS, a cap on bodies, no bare 500."""

from __future__ import annotations

import asyncio
import logging
import uuid
from contextlib import suppress

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from migkg.errors import MigkgError
from migkg.server import problems
from migkg.server.metrics import Watch
from migkg.server.settings import Settings
from migkg.server.world import PINNED, World

log = logging.getLogger("migkg.server")

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
SAFE = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "Content-Disposition, ETag, Link, Location, Migkg-Hint, Migkg-Release, Retry-After"
    ),
}
POSTABLE = ("/sparql",)
BODILESS = ("GET", "HEAD", "OPTIONS")
WRITABLE = "/graph"


class Edge:
    """ASGI middleware around the whole app."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; other kinds of connection pass through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope["app"].state
        here: World = state.world
        scope = _inside(here.settings.prefix, scope)
        if _writes(scope):
            await self._serve(here, scope, receive, send)  # it makes the next world, and does not hold the last one
            return
        while not here.enter():
            here = state.world
        try:
            await self._serve(here, {**scope, PINNED: here}, receive, send)
        finally:
            here.leave()

    async def _serve(self, here: World, scope: Scope, receive: Receive, send: Send) -> None:
        head = scope["method"] == "HEAD"
        scope = {**scope, problems.NUMBER: uuid.uuid4()}
        inner = {**scope, "method": "GET"} if head else scope
        started = False
        if scope["method"] not in BODILESS:
            receive = _timely(here.settings, scope, receive)

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _finish(here, scope, message)
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            watch.saw(message)
            await send(message)

        request = Request(inner, receive)
        watch = Watch(here, scope)
        try:
            if scope["method"] == "OPTIONS":
                await _options(here.settings, scope, guarded)
            elif _too_long(request, limit := _limit(here.settings, scope)):
                answer = problems.respond(request, 413, "too-large", f"The body may have {limit:,} bytes at most.")
                await answer(inner, receive, guarded)
            else:
                await self.app(inner, receive, guarded)
        except Exception as error:
            if started and isinstance(error, MigkgError):
                log.warning("%s %s broke off: %s", request.method, request.url.path[:200], error)
                return  # without its last piece, so that the client sees an answer that broke off
            if started:
                raise
            await problems.unexpected(request, error)(inner, receive, guarded)
        finally:
            watch.end()


def _inside(prefix: str, scope: Scope) -> Scope:
    """Return the request as seen from inside: a proxy may hand the public path on, or have taken its prefix away."""
    if prefix and (scope["path"] + "/").startswith(prefix + "/"):
        return {**scope, "path": scope["path"][len(prefix) :] or "/"}
    return scope


def _limit(settings: Settings, scope: Scope) -> int:
    """Return how long a body may be: longer where a graph is put."""
    return settings.put_bytes if _writes(scope) else settings.body_bytes


def _too_long(request: Request, limit: int) -> bool:
    said = request.headers.get("content-length", "0")
    return not (said.isascii() and said.isdigit() and int(said) <= limit)


def _timely(settings: Settings, scope: Scope, receive: Receive) -> Receive:
    """Return what receives a body that must come whole within its time; what comes after it is not timed."""
    seconds = settings.put_seconds if _writes(scope) else settings.body_seconds
    deadline = asyncio.get_running_loop().time() + seconds
    whole = False

    async def timely() -> Message:
        nonlocal whole
        if whole:
            return await receive()
        with suppress(TimeoutError):
            async with asyncio.timeout_at(deadline):
                message = await receive()
                whole = not message.get("more_body", False)
                return message
        whole = True
        close = {"Connection": "close"}
        raise HTTPException(408, f"The body did not come within {seconds:g} seconds", close)

    return timely


def _writes(scope: Scope) -> bool:
    return scope["path"] == WRITABLE and scope["method"] in ("PUT", "DELETE")


def _finish(here: World, scope: Scope, message: Message) -> None:
    headers = MutableHeaders(scope=message)
    if prefix := here.settings.prefix:  # paths of this server, as the public sees them
        if headers.get("location", "").startswith("/"):
            headers["location"] = prefix + headers["location"]
        if "link" in headers:
            headers["link"] = headers["link"].replace("</", f"<{prefix}/")
    for name, value in SAFE.items():
        headers.setdefault(name, value)
    if not scope["path"].startswith("/static/"):
        headers.add_vary_header("Accept")


async def _options(settings: Settings, scope: Scope, send: Send) -> None:
    """Answer what may be done here; pages of other sites may only read, so a preflight hears of no writing."""
    reads = "GET, HEAD, OPTIONS" + (", POST" if scope["path"].startswith(POSTABLE) else "")
    headers = {
        "Allow": reads + (", PUT, DELETE" if scope["path"] == WRITABLE and settings.token else ""),
        "Access-Control-Allow-Methods": reads,
        "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match",
        "Access-Control-Max-Age": "86400",
    }
    raw = [(k.lower().encode(), v.encode()) for k, v in headers.items()]
    await send({"type": "http.response.start", "status": 204, "headers": raw})
    await send({"type": "http.response.body", "body": b""})
