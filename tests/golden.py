"""The golden answers over the tiny base: `python -m tests.golden` writes them anew; read the difference."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import yaml

from migkg import load, queries, score
from migkg.queries import Query, Row, Term
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import PREFIXES, expand, graph, local, thing
from migkg.validate import check
from tests import bases

GOLDEN = bases.ROOT / "tests" / "queries"
CASES = bases.ROOT / "tests" / "checks"
# Unfiltered, these list the ontology, the codes and the shapes, which change for reasons of their own.
ONLY_FILTERED = {
    "view/things",
    "view/ontology-classes",
    "view/ontology-properties",
    "view/ontology-codes",
    "view/ontology-shapes",
    "view/code-words",
    "view/schema-org",
    "view/signposts",
    "ask/classes-by-use",
    "ask/properties-by-use",
    "ask/graphs-and-terms",
    "ask/links-to-elsewhere",
}
DESCRIBED = ("void", "catalog", "service", "examples", "ro-crate")
COUNTED = ("classes", "properties", "context", "graphs")
FACTS = bases.ROOT / "tests" / "linked" / "facts.ttl"
FOLDERS = ("load", "infer", "score", "view", "ask", "check")


def term(query: Query, name: str, value: str) -> Term:
    """Turn a parameter written by hand into a term, as its type in the header says."""
    kind = next(p.type for p in query.params if p.name == name)
    if kind in ("thing", "graph", "method"):
        full = expand(value)
        return ox.NamedNode(full) if full else graph(value) if kind == "graph" else thing(value)
    if kind == "code":
        return ox.NamedNode(PREFIXES["mgc"] + value)
    return score.year(value) if kind == "year" else ox.Literal(value)


@cache
def runs() -> dict[str, dict[str, str]]:
    """Return the runs with parameters, by query."""
    return yaml.safe_load((GOLDEN / "params.yaml").read_text(encoding="utf-8"))


def table(rows: list[Row], columns: list[str]) -> str:
    """Write rows as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([["" if row[c] is None else row[c] for c in columns] for row in rows])
    return out.getvalue()


def columns_of(store: Any, query: Query) -> list[str]:
    """Return the variables that a SELECT gives."""
    found = store.query(query.text)
    return [v.value for v in found.variables]


def select(query: Query, values: Mapping[str, Term] | None = None) -> str:
    """Return the answer over the tiny base as CSV."""
    store = bases.small_store()
    return table(queries.rows(store, query, **(values or {})), columns_of(store, query))


def triples(found: list[ox.Triple]) -> str:
    """Write triples as sorted N-Triples."""
    return "".join(f"{t} .\n" for t in sorted(found, key=str))


def loaded(family: str) -> str:
    """Return what the tables of one family in the tiny base become."""
    top = bases.small_top()
    paths = sorted(p for p in (top / "data" / family).iterdir() if p.suffix in load.TABLES)
    return triples([t for path in paths for t in load.load(path, top)[1]])


def bad_files(name: str) -> list[Path]:
    """Return the files that the check of this name, and only that, reports."""
    return sorted(p for p in (CASES / name).glob("*") if p.is_file()) if (CASES / name).is_dir() else []


def reported(path: Path) -> dict[str, list[Row]]:
    """Return what each check reports when the file is laid on top of the tiny base."""
    family = "mappings" if path.name.endswith(".sssom.tsv") else "observations"
    found: dict[str, list[Row]] = {}
    for one in check(bases.with_files(bases.small_store(), path, family=family), bases.small_top()):
        row: Row = {
            "focus": one.focus,
            "path": local(one.path).rsplit("#", 1)[-1],
            "value": one.value,
            "message": one.message,
        }
        found.setdefault(one.check, []).append(row)
    return found


def described(name: str) -> str:
    """Return what a query of `queries/describe/` makes of the facts of a made-up release."""
    store = OxigraphStore()
    store.put("urn:facts", [q.triple for q in ox.parse(path=str(FACTS), format=ox.RdfFormat.TURTLE)])
    store.merge()
    if name not in COUNTED:
        return triples(queries.construct(store, f"describe/{name}"))
    query = queries.load(f"describe/{name}")
    return table(queries.rows(store, query), columns_of(store, query))


def answers() -> Iterator[tuple[str, str]]:
    """Yield the path below `tests/queries/` and the text of every golden answer."""
    top = bases.small_top()
    for name in (*DESCRIBED, *COUNTED):
        yield f"describe/{name}.{'csv' if name in COUNTED else 'nt'}", described(name)
    sdg = queries.construct(bases.small_store(), "describe/skos", framework=thing("sdg"))
    yield "describe/skos--framework.nt", triples(sdg)
    for folder in FOLDERS:
        for query in queries.folder(folder, top):
            if folder == "load":
                yield f"{query.name}.nt", loaded(query.short)
            elif folder in ("infer", "score"):
                yield f"{query.name}.nt", triples(bases.small_store().get(graph(query.name).value))
            elif folder == "check":
                rows = [row for path in bad_files(query.short) for row in reported(path).get(query.short, [])]
                yield f"{query.name}.csv", table(rows, ["focus", "path", "value", "message"])
            else:
                if query.name not in ONLY_FILTERED:
                    yield f"{query.name}.csv", select(query)
                if given := runs().get(query.name):
                    values = {name: term(query, name, value) for name, value in given.items()}
                    yield f"{query.name}--{'-'.join(given)}.csv", select(query, values)


def write() -> list[str]:
    """Write all golden answers, remove those of queries that are gone, and return what changed."""
    wanted = dict(answers())
    changed = []
    for path in [p for p in GOLDEN.rglob("*") if p.suffix in (".csv", ".nt")]:
        if path.relative_to(GOLDEN).as_posix() not in wanted:
            path.unlink()
            changed.append(path.relative_to(GOLDEN).as_posix())
    for name, text in wanted.items():
        path = GOLDEN / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed.append(name)
    return changed


if __name__ == "__main__":
    print("\n".join(write()) or "Nothing changed.")
