"""One file becomes one named graph. Turtle is taken as it is; the rows of a table become facts by a query.

A table's row is first a node with one `row:<column>` per filled cell, `row:line` (its line in the file) and
`row:graph` (the graph it goes to). `queries/load/<folder>.rq` says what such rows mean, so that a new family
of tables is a folder and a query.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox

from migkg import assets, queries, reading, rowwise
from migkg.errors import InputError
from migkg.reading import Row, Table
from migkg.stores.guard import bare
from migkg.stores.oxigraph import OxigraphStore
from migkg.streamed import Told, quiet, stream
from migkg.terms import PREFIXES, RDF_TYPE, XSD_INTEGER, graph, local

RDF_FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".nq": ox.RdfFormat.N_QUADS,
    ".trig": ox.RdfFormat.TRIG,
    ".jsonld": ox.RdfFormat.JSON_LD,
}
TABLES = (".csv", ".tsv")
MAX_DEPTH = 200
PIECE = 4_000
_ROW = PREFIXES["row"]
# Rows of figures, the table they make, and what a filled form says of itself: who filled it in, and its evidence.
_KINDS = (("mg", "Observation"), ("qb", "DataSet"), ("prov", "Entity"), ("mg", "Source"), ("prov", "Agent"))
ROWS = frozenset(PREFIXES[prefix] + name for prefix, name in _KINDS)
_NO_IRI = re.compile(r'[\s<>"{}|\\^`]')
_BRACKETS = re.compile(r"[\[({\])}]")


def graph_of(path: Path, top: Path | None = None) -> str:
    """Return the IRI of the graph that a file of the project becomes."""
    relative = path.resolve().relative_to((top or assets.root()).resolve()).as_posix()
    return graph(
        relative.removesuffix("".join(Path(path.name.replace(".sssom", "")).suffixes)).removesuffix(".sssom")
    ).value


def text_of(path: Path) -> str:
    """Read a file as UTF-8 text, a byte order mark stripped. Raises InputError naming the file and the place."""
    text = reading.decoded(path, other=False)
    if "\0" in text:
        raise InputError(f"{path}, line {text[: text.index(chr(0))].count(chr(10)) + 1}: a NUL character stands there.")
    return text


def read_rdf(path: Path) -> list[ox.Quad]:
    """Parse an RDF file. Blank nodes get names of their own. Raises InputError with line and column."""
    text = text_of(path)
    form = RDF_FORMATS[path.suffix.lower()]
    _refuse_depth(path, text)
    if form == ox.RdfFormat.JSON_LD:
        _refuse_ambiguous(path, text)
    try:
        quads = list(ox.parse(text.encode(), format=form, base_iri=PREFIXES["mgd"], rename_blank_nodes=True))
    except SyntaxError as error:
        raise InputError(f"{path}: {_parse_message(error)}") from None
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
    return quads


def read_table(path: Path) -> Table:
    """Read a CSV or TSV strictly. Raises InputError with the line, the column and what was expected."""
    return reading.strict(path, reading.delimited(path, reading.decoded(path)))


def row_lines(table: Table, into: str) -> Iterator[str]:
    """Yield the rows of a table as lines of N-Triples, and the keys of its head as lines about the graph."""
    target = ox.NamedNode(into)
    several = "subject_id" in table.columns  # SSSOM separates several values by |
    names = {column: ox.NamedNode(_ROW + quote(column)) for column in table.columns}
    for key, value in table.meta.items():
        if isinstance(value, dict):
            for inner, one in value.items():
                entry = ox.NamedNode(f"{_ROW}{quote(str(key))}/{quote(str(inner))}")
                for name, said in (("of", key), ("key", inner), ("value", one)):
                    yield f"{entry} <{_ROW}{name}> {ox.Literal(str(said))} ."
        elif value and not isinstance(value, list):
            yield f"{target} {ox.NamedNode(_ROW + quote(str(key)))} {ox.Literal(str(value))} ."
    for line, cells in table.rows:
        node = f"<{_ROW}line/{line}>"
        yield f'{node} <{_ROW}graph> {target} .\n{node} <{_ROW}line> "{line}"^^<{XSD_INTEGER}> .'
        for column, cell in cells.items():
            for part in cell.split("|") if several else [cell]:
                if part:
                    yield f"{node} {names[column]} {ox.Literal(part)} ."


def facts(table: Table, family: str, into: str, top: Path | None = None) -> list[ox.Triple]:
    """Return what the rows of a table mean, by `queries/load/<family>.rq`, with `row:line` for error messages.

    Each triple once, in the order of their text.
    """
    lines = {line for piece in statements(table, table.rows, family, into, top) for line in piece.splitlines()}
    text = b"\n".join(sorted(lines))
    return [q.triple for q in ox.parse(text, format=ox.RdfFormat.N_TRIPLES, lenient=True)]


def statements(
    table: Table, rows: Iterable[Row], family: str, into: str, top: Path | None = None, *, with_lines: bool = True
) -> Iterator[bytes]:
    """Yield what the head of a table and these rows mean, as N-Triples, so many rows at a time.

    The query says it. Where it speaks of each row by itself, `rowwise` fills its template in without asking the engine
    again for each row; where it does not, it sees all rows at once. Without `with_lines`, nothing with `row:` is said.
    """
    query = queries.load(f"load/{family}", top).text

    def asked(some: Iterable[Row]) -> bytes:
        found = _answer(query, Table(table.meta, table.columns, list(some)), into)
        return found if with_lines else _without_rows(found)

    plan = rowwise.plan(query, table.columns, table.meta, into, rows=with_lines)
    if plan is None:
        yield asked(rows)
        return
    yield asked(())
    left = iter(rows)
    while some := list(islice(left, PIECE)):
        made, unsure = [], []
        for line, cells in some:
            try:
                made.append(plan.text(line, cells))
            except rowwise.Unsure:
                unsure.append((line, cells))
        yield "".join(made).encode()
        if unsure:
            yield asked(unsure)


def _answer(query: str, table: Table, into: str) -> bytes:
    """Return what the query says of a table, as N-Triples."""
    scratch = ox.Store()
    scratch.load("\n".join(row_lines(table, into)).encode(), format=ox.RdfFormat.N_TRIPLES, lenient=True)
    found = OxigraphStore(engine=scratch).query(query)
    assert isinstance(found, ox.QueryTriples)
    return found.serialize(format=ox.RdfFormat.N_TRIPLES) or b""


def _without_rows(text: bytes) -> bytes:
    about_rows = f"<{_ROW}".encode()
    kept = (line for line in text.splitlines(keepends=True) if not line.split(b" ", 2)[1].startswith(about_rows))
    return b"".join(kept)


def load(path: Path, top: Path | None = None) -> tuple[str, list[ox.Triple]]:
    """Return the graph IRI and the triples of one file of the project. Raises InputError."""
    into = graph_of(path, top)
    if path.suffix in TABLES:
        made = facts(read_table(path), path.parent.name, into, top)
        return into, [t for t in made if not t.predicate.value.startswith(_ROW)]
    return into, name_blank_nodes([q.triple for q in read_rdf(path)], into)


def load_into(store: OxigraphStore, path: Path, top: Path | None = None, told: Told = quiet) -> None:
    """Put one file of the project into its graph of the store, beside what stands there. Raises InputError.

    The facts of a table go into the store as text, some thousand rows at a time and while the next are read: its length
    takes no memory. What comes before a fault is in the store when it is found. `told` hears how far it is read.
    """
    into = graph_of(path, top)
    if path.suffix not in TABLES:
        store.put(into, [*store.get(into), *load(path, top)[1]])
        return
    table, rows = stream(path, told)
    made = statements(table, rows, path.parent.name, into, top, with_lines=False)
    hand_on(made, lambda text: store.add_text(into, text))


def hand_on(made: Iterable[bytes], put: Callable[[bytes], None]) -> None:
    """Put each text away while the next is made: the engine needs no Python while it works."""
    with ThreadPoolExecutor(1) as hand:
        before: Future[None] | None = None
        for text in made:
            if before:
                before.result()
            before = hand.submit(put, text)
        if before:
            before.result()


def rows_of_figures() -> tuple[str, ...]:
    """Return the folders of graphs whose rows stand each for itself: nothing else rests on them (`#+ leaf: true`)."""
    return tuple(f"data/{q.short}/" for q in queries.folder("load") if q.extra.get("leaf"))


def holds_figures_only(graph: str, triples: Iterable[ox.Triple]) -> bool:
    """Return whether a graph has its place among the tables of figures and describes rows and no more."""
    if not local(graph).startswith(rows_of_figures()):
        return False
    kinds: dict[object, set[str]] = {}
    for t in triples:
        found = kinds.setdefault(t.subject, set())
        if t.predicate == RDF_TYPE:
            found.add(t.object.value if isinstance(t.object, ox.NamedNode) else "")
    return all(isinstance(s, ox.NamedNode) and found and found <= ROWS for s, found in kinds.items())


def name_blank_nodes(triples: Iterable[ox.Triple], into: str) -> list[ox.Triple]:
    """Give blank nodes labels that depend on the content only (RDFC-1.0) and differ between graphs."""
    quads = [ox.Quad(t.subject, t.predicate, t.object) for t in triples]
    if not any(isinstance(q.subject, ox.BlankNode) or isinstance(q.object, ox.BlankNode) for q in quads):
        return [q.triple for q in quads]
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    mark = hashlib.sha256(into.encode()).hexdigest()[:8]

    def renamed(term: Any) -> Any:
        return ox.BlankNode(f"g{mark}{term.value}") if isinstance(term, ox.BlankNode) else term

    return [ox.Triple(renamed(q.subject), q.predicate, renamed(q.object)) for q in dataset]


def project_files(top: Path | None = None) -> list[Path]:
    """Return the files that make up the graph: ontology and data, in order of path."""
    return [
        *assets.files("ontology", ".ttl", at=top),
        *assets.files("shapes", ".ttl", at=top),
        *assets.files("data", *RDF_FORMATS, *TABLES, at=top),
    ]


def _refuse_depth(path: Path, text: str) -> None:
    """Refuse nesting that would overflow the parser; brackets in strings and comments do not count."""
    if _too_deep(text) is None or (index := _too_deep(bare(text))) is None:
        return
    line = text.count("\n", 0, index) + 1
    raise InputError(f"{path}, line {line}: nested more than {MAX_DEPTH} deep.")


def _refuse_ambiguous(path: Path, text: str) -> None:
    """Refuse JSON in which a key stands twice in one object, where only the last would count, and NaN."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            doubled = next(key for i, (key, _) in enumerate(pairs) if key in {k for k, _ in pairs[:i]})
            raise InputError(f"{path}: the key “{doubled}” stands twice in one object. Keep one.")
        if isinstance(name := found.get("@id"), str) and _NO_IRI.search(name):
            raise InputError(f"{path}: “{name}” is not a valid IRI; the engine would pass over what it says.")
        return found

    def number(word: str) -> float:
        raise InputError(f"{path}: {word} is not a number of JSON.")

    try:
        json.loads(text, object_pairs_hook=once, parse_constant=number, parse_int=len)  # of any length
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise InputError(f"{path}: nested too deep.") from None


def _too_deep(text: str) -> int | None:
    """Return where the brackets open for the `MAX_DEPTH`th time without being closed, if they do."""
    depth = 0
    for found in _BRACKETS.finditer(text):
        depth = depth + 1 if found.group() in "[({" else max(0, depth - 1)
        if depth > MAX_DEPTH:
            return found.start()
    return None


def _parse_message(error: SyntaxError) -> str:
    words = str(error).strip() or "not valid"
    line = getattr(error, "lineno", None)
    return words if line is None or "line" in words else f"line {line}, column {error.offset}: {words}"
