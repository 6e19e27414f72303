"""How much of each framework has a legal basis: by its own statement, inherited, a spoken gap, or silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from migkg import queries
from migkg.stores import Store

COUNTS = ("parts", "own", "inherited", "gap", "silent")


@dataclass(frozen=True)
class Coverage:
    """One line per framework and kind of part, and each gap with its reason and what was searched."""

    lines: tuple[dict[str, Any], ...]
    gaps: tuple[dict[str, Any], ...]

    def rows(self) -> list[dict[str, Any]]:
        """Return the lines, ready for a table."""
        return [dict(line) for line in self.lines]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"frameworks": self.rows(), "gaps": [dict(gap) for gap in self.gaps], "silent": self.total("silent")}

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
    lines = [{**row, **{count: int(row[count] or 0) for count in COUNTS}} for row in counted]
    gaps = [dict(row) for row in queries.rows(store, "view/coverage-parts") if row["basis"] == "gap"]
    return Coverage(tuple(lines), tuple(gaps))
