"""For those who watch the server: is it there, can it answer, what did it do."""

from __future__ import annotations

import os
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from migkg.server import world
from migkg.server.api import dump
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
    here = world.of(request)
    said: dict[str, list[tuple[str, Any]]] = {"http": [], "query": []}
    for (what, kind), count in sorted(here.counts.items()):
        said.setdefault(what, []).append((kind, count))
    lines = _head("http_responses_total", "counter", "Answers by class of status.")
    lines += [f'migkg_http_responses_total{{status="{kind}"}} {count}' for kind, count in said["http"]]
    lines += _head("queries_total", "counter", "Queries by outcome.")
    lines += [f'migkg_queries_total{{outcome="{kind}"}} {count}' for kind, count in said["query"]]
    lines += _head("statements", "gauge", "Statements in the release.")
    lines.append(f'migkg_statements{{release="{here.release.id}"}} {here.release.manifest["quads"]}')
    lines += _head("memory_bytes", "gauge", "Memory of this process, without its workers.")
    lines.append(f"migkg_memory_bytes {_memory()}")
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4; charset=utf-8")


def _head(name: str, kind: str, words: str) -> list[str]:
    return [f"# HELP migkg_{name} {words}", f"# TYPE migkg_{name} {kind}"]


def _memory() -> int:
    import resource

    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
