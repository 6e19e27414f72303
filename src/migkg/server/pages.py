"""The pages that lead to the others: home, search, lists of things, one thing, the ontology, the API, about."""

from __future__ import annotations

from typing import Annotated, Any

import pyoxigraph as ox
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from migkg import former, lookup, plot, queries
from migkg.ask import FOLDER
from migkg.errors import GoneName, UnknownName
from migkg.server import figurepages, questionpages, thing, tracepage, whypage, world
from migkg.server.addresses import iri_of
from migkg.server.addresses import page as page_of
from migkg.server.facts import Facts
from migkg.server.negotiate import GRAPHS, HTML, best_of
from migkg.server.problems import KINDS
from migkg.server.render import page, svg
from migkg.server.signposts import links, markup
from migkg.server.world import World
from migkg.terms import GRAPH, PREFIXES, RDF_TYPE
from migkg.trace import trace

router = APIRouter(include_in_schema=False)

SHOWN = "sdg-indicator-10-7-2"
FOUND = 100
# Kinds that a list is offered for, in the order of the page: class and plural.
LISTS = {
    "Framework": "Frameworks",
    "Indicator": "Indicators",
    "Principle": "Principles",
    "Objective": "Objectives",
    "Domain": "Domains",
    "Target": "Targets",
    "Instrument": "Law and other adopted texts",
    "Provision": "Articles and paragraphs",
    "ConsultationMechanism": "Consultation mechanisms",
    "Body": "Bodies",
    "Country": "Countries and territories",
    "AreaGroup": "Groups of countries",
    "Event": "Events",
    "Publication": "Publications",
    "ScoringMethod": "Scoring methods",
    "Conflict": "Where sources disagree",
    "GoodPractice": "Good practices",
    "Recommendation": "Recommendations",
    "Source": "Sources",
}


@router.get("/")
def home(request: Request) -> Response:
    """Say what this is, in plain words, and show one trace."""
    here = world.of(request)
    if best_of(request.headers.get("accept"), (HTML, *GRAPHS.values())) not in (HTML, None):
        return Response(None, 303, {"Location": "/catalog"})
    counts = here.release.manifest["types"]
    picture, answer = here.cached("home", lambda: _shown(here))
    examples = queries.folder(FOLDER)[:6]
    said = {"picture": svg(picture), "answer": answer, "shown": SHOWN, "counts": counts, "examples": examples}
    return page(request, "home.html", links={"/.well-known/void": "describedby"}, **said)


@router.get("/page/{name:path}")
def about_thing(request: Request, name: str) -> Response:
    """Show one thing; a code leads to the thing that has it."""
    here = world.of(request)
    iri = iri_of(name)
    try:
        node = ox.NamedNode(iri)
    except ValueError:
        raise UnknownName(name[:300]) from None
    known = next(iter(here.store.engine.quads_for_pattern(node, None, None, None)), None)
    is_graph = iri.startswith(GRAPH) and iri in here.store.graphs()
    if known is None and not is_graph:
        if (one := former.described_in(here.release, iri)) is not None:
            raise GoneName(name[:300], one.id)
        found = lookup.resolve(here.store, name)
        return Response(None, 303, {"Location": page_of(found.value)})
    said = thing.view(here.store, here.index, iri)
    below = page_of(iri).removeprefix("/page/")
    picture = _picture(here, node) if next(_rests(here, node), None) is not None else ""
    triples = next((g["triples"] for g in here.release.manifest["graphs"] if g["iri"] == iri), None)
    shown: dict[str, Any] = {
        "thing": said,
        "below": below,
        "picture": svg(picture),
        "triples": triples,
        "schema": markup(here, iri),
        "why": whypage.ways(here, node),
    }
    return page(request, "thing.html", links=links(here, iri), **shown)


