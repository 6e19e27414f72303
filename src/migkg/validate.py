"""Shapes for a file, checks for the whole: one list of findings.

Shapes (SHACL) look at the things that a file describes; checks (`queries/check/`) look at the whole graph
with the file in it. A file that cannot be read is an InputError, not a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from migkg import candidate, queries
from migkg.candidate import Candidate
from migkg.derive import derive, is_derived
from migkg.findings import Finding, Report, finished, placed
from migkg.shacl import parts, shapes
from migkg.stores import Store
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import GRAPH, PREFIXES, graph, local, short


def check(
    store: Store, top: Path | None = None, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> list[Finding]:
    """Run all checks over the whole graph."""
    todo = queries.folder("check", top)
    found: list[Finding] = []
    for count, query in enumerate(todo, 1):
        progress(count, len(todo))
        for row in queries.solutions(store, query):
            focus, path, value, message = (_show(row.get(key)) for key in ("focus", "path", "value", "message"))
            fix = str(query.extra.get("fix", ""))
            found.append(Finding(query.severity, query.short, focus, path, value, message, fix=fix))
    return found


def validate(
    paths: Iterable[Path],
    store: Store,
    progress: Callable[[str, int, int], None] = lambda _step, _done, _total: None,
    *,
    reader: Callable[[Path], Candidate] | None = None,
) -> Report:
    """Check files against the shapes, the codes and the whole graph in `store`.

    Reads filled forms and tables (XLSX, CSV, TSV), Turtle, TriG, N-Triples, N-Quads and JSON-LD; `reader` reads
    them another way. Raises InputError for a file that cannot be read as what it claims to be.
    """
    files = [reader(path) if reader else candidate.read(path, store=store) for path in paths]
    report = Report([f.file for f in files], rows=sum(f.rows for f in files))
    whole = _with(store, files)
    for one in files:
        report.things += len({t.subject for t in one.triples if isinstance(t.subject, ox.NamedNode)})
        todo = parts(one)
        for count, part in enumerate(todo, 1):
            progress(f"shapes, {Path(one.file).name}", count, len(todo))
            results, triples = shapes(one, part, whole)
            report.findings += results
            report.graph += triples
    mine = {local(t.subject.value): one for one in files for t in one.triples if isinstance(t.subject, ox.NamedNode)}
    report.findings += [
        placed(f, mine[f.focus])
        for f in check(whole, progress=lambda done, total: progress("checks", done, total))
        if f.focus in mine
    ]
    report.findings = finished(report.findings, files)
    return report


def _with(store: Store, files: list[Candidate]) -> OxigraphStore:
    """Return a copy of the whole graph in which the files have taken their places and what follows is inferred anew.

    Nothing looks from one row of figures to another table of figures, so these tables stay out (`#+ leaf: true`
    in the header of their load query), but for the rows that a file names.
    """
    mine = {one.graph for one in files}
    leaves = tuple(f"data/{q.short}/" for q in queries.folder("load") if q.extra.get("leaf"))
    if not all(local(name).startswith("data/") for name in mine):
        leaves = ()
    wanted = [n for n in store.graphs() if n not in mine and not is_derived(n) and not local(n).startswith(leaves)]
    if isinstance(store, OxigraphStore):
        whole = store.copy(wanted)
    else:
        whole = OxigraphStore()
        for name in wanted:
            whole.fill(store.get(name), ox.NamedNode(name))
    for one in files:
        whole.fill(one.triples, ox.NamedNode(one.graph))
    named = {t.object for one in files for t in one.triples if isinstance(t.object, ox.NamedNode)} if leaves else set()
    for term in sorted(named, key=str):
        if isinstance(store, OxigraphStore) and not any(whole.engine.quads_for_pattern(term, None, None, None)):
            whole.fill(store.about(term), graph("named-by-files"))
    whole.merge()
    derive(whole, folders=("infer",))
    return whole


def _show(term: Any) -> str:
    """Write a term as people know it: things and codes by their local name, properties with their prefix."""
    if isinstance(term, ox.NamedNode) and not term.value.startswith((PREFIXES["mgd"], PREFIXES["mgc"], GRAPH)):
        return short(term.value)
    return queries.plain(term) or ""
