"""Which records a page shows as tables: the entries of `records.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Record:
    """A kind of record to show as a table: nodes of a class that point here by `via`, or to which this points.

    `columns` are (heading, property) pairs; the property `.` is the record itself. Rows are in the order of their
    cells. `where` keeps the records that have this value of this property. With `merge`, records that have the same
    thing in the first column become one row, and each source says what it says (`merging.py`).
    """

    title: str
    via: str
    columns: tuple[tuple[str, str], ...]
    of: str = ""
    outward: bool = False
    merge: bool = False
    where: tuple[str, str] | None = None


def _record(said: dict[str, Any]) -> Record:
    where = said.pop("where", None)
    columns = tuple(said.pop("columns").items())
    return Record(columns=columns, where=(where[0], where[1]) if where else None, **said)


RECORDS = tuple(map(_record, yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))))
