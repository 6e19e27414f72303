"""Workbooks that others publish: one sheet of them as a table, read row by row."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path

from migkg import grids, sheets
from migkg.errors import UsageError
from migkg.intake.files import Raw, Rows, checksum

SUFFIX = sheets.SUFFIX
LOOKED_AT = 30


def table(path: Path, wanted: str, fits: Callable[[Raw], bool]) -> Raw:
    """Return the sheet that is wanted, or the only one that holds a known table. Raises InputError, UsageError."""
    size, digest = checksum(path)
    seen, hidden = grids.titles(path)
    if wanted:
        if wanted not in (*seen, *hidden):
            raise UsageError(f"{path} has no sheet {wanted}. It has {', '.join((*seen, *hidden))}.")
        return _sheet(path, wanted, size, digest)
    found = [_sheet(path, title, size, digest) for title in seen]
    filled = [raw for raw in found if any(any(cells) for _, cells in raw.head())]
    fitting = [raw for raw in filled if fits(raw)]
    if len(fitting) > 1:
        named = ", ".join(f"“{raw.sheet}”" for raw in fitting)
        raise UsageError(f"{path}: several sheets hold a table: {named}. Name one with --sheet.")
    return (fitting or filled or found)[0]


def passed_over(raw: Raw) -> list[str]:
    """Return the titles of the other sheets, which are not read."""
    seen, hidden = grids.titles(raw.path)
    return [title for title in (*seen, *hidden) if title != raw.sheet]


def letter(place: int) -> str:
    """Return the letters of a column, counted from 0."""
    return (letter(place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)


def _sheet(path: Path, title: str, size: int, digest: str) -> Raw:
    def rows(told: Callable[[int], None]) -> Rows:
        width = max((len(cells) for _, cells in islice(grids.grid(path, title), LOOKED_AT)), default=0)
        for number, cells in grids.grid(path, title):
            yield number, cells + [""] * (width - len(cells))
        told(size)

    return Raw(path, f"workbook, sheet “{title}”", size, digest, rows, counts="row", sheet=title)
