"""From pyoxigraph's terms to rdflib's: in this module and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import pyoxigraph as ox
import rdflib

from migkg.terms import PREFIXES, XSD_STRING

# A day that does not exist is a finding of the shapes; rdflib would also write a traceback to the terminal.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)


def graph(triples: Iterable[ox.Triple]) -> rdflib.Graph:
    """Return the triples as an rdflib graph with the prefixes that migkg knows."""
    made = rdflib.Graph(bind_namespaces="none")
    for prefix, start in PREFIXES.items():
        made.bind(prefix, start)
    for t in triples:
        made.add((term(t.subject), term(t.predicate), term(t.object)))
    return made


def term(of: object) -> rdflib.term.Identifier:
    """Return one term; a plain string stays plain, because rdflib tells `"x"` from `"x"^^xsd:string`."""
    if isinstance(of, ox.NamedNode):
        return rdflib.URIRef(of.value)
    if isinstance(of, ox.BlankNode):
        return rdflib.BNode(of.value)
    if isinstance(of, ox.Literal):
        if of.language:
            return rdflib.Literal(of.value, lang=of.language)
        kind = of.datatype.value
        return rdflib.Literal(of.value, datatype=None if kind == XSD_STRING else rdflib.URIRef(kind))
    raise TypeError(f"{of!r} has no counterpart in rdflib")
