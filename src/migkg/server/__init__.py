"""The graph over HTTP: SPARQL, linked data, a JSON API and pages; with a token, graphs are put and dropped.

from migkg.server import serve
serve(port=8000)
"""

from __future__ import annotations

import errno
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from migkg import __version__
from migkg.errors import ResourceMissing, UsageError
from migkg.release import Release
from migkg.server import (
    api,
    asks,
    catalog,
    described,
    downloads,
    graphstore,
    health,
    limitspage,
    linked,
    pages,
    problems,
    releasepages,
    signposts,
    sparql,
)
from migkg.server.accesslog import AccessLog
from migkg.server.edge import Edge
from migkg.server.follow import Follower
from migkg.server.scribe import Scribe
from migkg.server.settings import Settings
from migkg.server.wire import protocol
from migkg.server.world import HERE, World, choose_release

__all__ = ["Settings", "create_app", "serve"]

ABOUT = (
    "Trace indicators of migration governance to law, read and compare scores, map frameworks, ask questions. "
    "Errors are problem documents (RFC 9457). Answers of one release never change: send If-None-Match."
)


def create_app(place: Release | Path | None = None, settings: Settings | None = None) -> FastAPI:
    """Return the app over a release, a release folder, or the current release.

    Raises UsageError or InputError when there is no release, UsageError when a token is set and the release is not
    the current one; workers start with the app, not here.
    """
    world = World(choose_release(place), settings or Settings())

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        world.open()
        scribe.open()
        follower = Follower(scribe)
        follower.open()
        try:
            yield
        finally:
            follower.close()
            scribe.close()
            app.state.world.close()

    app = FastAPI(
        title="migkg",
        version=__version__,
        summary="The knowledge graph of migration governance",
        description=ABOUT,
        license_info={"name": "Apache-2.0 (code), CC BY 4.0 (our data)", "url": world.settings.url("about")},
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        servers=[{"url": world.settings.prefix}] if world.settings.prefix else None,
    )
    app.state.world = world
    app.state.log = None
    app.state.scribe = scribe = Scribe(app.state)
    problems.install(app)
    app.router.routes[:0] = sparql.routes
    for router in (
        health.router,
        catalog.router,
        downloads.router,
        releasepages.router,
        linked.router,
        signposts.router,
        graphstore.router,
        api.router,
    ):
        app.include_router(router)
    asks.install(app)
    described.install(app)
    app.include_router(limitspage.router)
    app.include_router(pages.router)
    app.mount("/static", StaticFiles(directory=HERE / "static"))
    app.add_middleware(Edge)
    return app


def serve(
    host: str = "127.0.0.1",
    port: int = 8000,
    place: Release | Path | None = None,
    settings: Settings | None = None,
    started: Callable[[str], None] | None = None,
    log: bool = False,
) -> None:
    """Serve until the process is told to stop; `started` is called with the address once it listens.

    Port 0 takes any free port; with `log`, each request is one line of JSON on stderr. Raises ResourceMissing when
    the port is in use or not allowed, UsageError for a host that is none, and what `create_app` raises.
    """
    import uvicorn

    app = create_app(place, settings)
    app.state.log = AccessLog() if log else None
    with listen(host, port) as listener:
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=app.state.world.settings.stop_seconds,
            http=protocol(app.state.world.settings),
            ws="none",
        )
        if started is not None:
            shown = f"[{host}]" if ":" in host else host
            started(f"http://{shown}:{listener.getsockname()[1]}/")
        uvicorn.Server(config).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens there. Raises ResourceMissing or UsageError."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError, OverflowError):
        raise UsageError(f"“{host}” port {port} is not an address to serve on.") from None
    listener = socket.socket(family, kind, proto)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(512)
    except (OSError, OverflowError) as error:
        listener.close()
        code = getattr(error, "errno", None)
        if code == errno.EADDRINUSE:
            raise ResourceMissing(
                f"Port {port} on {host} is in use by another program. Stop it, or choose another with --port."
            ) from None
        if code == errno.EACCES:
            raise ResourceMissing(f"Port {port} on {host} is not allowed for this user. Take one above 1023.") from None
        raise ResourceMissing(
            f"Cannot serve on {host}, port {port}: {error}. Choose another --host or --port."
        ) from None
    return listener
