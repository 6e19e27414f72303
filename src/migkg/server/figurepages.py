"""The pages of figures and mappings: scores as a table of areas and parts, and two frameworks side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import pyoxigraph as ox
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from migkg import score
from migkg.crosswalk import Crosswalk, Unmapped, crosswalk
from migkg.errors import AmbiguousName, MigkgError, UnknownName, UsageError
from migkg.server import problems, world
from migkg.server.addresses import page as page_of
from migkg.server.render import html, page
from migkg.server.thing import natural
from migkg.server.words import Link
from migkg.server.world import World
from migkg.terms import ID, PREFIXES, RDF_TYPE, local

router = APIRouter(include_in_schema=False)

PAIRS = (("migof", "mgi-2016"), ("migof", "sdg-indicator-10-7-2"), ("gcm", "sdg"), ("gcm", "migof"))


@router.get("/scores")
def methods(request: Request) -> Response:
    """List the scoring methods."""
    return page(request, "methods.html", methods=score.methods(world.of(request).store))


@router.get("/scores/{method}")
def scores(
    request: Request, method: str, period: Annotated[str, Query(max_length=10)] = "", compare: str = ""
) -> Response:
    """Show the scores of a method for one year: areas down, parts across; or beside published figures."""
    here = world.of(request)
    store = here.store
    node = score.method(store, method)
    name = local(node.value).removeprefix(score.PREFIX)
    count = next(int(m["scores"]) for m in score.methods(store) if m["method"] == name)
    every = score.scores(store, name) if count else []
    years = sorted({s.period for s in every})
    if period and period not in years:
        raise UsageError(f"There are no figures for “{period}”. Years: {', '.join(years) or 'none'}.")
    year = period or (years[-1] if years else "")
    said: dict[str, Any] = {
        "name": name,
        "method": here.index.link(node.value),
        "limits": _limits(here, node),
        "years": years,
        "year": year,
        "compare": bool(compare),
        "published": bool(every) and score.has_published(store, name),
        "counts": any(s.countries is not None for s in every),
        "unit": "count" if every and every[0].unit == "unit-count" else "percent",
        "grid": None,
        "comparison": [],
        "tally": {},
    }
    if compare and every:
        found = score.compare_published(store, name, period=year or None)
        said["comparison"] = found
        said["tally"] = {v: sum(1 for c in found if c.verdict == v) for v in ("match", "mismatch", "not recomputable")}
    elif every:
        said["grid"] = grid(here, [s for s in every if s.period == year])
    return page(request, "scores.html", **said)


def grid(here: World, found: list[score.Score]) -> dict[str, Any]:
    """Return scores as a grid: columns of parts, rows of areas, the whole first."""
    columns = sorted({s.element for s in found}, key=natural)
    columns.sort(key=lambda e: e.startswith("sdg1072-"))
    cells = {(s.area, s.element): s for s in found}
    areas = sorted({s.area: s.area_label for s in found}.items(), key=lambda pair: (pair[0] != "m49-001", pair[1]))
    own = {s.element: s.element_label for s in found if s.coverage is not None and s.element_label}
    links = [here.index.link(ID + e) for e in columns]
    return {
        "columns": [
            replace(link, text=own[e], code="") if own.get(e, link.text) != link.text else link
            for e, link in zip(columns, links, strict=True)
        ],
        "rows": [(Link(label, page_of(ID + area)), [cells.get((area, e)) for e in columns]) for area, label in areas],
    }


@router.get("/map")
def mapping(
    request: Request,
    left: Annotated[str, Query(max_length=300)] = "",
    right: Annotated[str, Query(max_length=300)] = "",
    composed: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Show what joins two frameworks and what does not; when asked, also what follows from two mappings."""
    here = world.of(request)
    said: dict[str, Any] = {"left": left, "right": right, "choices": choices(here), "found": None, "problem": None}
    said["composed"] = bool(composed)
    said |= {"candidates": [], "pairs": [[_name(here, p) for p in pair] for pair in PAIRS]}
    if not (left.strip() and right.strip()):
        return page(request, "map.html", **said)
    try:
        said["found"] = sides(here, crosswalk(here.store, left, right, bool(composed)))
    except MigkgError as error:
        said["problem"] = problems.sentence(error)
        if isinstance(error, UnknownName | AmbiguousName):
            said["candidates"] = error.candidates
        body = html(request, "map.html", **said)
        return Response(body, error.http_status, {"Cache-Control": "no-store"}, "text/html")
    return page(request, "map.html", **said)


def sides(here: World, found: Crosswalk) -> dict[str, Any]:
    """Return mappings, stated gaps and parts without a counterpart, by framework, and links to the sources."""
    return {
        "sources": {s: here.index.link(ID + s) for m in found.all() for s in m.sources},
        "composed": found.composed,
        "left": found.left,
        "right": found.right,
        "mappings": [m for m in found.mappings if m.object is not None],
        "stated": [m for m in found.mappings if m.object is None],
        "gaps": [(side, _silent(found, side.id)) for side in (found.left, found.right)],
    }


def _silent(found: Crosswalk, side: str) -> list[Unmapped]:
    """Return the parts of one side that are simply unmapped, without those of which somebody says so."""
    return sorted((g for g in found.gaps if g.framework == side and g.stated is None), key=lambda g: natural(g.part))


def choices(here: World) -> list[Link]:
    """Return the frameworks and mechanisms that mappings may join."""
    kinds = {PREFIXES["mg"] + "Framework"}
    found = [
        here.index.link(q.subject.value)
        for kind in kinds
        for q in here.store.engine.quads_for_pattern(None, RDF_TYPE, ox.NamedNode(kind), ox.DefaultGraph())
        if isinstance(q.subject, ox.NamedNode)
    ]
    more = [ID + name for name in ("sdg-indicator-10-7-2", "bali-process")]
    found += [here.index.link(iri) for iri in more if iri in here.index.kinds]
    return sorted(found, key=lambda link: link.text)


def _name(here: World, name: str) -> dict[str, str]:
    return {"id": name, "label": here.index.label(ID + name)}


def _limits(here: World, node: ox.NamedNode) -> list[str]:
    said = here.store.engine.quads_for_pattern(
        node, ox.NamedNode(PREFIXES["mg"] + "limitation"), None, ox.DefaultGraph()
    )
    return sorted(q.object.value for q in said if isinstance(q.object, ox.Literal))
