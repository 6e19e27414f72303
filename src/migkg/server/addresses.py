"""Where an IRI of the graph is answered on this server, and which IRI an address means."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from migkg.server.negotiate import GRAPHS, HTML
from migkg.terms import BASE, GRAPH, ID, PREFIXES


def page(iri: str) -> str:
    """Return the path of the page about one of our IRIs."""
    if iri.startswith(ID):
        return "/page/" + quote(iri[len(ID) :], safe="/-_.~")
    if iri == BASE + "ontology":
        return "/ontology"
    kept = iri[len(BASE) :] if iri.startswith(BASE) else iri
    return "/page/" + quote(kept, safe="/-_.~")


def iri_of(path: str) -> str:
    """Return the IRI that a path below `/page/` or `/data/` stands for."""
    known = ("def/", "code/", "shape/", "graph/", "row/")
    return BASE + path if path.startswith(known) else ID + path


def place(iri: str, kinds: Iterable[str]) -> str:
    """Return where a class, property, code, list of codes or shape stands on the page of the ontology; else nothing."""
    for start, mark in (("def/", ""), ("code/", "code-"), ("shape/", "shape-")):
        if iri.startswith(BASE + start):
            mark = "codes-" if PREFIXES["skos"] + "ConceptScheme" in kinds else mark
            return f"/ontology#{mark}{quote(iri[len(BASE + start) :], safe='-_.~')}"
    return ""


def graph_name(iri: str) -> str:
    """Return the path of a graph, as a person reads it."""
    return iri[len(GRAPH) :] if iri.startswith(GRAPH) else iri


def links(iri: str, at: str = "page") -> dict[str, str]:
    """Return Link headers for the documents about an IRI: what it is about, and its other forms."""
    below = quote(iri.removeprefix(BASE + "id/").removeprefix(BASE), safe="/-_.~")
    made = {iri: "canonical" if at == "page" else "describes"}
    for ending, media in GRAPHS.items():
        made[f"/data/{below}.{ending}"] = f'alternate"; type="{media}'
    if at == "data":
        made[page(iri)] = f'alternate"; type="{HTML}'
    return made
