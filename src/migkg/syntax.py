"""Triples and quads as text, in reading order: the same content gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyoxigraph as ox

from migkg.terms import PREFIXES, RDF_TYPE


def reading_order(t: ox.Triple) -> tuple[str, bool, str, str]:
    """Sort by subject, what it is first, then by predicate and object."""
    return str(t.subject), t.predicate != RDF_TYPE, str(t.predicate), str(t.object)


def turtle(triples: Iterable[ox.Triple]) -> bytes:
    """Return triples as Turtle in reading order; the same triples give the same bytes."""
    return serialize(sorted(set(triples), key=reading_order), ox.RdfFormat.TURTLE)


def serialize(what: Sequence[ox.Quad] | Sequence[ox.Triple], form: ox.RdfFormat) -> bytes:
    """Return what is given as bytes, with the prefixes it uses where the syntax has them."""
    named = form in (ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG, ox.RdfFormat.RDF_XML)
    written = ox.serialize(what, format=form, prefixes=_used(what) if named else None) or b""
    return _ordered(written) if named else written


def _ordered(text: bytes) -> bytes:
    """Sort the prefix lines: the engine writes them in an order that changes from run to run."""
    lines = text.split(b"\n")
    count = next((i for i, line in enumerate(lines) if not line.startswith(b"@prefix ")), 0)
    if count:
        return b"\n".join([*sorted(lines[:count]), *lines[count:]])
    head, tag, rest = text.partition(b"<rdf:RDF ")
    names, end, body = rest.partition(b">")
    return head + tag + b" ".join(sorted(names.split())) + end + body if tag else text


def _used(what: Sequence[ox.Quad] | Sequence[ox.Triple]) -> dict[str, str]:
    text = {t.value for s in what for t in (s.subject, s.predicate, s.object) if isinstance(t, ox.NamedNode)}
    return {p: start for p, start in PREFIXES.items() if any(iri.startswith(start) for iri in text)}