@router.get("/search")
def search(request: Request, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Show the things that the words fit, best first."""
    found = lookup.search(world.of(request).store, q, FOUND) if q.strip() else []
    return page(request, "search.html", words=q, found=found, most=FOUND)


@router.get("/browse")
def browse(request: Request) -> Response:
    """List the kinds of things."""
    counts = world.of(request).release.manifest["types"]
    kinds = [{"name": k, "plural": plural, "count": counts[k]} for k, plural in LISTS.items() if counts.get(k)]
    return page(request, "browse.html", kinds=kinds)


@router.get("/browse/{kind}")
def browse_kind(request: Request, kind: str) -> Response:
    """List all things of one kind."""
    if kind not in LISTS:
        raise UnknownName(kind[:100])
    here = world.of(request)
    node = ox.NamedNode(PREFIXES["mg"] + kind)
    found = [
        here.index.link(q.subject.value)
        for q in here.store.engine.quads_for_pattern(None, RDF_TYPE, node, ox.DefaultGraph())
        if isinstance(q.subject, ox.NamedNode)
    ]
    found.sort(key=lambda link: thing.natural(link.text.casefold()))
    definition = thing.view(here.store, here.index, node.value)["about"]
    return page(request, "list.html", kind=kind, plural=LISTS[kind], found=found, definition=definition)


@router.get("/about")
def about(request: Request) -> Response:
    """Say who may use what, on which terms, and from where it comes."""
    here = world.of(request)
    also = repr(here.settings.limits())
    return page(request, "about.html", also=also, sources=_documents(here), kinds=KINDS, graphs=_rights(here))


@router.get("/api")
def api(request: Request) -> Response:
    """List the operations of the API, from its own description."""
    described = request.app.openapi()
    operations = [
        {
            "path": path,
            "summary": said["get"].get("summary", ""),
            "description": said["get"].get("description", ""),
            "tag": (said["get"].get("tags") or ["other"])[0],
            "parameters": said["get"].get("parameters", []),
        }
        for path, said in described["paths"].items()
        if "get" in said
    ]
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in operations:
        groups.setdefault(one["tag"], []).append(one)
    return page(request, "api.html", groups=groups)


def _shown(here: World) -> tuple[str, str]:
    """Return the picture of the trace that the first page shows, and what it says about binding law."""
    try:
        found = trace(here.store, SHOWN)
    except UnknownName:
        return "", ""
    said = tracepage.view(found, found)
    laws = sorted({label for one in said["through"] for label in one["laws"].values()})
    if found.binding:
        answer = f"{len(found.binding)} of {len(found.paths)} ways bind throughout."
    elif laws:
        answer = f"No way binds throughout: {' and '.join(laws)} are reached only through texts that do not bind."
    else:
        answer = "No way reaches a text that binds."
    return plot.svg(found, href="/page/"), answer


def _rests(here: World, node: ox.NamedNode) -> Any:
    traces = ox.NamedNode(PREFIXES["mg"] + "tracesTo")
    return here.store.engine.quads_for_pattern(node, traces, None, ox.DefaultGraph())


def _picture(here: World, node: ox.NamedNode) -> str:
    found = trace(here.store, node.value)
    return plot.svg(found, href="/page/") if found.paths else ""


def _documents(here: World) -> list[dict[str, Any]]:
    """Return the documents and data sets that the graph rests on, without their located parts."""
    made = []
    for iri, classes in here.index.kinds.items():
        if PREFIXES["mg"] + "Source" in classes:
            facts = Facts(here.store, here.index, iri).out
            if PREFIXES["dcterms"] + "isPartOf" not in facts:
                terms = ("publisher", "rights", "license")
                who, rights, licence = ([v.value for v in facts.get(PREFIXES["dcterms"] + k, [])] for k in terms)
                named = [here.index.label(p) if p.startswith("http") else p for p in who]
                made.append({"link": here.index.link(iri), "publisher": named, "terms": rights + licence})
    return sorted(made, key=lambda one: one["link"].text.casefold())


def _rights(here: World) -> int:
    """Return how many graphs the release has."""
    return len(here.release.manifest["graphs"])


for part in (tracepage.router, questionpages.router, figurepages.router, whypage.router):
    router.include_router(part)
