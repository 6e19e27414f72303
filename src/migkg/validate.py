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

from migkg import candidate, load, queries
from migkg.around import around
from migkg.candidate import Candidate
from migkg.findings import SEVERITIES, Finding, Report, placed
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
    own: Iterable[Path] = (),
) -> Report:
    """Check files against the shapes, the codes and the whole graph in `store`, and against shapes of one's `own`.

    Reads Turtle, TriG, N-Triples, N-Quads, JSON-LD and the project's tables. Raises InputError for a file
    that cannot be read as what it claims to be.
    """
    rules = [q.triple for path in own for q in load.read_rdf(path)]
    files = [candidate.read(path) for path in paths]
    report = Report([f.file for f in files], rows=sum(f.rows for f in files))
    whole = around(store, files, wide=bool(rules))
    names = Names(store if isinstance(store, OxigraphStore) else whole)
    mine: dict[str, Candidate] = {}
    for one in files:
        report.findings += _remarks(one)
        things = {t.subject for t in one.triples}
        named = [local(thing.value) for thing in things if isinstance(thing, ox.NamedNode)]
        report.things += len(named)
        mine |= dict.fromkeys(named, one)
        look = partial(
            shapes,
            one,
            whole,
            partial(progress, f"shapes, {Path(one.file).name}"),
            names=names,
            language=getattr(one, "language", None) or "en",
        )
        report.findings += look() + (look(rules=rules) if rules else [])
    report.findings += [
        placed(f, mine[f.focus])
        for f in check(whole, progress=lambda done, total: progress("checks", done, total))
        if f.focus in mine
    ]
    order = {name: index for index, name in enumerate(SEVERITIES)}
    report.findings = sorted(
        set(report.findings),
        key=lambda f: (f.file, f.line or 0, order[f.severity], f.focus, f.check, f.path, f.value, f.message),
    )
    return report


def _remarks(one: Candidate) -> list[Finding]:
    """Return what is no error in a table and yet worth a look."""
    found = [
        Finding("warning", "row-repeated", "", "", "", f"This row says the same as line {earlier}.", one.file, line)
        for line, earlier in one.repeated
    ]
    if Path(one.file).suffix in load.TABLES and not one.rows:
        found.append(Finding("warning", "no-rows", "", "", "", "The table has a header and no rows.", one.file, 1))
    return found


def _show(term: Any) -> str:
    """Write a term as people know it: things and codes by their local name, properties with their prefix."""
    if isinstance(term, ox.NamedNode) and not term.value.startswith((PREFIXES["mgd"], PREFIXES["mgc"], GRAPH)):
        return short(term.value)
    return queries.plain(term) or ""
