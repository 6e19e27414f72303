"""A file that wants to become a graph: read as the build would read it, before anything is stored.

What is wrong in a table and still lets it be read stands in `faults`; a file that cannot be read raises InputError.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox

from migkg import assets, cells, filled, load, queries, reading, sheets, words
from migkg.errors import InputError, shorten
from migkg.near import nearest
from migkg.reading import Fault, Reading, Spot, Table
from migkg.stores import Store
from migkg.terms import PREFIXES, graph, local, short

_ROW = PREFIXES["row"]
TABLES = (*load.TABLES, sheets.SUFFIX)
# Columns that are not called like the property they become.
COLUMN_OF = {"mg:valueNature": "nature", "skos:note": "note", "dcterms:title": "evidence_title"}


@dataclass
class Candidate:
    """A file as read: its graph, its facts, the rows of a table that they came from, and what is wrong in them.

    `lines` leads from a thing to its rows; in a workbook a row's number is ours, and `spots` says where it stands.
    """

    file: str
    graph: str
    triples: list[ox.Triple]
    lines: dict[str, list[int]] = field(default_factory=dict)
    rows: int = 0
    faults: list[Fault] = field(default_factory=list)
    spots: dict[int, Spot] = field(default_factory=dict)
    meta: dict[str, str] = field(default_factory=dict)
    language: str = "en"
    _at: dict[int, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def is_table(self) -> bool:
        """Whether the file is a table of rows."""
        return Path(self.file).suffix.lower() in TABLES

    def cell(self, focus: str, path: str = "") -> str:
        """Return where a thing (by its local id) and its property stand: `Domain 2!D7`, or `line 4, column value`."""
        lines = self.lines.get(focus)
        return self.place(min(lines), column(path)) if lines else ""

    def at(self, line: int) -> str:
        """Return the local id of the thing that a row is about, empty where there is none."""
        if not self._at and self.lines:
            self._at.update((number, name) for name, lines in self.lines.items() for number in lines)
        return self._at.get(line, "")

    def place(self, line: int, name: str = "") -> str:
        """Return the place of a row, or of one of its cells, as people write it."""
        if spot := self.spots.get(line):
            return f"{spot.sheet}!{spot.letter(name)}{spot.row}"
        return f"line {line}, column {name}" if name else f"line {line}"


def column(path: str) -> str:
    """Return the column that a property came from (`mg:value` becomes `value`)."""
    return COLUMN_OF.get(path) or path.rpartition(":")[2]


def read(
    path: Path,
    top: Path | None = None,
    *,
    store: Store | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Candidate:
    """Read one file into facts, as the build would. Raises InputError.

    `store` is the graph whose areas, codes and questions the words of a table mean; without it the project's own.
    """
    suffix = path.suffix.lower()
    inside = path.resolve().is_relative_to((top or assets.root()).resolve())
    if suffix in TABLES:
        found = _table(path, encoding, delimiter)
        return _from_table(path, found, top, store, inside)
    if suffix not in load.RDF_FORMATS:
        if suffix in (".xlsm", ".xls", ".xlsb", ".ods"):
            raise InputError(f"{path}: workbooks of this kind are not read. Save it as .xlsx or .csv.")
        known = ", ".join((*load.RDF_FORMATS, *TABLES))
        raise InputError(f"{path}: files of this kind are not read. Known endings: {known}.")
    quads = load.read_rdf(path)
    into = load.graph_of(path, top) if inside else graph(f"data/observations/{_stem(path)}").value
    one = Candidate(str(path), into, [q.triple for q in quads])
    one.faults = _foreign(one.triples)
    return one


def graph_of(path: Path, encoding: str | None = None, delimiter: str | None = None) -> str:
    """Return the graph that a table becomes: that of its method, country and year, whatever the file is called.

    A table that is no form is called after its file. Raises InputError.
    """
    table = _table(path, encoding, delimiter).table
    form = _name(path, table) if table.meta.get("method") else quote(path.stem, safe="-_.~")
    return graph(f"data/observations/{form}").value


def table_of(
    path: Path, *, store: Store | None = None, encoding: str | None = None, delimiter: str | None = None
) -> tuple[Table, Reading]:
    """Return a table of figures as it is meant, and what was found in it. Raises InputError."""
    found = _table(path, encoding, delimiter)
    return filled.checked(found, words.of(store)), found


def _table(path: Path, encoding: str | None, delimiter: str | None) -> Reading:
    if path.suffix.lower() == sheets.SUFFIX:
        return sheets.read(path)
    found = reading.delimited(path, reading.decoded(path, encoding), delimiter)
    if found.table.meta.get("method"):
        found.table.meta.setdefault("from_file", path.name)
        found.table.meta.setdefault("sha256", hashlib.sha256(reading.bytes_of(path)).hexdigest())
        for name, key in (("area", "country"), ("period", "period")):  # the head may speak for all rows
            if name not in found.table.columns and found.table.meta.get(key):
                found.table.columns.append(name)
                for _, row in found.table.rows:
                    row[name] = str(found.table.meta[key])
    return found


def _from_table(path: Path, found: Reading, top: Path | None, store: Store | None, inside: bool) -> Candidate:
    table = found.table
    if "question" in table.columns:
        try:
            filled.refuse_headless(found, words.of(store, top))
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
    family = _family(path, table)
    if family == "observations":
        table = filled.checked(found, words.of(store, top))
    else:
        _repeated(table, found.faults)
    into = load.graph_of(path, top) if inside else graph(f"data/{family}/{_name(path, table)}").value
    triples = load.facts(table, family, into, top)
    kept = [t for t in triples if not t.predicate.value.startswith(_ROW)]
    if not table.rows and not found.refused:
        found.faults.append(Fault("no-rows", 1, severity="warning"))
    elif table.rows and not kept:
        raise InputError(f"{path}: no row could be understood as {family}.")
    meta = {key: str(value) for key, value in table.meta.items()}
    return Candidate(
        str(path), into, kept, _lines(triples), len(table.rows) + found.refused, found.faults, found.spots, meta,
        cells.language_of(table.meta),
    )  # fmt: skip


def _repeated(table: Table, faults: list[Fault]) -> None:
    """Name the lines that say word for word what an earlier line says."""
    first: dict[tuple[str, ...], int] = {}
    for line, row in table.rows:
        earlier = first.setdefault(tuple(row.values()), line)
        if earlier != line:
            faults.append(Fault("row-repeated", line, severity="warning", said=(("other_line", str(earlier)),)))


def _name(path: Path, table: Table) -> str:
    """Return the name of a data set: method, country and year of a form, else the file's own."""
    said = [str(table.meta.get(key, "")) for key in ("method", "country", "period")]
    said[0] = said[0].removeprefix("scoring-")
    return "-".join(said) if all(re.fullmatch(r"[A-Za-z0-9-]+", part) for part in said) else _stem(path)


