"""Trace a thing to its legal basis: every path of hops, each hop typed, dated and cited.

A query finds the hops; this module only puts them in order, because SPARQL tells what is reached but not
by which way.
"""

from __future__ import annotations

import datetime
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from migkg import lookup, queries
from migkg.errors import Candidate, UsageError
from migkg.hops import Hop, Path, Source, key_of, ways
from migkg.stores import Store
from migkg.syntax import turtle
from migkg.terms import PREFIXES, XSD_STRING

if TYPE_CHECKING:
    import rdflib

LEGAL = ox.NamedNode(PREFIXES["mg"] + "tracesTo")
RELATED = ox.NamedNode(PREFIXES["mg"] + "relatesTo")
MAX_PATHS = 500


@dataclass(frozen=True)
class Trace:
    """All paths from one start. `cut` says that there were more than `MAX_PATHS`."""

    start: Candidate
    paths: tuple[Path, ...]
    as_of: str | None = None
    cut: bool = False
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def binding(self) -> tuple[Path, ...]:
        """The paths that bind throughout."""
        return tuple(path for path in self.paths if path.binding)

    @property
    def reaching(self) -> tuple[Path, ...]:
        """The paths that reach binding law through a text that does not bind itself."""
        return tuple(p for p in self.paths if not p.binding and p.weak_texts and all(h.legal for h in p.hops))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as the JSON of the command line and of the API."""
        return {
            "start": {"id": self.start.id, "label": self.start.label, "kind": self.start.kind},
            "as_of": self.as_of,
            "cut": self.cut,
            "binding_throughout": len(self.binding),
            "reaching_binding_law": len(self.reaching),
            "paths": [
                {
                    "force": path.force,
                    "binding": path.binding,
                    "weaker_texts": [hop.to for hop in path.weak_texts],
                    "hops": [hop.to_dict() for hop in path.hops],
                }
                for path in self.paths
            ],
        }

    def rows(self) -> list[dict[str, Any]]:
        """Return one flat row per hop, ready for a table, a CSV file or a data frame."""
        return [
            {
                "path": number,
                "hop": step,
                "from": hop.from_,
                "from_label": hop.from_label,
                "relation": hop.relation,
                "to": hop.to,
                "to_label": hop.to_label,
                "force": hop.force,
                "date": hop.date or "date unknown",
                "basis": hop.basis,
                "confidence": hop.confidence or "",
                "sources": " ".join(s.id for s in hop.sources),
                "locators": "; ".join(s.locator for s in hop.sources if s.locator),
                "path_binds": path.binds,
                "weaker_texts": " ".join(weak.to for weak in path.weak_texts),
            }
            for number, path in enumerate(self.paths, 1)
            for step, hop in enumerate(path.hops, 1)
        ]

    def hops(self) -> list[Hop]:
        """Return each hop of the trace once."""
        return list(dict.fromkeys(hop for path in self.paths for hop in path.hops))

    def turtle(self, store: Store) -> bytes:
        """Return the statements behind the hops, and the things and sources they name, as Turtle."""
        about = list(dict.fromkeys(self.statements() + [mark for hop in self.hops() for mark in hop.names()]))
        return turtle(t for name in about for t in _described(store, name))

    def graph(self, store: Store) -> rdflib.Graph:
        """Return what `turtle` writes as an rdflib graph."""
        from migkg import convert

        return convert.graph(q.triple for q in ox.parse(self.turtle(store), format=ox.RdfFormat.TURTLE))

    def statements(self) -> list[str]:
        """Return the IRIs of the statements behind the hops, in order."""
        return list(dict.fromkeys(self.extra["statement"][key_of(hop)] for hop in self.hops()))


def trace(store: Store, start: str, *, as_of: str | None = None, related: bool = False, binding: bool = False) -> Trace:
    """Trace `start` (an id, a code or an IRI) to its legal basis.

    `as_of` (ISO date or year) keeps hops that held then; a hop without a date stays. `related` adds the
    relations of meaning, which carry no force. `binding` keeps the paths that bind throughout and those
    that reach binding law through a weaker text. Raises UnknownName or AmbiguousName.
    """
    node = lookup.resolve(store, start)
    day = ox.Literal(_day(as_of), datatype=ox.NamedNode(XSD_STRING)) if as_of else None
    walks = [LEGAL, RELATED] if related else [LEGAL]
    found = _hops(store, queries.solutions(store, "view/hops", start=node, asOf=day, walk=walks))
    begin = lookup.describe(store, node)
    paths: list[Path] = []
    cut = False
    for path in ways(begin.id, [hop for hop, _ in found]):
        if len(paths) >= MAX_PATHS:
            cut = True
            break
        paths.append(path)
    paths.sort(key=lambda p: (not all(h.legal for h in p.hops), -(p.weakest.rank if p.weakest else 0), len(p.hops)))
    code = next((r["code"] for r in queries.rows(store, "view/labels", thing=node) if r["code"]), "")
    made = Trace(begin, tuple(paths), as_of, cut, {"statement": {key_of(hop): iri for hop, iri in found}, "code": code})
    if binding:
        return Trace(begin, (*made.binding, *made.reaching), as_of, cut, made.extra)
    return made


def _described(store: Store, iri: str) -> list[ox.Triple]:
    found = store.query(f"CONSTRUCT WHERE {{ {ox.NamedNode(iri)} ?p ?o }}")
    return list(found) if isinstance(found, ox.QueryTriples) else []


def _day(text: str) -> str:
    """Return the last day of a year, a month or a day: what held in 2016 held on 31 December."""
    if re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", text):
        for ending in ("", "-31", "-30", "-29", "-28", "-12-31"):
            with suppress(ValueError):
                return datetime.date.fromisoformat(text + ending).isoformat()
    raise UsageError(f"“{text}” is not a date. Write a year, a month or a day, such as 2016 or 2016-12-31.")


def _hops(store: Store, rows: list[dict[str, Any]]) -> list[tuple[Hop, str]]:
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["hop"].value, []).append(row)
    if not rows:
        return []
    things = {row[key] for row in rows for key in ("from", "to", "relation")}
    labels: dict[str | None, queries.Row] = {}
    for row in queries.rows(store, "view/labels", thing=sorted(things, key=str)):
        labels.setdefault(row["thing"], row)
    sources: dict[str, Source] = {}
    for row in queries.rows(store, "view/sources", source=sorted({row["source"] for row in rows}, key=str)):
        name = row["source"] or ""
        sources.setdefault(name, Source(name, row["title"] or name, row["locator"], row["url"]))
    return [(_hop(group, labels, sources), iri) for iri, group in grouped.items()]


def _hop(group: list[dict[str, Any]], labels: dict[str | None, queries.Row], sources: dict[str, Source]) -> Hop:
    row = {key: queries.plain(value) or "" for key, value in group[0].items()}
    cited = dict.fromkeys(queries.plain(one["source"]) or "" for one in group)

    def named(key: str) -> str:
        return labels.get(row[key], {}).get("label") or row[key]

    return Hop(
        from_=row["from"],
        from_label=named("from"),
        relation=row["relation"],
        relation_label=named("relation"),
        to=row["to"],
        to_label=named("to"),
        to_kind=labels.get(row["to"], {}).get("kind") or "",
        force=row["force"].removeprefix("force-"),
        rank=int(row["rank"]),
        date=row["date"] or None,
        date_of=row["dateOf"],
        basis=row["basis"].removeprefix("basis-"),
        confidence=row["confidence"].removeprefix("confidence-") or None,
        note=row["note"] or None,
        legal=row["walk"] == "tracesTo",
        sources=tuple(sources.get(name, Source(name, name)) for name in cited),
        to_code=labels.get(row["to"], {}).get("code") or "",
    )
