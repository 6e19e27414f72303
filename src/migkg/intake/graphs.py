"""RDF files: read as the build would read them, their observations taken as rows of an observation table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox

from migkg import candidate, load
from migkg.intake.files import Raw, Rows, checksum
from migkg.terms import PREFIXES, RDF_TYPE, local

SUFFIXES = tuple(load.RDF_FORMATS)
_MG = PREFIXES["mg"]
_COLUMNS = {
    "area": _MG + "area", "element": _MG + "element", "period": _MG + "period", "value": _MG + "value",
    "status": _MG + "status", "unit": _MG + "unit", "source": PREFIXES["dcterms"] + "source",
    "note": PREFIXES["skos"] + "note",
}  # fmt: skip


def table(path: Path) -> Raw:
    """Return the observations of a file as rows, in the order of their names. Raises InputError."""
    size, digest = checksum(path)
    found: dict[str, dict[str, str]] = defaultdict(dict)
    kinds = set()
    one = candidate.read(path)
    for triple in one.triples:
        if triple.predicate == RDF_TYPE and triple.object == ox.NamedNode(_MG + "Observation"):
            kinds.add(str(triple.subject))
        for column, name in _COLUMNS.items():
            if triple.predicate.value == name:
                term = triple.object
                text = local(term.value) if isinstance(term, ox.NamedNode) else str(getattr(term, "value", term))
                found[str(triple.subject)][column] = text.removeprefix("unit-" if column == "unit" else "status-")
    lines = [(one.lines.get(local(s.strip("<>")), [0])[0], cells) for s, cells in sorted(found.items()) if s in kinds]
    lines.sort(key=lambda row: row[0])

    def rows(told: Callable[[int], None]) -> Rows:
        yield 0, list(_COLUMNS)
        for number, (line, cells) in enumerate(lines, 1):
            yield line or number, [cells.get(column, "") for column in _COLUMNS]
        told(size)

    counts = "line" if any(line for line, _ in lines) else "observation"
    return Raw(path, f"a file of {path.suffix.lower()}", size, digest, rows, counts=counts)
