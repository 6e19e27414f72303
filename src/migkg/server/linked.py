"""Linked data: every IRI of the project leads to a page or to data, as the client likes.

/id/X /def/X /code/X /shape/X /graph/X    303 to /page/… or /data/….ttl .jsonld .nt .rdf
/data/X                                   what the graph says about X, and what points to it
/ontology                                 the ontology
/linkset/X                                all of that as one link set
"""

from __future__ import annotations

from typing import NoReturn

import pyoxigraph as ox
from fastapi import APIRouter, Request
from starlette.responses import Response

from migkg import former, lookup
from migkg.errors import GoneName, UnknownName, UsageError
from migkg.server import world
from migkg.server.addresses import below, iri_of, page
from migkg.server.negotiate import GRAPH_TYPES, GRAPHS, HTML, choose, split_ending
from migkg.server.ontologypage import ontology_page
from migkg.server.protocol import graph_iri, precondition
from migkg.server.render import header, kept
from migkg.server.signposts import links
from migkg.server.world import World
from migkg.syntax import serialize
from migkg.terms import BASE, GRAPH, PREFIXES, local

router = APIRouter(include_in_schema=False)

ENDINGS = (*GRAPHS, "html")
BY_TYPE = {media: ending for ending, media in GRAPHS.items()}


@router.get("/id/{name:path}")
def thing(request: Request, name: str) -> Response:
    """Lead from a thing to its page or its data."""
    return _lead(request, name) if name else _namespace(request, "/browse")


@router.get("/def/{name:path}")
@router.get("/code/{name:path}")
@router.get("/shape/{name:path}")
@router.get("/graph/{name:path}")
def term(request: Request, name: str) -> Response:
    """Lead from a class, property, code, shape or graph to its page or its data."""
    space = request.url.path.split("/")[1]
    return _lead(request, f"{space}/{name}") if name else _namespace(request, "/ontology", graphs=space == "graph")


@router.get("/ontology")
@router.get("/ontology/{version}")
@router.get("/ontology.{ending}")
def ontology(request: Request, version: str = "", ending: str = "") -> Response:
    """Return the ontology as data, or its page for a browser."""
    here = world.of(request)
    if version:
        version, end = split_ending(version, GRAPHS)
        ending = end or ""
    known = {v.rsplit("/", 1)[-1] for v in _versions(here)}
    if (version and version not in known) or (ending and ending not in GRAPHS):
        raise UnknownName(version or ending, hint=f"The version here is {', '.join(sorted(known))}.")
    accept = request.headers.get("accept")
    chosen = GRAPHS[ending] if ending else choose(accept, (*GRAPHS.values(), HTML))
    if chosen == HTML:
        return ontology_page(request)
    made = [t for g in here.store.graphs() if g.startswith(GRAPH + "ontology/") for t in here.store.get(g)]
    return kept(request, chosen, lambda: write(made, chosen), links=links(here, BASE + "ontology", "data"))


@router.get("/graph")
def graph(request: Request) -> Response:
    """Read one graph by the Graph Store Protocol: `?graph=IRI`, or `?default` for the merge of all."""
    here = world.of(request)
    asked = request.query_params.getlist("graph")
    if len(asked) + ("default" in request.query_params) != 1:
        raise UsageError("Name one graph with ?graph=IRI, or the merge of all with ?default.")
    chosen = choose(request.headers.get("accept"), GRAPH_TYPES)
    if not asked:
        every = here.store.engine.quads_for_pattern(None, None, None, ox.DefaultGraph())
        return kept(request, chosen, lambda: write([q.triple for q in every], chosen))
    iri = graph_iri(asked[0])
    if iri not in here.store.graphs():
        precondition(request, set())
        raise UnknownName(iri[:300])
    tag = here.graph_tag(iri, chosen) or here.etag("graph", iri, chosen)
    precondition(request, {tag})
    return kept(request, chosen, lambda: write(here.store.get(iri), chosen), tag=tag)


