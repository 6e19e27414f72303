"""The page of a trace: a form, the answer on binding law in words, a picture, and each path as a list of steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from migkg import plot
from migkg.built import Dependent, built_on
from migkg.coverage import coverage
from migkg.errors import AmbiguousName, MigkgError, UnknownName
from migkg.hops import BINDING_RANK, Hop, Path
from migkg.server import problems, world
from migkg.server.addresses import page as page_of
from migkg.server.render import html, page, svg
from migkg.server.thing import natural
from migkg.terms import ID
from migkg.trace import Trace, trace

router = APIRouter(include_in_schema=False)

SHOWN = 60


@router.get("/trace")
def trace_page(
    request: Request,
    q: Annotated[str, Query(max_length=500)] = "",
    as_of: Annotated[str, Query(max_length=20)] = "",
    related: str = "",
    binding: str = "",
    state: Annotated[str, Query(alias="for", max_length=200)] = "",
) -> Response:
    """Show the trace of what was asked, or only the form."""
    asked: dict[str, Any] = {
        "q": q.strip(),
        "as_of": as_of.strip(),
        "related": bool(related),
        "binding": bool(binding),
        "for": state.strip(),
    }
    said: dict[str, Any] = {"asked": asked, "found": None, "problem": None, "candidates": []}
    if not q.strip():
        return page(request, "trace.html", **said)
    store = world.of(request).store
    try:
        whole = trace(store, q, as_of=asked["as_of"] or None, related=bool(related), state=asked["for"] or None)
    except MigkgError as error:
        said["problem"] = problems.sentence(error)
        if isinstance(error, UnknownName | AmbiguousName):
            said["candidates"] = error.candidates
            said["problem"] = said["problem"].split(" Did you mean")[0].split(" Use one of the ids")[0]
        body = html(request, "trace.html", **said)
        return Response(body, error.http_status, {"Cache-Control": "no-store"}, "text/html")
    chosen = replace(whole, paths=(*whole.binding, *whole.reaching)) if binding else whole
    said["found"] = view(whole, chosen)
    options = {k: v for k, v in {**asked, "q": "", "related": "true" if related else "", "binding": ""}.items() if v}
    return page(
        request,
        "trace.html",
        **said,
        picture=svg(plot.svg(chosen, href="/page/")),
        api=f"/api/v1/trace/{quote(whole.start.id, safe='')}?{urlencode(options)}",
    )


def view(whole: Trace, chosen: Trace) -> dict[str, Any]:
    """Return what the page shows: the start, the answer on binding law, and the paths that were chosen."""
    weak: dict[str, dict[str, Any]] = {}
    for path in whole.reaching:
        end = law(path)
        for hop in path.weak_texts:
            known = weak.setdefault(hop.to, {"hop": hop, "laws": {}})
            if end is not None:
                known["laws"][end.to] = end.to_label
    return {
        "start": whole.start,
        "href": page_of(ID + whole.start.id),
        "as_of": whole.as_of,
        "state": whole.state,
        "state_day": whole.state_day,
        "standings": {one.treaty: one for group in whole.standings.values() for one in group},
        "cut": whole.cut,
        "gap": whole.gap,
        "total": len(whole.paths),
        "throughout": [{"last": law(path)} for path in whole.binding],
        "through": list(weak.values()),
        "through_paths": len(whole.reaching),
        "undated": sum(1 for hop in whole.hops() if hop.legal and hop.rank and not hop.date),
        "judged": sum(1 for hop in whole.hops() if hop.legal and hop.basis in ("judgement", "background")),
        "paths": [card(path) for path in chosen.paths[:SHOWN]],
        "chosen": len(chosen.paths),
    }


def card(path: Path) -> dict[str, Any]:
    """Return one path with the words that the page needs."""
    return {
        "force": path.force,
        "binding": path.binding,
        "legal": all(hop.legal for hop in path.hops),
        "weakest": path.weakest,
        "hops": path.hops,
        "end": path.hops[-1],
    }


def law(path: Path) -> Hop | None:
    """Return the last step of a path that leads to a binding text."""
    found = [hop for hop in path.hops if hop.rank >= BINDING_RANK]
    return found[-1] if found else None


@router.get("/built")
def built_page(
    request: Request,
    q: Annotated[str, Query(max_length=500)] = "",
    as_of: Annotated[str, Query(max_length=20)] = "",
    related: str = "",
) -> Response:
    """Show what is built on a text: the trace walked backwards."""
    asked = {"q": q.strip(), "as_of": as_of.strip(), "related": bool(related)}
    if not asked["q"]:
        return page(request, "built.html", asked=asked, found=None, groups=[], api="")
    found = built_on(world.of(request).store, q, as_of=as_of.strip() or None, related=bool(related))
    groups: dict[str, list[Dependent]] = {}
    for one in found.things:
        groups.setdefault(one.kind or "thing", []).append(one)
    ordered = [(kind, sorted(things, key=_by_code)) for kind, things in sorted(groups.items())]
    options = urlencode({k: v for k, v in (("as_of", as_of.strip()), ("related", "true" if related else "")) if v})
    api = f"/api/v1/built-on/{quote(found.end.id, safe='')}?{options}"
    return page(request, "built.html", asked=asked, found=found, groups=ordered, api=api)


@router.get("/coverage")
def coverage_page(request: Request) -> Response:
    """Show how much of each framework has a legal basis, and what has none."""
    return page(request, "coverage.html", found=coverage(world.of(request).store))


def _by_code(one: Dependent) -> tuple[bool, int, list[tuple[int, int | str]]]:
    return not one.legal, len(one.way), natural(one.code or one.id)
