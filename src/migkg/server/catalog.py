"""What the service says about itself, from the queries in `queries/describe/`.

/.well-known/void             VoID                      /catalog         DCAT 3
/.well-known/sparql-examples  the questions as SHACL    /context.jsonld  the JSON-LD context
GET /sparql without a query   the service description
"""

from __future__ import annotations

import pyoxigraph as ox
from fastapi import APIRouter, Request
from starlette.responses import Response

from migkg import describe, shelf
from migkg.server import world
from migkg.server.negotiate import GRAPHS, HTML, JSON, choose
from migkg.server.render import kept
from migkg.server.world import World
from migkg.stores.oxigraph import OxigraphStore
from migkg.syntax import serialize

router = APIRouter(include_in_schema=False)

JSONLD = "application/ld+json"


@router.get("/.well-known/void")
def void(request: Request) -> Response:
    """Describe the data set with VoID."""
    return _described(request, "void")


@router.get("/.well-known/sparql-examples")
def examples(request: Request) -> Response:
    """Return the prepared questions as executable examples, with the prefixes."""
    return _described(request, "examples")


@router.get("/catalog")
def catalog(request: Request) -> Response:
    """Describe the data set, its versions and its files with DCAT; the page of downloads for a browser."""
    if choose(request.headers.get("accept"), (*GRAPHS.values(), HTML)) == HTML:
        return Response(None, 303, {"Location": "/downloads"})
    return _described(request, "catalog")


@router.get("/context.jsonld")
def context(request: Request) -> Response:
    """Return the JSON-LD context of the data."""
    chosen = choose(request.headers.get("accept"), (JSONLD, JSON))
    return kept(request, chosen, lambda: describe.text(describe.context(world.of(request).store)))


def service(here: World, media: str) -> bytes:
    """Return the SPARQL service description in a media type of a graph."""
    return _write(here, "service", media)


def facts(here: World) -> OxigraphStore:
    """Return what the descriptions are made of, gathered once a release, and again when the checksums are there."""
    base = here.settings.url("")
    return here.cached(f"facts {summed(here)}", lambda: describe.facts(here.store, here.release, base, here.folder))


def summed(here: World) -> bool:
    """Return whether the checksums of all files are known."""
    return shelf.find(here.release, shelf.SUMS, here.folder) is not None


def _described(request: Request, what: str) -> Response:
    here = world.of(request)
    chosen = choose(request.headers.get("accept"), tuple(GRAPHS.values()))
    return kept(request, chosen, lambda: _write(here, what, chosen), also=str(summed(here)))


def _write(here: World, what: str, media: str) -> bytes:
    form = ox.RdfFormat.from_media_type(media)
    assert form is not None
    return serialize(describe.triples(facts(here), what), form)
