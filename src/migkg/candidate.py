"""A file that wants to become a graph: read as the build would read it, before anything is stored."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from migkg import assets, load, queries
from migkg.errors import InputError
from migkg.terms import PREFIXES, graph, local

_ROW = PREFIXES["row"]


@dataclass
class Candidate:
    """A file as read: its graph, its facts, and the lines of a table that they came from."""

    file: str
    graph: str
    triples: list[ox.Triple]
    lines: dict[str, list[int]] = field(default_factory=dict)
    rows: int = 0
    repeated: list[tuple[int, int]] = field(default_factory=list)


def read(path: Path, top: Path | None = None) -> Candidate:
    """Read one file into facts, as the build would. Raises InputError."""
    suffix = path.suffix.lower()
    inside = path.resolve().is_relative_to((top or assets.root()).resolve())
    if suffix in load.TABLES:
        table = load.read_table(path)
        family = _family(path, table)
        into = load.graph_of(path, top) if inside else graph(f"data/{family}/{_stem(path)}").value
        triples = load.facts(table, family, into)
        lines = _lines(triples)
        kept = [t for t in triples if not t.predicate.value.startswith(_ROW)]
        if table.rows and not kept:
            raise InputError(f"{path}: no row could be understood as {family}.")
        return Candidate(str(path), into, kept, lines, len(table.rows), _repeated(table))
    if suffix not in load.RDF_FORMATS:
        known = ", ".join((*load.RDF_FORMATS, *load.TABLES))
        raise InputError(f"{path}: files of this kind are not read. Known endings: {known}.")
    quads = load.read_rdf(path)
    into = load.graph_of(path, top) if inside else graph(f"data/observations/{_stem(path)}").value
    return Candidate(str(path), into, [q.triple for q in quads])


def _repeated(table: load.Table) -> list[tuple[int, int]]:
    """Return the lines that say word for word what an earlier line says: (later, earlier)."""
    first: dict[tuple[str, ...], int] = {}
    found = []
    for line, cells in table.rows:
        earlier = first.setdefault(tuple(cells.values()), line)
        if earlier != line:
            found.append((line, earlier))
    return found


def _stem(path: Path) -> str:
    return re.sub(r"[^A-Za-z0-9-]+", "-", path.name.split(".")[0]).strip("-").lower() or "file"


def _family(path: Path, table: load.Table) -> str:
    """Return the family of tables whose columns fit; the folder's name decides where it is one."""
    loads = {q.short: q for q in queries.folder("load")}
    families = {name: set(re.findall(r"row:(\w+)", q.text)) - {"graph", "line"} for name, q in loads.items()}
    if path.parent.name in families:
        return path.parent.name
    if table.meta.get("mapping_set_id") or "subject_id" in table.columns:
        return "mappings"
    best = max(families, key=lambda name: len(families[name] & set(table.columns)))
    needs = loads[best].extra.get("needs", ())
    missing = [column for column in needs if column not in table.columns]
    if missing or not families[best] & set(table.columns):
        near = {m: difflib.get_close_matches(m, table.columns, 1, 0.6) for m in missing}
        hints = "; ".join(f"is “{n[0]}” meant as “{m}”?" for m, n in near.items() if n)
        wanted = "Observations need: area,element,period,value,status,unit,source,note."
        if needs and best not in ("observations", "areas"):
            wanted = f"A table of {best} needs at least: {','.join(needs)}."
        raise InputError(
            f"{path}, line 1: the columns {', '.join(table.columns)} fit no table that migkg knows. "
            f"{wanted} {hints}".rstrip()
        )
    return best


def _lines(triples: Iterable[ox.Triple]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for t in triples:
        if t.predicate.value == _ROW + "line" and isinstance(t.subject, ox.NamedNode):
            found.setdefault(local(t.subject.value), []).append(int(t.object.value))  # type: ignore[union-attr]
    return found