@router.get("/data/{name:path}")
def data(request: Request, name: str) -> Response:
    """Return what the graph says about a thing, as data."""
    here = world.of(request)
    stem, ending = split_ending(name, GRAPHS)
    iri = iri_of(stem)
    found = describe(here, iri)
    chosen = GRAPHS[ending] if ending else choose(request.headers.get("accept"), GRAPH_TYPES)
    return kept(request, chosen, lambda: write(found, chosen), links=links(here, iri, "data"))


def describe(here: World, iri: str) -> list[ox.Triple]:
    """Return the triples from and to an IRI with the blank nodes they need; all triples of a graph.

    Raises UnknownName with the nearest names.
    """
    try:
        node = ox.NamedNode(iri)
    except ValueError:
        raise UnknownName(local(iri)[:300]) from None
    if iri.startswith(GRAPH) and (whole := here.store.get(iri)):
        return whole
    every = here.store.engine.quads_for_pattern
    merged = ox.DefaultGraph()
    about = [q.triple for q in every(node, None, None, merged)]
    if not about:
        unknown(here, iri)
    waiting = [t.object for t in about if isinstance(t.object, ox.BlankNode)]
    seen: set[ox.BlankNode] = set()
    while waiting:
        blank = waiting.pop()
        if blank not in seen:
            seen.add(blank)
            more = [q.triple for q in every(blank, None, None, merged)]
            about += more
            waiting += [t.object for t in more if isinstance(t.object, ox.BlankNode)]
    return about + [q.triple for q in every(None, None, node, merged)]


def unknown(here: World, iri: str) -> NoReturn:
    """Raise for an IRI that nothing is said about, with the nearest names: GoneName where a former release did."""
    name = local(iri)[:300]
    near = lookup.search(here.store, name[:80], lookup.NEAREST)
    if (one := former.described_in(here.release, iri)) is not None:
        raise GoneName(name, one.id, near)
    raise UnknownName(name, near)


def known(here: World, iri: str) -> str:
    """Return the IRI when the graph says something about it. Raises UnknownName or GoneName."""
    if not _is_known(here, iri):
        unknown(here, iri)
    return iri


def _is_known(here: World, iri: str) -> bool:
    try:
        node = ox.NamedNode(iri)
    except ValueError:
        raise UnknownName(local(iri)[:300]) from None
    said = next(iter(here.store.engine.quads_for_pattern(node, None, None, None)), None)
    return said is not None or (iri.startswith(GRAPH) and iri in here.store.graphs())


def write(triples: list[ox.Triple], media: str) -> bytes:
    """Return the triples, each once and in a steady order, in a media type of a graph."""
    form = ox.RdfFormat.from_media_type(media)
    assert form is not None
    return serialize(triples, form)


def _lead(request: Request, name: str) -> Response:
    here = world.of(request)
    stem, ending = split_ending(name, ENDINGS)
    iri = iri_of(stem)
    if not _is_known(here, iri):
        if former.described_in(here.release, iri) is not None:
            unknown(here, iri)
        iri = lookup.resolve(here.store, stem).value  # a code, such as 10.7.2, or an error that names what is near
    accept = request.headers.get("accept")
    chosen = {**GRAPHS, "html": HTML}[ending] if ending else choose(accept, (*GRAPHS.values(), HTML))
    to = page(iri) if chosen == HTML else f"/data/{below(iri)}.{BY_TYPE[chosen]}"
    return Response(None, 303, {"Location": to, "Link": header(links(here, iri, "thing"))})


def _namespace(request: Request, at: str, *, graphs: bool = False) -> Response:
    """Lead from a namespace to what lists its names: a page for people, for programs the ontology or the catalogue."""
    chosen = choose(request.headers.get("accept"), (*GRAPHS.values(), HTML))
    if at == "/browse" or graphs:
        at = ("/downloads" if graphs else at) if chosen == HTML else "/catalog"
    return Response(None, 303, {"Location": at})


def _versions(here: World) -> list[str]:
    predicate = ox.NamedNode(PREFIXES["owl"] + "versionIRI")
    found = here.store.engine.quads_for_pattern(ox.NamedNode(BASE + "ontology"), predicate, None, ox.DefaultGraph())
    return [q.object.value for q in found if isinstance(q.object, ox.NamedNode)]
