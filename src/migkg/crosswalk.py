"""Mappings between frameworks: what each rests on, what follows from them, and the parts without a counterpart."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import pyoxigraph as ox

from migkg import lookup, queries, sssom
from migkg.errors import Candidate, UsageError
from migkg.stores import Store
from migkg.terms import GRAPH, PREFIXES

GAP = "NoTermFound"


@dataclass(frozen=True)
class Mapping:
    """One mapping, read from subject to object; `object` is None for a gap that a source or an author states."""

    id: str
    subject: str
    subject_label: str
    predicate: str
    object: str | None
    object_label: str | None
    basis: str
    confidence: str | None
    comment: str | None
    justification: str
    sources: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the mapping as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Step:
    """One mapping of a path, as somebody made it."""

    mapping: str
    subject: str
    predicate: str
    object: str
    basis: str
    confidence: str | None


@dataclass(frozen=True)
class Composed(Mapping):
    """A suggestion that follows from the two mappings of `path`, which meet in `through`; nobody has looked at it.

    `judgements` counts those of the two that are our own judgement; `sources` are those of both.
    """

    through: str
    through_label: str
    judgements: int
    path: tuple[Step, ...]


@dataclass(frozen=True)
class Unmapped:
    """A part of `framework` that no mapping joins with the other; `stated` has the words of somebody who says so."""

    framework: str
    part: str
    part_label: str
    kind: str
    stated: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return the gap as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Crosswalk:
    """What joins two frameworks, and what does not; `composed` is None where it was not asked for."""

    left: Candidate
    right: Candidate
    mappings: tuple[Mapping, ...]
    gaps: tuple[Unmapped, ...]
    composed: tuple[Composed, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the crosswalk as plain values."""
        said = {
            "left": asdict(self.left),
            "right": asdict(self.right),
            "mappings": [m.to_dict() for m in self.mappings],
            "gaps": [g.to_dict() for g in self.gaps],
        }
        return said if self.composed is None else {**said, "composed": [c.to_dict() for c in self.composed]}

    def all(self) -> tuple[Mapping, ...]:
        """Return the mappings, and after them what follows from others, where that was asked for."""
        return self.mappings + (self.composed or ())


def crosswalk(store: Store, left: str, right: str, composed: bool = False) -> Crosswalk:
    """Return the mappings between two frameworks in both directions, and the parts of either without one.

    With `composed` also the suggestions that follow from two mappings over a third framework. Raises UnknownName or
    AmbiguousName; UsageError when both are the same.
    """
    a, b = _end(store, left), _end(store, right)
    if a == b:
        raise UsageError("Name two different frameworks.")

    def both(view: str) -> list[queries.Row]:
        return [*queries.rows(store, view, left=a, right=b), *queries.rows(store, view, left=b, right=a)]

    return Crosswalk(
        lookup.describe(store, a),
        lookup.describe(store, b),
        tuple(_mapping(group) for group in _grouped(both("view/mappings"), "mapping")),
        tuple(
            Unmapped(r["left"] or "", r["part"] or "", r["part_label"] or "", r["kind"] or "", r["stated"])
            for r in both("view/unmapped")
        ),
        suggestions(store, a, b) + suggestions(store, b, a) if composed else None,
    )


def suggestions(
    store: Store, left: ox.NamedNode | None = None, right: ox.NamedNode | None = None
) -> tuple[Composed, ...]:
    """Return the composed mappings whose path starts in `left` and ends in `right`; all of them without names."""
    rows = queries.rows(store, "view/composed", left=left, right=right)
    return tuple(_composed(group) for group in _grouped(rows, "composed"))


