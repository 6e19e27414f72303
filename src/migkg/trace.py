"""Trace a thing to its legal basis: every path of hops, each hop typed, dated and cited.

A query finds the hops; this module only puts them in order, because SPARQL tells what is reached but not
by which way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from migkg import lookup, queries
from migkg.errors import Candidate, UsageError
from migkg.stores import Store
from migkg.syntax import turtle
from migkg.terms import ID, PREFIXES, XSD_STRING

if TYPE_CHECKING:
    import rdflib

LEGAL = ox.NamedNode(PREFIXES["mg"] + "tracesTo")
RELATED = ox.NamedNode(PREFIXES["mg"] + "relatesTo")
BINDING_RANK = 3
MAX_PATHS = 500


@dataclass(frozen=True)
class Source:
    """Where a statement was found; `locator` is the page, paragraph or slide, `url` where it can be read."""

    id: str
    title: str
    locator: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Hop:
    """One step. `force` is that of the text it leads to; `rank` 4 treaty … 1 voluntary, 0 no text."""

    from_: str
    from_label: str
    relation: str
    relation_label: str
    to: str
    to_label: str
    to_kind: str
    force: str
    rank: int
    date: str | None
    date_of: str
    basis: str
    confidence: str | None
    note: str | None
    legal: bool
    sources: tuple[Source, ...]

    def names(self) -> list[str]:
        """Return the IRIs of both ends and of the sources."""
        return [ID + name for name in (self.from_, self.to, *(s.id for s in self.sources))]

    def to_dict(self) -> dict[str, Any]:
        """Return the hop with the keys of the published JSON."""
        said = {"from": self.from_, "relation": self.relation, "to": self.to, "force": self.force, "date": self.date}
        return {
            **said,
            "basis": self.basis,
            "sources": [{"id": s.id, "title": s.title, "locator": s.locator, "url": s.url} for s in self.sources],
            "from_label": self.from_label,
            "relation_label": self.relation_label,
            "to_label": self.to_label,
            "to_kind": self.to_kind,
            "date_of": self.date_of,
            "confidence": self.confidence,
            "note": self.note,
            "legal_basis": self.legal,
        }


@dataclass(frozen=True)
class Path:
    """A way from the start to a text, at least one hop long."""

    hops: tuple[Hop, ...]

    @property
    def weakest(self) -> Hop | None:
        """The hop to the weakest text on the way; None when a relation of meaning is on it or no text."""
        texts = [hop for hop in self.hops if hop.rank]
        if not texts or not all(hop.legal for hop in self.hops):
            return None
        return min(texts, key=lambda hop: hop.rank)

    @property
    def force(self) -> str:
        """The force of the path: that of its weakest text, `none` without one."""
        return self.weakest.force if self.weakest else "none"

    @property
    def binding(self) -> bool:
        """Whether every text on the way binds."""
        return self.weakest is not None and self.weakest.rank >= BINDING_RANK

    @property
    def weak_texts(self) -> tuple[Hop, ...]:
        """The hops to texts that do not bind and yet stand before a binding one."""
        last = max((i for i, hop in enumerate(self.hops) if hop.rank >= BINDING_RANK), default=-1)
        return tuple(hop for hop in self.hops[: max(last, 0)] if 0 < hop.rank < BINDING_RANK)


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
            "paths": [
                {"force": path.force, "binding": path.binding, "hops": [hop.to_dict() for hop in path.hops]}
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
                "date": hop.date or "",
                "basis": hop.basis,
                "confidence": hop.confidence or "",
                "sources": " ".join(s.id for s in hop.sources),
                "locators": "; ".join(s.locator for s in hop.sources if s.locator),
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
        return list(dict.fromkeys(self.extra["statement"][_key(hop)] for hop in self.hops()))


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
    for path in _paths(begin.id, [hop for hop, _ in found]):
        if len(paths) >= MAX_PATHS:
            cut = True
            break
        paths.append(path)
    paths.sort(key=lambda p: (not all(h.legal for h in p.hops), -(p.weakest.rank if p.weakest else 0), len(p.hops)))
    made = Trace(begin, tuple(paths), as_of, cut, {"statement": {_key(hop): iri for hop, iri in found}})
    if binding:
        return Trace(begin, (*made.binding, *made.reaching), as_of, cut, made.extra)
    return made


def _described(store: Store, iri: str) -> list[ox.Triple]:
    found = store.query(f"CONSTRUCT WHERE {{ {ox.NamedNode(iri)} ?p ?o }}")
    return list(found) if isinstance(found, ox.QueryTriples) else []


def _key(hop: Hop) -> tuple[str, str, str]:
    return hop.from_, hop.relation, hop.to


def _day(text: str) -> str:
    parts = text.split("-")
    if not (1 <= len(parts) <= 3 and all(p.isascii() and p.isdigit() for p in parts) and len(parts[0]) == 4):
        raise UsageError(f"“{text}” is not a date. Write a year or a day, such as 2016 or 2016-12-31.")
    # A bare year or month means its last day: what held in 2016 held on 31 December.
    return "-".join((*parts, *("12", "31")[len(parts) - 1 :]))


def _hops(store: Store, rows: list[dict[str, Any]]) -> list[tuple[Hop, str]]:
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["hop"].value, []).append(row)
    if not rows:
        return []
    things = {row[key] for row in rows for key in ("from", "to", "relation")}
    labels = {row["thing"]: row for row in queries.rows(store, "view/labels", thing=sorted(things, key=str))}
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
    )


def _paths(start: str, hops: list[Hop]) -> Iterator[Path]:
    """Yield each path from the start in its longest form; loops are cut, and a path ends in a text, not in a body.

    After a relation of meaning a path goes on only from text to text: what a related thing rests on is not
    what the start rests on.
    """
    out: dict[str, list[Hop]] = {}
    for hop in hops:
        out.setdefault(hop.from_, []).append(hop)
    done: set[tuple[tuple[str, str, str], ...]] = set()
    stack: list[tuple[str, tuple[Hop, ...]]] = [(start, ())]
    while stack:
        node, way = stack.pop()
        seen = {start, *(hop.to for hop in way)}
        loose = any(not hop.legal for hop in way)
        onward = [h for h in out.get(node, ()) if h.to not in seen and (not loose or (h.legal and h.rank))]
        if onward:
            stack += [(hop.to, (*way, hop)) for hop in reversed(onward)]
            continue
        while way and way[-1].legal and way[-1].rank == 0:
            way = way[:-1]
        name = tuple(_key(hop) for hop in way)
        if way and name not in done:
            done.add(name)
            yield Path(way)
