"""The steps of a trace, and their order: hops, their sources, and the ways they make. Knows no SPARQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from migkg.terms import ID

BINDING_RANK = 3


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
    to_code: str = ""

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
            "to_code": self.to_code or None,
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
    def binds(self) -> str:
        """How far the path binds, in words: throughout, through weaker texts, or not."""
        if self.binding:
            return "throughout"
        return "through weaker texts" if self.weak_texts and all(hop.legal for hop in self.hops) else "no"

    @property
    def weak_texts(self) -> tuple[Hop, ...]:
        """The hops to texts that do not bind and yet stand before a binding one."""
        last = max((i for i, hop in enumerate(self.hops) if hop.rank >= BINDING_RANK), default=-1)
        return tuple(hop for hop in self.hops[: max(last, 0)] if 0 < hop.rank < BINDING_RANK)


def key_of(hop: Hop) -> tuple[str, str, str]:
    """Return what tells one hop from another."""
    return hop.from_, hop.relation, hop.to


def ways(start: str, hops: list[Hop]) -> Iterator[Path]:
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
        name = tuple(key_of(hop) for hop in way)
        if way and name not in done:
            done.add(name)
            yield Path(way)
