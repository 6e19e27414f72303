"""How much of each framework has a legal basis: by its own statement, inherited, a spoken gap, or silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from migkg import queries
from migkg.stores import Store
from migkg.terms import thing

COUNTS = ("parts", "own", "inherited", "gap", "silent")


@dataclass(frozen=True)
class Coverage:
    """One line per framework and kind of part, and each gap with its reason and what was searched."""

    lines: tuple[dict[str, Any], ...]
    gaps: tuple[dict[str, Any], ...]

    def rows(self) -> list[dict[str, Any]]:
        """Return the lines, ready for a table."""
        return [dict(line) for line in self.lines]

    def frameworks(self) -> list[dict[str, Any]]:
        """Return the three figures (and the silent) of each framework, over all kinds of its parts."""
        made: dict[str, dict[str, Any]] = {}
        for line in self.lines:
            name = str(line["framework"])
            one = made.setdefault(name, {"framework": name, "framework_label": line["framework_label"]})
            one.update({count: one.get(count, 0) + line[count] for count in COUNTS})
        return list(made.values())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "frameworks": self.frameworks(),
            "kinds": self.rows(),
            "gaps": [dict(gap) for gap in self.gaps],
            "silent": self.total("silent"),
        }

    def total(self, count: str) -> int:
        """Return the sum of one of the counts over all lines."""
        return sum(int(line[count]) for line in self.lines)

    def sentence(self) -> str:
        """Say it in words."""
        said = {count: self.total(count) for count in COUNTS}
        return (
            f"Of {said['parts']:,} parts {said['own']:,} have a legal basis by their own statement, "
            f"{said['inherited']:,} inherit one from what they are part of or measure, "
            f"{said['gap']:,} are spoken gaps, {said['silent']:,} are silent."
        )


def coverage(store: Store) -> Coverage:
    """Return the coverage of all frameworks."""
    counted = queries.rows(store, "view/coverage")
    frameworks = [thing(name) for name in sorted({row["framework"] or "" for row in counted})]
    labels = {r["thing"]: r["label"] for r in queries.rows(store, "view/labels", thing=frameworks)} if counted else {}
    lines = [
        {
            "framework": row["framework"],
            "framework_label": labels.get(row["framework"]),
            "kind": row["kind"],
            **{count: int(row[count] or 0) for count in COUNTS},
        }
        for row in counted
    ]
    spoken = queries.rows(store, "view/coverage-parts", state=ox.Literal("gap"))
    gaps = [
        {
            "part": row["part"],
            "part_label": row["part_label"],
            "kind": row["kind"],
            "framework": row["framework"],
            "reason": row["note"],
            "searched": row["searched"],
            "as_of": row["asOf"],
        }
        for row in spoken
    ]
    return Coverage(tuple(lines), tuple(gaps))
