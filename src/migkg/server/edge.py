"""What holds for every request: safe headers, CORS for reads, HEAD, OPTIONS, a cap on bodies, no bare 500."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from migkg.server import problems
from migkg.server.world import World

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
SAFE = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Disposition, ETag, Link, Location, Retry-After",
}
POSTABLE = ("/sparql",)


class Edge:
    """ASGI middleware around the whole app."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self.app = app
        self.world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; other kinds of connection pass through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"
        inner = {**scope, "method": "GET"} if head else scope
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._finish(scope, message)
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        request = Request(inner, receive)
        try:
            if scope["method"] == "OPTIONS":
                await _options(scope, guarded)
            elif self._too_long(request):
                limit = self.world.settings.body_bytes
                answer = problems.respond(request, 413, "too-large", f"The body may have {limit:,} bytes at most.")
                await answer(inner, receive, guarded)
            else:
                await self.app(inner, receive, guarded)
        except Exception as error:
            if started:
                raise
            await problems.unexpected(request, error)(inner, receive, guarded)

    def _too_long(self, request: Request) -> bool:
        said = request.headers.get("content-length", "0")
        return not (said.isascii() and said.isdigit() and int(said) <= self.world.settings.body_bytes)

    def _finish(self, scope: Scope, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in SAFE.items():
            headers.setdefault(name, value)
        if not scope["path"].startswith("/static/"):
            headers.add_vary_header("Accept")
        self.world.count("http", f"{message['status'] // 100}xx")


async def _options(scope: Scope, send: Send) -> None:
    """Answer what may be done here; a preflight gets the same answer, for reads only."""
    allowed = "GET, HEAD, OPTIONS" + (", POST" if scope["path"].startswith(POSTABLE) else "")
    headers = {
        "Allow": allowed,
        "Access-Control-Allow-Methods": allowed,
        "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match",
        "Access-Control-Max-Age": "86400",
    }
    raw = [(k.lower().encode(), v.encode()) for k, v in headers.items()]
    await send({"type": "http.response.start", "status": 204, "headers": raw})
    await send({"type": "http.response.body", "body": b""})
