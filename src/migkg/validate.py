"""Shapes for a file, checks for the whole: one list of findings.

Shapes (SHACL) look at the things that a file describes; checks (`queries/check/`) look at the whole graph
with the file in it. A file that cannot be read is an InputError, not a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from migkg import candidate, queries
from migkg.around import around
from migkg.candidate import Candidate
from migkg.findings import Finding, Report, finished, placed
from migkg.names import Names
from migkg.shacl import shapes
from migkg.stores import Store
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import GRAPH, PREFIXES, local, short


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
    files = []
    for path in paths:
        progress(f"read {path.name}", 0, 1)
        files.append(reader(path) if reader else candidate.read(path, store=store))
    progress("what bears on it", 0, 1)
    report = Report([f.file for f in files], rows=sum(f.rows for f in files))
    languages = {f.language for f in files}
    report.language = languages.pop() if len(languages) == 1 else "en"
    whole = around(store, files)
    names = Names(store if isinstance(store, OxigraphStore) else whole)
    mine: dict[str, Candidate] = {}
    for one in files:
        things = {t.subject for t in one.triples}
        named = [local(thing.value) for thing in things if isinstance(thing, ox.NamedNode)]
        report.things += len(named)
        mine |= dict.fromkeys(named, one)
        report.findings += shapes(one, whole, partial(progress, f"shapes, {Path(one.file).name}"), names=names)
    report.findings += [
        placed(f, mine[f.focus])
        for f in check(whole, progress=lambda done, total: progress("checks", done, total))
        if f.focus in mine
    ]
    report.findings = finished(report.findings, files)
    return report


def _show(term: Any) -> str:
    """Write a term as people know it: things and codes by their local name, properties with their prefix."""
    if isinstance(term, ox.NamedNode) and not term.value.startswith((PREFIXES["mgd"], PREFIXES["mgc"], GRAPH)):
        return short(term.value)
    return queries.plain(term) or ""
