"""Mappings between frameworks, with what each rests on, and the parts that have no counterpart."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import pyoxigraph as ox

from migkg import lookup, queries
from migkg.errors import Candidate, UsageError
from migkg.stores import Store

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
class Unmapped:
    """A part of `framework` that no mapping joins with the other framework."""

    framework: str
    part: str
    part_label: str
    kind: str

    def to_dict(self) -> dict[str, Any]:
        """Return the gap as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Crosswalk:
    """What joins two frameworks, and what does not."""

    left: Candidate
    right: Candidate
    mappings: tuple[Mapping, ...]
    gaps: tuple[Unmapped, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the crosswalk as plain values."""
        return {
            "left": asdict(self.left),
            "right": asdict(self.right),
            "mappings": [m.to_dict() for m in self.mappings],
            "gaps": [g.to_dict() for g in self.gaps],
        }


def crosswalk(store: Store, left: str, right: str) -> Crosswalk:
    """Return the mappings between two frameworks in both directions, and the parts of either without one.

    Raises UnknownName or AmbiguousName; UsageError when both are the same.
    """
    a, b = _end(store, left), _end(store, right)
    if a == b:
        raise UsageError("Name two different frameworks.")
    found = [
        *queries.rows(store, "view/mappings", left=a, right=b),
        *queries.rows(store, "view/mappings", left=b, right=a),
    ]
    gaps = [
        *queries.rows(store, "view/unmapped", left=a, right=b),
        *queries.rows(store, "view/unmapped", left=b, right=a),
    ]
    return Crosswalk(
        lookup.describe(store, a),
        lookup.describe(store, b),
        tuple(_mappings(found)),
        tuple(Unmapped(r["left"] or "", r["part"] or "", r["part_label"] or "", r["kind"] or "") for r in gaps),
    )


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


def _mappings(rows: list[queries.Row]) -> list[Mapping]:
    grouped: dict[str, list[queries.Row]] = {}
    for row in rows:
        grouped.setdefault(row["mapping"] or "", []).append(row)
    made = []
    for name, group in grouped.items():
        row = group[0]
        gap = (row["object"] or "").endswith(GAP)
        made.append(
            Mapping(
                id=name,
                subject=row["subject"] or "",
                subject_label=row["subject_label"] or row["subject"] or "",
                predicate=(row["predicate"] or "").rsplit("#", 1)[-1],
                object=None if gap else row["object"],
                object_label=None if gap else row["object_label"],
                basis=(row["basis"] or "").removeprefix("basis-"),
                confidence=row["confidence"],
                comment=row["comment"],
                justification=(row["justification"] or "").rsplit("/", 1)[-1],
                sources=tuple(sorted({r["source"] for r in group if r["source"]})),
            )
        )
    return made
