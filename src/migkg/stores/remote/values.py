"""Which statements are the same, although servers write them in another way.

Servers keep values, not letters: `1.50` comes back as `1.5`, `@en-GB` as `@en-gb`, a decimal with 15 digits where it
had 18, true as 1. Nodes without a name get other names. So a checksum is taken over a normal form.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

import pyoxigraph as ox

from migkg.terms import PREFIXES, XSD_INTEGER

XSD = PREFIXES["xsd"]
DIGITS = 9  # behind the point; what all engines keep of a division
_NUMBERS = {XSD + name for name in ("decimal", "double", "float", "integer", "int", "long", "nonNegativeInteger")}
_TRUTH = {"1": "true", "0": "false"}


def checksum(triples: Iterable[ox.Triple]) -> str:
    """Return the SHA-256 of the normal form of triples, whatever their order; equal statements count once."""
    every = list(triples)
    if any(isinstance(term, ox.BlankNode) for t in every for term in (t.subject, t.object)):
        data = ox.Dataset(ox.Quad(t.subject, t.predicate, _same(t.object)) for t in every)
        data.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        every = [quad.triple for quad in data]
    lines = sorted({f"{t.subject} {t.predicate} {_same(t.object)}" for t in every})
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def same(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None) -> str:
    """Return a term in its normal form, as text to compare."""
    return "" if term is None else str(_same(term))


def _same(
    term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple,
) -> ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple:
    if not isinstance(term, ox.Literal):
        return term
    if term.language:
        return ox.Literal(term.value, language=term.language.lower())
    kind = term.datatype.value
    if kind == XSD + "boolean":
        return ox.Literal(_TRUTH.get(term.value, term.value), datatype=term.datatype)
    return _number(term) if kind in _NUMBERS else term


def _number(term: ox.Literal) -> ox.Literal:
    """Return a number with nine digits behind the point; integers stay of their own kind."""
    try:
        value = Decimal(term.value)
        if not value.is_finite():
            return term
        rounded = value.quantize(Decimal(1).scaleb(-DIGITS)).normalize()
    except InvalidOperation:
        return term
    kind = XSD_INTEGER if "nteger" in term.datatype.value or term.datatype.value in (XSD + "int", XSD + "long") else ""
    return ox.Literal(f"{rounded:f}", datatype=ox.NamedNode(kind or XSD + "decimal"))
