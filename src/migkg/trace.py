"""Trace a thing to its legal basis: every path of hops, each hop typed, dated and cited.

A query finds the hops; this module only puts them in order, because SPARQL tells what is reached but not
by which way.
"""

from __future__ import annotations

import datetime
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from migkg import lookup, queries, steps
from migkg.errors import Candidate, UsageError
from migkg.hops import Hop, Path, key_of, ways
from migkg.standing import Standing, standings
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
    """All paths from one start.

    `cut` says that there were more than `MAX_PATHS`; `gap` that no legal basis was found, and why.
    """

    start: Candidate
    paths: tuple[Path, ...]
    as_of: str | None = None
    cut: bool = False
    extra: dict[str, Any] = field(default_factory=dict)
    state: Candidate | None = None
    state_day: str | None = None
    standings: dict[str, tuple[Standing, ...]] = field(default_factory=dict)
    gap: dict[str, Any] | None = None

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
            "for": self._for() if self.state else None,
            "cut": self.cut,
            "gap": self.gap,
            "binding_throughout": len(self.binding),
            "reaching_binding_law": len(self.reaching),
            "paths": [
                {
                    "force": path.force,
                    "binding": path.binding,
                    "weaker_texts": [hop.to for hop in path.weak_texts],
                    "hops": [{**hop.to_dict(), **self._stands(hop)} for hop in path.hops],
                }
                for path in self.paths
            ],
        }

    def _for(self) -> dict[str, Any]:
        assert self.state
        treaties = {one.treaty: one for group in self.standings.values() for one in group}
        said = [one.to_dict() for one in treaties.values()]
        return {"id": self.state.id, "label": self.state.label, "as_of": self.state_day, "treaties": said}

    def _stands(self, hop: Hop) -> dict[str, Any]:
        return {"standing": [one.to_dict() for one in self.standings.get(hop.to, ())]} if self.state else {}

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
                **self._standing_cells(hop),
            }
            for number, path in enumerate(self.paths, 1)
            for step, hop in enumerate(path.hops, 1)
        ]

    def _standing_cells(self, hop: Hop) -> dict[str, str]:
        if not self.state:
            return {}
        found = self.standings.get(hop.to, ())
        said = "; ".join(one.sentence() if len(found) == 1 else f"{one.treaty}: {one.sentence()}" for one in found)
        return {"state": self.state.id, "standing": " ".join(one.answer for one in found), "standing_said": said}

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


def trace(
    store: Store,
    start: str,
    *,
    as_of: str | None = None,
    related: bool = False,
    binding: bool = False,
    state: str | None = None,
) -> Trace:
    """Trace `start` (an id, a code or an IRI) to its legal basis.

    `as_of` (ISO date or year) keeps hops that held then; a hop without a date stays. `related` adds the
    relations of meaning, which carry no force. `binding` keeps the paths that bind throughout and those
    that reach binding law through a weaker text. `state` (a country) adds where that State stood towards each
    treaty on the paths; then `as_of` is the day of that, and steps of later years stay.
    Raises UnknownName, AmbiguousName, or UsageError for a bad date or a state that is none.
    """
    node = lookup.resolve(store, start)
    day = last_day(as_of) if as_of else None
    if state:
        as_of = None
    when = ox.Literal(day, datatype=ox.NamedNode(XSD_STRING)) if day and not state else None
    walks = [LEGAL, RELATED] if related else [LEGAL]
    found = steps.hops(store, queries.solutions(store, "view/hops", start=node, asOf=when, walk=walks))
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
    extra = {"statement": {key_of(hop): iri for hop, iri in found}, "code": code, "related": related}
    made = Trace(begin, tuple(paths), as_of, cut, extra, gap=_gap(store, node))
    if binding:
        made = replace(made, paths=(*made.binding, *made.reaching))
    return _for_state(store, made, state, day) if state else made


def _gap(store: Store, node: ox.NamedNode) -> dict[str, Any] | None:
    """Return the statement that no legal basis was found: reason, what was searched, day, sources; None without one."""
    said = queries.rows(store, "view/no-legal-basis", thing=node)
    if not said:
        return None
    first = said[0]
    sources = list(dict.fromkeys(row["source"] for row in said))
    return {"reason": first["reason"], "searched": first["searched"], "as_of": first["asOf"], "sources": sources}


def _for_state(store: Store, made: Trace, name: str, day: str | None) -> Trace:
    """Add where the State stands towards each treaty on the paths."""
    node = lookup.resolve(store, name)
    state = lookup.describe(store, node)
    if not lookup.is_a(store, node, "Country"):
        raise UsageError(f"“{name}” is a {state.kind or 'thing'} and no State. Name one, such as KEN or Kenya.")
    found = standings(store, node, [made.start.id, *(hop.to for hop in made.hops())], day)
    return replace(made, state=state, state_day=day, standings=found)


def _described(store: Store, iri: str) -> list[ox.Triple]:
    found = store.query(f"CONSTRUCT WHERE {{ {ox.NamedNode(iri)} ?p ?o }}")
    return list(found) if isinstance(found, ox.QueryTriples) else []


def last_day(text: str) -> str:
    """Return the last day of a year, a month or a day: what held in 2016 held on 31 December."""
    if re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", text):
        for ending in ("", "-31", "-30", "-29", "-28", "-12-31"):
            with suppress(ValueError):
                return datetime.date.fromisoformat(text + ending).isoformat()
    raise UsageError(f"“{text}” is not a date. Write a year, a month or a day, such as 2016 or 2016-12-31.")
