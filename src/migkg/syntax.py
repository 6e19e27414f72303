"""Triples and quads as text, in reading order: the same content gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from migkg.terms import PREFIXES, RDF_TYPE

_TYPE = str(RDF_TYPE).encode()
_NAMED = (ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG, ox.RdfFormat.RDF_XML)


def lines(triples: Iterable[ox.Triple]) -> list[bytes]:
    """Return each triple once as a line of N-Triples: by subject, what it is first, then by predicate and object."""
    text = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
    return sorted(set(text.splitlines()), key=reading_order)


def reading_order(line: bytes) -> tuple[bytes, bool, bytes, bytes]:
    """Sort a line of N-Triples; text of UTF-8 sorts as its characters do, and much faster than terms."""
    subject, predicate, rest = line.split(b" ", 2)
    return subject, predicate != _TYPE, predicate, rest


def turtle(triples: Iterable[ox.Triple]) -> bytes:
    """Return triples as Turtle in reading order; the same triples give the same bytes."""
    return serialize(triples, ox.RdfFormat.TURTLE)


def serialize(triples: Iterable[ox.Triple], form: ox.RdfFormat, more: Mapping[str, str] | None = None) -> bytes:
    """Return the triples in reading order, with the prefixes they use (the project's and `more`)."""
    return written(lines(triples), form, more)


def written(text: Iterable[bytes], form: ox.RdfFormat, more: Mapping[str, str] | None = None) -> bytes:
    """Return lines of N-Quads (or N-Triples) in another syntax and in the same order."""
    whole = b"".join(line + b"\n" for line in text)
    if form in (ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS):
        return whole
    used = {p: start for p, start in {**PREFIXES, **(more or {})}.items() if b"<" + start.encode() in whole}
    read = ox.parse(whole, format=ox.RdfFormat.N_QUADS, lenient=True)
    made = ox.serialize(read, format=form, prefixes=used if form in _NAMED else None) or b""
    return _ordered(made) if form in _NAMED else made


def _ordered(text: bytes) -> bytes:
    """Sort the prefix lines: the engine writes them in an order that changes from run to run."""
    parts = text.split(b"\n", len(PREFIXES) + 5)
    count = next((i for i, line in enumerate(parts) if not line.startswith(b"@prefix ")), 0)
    if count:
        return b"\n".join([*sorted(parts[:count]), *parts[count:]])
    head, tag, rest = text.partition(b"<rdf:RDF ")
    names, end, body = rest.partition(b">")
    return head + tag + b" ".join(sorted(names.split())) + end + body if tag else text
