"""The releases that this server has beside its own, and what changed from one to another.

/releases                      the list, as a page or as JSON
/releases/OLD/NEW              the difference: a page, .json, .ttl, .trig, .nq-patch
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pyoxigraph as ox
from fastapi import APIRouter, Request
from starlette.responses import Response

from migkg import diff, release
from migkg.diff import Diff
from migkg.errors import UnknownName
from migkg.release import Release
from migkg.server import world
from migkg.server.api import dump
from migkg.server.negotiate import HTML, JSON, choose, split_ending
from migkg.server.render import Links, kept, page
from migkg.server.world import World

router = APIRouter(include_in_schema=False)

SHOWN = 100
MOST = 200_000
PATCH = "application/rdf-patch"
# Ending -> media type of a difference.
FORMS = {"json": JSON, "ttl": "text/turtle", "trig": "application/trig", "nq-patch": PATCH}


@router.get("/releases")
def releases(request: Request) -> Response:
    """List the releases, the latest first, each with the way to what changed since the one before it."""
    here = world.of(request)
    listed = _listed(here)
    also = " ".join(one["id"] for one in listed)
    if choose(request.headers.get("accept"), (HTML, JSON)) == JSON:
        return kept(request, JSON, lambda: dump(listed), also=also)
    return page(request, "releases.html", releases=listed, also=also)


@router.get("/releases/{old}/{new}")
def difference(request: Request, old: str, new: str) -> Response:
    """Say what changed from one release to another."""
    here = world.of(request)
    new, ending = split_ending(new, FORMS)
    one, other = (_find(here, name) for name in (old, new))
    chosen = FORMS[ending] if ending else choose(request.headers.get("accept"), (HTML, *FORMS.values()))

    def made() -> Diff:
        files = one.path / release.QUADS, other.path / release.QUADS
        return here.cached(f"diff {old} {new}", lambda: diff.compare(*files, (one.id, other.id), MOST))

    if chosen == HTML:
        below = f"/releases/{old}/{new}"
        links: Links = {f"{below}.{end}": f'alternate"; type="{media}' for end, media in FORMS.items()}
        return page(request, "diff.html", links=links, diff=made(), below=below, endings=list(FORMS), most=SHOWN)
    write: dict[str, Callable[[], str | bytes]] = {
        JSON: lambda: dump(made().to_dict()),
        "text/turtle": lambda: diff.rdf(made(), ox.RdfFormat.TURTLE),
        "application/trig": lambda: diff.rdf(made(), ox.RdfFormat.TRIG),
        PATCH: lambda: diff.patch(made()),
    }
    return kept(request, chosen, write[chosen])


def _listed(here: World) -> list[dict[str, Any]]:
    every = [here.release, *release.beside(here.release)]
    keys = ("version", "date", "quads", "triples", "hash", "canonical")
    made: list[dict[str, Any]] = [
        {"id": one.id, **{key: one.manifest[key] for key in keys if key in one.manifest}} for one in every
    ]
    for newer, older in pairwise(made):
        newer["changes"] = f"{here.settings.prefix}/releases/{older['id']}/{newer['id']}"
    return made


def _find(here: World, name: str) -> Release:
    """Return the release of this id among those here. Raises UnknownName."""
    every = [here.release, *release.beside(here.release)]
    for one in every:
        if one.id == name:
            return one
    raise UnknownName(name[:200], hint=f"Releases here: {', '.join(one.id for one in every)}.")
