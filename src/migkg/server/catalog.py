"""What the service says about itself: VoID, DCAT and SPARQL service description, and whole files to download."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyoxigraph as ox
from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from migkg.export import export
from migkg.server import world
from migkg.server.negotiate import GRAPHS, HTML, choose
from migkg.server.render import kept, page, unchanged
from migkg.server.world import World
from migkg.syntax import serialize
from migkg.terms import PREFIXES, XSD_INTEGER

router = APIRouter(include_in_schema=False)

SD = "http://www.w3.org/ns/sparql-service-description#"
FORMAT_IRI = "http://www.w3.org/ns/formats/"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
# File to download: format of the export, media type, words.
FILES = {
    "migkg.nq": ("nq", "application/n-quads", "N-Quads: every statement with the file that says so"),
    "migkg.trig": ("trig", "application/trig", "TriG: the same, for reading"),
    "migkg.jsonld": ("jsonld", "application/ld+json", "JSON-LD: the same, as JSON"),
    "migkg.ttl": ("ttl", "text/turtle", "Turtle: all files merged into one graph"),
    "migkg.nt": ("nt", "application/n-triples", "N-Triples: the same, one statement a line"),
    "migkg.rdf": ("rdfxml", "application/rdf+xml", "RDF/XML: the same, for older tools"),
    "migkg.csv": ("csv", "text/csv", "CSV: figures and scores as one table, for a spreadsheet"),
    "migkg.sssom.tsv": ("sssom", "text/tab-separated-values", "SSSOM: all mappings between frameworks as one table"),
}
RDF = {f"migkg.{ending}" for ending in ("nq", "trig", "jsonld", "ttl", "nt", "rdf")}


@router.get("/.well-known/void")
def void(request: Request) -> Response:
    """Describe the data set with VoID."""
    chosen = choose(request.headers.get("accept"), tuple(GRAPHS.values()))
    return kept(request, chosen, lambda: _write(_dataset(world.of(request)), chosen))


@router.get("/catalog")
def catalog(request: Request) -> Response:
    """Describe the data set and its files with DCAT; the page of downloads for a browser."""
    chosen = choose(request.headers.get("accept"), (*GRAPHS.values(), HTML))
    if chosen == HTML:
        return Response(None, 303, {"Location": "/downloads"})
    return kept(request, chosen, lambda: _write(_catalog(world.of(request)), chosen))


@router.get("/downloads")
def downloads(request: Request) -> Response:
    """List the files."""
    here = world.of(request)
    files = [{"name": n, "media": f[1], "words": f[2]} for n, f in FILES.items()]
    return page(request, "downloads.html", files=files, graphs=here.release.manifest["graphs"])


@router.get("/downloads/{name}")
def download(request: Request, name: str) -> Response:
    """Send one file, written on first request and kept for the life of the release."""
    if name not in FILES:
        raise HTTPException(404)
    here = world.of(request)
    form, media, _ = FILES[name]
    tag = here.etag(request.url.path)
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Link": '</catalog>; rel="describedby"'}
    if unchanged(request, tag):
        return Response(None, 304, headers)
    path = here.cached(f"download {name}", lambda: _file(here, form, name))
    return FileResponse(path, media_type=media, filename=name, headers=headers)


def service(here: World, media: str) -> bytes:
    """Return the SPARQL service description in a media type of a graph."""
    node = ox.NamedNode(here.settings.url("sparql"))
    dataset = ox.BlankNode("dataset")
    default = ox.BlankNode("default")
    say = _Say()
    say.add(node, "rdf:type", SD + "Service")
    say.add(node, SD + "endpoint", node)
    say.add(node, SD + "supportedLanguage", SD + "SPARQL11Query")
    say.add(node, SD + "feature", SD + "EmptyGraphs")
    for name in ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV"):
        say.add(node, SD + "resultFormat", FORMAT_IRI + name)
    for name in ("Turtle", "N-Triples", "JSON-LD", "RDF_XML", "TriG", "N-Quads"):
        say.add(node, SD + "resultFormat", FORMAT_IRI + name)
    say.add(node, SD + "defaultDataset", dataset)
    say.add(dataset, "rdf:type", SD + "Dataset")
    say.add(dataset, SD + "defaultGraph", default)
    say.add(default, "rdf:type", SD + "Graph")
    say.add(default, "void:triples", here.release.manifest["triples"])
    for number, one in enumerate(here.release.manifest["graphs"]):
        named, graph = ox.BlankNode(f"n{number}"), ox.BlankNode(f"g{number}")
        say.add(dataset, SD + "namedGraph", named)
        say.add(named, "rdf:type", SD + "NamedGraph")
        say.add(named, SD + "name", one["iri"])
        say.add(named, SD + "graph", graph)
        say.add(graph, "rdf:type", SD + "Graph")
        say.add(graph, "void:triples", one["triples"])
    return _write(say.triples, media)


class _Say:
    """A list of triples that is easy to write down: prefixed names, addresses, numbers and words."""

    def __init__(self) -> None:
        self.triples: list[ox.Triple] = []

    def add(self, subject: Any, predicate: str, value: Any) -> None:
        """Add one triple; text with a space is English words, text with a scheme is an address."""
        self.triples.append(ox.Triple(subject, ox.NamedNode(_full(predicate)), _term(value)))


def _dataset(here: World) -> list[ox.Triple]:
    say = _Say()
    url, manifest = here.settings.url, here.release.manifest
    node = ox.NamedNode(url("catalog#migkg"))
    document = ox.NamedNode(url(".well-known/void"))
    say.add(document, "rdf:type", "void:DatasetDescription")
    say.add(document, "foaf:primaryTopic", node)
    say.add(node, "rdf:type", "void:Dataset")
    say.add(node, "dcterms:title", "Knowledge graph of migration governance")
    say.add(node, "dcterms:license", LICENCE)
    say.add(node, "void:sparqlEndpoint", url("sparql"))
    say.add(node, "void:uriSpace", ox.Literal(PREFIXES["mgd"]))
    say.add(node, "void:triples", manifest["triples"])
    say.add(node, "void:exampleResource", PREFIXES["mgd"] + "sdg-indicator-10-7-2")
    for name in sorted(RDF):
        say.add(node, "void:dataDump", url(f"downloads/{name}"))
    for prefix in ("mg", "skos", "dcterms", "org", "prov", "qb", "sssom"):
        say.add(node, "void:vocabulary", PREFIXES[prefix])
    for number, (kind, count) in enumerate(sorted(manifest["types"].items())):
        part = ox.BlankNode(f"c{number}")
        say.add(node, "void:classPartition", part)
        say.add(part, "void:class", kind if kind.startswith("http") else PREFIXES["mg"] + kind)
        say.add(part, "void:entities", count)
    return say.triples


def _catalog(here: World) -> list[ox.Triple]:
    say = _Say()
    url = here.settings.url
    top, node = ox.NamedNode(url("catalog")), ox.NamedNode(url("catalog#migkg"))
    say.add(top, "rdf:type", "dcat:Catalog")
    say.add(top, "dcterms:title", "Catalogue of the migkg project")
    say.add(top, "dcterms:publisher", ox.BlankNode("publisher"))
    say.add(ox.BlankNode("publisher"), "rdf:type", "foaf:Agent")
    say.add(ox.BlankNode("publisher"), "foaf:name", "The migkg project")
    say.add(top, "dcat:dataset", node)
    say.add(top, "dcat:service", url("sparql"))
    say.add(node, "rdf:type", "dcat:Dataset")
    say.add(node, "dcat:version", ox.Literal(here.release.id))
    words = "Frameworks, law, mechanisms, figures and mappings of migration governance, each with its source."
    say.add(node, "dcterms:description", words)
    for name, (_, media, described) in FILES.items():
        part = ox.NamedNode(url(f"catalog#{name}"))
        say.add(node, "dcat:distribution", part)
        say.add(part, "rdf:type", "dcat:Distribution")
        say.add(part, "dcterms:title", described)
        say.add(part, "dcterms:license", LICENCE)
        say.add(part, "dcat:downloadURL", url(f"downloads/{name}"))
        say.add(part, "dcat:mediaType", f"https://www.iana.org/assignments/media-types/{media}")
    endpoint = ox.NamedNode(url("sparql"))
    say.add(endpoint, "rdf:type", "dcat:DataService")
    say.add(endpoint, "dcterms:title", "SPARQL 1.1 endpoint, for reading")
    say.add(endpoint, "dcat:endpointURL", endpoint)
    say.add(endpoint, "dcat:servesDataset", node)
    return say.triples + _dataset(here)


def _file(here: World, form: str, name: str) -> Path:
    path = here.folder / name
    waiting = path.with_name(f".{name}")
    waiting.write_bytes(export(here.store, form))
    return waiting.replace(path)


def _full(name: str) -> str:
    if name.startswith("http"):
        return name
    prefix, _, rest = name.partition(":")
    return PREFIXES[prefix] + rest


def _term(value: Any) -> Any:
    if isinstance(value, int):
        return ox.Literal(str(value), datatype=ox.NamedNode(XSD_INTEGER))
    if not isinstance(value, str):
        return value
    if " " in value:
        return ox.Literal(value, language="en")
    return ox.NamedNode(_full(value))


def _write(triples: list[ox.Triple], media: str) -> bytes:
    form = ox.RdfFormat.from_media_type(media)
    assert form is not None
    return serialize(triples, form, {"sd": SD})
