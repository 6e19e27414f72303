"""Rows as text for people: CSV that a spreadsheet cannot run, Markdown for reports."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(rows: Sequence[dict[str, Any]], columns: Sequence[str] = ()) -> str:
    """Write rows as CSV for people: numbers stay, text that a spreadsheet would run as a formula is defused.

    `columns` is the header where there are no rows.
    """
    out = io.StringIO()
    if names := list(rows[0]) if rows else list(columns):
        writer = csv.DictWriter(out, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows({k: defuse(v) for k, v in row.items()} for row in rows)
    return out.getvalue()


def defuse(cell: Any) -> Any:
    """Put a quote before text that starts like a formula; leave numbers alone."""
    if not isinstance(cell, str) or not cell.startswith(_FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return "'" + cell
    return cell


def markdown(rows: Sequence[dict[str, Any]], hide: Sequence[str] = (), columns: Sequence[str] = ()) -> str:
    """Write rows as a Markdown table; bars and line breaks in cells are escaped."""
    columns = [c for c in (rows[0] if rows else columns) if c not in hide]
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    for row in rows:
        cells = (str("" if row[c] is None else row[c]).replace("|", "\\|").replace("\n", " ") for c in columns)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
