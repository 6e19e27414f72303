"""From pyoxigraph's terms to rdflib's: in this module and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal

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


def well_typed(of: ox.Literal) -> bool:
    """Return whether a literal is written as its datatype asks, as far as rdflib and pySHACL know the datatype."""
    one = term(of)
    assert isinstance(one, rdflib.Literal)
    if one.ill_typed:
        return False
    kinds = {"string": str, "integer": int, "float": float, "decimal": Decimal, "boolean": bool, "date": date}
    kinds |= {"time": time, "dateTime": datetime}
    wanted = kinds.get(str(one.datatype).removeprefix(PREFIXES["xsd"])) if one.datatype else None
    return wanted is None or isinstance(one.value, wanted)


def compare(one: object, other: object) -> int | None:
    """Return -1, 0 or 1 as one literal is less, equal or greater; None where the two do not compare."""
    a, b = term(one), term(other)
    assert isinstance(a, rdflib.Literal) and isinstance(b, rdflib.Literal)
    if isinstance(a.value, str) != isinstance(b.value, str):
        return None
    try:
        if a.eq(b):
            return 0
        if isinstance(a.value, datetime | time):  # rdflib would put also those in order that have none
            return 1 if a.value > b.value else -1
        return 1 if a > b else -1
    except (TypeError, RuntimeError):
        return None


def order(one: object, other: object) -> int | None:
    """Return -1, 0 or 1 as `sh:lessThan` compares two nodes, IRIs by their text; None where they do not compare."""
    a, b = (str(t) if isinstance(t, rdflib.URIRef) else t for t in (term(one), term(other)))
    a, b = (t.value if isinstance(t, rdflib.Literal) and isinstance(t.value, str) else t for t in (a, b))
    if isinstance(a, str) and not isinstance(a, rdflib.Literal) and not isinstance(b, rdflib.Literal):
        return (a > b) - (a < b)
    try:
        return 0 if a == b else -1 if a <= b else 1
    except TypeError:
        return None


def back(of: rdflib.term.Node) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """Return one term of rdflib's as the store's."""
    if isinstance(of, rdflib.URIRef):
        return ox.NamedNode(str(of))
    if isinstance(of, rdflib.Literal):
        if of.language:
            return ox.Literal(str(of), language=of.language)
        return ox.Literal(str(of), datatype=ox.NamedNode(str(of.datatype or XSD_STRING)))
    return ox.BlankNode(str(of))
