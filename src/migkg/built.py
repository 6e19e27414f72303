"""What is built on a text: the trace walked backwards, from law to everything that rests on it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from migkg import lookup, queries, steps
from migkg.errors import Candidate
from migkg.hops import Hop
from migkg.stores import Store
from migkg.terms import XSD_STRING, thing
from migkg.trace import LEGAL, RELATED, last_day

COLUMNS = (
    "thing", "thing_label", "kind", "code", "steps", "relation", "via", "via_label", "date", "basis", "confidence",
    "legal_basis", "way", "sources",
)  # fmt: skip


@dataclass(frozen=True)
class Dependent:
    """A thing that rests on the text, with one of the shortest ways to it. `code` and `framework` may be empty."""

    id: str
    label: str
    kind: str
    code: str
    way: tuple[Hop, ...]

    @property
    def legal(self) -> bool:
        """Whether each step is legal basis and none a relation of meaning."""
        return all(hop.legal for hop in self.way)


@dataclass(frozen=True)
class Built:
    """Everything that leads to `end`, the nearest first."""

    end: Candidate
    things: tuple[Dependent, ...]
    as_of: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "end": {"id": self.end.id, "label": self.end.label, "kind": self.end.kind},
            "as_of": self.as_of,
            "count": len(self.things),
            "things": [
                {
                    "id": one.id,
                    "label": one.label,
                    "kind": one.kind,
                    "code": one.code or None,
                    "steps": len(one.way),
                    "legal_basis": one.legal,
                    "hops": [hop.to_dict() for hop in one.way],
                }
                for one in self.things
            ],
        }

    def rows(self) -> list[dict[str, Any]]:
        """Return one flat row per thing, with the keys of `COLUMNS`."""
        return [
            {
                "thing": one.id,
                "thing_label": one.label,
                "kind": one.kind,
                "code": one.code,
                "steps": len(one.way),
                "relation": one.way[0].relation,
                "via": one.way[0].to,
                "via_label": one.way[0].to_label,
                "date": one.way[0].date or "date unknown",
                "basis": one.way[0].basis,
                "confidence": one.way[0].confidence or "",
                "legal_basis": "yes" if one.legal else "no",
                "way": " > ".join([one.id, *(hop.to for hop in one.way)]),
                "sources": " ".join(s.id for s in one.way[0].sources),
            }
            for one in self.things
        ]


def built_on(store: Store, name: str, *, as_of: str | None = None, related: bool = False) -> Built:
    """Return what rests on `name` (an id, a code or an IRI), each thing once, by a shortest way.

    `as_of` keeps what there was on that day; what is undated stays. The date of a hop here is that of the thing
    that rests on the other, not of the text it leads to. `related` adds what has only a relation of
    meaning to it, which is no legal basis. Raises UnknownName, AmbiguousName or UsageError.
    """
    node = lookup.resolve(store, name)
    when = ox.Literal(last_day(as_of), datatype=ox.NamedNode(XSD_STRING)) if as_of else None
    walks = [LEGAL, RELATED] if related else [LEGAL]
    found = steps.hops(store, queries.solutions(store, "view/hops-to", end=node, asOf=when, walk=walks))
    end = lookup.describe(store, node)
    ways = _nearest(end.id, [hop for hop, _ in found])
    about: dict[str | None, queries.Row] = {}
    for row in queries.rows(store, "view/labels", thing=[thing(name) for name in ways]) if ways else []:
        about.setdefault(row["thing"], row)
    things = [
        Dependent(
            name,
            about.get(name, {}).get("label") or name,
            about.get(name, {}).get("kind") or "",
            about.get(name, {}).get("code") or "",
            way,
        )
        for name, way in ways.items()
    ]
    return Built(end, tuple(sorted(things, key=lambda one: (not one.legal, len(one.way)))), as_of)


def _nearest(end: str, hops: list[Hop]) -> dict[str, tuple[Hop, ...]]:
    """Return a shortest way to `end` for each thing that has one; legal ways win over relations of meaning.

    As in a trace, what a related thing rests on is not what the start rests on: between a relation of
    meaning and the end there may only be steps from text to text.
    """
    into: dict[str, list[Hop]] = {}
    for hop in hops:
        into.setdefault(hop.to, []).append(hop)
    ways: dict[str, tuple[Hop, ...]] = {end: ()}
    for loose in (False, True):
        queue = deque(list(ways.items()))
        while queue:
            node, way = queue.popleft()
            texts_only = all(hop.legal and hop.rank for hop in way)
            for hop in into.get(node, ()):
                if hop.from_ in ways or not (hop.legal or (loose and texts_only)):
                    continue
                ways[hop.from_] = (hop, *way)
                queue.append((hop.from_, ways[hop.from_]))
    del ways[end]
    return ways
