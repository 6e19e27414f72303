"""A filled form (a workbook, or a table with a method in its head): read by the rules of forms, kept as a table."""

from __future__ import annotations

from array import array
from pathlib import Path

from migkg import candidate, cells, sheets
from migkg.findings import finished
from migkg.intake import writing
from migkg.intake.files import checksum
from migkg.intake.wishes import Outcome
from migkg.stores import Store
from migkg.terms import local

WORKBOOK = ".xlsx"


def is_form(path: Path) -> bool:
    """Return whether a file is a form, or a table with our columns, as a workbook; or a table that names a method."""
    if path.suffix.lower() == WORKBOOK:
        return sheets.holds_form(path)
    try:
        with path.open("rb") as stream:
            start = stream.read(4096)
    except OSError:
        return False
    head = (line for line in start.removeprefix(b"\xef\xbb\xbf").splitlines() if line.startswith(b"#"))
    return any(line[1:].strip().startswith(b"method:") for line in head)


def read(path: Path, store: Store, stage: Path) -> Outcome:
    """Read one form and write it below `stage`, with who filled it in, from which file. Raises InputError."""
    _, digest = checksum(path)
    one = candidate.read(path, store=store)
    table, _ = candidate.table_of(path, store=store)
    method = table.meta.get("method", "")
    out = Outcome(str(path), f"Filled form of {method}" if method else "Observation table in a workbook (form)")
    out.form = "workbook" if path.suffix.lower() == WORKBOOK else "table"
    out.findings = finished([], [one])
    bad = {(f.sheet, f.line) for f in out.findings if f.severity == "error"}
    out.errors = sum(f.severity == "error" for f in out.findings)
    out.refused = min(len(bad), one.rows)
    out.accepted = one.rows - out.refused
    columns = [column for column in table.columns if column not in cells.SHOWN]
    target = stage / "observations" / f"{local(one.graph).rpartition('/')[2]}.csv"
    head = {key: str(value) for key, value in table.meta.items() if value not in (None, "")}
    head |= {"from_file": path.name, "sha256": digest}
    rows = ([row.get(column, "") for column in columns] for _, row in table.rows)
    first = writing.write(target, head, columns, rows)
    out.origin[target] = (first, array("L", (line for line, _ in table.rows)))
    out.spots = one.spots
    out.staged.append(target)
    return out
