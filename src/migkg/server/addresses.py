"""Where an IRI of the graph is answered on this server, and which IRI an address means."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from migkg.terms import BASE, GRAPH, ID, PREFIXES


def page(iri: str) -> str:
    """Return the path of the page about one of our IRIs."""
    return "/ontology" if iri == BASE + "ontology" else "/page/" + below(iri)


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


def below(iri: str) -> str:
    """Return what stands behind `/page/`, `/data/` and `/linkset/` for one of our IRIs."""
    return quote(iri.removeprefix(ID).removeprefix(BASE), safe="/-_.~")