def _stem(path: Path) -> str:
    return re.sub(r"[^A-Za-z0-9-]+", "-", path.name.split(".")[0]).strip("-").lower() or "file"


def _family(path: Path, table: Table) -> str:
    """Return the family of tables whose columns fit; the folder's name decides where it is one."""
    loads = {q.short: q for q in queries.folder("load")}
    families = {name: set(re.findall(r"row:(\w+)", q.text)) - {"graph", "line"} for name, q in loads.items()}
    if path.parent.name in families:
        return path.parent.name
    if table.meta.get("mapping_set_id") or "subject_id" in table.columns:
        return "mappings"
    best = max(families, key=lambda name: len(families[name] & set(table.columns)))
    needs = loads[best].extra.get("needs", ())
    missing = [name for name in needs if name not in table.columns]
    if missing or not families[best] & set(table.columns):
        near = {m: nearest(m, table.columns, 1, 0.6) for m in missing}
        hints = "; ".join(f"is “{n[0]}” meant as “{m}”?" for m, n in near.items() if n)
        wanted = "Observations need: area,element,period,value,status,unit,source,note."
        if needs and best not in ("observations", "areas"):
            wanted = f"A table of {best} needs at least: {','.join(needs)}."
        raise InputError(
            f"{path}, line 1: the columns {shorten(', '.join(table.columns), 500)} fit no table that migkg knows. "
            f"{wanted} {hints}".rstrip()
        )
    return best


def _foreign(triples: Iterable[ox.Triple]) -> list[Fault]:
    """Name the first thing that is not of this project in a file that describes things of it."""
    subjects = sorted({t.subject.value for t in triples if isinstance(t.subject, ox.NamedNode)})
    ours = [s for s in subjects if s.startswith(PREFIXES["mgd"])]
    others = [s for s in subjects if not s.startswith(PREFIXES["mgd"][: -len("id/")])]
    if not (ours and others):
        return []
    return [Fault("foreign-subject", 1, "", short(other), "warning") for other in others]


def _lines(triples: Iterable[ox.Triple]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for t in triples:
        if t.predicate.value == _ROW + "line" and isinstance(t.subject, ox.NamedNode):
            found.setdefault(local(t.subject.value), []).append(int(t.object.value))  # type: ignore[union-attr]
    return found