def table(store: Store, found: Crosswalk) -> bytes:
    """Write the mappings of a crosswalk as an SSSOM table; composed ones say so and name their path in order."""
    wanted = {m.id for m in found.mappings}
    rows: list[dict[str, Any]] = []
    for row in queries.solutions(store, "view/sssom"):
        if queries.plain(row["record_id"]) in wanted:
            rows.append({key: value for key, value in row.items() if key != "set"})
    for one in found.composed or ():
        rows.append(
            {
                "record_id": _thing(one.id),
                "subject_id": _thing(one.subject),
                "subject_label": ox.Literal(one.subject_label),
                "predicate_id": ox.NamedNode(PREFIXES["skos"] + one.predicate),
                "object_id": _thing(one.object or ""),
                "object_label": ox.Literal(one.object_label or ""),
                "mapping_justification": ox.NamedNode(PREFIXES["semapv"] + one.justification),
                "confidence": ox.Literal(one.confidence or ""),
                "comment": ox.Literal(one.comment or ""),
                "basis": ox.NamedNode(PREFIXES["mgc"] + "basis-" + one.basis),
                "source": [_thing(source) for source in one.sources],
                "derived_from": [_thing(step.mapping) for step in one.path],
            }
        )
    if not rows:
        raise UsageError("SSSOM holds mappings, and there are none between these two.")
    name = f"{GRAPH}map/{found.left.id}--{found.right.id}"
    return sssom.written(rows, name, f"{found.left.label} and {found.right.label}")


def _thing(name: str) -> ox.NamedNode:
    return ox.NamedNode(PREFIXES["mgd"] + name)


def _end(store: Store, name: str) -> ox.NamedNode:
    """Return the thing meant as one end of a crosswalk; a scoring method stands for what it scores."""
    node = lookup.resolve(store, name)
    found = queries.solutions(store, "view/crosswalk-ends", thing=node)
    if not found:
        what = lookup.describe(store, node)
        raise UsageError(
            f"{what.id} ({what.kind}) has neither parts nor mappings. "
            "Name a framework, such as migof, mgi-2016, gcm or sdg."
        )
    end: ox.NamedNode = found[0]["end"]
    return end


def _grouped(rows: list[queries.Row], key: str) -> list[list[queries.Row]]:
    grouped: dict[str, list[queries.Row]] = {}
    for row in rows:
        grouped.setdefault(row[key] or "", []).append(row)
    return list(grouped.values())


def _mapping(group: list[queries.Row]) -> Mapping:
    row = group[0]
    gap = (row["object"] or "").endswith(GAP)
    return Mapping(
        id=row["mapping"] or "",
        subject=row["subject"] or "",
        subject_label=row["subject_label"] or row["subject"] or "",
        predicate=_relation(row["predicate"]),
        object=None if gap else row["object"],
        object_label=None if gap else row["object_label"],
        basis=_basis(row["basis"]),
        confidence=row["confidence"],
        comment=row["comment"],
        justification=(row["justification"] or "").rsplit("/", 1)[-1],
        sources=_sources(group),
    )


def _composed(group: list[queries.Row]) -> Composed:
    row = group[0]
    steps = {
        r["position"]: Step(
            r["mapping"] or "",
            r["from"] or "",
            _relation(r["relation"]),
            r["to"] or "",
            _basis(r["basis"]),
            r["sure"],
        )
        for r in group
    }
    return Composed(
        id=row["composed"] or "",
        subject=row["subject"] or "",
        subject_label=row["subject_label"] or row["subject"] or "",
        predicate=_relation(row["predicate"]),
        object=row["object"],
        object_label=row["object_label"],
        basis="composed",
        confidence=row["confidence"],
        comment=row["comment"],
        justification=(row["justification"] or "").rsplit("/", 1)[-1],
        sources=_sources(group),
        through=row["through"] or "",
        through_label=row["through_label"] or row["through"] or "",
        judgements=int(row["judgements"] or 0),
        path=tuple(step for _, step in sorted(steps.items(), key=str)),
    )


def _relation(iri: str | None) -> str:
    return (iri or "").rsplit("#", 1)[-1]


def _basis(code: str | None) -> str:
    return (code or "").removeprefix("basis-")


def _sources(group: list[queries.Row]) -> tuple[str, ...]:
    return tuple(sorted({r["source"] for r in group if r["source"]}))
