"""The limits of this server, for people and programs: `/about/limits`."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from migkg.server import world
from migkg.server.api import dump
from migkg.server.negotiate import HTML, JSON, choose
from migkg.server.render import kept, page

router = APIRouter(include_in_schema=False)


@router.get("/about/limits")
def limits(request: Request) -> Response:
    """List each limit with its value here, its variable and what it means."""
    found = world.of(request).settings.limits()
    also = repr([one["value"] for one in found])
    if choose(request.headers.get("accept"), (JSON, HTML)) == HTML:
        return page(request, "limits.html", limits=found, also=also)
    return kept(request, JSON, lambda: dump({"limits": found}), also=also)
