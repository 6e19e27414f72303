"""Columns that split a figure into parts: only rows of the whole are taken, or those that the person picked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from migkg import assets
from migkg.errors import UsageError
from migkg.intake.cells import fold, key
from migkg.intake.layouts import Fit
from migkg.intake.wishes import Wishes


@dataclass
class Wholes:
    """Which columns split figures, which rows the person wants, and what was decided about cells before."""

    parts: dict[int, str] = field(default_factory=dict)
    only: dict[int, str] = field(default_factory=dict)
    words: frozenset[str] = frozenset()

    def watches(self) -> bool:
        """Whether any column of the table is watched."""
        return bool(self.parts or self.only)

    def unwanted(self, row: Sequence[str]) -> bool:
        """Return whether `--only` leaves the row out."""
        return any(fold(row[place]) != word for place, word in self.only.items())

    def part(self, row: Sequence[str]) -> int | None:
        """Return the column by which a row is only a part of the whole, or None."""
        return next((place for place in self.parts if _word(row[place]) not in self.words), None)


def of(fit: Fit, wishes: Wishes, top: Path | None = None) -> Wholes:
    """Return what to watch in this table. Raises UsageError when a flag names a column that is not there."""
    said = yaml.safe_load(((top or assets.root()) / "data/intake/breakdowns.yaml").read_text(encoding="utf-8"))
    known = {key(str(name)) for name in said["columns"]}
    places = {key(name): place for place, name in enumerate(fit.header) if key(name)}
    free = {
        name: place for name, place in places.items() if place not in fit.roles.values() and place not in fit.spread
    }
    for flag, column in [("--ignore-column", c) for c in wishes.ignored] + [("--only", c) for c in wishes.only]:
        if key(column) not in places:
            raise UsageError(
                f"{flag} {column}: the table has no such column. It has {', '.join(filter(None, fit.header))}."
            )
    passed = {key(column) for column in (*wishes.ignored, *wishes.only)}
    parts = {place: fit.header[place] for name, place in free.items() if name in known and name not in passed}
    only = {places[key(column)]: fold(word) for column, word in wishes.only.items()}
    return Wholes(parts, only, frozenset(_word(str(word)) for word in said["whole"]))


def _word(text: str) -> str:
    """Return a cell as it is compared; `_T` and `T` are both the total of SDMX."""
    return key(text)
