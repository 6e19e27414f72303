"""For those who watch the server: is it there, can it answer, what did it do."""

from __future__ import annotations

import os

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from migkg.server import world
from migkg.server.api import dump
from migkg.server.metrics import lines
from migkg.server.negotiate import JSON
from migkg.stores.worker import Request as Question

router = APIRouter(tags=["info"])


@router.get("/health", summary="Say that the process lives")
async def health() -> dict[str, str]:
    """Answer without any worker."""
    return {"status": "ok"}


@router.get("/ready", summary="Say whether queries are answered")
async def ready(request: Request) -> Response:
    """Ask a worker the smallest question; 503 when none is free or none answers."""
    here = world.of(request)
    await here.ask(Question("ASK {}"))
    return Response(dump({"status": "ready", "release": here.release.id}), media_type=JSON)


@router.get("/metrics", summary="Counters for Prometheus", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Return what was counted since the start."""
    made = "\n".join(lines(world.of(request), _memory()))
    return PlainTextResponse(made + "\n", media_type="text/plain; version=0.0.4; charset=utf-8")


def _memory() -> int:
    import resource

    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
