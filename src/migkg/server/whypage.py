"""Why a country has the score it has: a page and an operation of the API, and the way to them from other pages."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Annotated, Any

import pyoxigraph as ox
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from migkg import score
from migkg.asked import Answer
from migkg.errors import UsageError
from migkg.explain import Explanation, explain
from migkg.lookup import resolve
from migkg.server import world
from migkg.server.addresses import page as page_of
from migkg.server.api import dump
from migkg.server.api import router as api
from migkg.server.negotiate import JSON
from migkg.server.render import kept, page
from migkg.server.words import Link
from migkg.server.world import World
from migkg.terms import ID, PREFIXES, local

router = APIRouter(include_in_schema=False)

KEPT = 32  # explanations of a release that are kept: each takes a scratch graph and thirty traces
_kept: OrderedDict[tuple[str, ...], Explanation] = OrderedDict()
_lock = Lock()
_MG = PREFIXES["mg"]


@router.get("/methods")
def methods() -> Response:
    """Lead to the list of methods, where people look for it by this name too."""
    return Response(None, 308, {"Location": "/scores"})


@router.get("/scores/{method}/{area}")
def why(request: Request, method: str, area: str, period: Annotated[str, Query(max_length=10)] = "") -> Response:
    """Show each answer of a country with what it counts and rests on, and what would lift the score."""
    here = world.of(request)
    found = explained(here, method, area, period)
    return page(request, "why.html", **view(here, found))


@api.get(
    "/explain/{method}/{area}",
    tags=["score"],
    summary="Explain the score of a country",
    response_model=Explanation,
)
def explain_score(
    request: Request,
    method: Annotated[str, Path(description="The name of the method.", examples=["ratification"], max_length=100)],
    area: Annotated[str, Path(description="A country.", examples=["KEN"], max_length=100)],
    period: Annotated[str | None, Query(description="The year.", examples=["2026"], max_length=10)] = None,
) -> Response:
    """Return each answer with worth, weight, evidence and legal basis, the rules, bounds, and what would lift it."""
    here = world.of(request)
    return kept(request, JSON, lambda: dump(explained(here, method, area, period or "").to_dict()))


def explained(here: World, method: str, area: str, period: str = "") -> Explanation:
    """Return the explanation of a score of this release. Raises UnknownName, UsageError."""
    name = local(score.method(here.store, method).value).removeprefix(score.PREFIX)
    place = local(resolve(here.store, area).value)
    key = (here.release.id, name, place, period)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    try:
        found = explain(here.store, place, name, period=period or None)
    except UsageError as error:
        raise UsageError(str(error).replace(" --period chooses another.", "")) from None
    with _lock:
        _kept[key] = found
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found


def view(here: World, found: Explanation) -> dict[str, Any]:
    """Return what the page shows: parts with their answers, the ways to the next band, what questions rest on."""
    labels = {part.now.element: part.now.element_label for part in found.parts}
    groups: dict[str, list[Answer]] = {}
    asked = [one for one in found.answers if one.question not in found.not_asked]
    for one in asked:
        groups.setdefault(one.part, []).append(one)
    legal: dict[tuple[str, ...], list[Answer]] = {}
    for one in found.answers:
        legal.setdefault(tuple(one.legal), []).append(one)
    node = score.method(here.store, found.method)
    return {
        "found": found,
        "method": here.index.link(node.value),
        "area": Link(found.area_label or found.area, page_of(ID + found.area)),
        "groups": [
            (Link(labels.get(part) or here.index.label(ID + part), page_of(ID + part)), sorted(ones, key=_order))
            for part, ones in groups.items()
        ],
        "labels": labels,
        "short": {one.question: one.code or one.label for one in found.answers},
        "words": {(q.question, code): label for q in found.answers for code, label, _ in q.options.values()},
        "bands": any(part.now.band or part.lift for part in found.parts),
        "lifts": [part for part in found.parts if part.lift],
        "legal": [(lines, [one.code or one.label for one in ones]) for lines, ones in legal.items()],
        "missing": sum(one.missing for one in asked),
        "asked": len(asked),
        "silent": [one.code or one.label for one in found.answers if one.question in found.not_asked],
    }


def ways(here: World, node: ox.NamedNode) -> list[dict[str, Any]]:
    """Return the scores of a whole that can be explained for an area, the latest year first."""
    every = here.store.engine.quads_for_pattern
    merge = ox.DefaultGraph()

    def one(thing: Any, name: str) -> Any:
        found = next(every(thing, ox.NamedNode(_MG + name), None, merge), None)
        return found.object if found else None

    made: dict[tuple[str, str], dict[str, Any]] = {}
    for quad in every(None, ox.NamedNode(_MG + "area"), node, merge):
        method, coverage, period = (one(quad.subject, name) for name in ("method", "coverage", "period"))
        if method is None or coverage is None:
            continue
        name = local(method.value).removeprefix(score.PREFIX)
        said = made.setdefault(
            (name, period.value),
            {"method": here.index.label(method.value), "name": name, "period": period.value, "value": None, "band": ""},
        )
        if one(quad.subject, "element") == one(method, "scores"):
            band = one(quad.subject, "band")
            said["value"], said["band"] = one(quad.subject, "value").value, band and here.index.label(band.value)
    return [made[key] for key in sorted(made, key=lambda key: (key[0], -int(key[1])))]


def _order(one: Answer) -> tuple[str, str]:
    return one.code, one.question
