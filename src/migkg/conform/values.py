"""Tests of one value: each takes the value of a parameter of SHACL and gives a function from a node to yes or no.

Where a plain rule decides, it decides here. Odd literals, such as a day that is on no calendar, go to rdflib, which is
what the reference judges them by.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation

import pyoxigraph as ox

from migkg.conform.model import SH, Node
from migkg.terms import PREFIXES

Test = Callable[[Node], bool]
XSD, RDF = PREFIXES["xsd"], PREFIXES["rdf"]
_PLAIN = {
    XSD + "gYear": re.compile("[1-9][0-9]{3}"),
    XSD + "gYearMonth": re.compile("[1-9][0-9]{3}-(0[1-9]|1[0-2])"),
    XSD + "date": re.compile("[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"),
    XSD + "boolean": re.compile("true|false"),
    XSD + "integer": re.compile("[+-]?[0-9]{1,18}"),
    XSD + "decimal": re.compile("[+-]?[0-9]{1,18}([.][0-9]{1,18})?"),
}
_NUMBERS = (XSD + "integer", XSD + "decimal")
_KINDS = {
    "IRI": (ox.NamedNode,),
    "BlankNode": (ox.BlankNode,),
    "Literal": (ox.Literal,),
    "BlankNodeOrIRI": (ox.BlankNode, ox.NamedNode),
    "BlankNodeOrLiteral": (ox.BlankNode, ox.Literal),
    "IRIOrLiteral": (ox.NamedNode, ox.Literal),
}


def datatype(wanted: Node) -> Test:
    """Literals of this datatype that are written as it asks."""
    name = wanted.value if isinstance(wanted, ox.NamedNode) else ""
    plain = _PLAIN.get(name)
    free = name in (XSD + "string", RDF + "langString")

    def test(node: Node) -> bool:
        if not isinstance(node, ox.Literal) or node.datatype.value != name:
            return False
        if free or (plain is not None and plain.fullmatch(node.value)):
            return True
        from migkg import convert

        return convert.well_typed(node)

    return test


def node_kind(wanted: Node) -> Test:
    """IRIs, blank nodes, literals, or two of these."""
    kinds = _KINDS.get(wanted.value[len(SH) :] if isinstance(wanted, ox.NamedNode) else "", ())
    return lambda node: isinstance(node, kinds)


def among(items: Iterable[Node]) -> Test:
    """The nodes of a list."""
    known = frozenset(items)
    return lambda node: node in known


def pattern(wanted: Node, flags: str) -> Test:
    """Nodes whose text matches a regular expression somewhere."""
    marks = (re.I if "i" in flags else 0) | (re.M if "m" in flags else 0)
    expression = re.compile(_text(wanted), marks)
    return lambda node: not isinstance(node, ox.BlankNode) and expression.search(_text(node)) is not None


def length(limit: int, *, least: bool) -> Test:
    """Nodes whose text has at least, or at most, so many characters."""
    if least:
        return lambda node: limit == 0 or (not isinstance(node, ox.BlankNode) and len(_text(node)) >= limit)
    return lambda node: not isinstance(node, ox.BlankNode) and len(_text(node)) <= limit


def language_in(items: Iterable[Node]) -> Test:
    """Texts in one of these languages, or in a kind of one: en-GB is a kind of en."""
    ranges = [_text(item).lower() for item in items]

    def test(node: Node) -> bool:
        tag = (node.language or "").lower() if isinstance(node, ox.Literal) else ""
        return bool(tag) and any(r in ("*", tag) or tag.startswith(r + "-") for r in ranges)

    return test


def compared(limit: Node, allowed: Callable[[int], bool]) -> Test:
    """Literals that compare with a limit as asked: `allowed` gets -1, 0 or 1."""
    bound = _number(limit)

    def test(node: Node) -> bool:
        if not isinstance(node, ox.Literal) or not isinstance(limit, ox.Literal):
            return False
        if bound is not None and (number := _number(node)) is not None:
            return allowed((number > bound) - (number < bound))
        from migkg import convert

        order = convert.compare(node, limit)
        return order is not None and allowed(order)

    return test


def _number(node: Node) -> Decimal | None:
    if not isinstance(node, ox.Literal) or node.datatype.value not in _NUMBERS:
        return None
    try:
        return Decimal(node.value)
    except InvalidOperation:
        return None


def _text(node: Node) -> str:
    return "" if isinstance(node, ox.Triple) else node.value
