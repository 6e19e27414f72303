"""`ask`, `find`, `query`: prepared questions, search by words, and SPARQL of one's own."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from migkg.cli import show
from migkg.cli.common import ForceOption, OutputOption, StoreOption, current, opened
from migkg.errors import UsageError
from migkg.stores import is_remote

OPEN: dict[str, Any] = {"allow_extra_args": True, "ignore_unknown_options": True}
RESULTS = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
GRAPHS = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "nq": "application/n-quads",
    "trig": "application/trig",
    "jsonld": "application/ld+json",
    "rdfxml": "application/rdf+xml",
}


def ask(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="The question; without it, the questions are listed.")] = None,
    list_: Annotated[bool, typer.Option("--list", "-l", help="List the questions and their parameters.")] = False,
    param: Annotated[
        list[str] | None, typer.Option("--param", "-P", help="A parameter, as name=value. Also: --name value.")
    ] = None,
    form: Annotated[str, typer.Option("--format", "-f", help="table, json, csv or md.")] = "table",
    output: OutputOption = None,
    force: ForceOption = False,
    store: StoreOption = None,
) -> None:
    """Ask a prepared question; each is a file in queries/ask/.

    Examples: `migkg ask --list` · `migkg ask NAME --param country=KEN` ·
    `migkg ask NAME --country KEN`
    """
    from migkg.ask import ask as answered
    from migkg.ask import by_reader
    from migkg.ask import find as question_of

    if list_ or name is None:
        listed = [
            {
                "for": reader,
                "question": q.short,
                "answers": q.summary,
                "who asks": q.extra.get("who", ""),
                "parameters": ", ".join(p.name + " (needed)" * p.required for p in q.params),
            }
            for reader, group in by_reader().items()
            for q in group
        ]
        show.write(show.rows(listed, form), output, force)
        return
    answer = answered(opened(store), name, _params(param or [], context.args))
    question = question_of(name)
    if form == "table":
        _draw(answer.table(), question.summary)
    else:
        show.write(show.rows(answer.table(), form, columns=answer.columns), output, force)
    if not answer.rows:
        show.note(f"No rows. {question.description}".strip())


def _draw(rows: list[dict[str, str | None]], title: str) -> None:
    """Print an answer; what is the same in every row stands once, above the table."""
    columns = list(rows[0]) if rows else []
    same = [c for c in columns if len(rows) > 2 and len({row[c] for row in rows}) == 1]
    if len(same) == len(columns):
        same = []
    said = [f"{c.replace('_', ' ')}: {rows[0][c]}" for c in same if rows[0][c] and f"{c}_label" not in same]
    short = [{c: _rounded(row[c]) for c in columns if c not in same} for row in rows]
    show.draw(short, "\n".join([title, *said]))


def _rounded(cell: str | None) -> str | None:
    """Round a figure with many decimals for reading; exact figures are in the other formats."""
    return f"{float(cell):.3f}" if cell and re.fullmatch(r"-?[0-9]+\.[0-9]{4,}", cell) else cell


def find(
    words: Annotated[list[str], typer.Argument(help="Words of a label, or a code.")],
    limit: Annotated[int, typer.Option("--limit", "-n", help="At most this many.")] = 20,
    form: Annotated[str, typer.Option("--format", "-f", help="table, json, csv or md.")] = "table",
    store: StoreOption = None,
) -> None:
    """Find things by words or codes.

    Example: `migkg find trafficking protocol`
    """
    from migkg.lookup import search

    found = [{"id": c.id, "label": c.label, "kind": c.kind} for c in search(opened(store), " ".join(words), limit)]
    show.write(show.rows(found, form), None)
    if not found:
        show.note("Nothing found.")


def query(
    text: Annotated[str, typer.Argument(help="A file, - for standard input, or the query itself.")],
    form: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            help="table; json, xml, csv, tsv for SELECT and ASK; ttl, nt, jsonld, rdfxml, nq, trig for graphs.",
        ),
    ] = "table",
    timeout: Annotated[float, typer.Option("--timeout", help="Seconds after which the query is stopped.")] = 60,
    output: OutputOption = None,
    force: ForceOption = False,
    store: StoreOption = None,
) -> None:
    """Run a SPARQL 1.1 query over the merge of all graphs.

    The W3C result formats are given verbatim, with full IRIs.

    Examples: `migkg query 'SELECT * {?s a <https://w3id.org/migkg/def/Framework>}'` ·
    `migkg query question.rq --format csv` · `cat q.rq | migkg query -`
    """
    if form not in ("table", *RESULTS, *GRAPHS):
        raise UsageError(f"“{form}” is not a format of this command: table, {', '.join((*RESULTS, *GRAPHS))}.")
    if timeout <= 0:
        raise UsageError("--timeout takes a number of seconds above 0.")
    sparql = _read(text)
    far = store is not None and is_remote(store)
    kind, body = _remote(store, sparql, form) if store and far else _local(store, sparql, form, timeout)
    if not far:
        _hint(store, sparql)
    if form != "table" or kind == "graph":
        if kind == "graph" and form in RESULTS:
            raise UsageError(f"This query makes a graph; use one of {', '.join(GRAPHS)} instead of {form}.")
        if kind != "graph" and form in GRAPHS:
            raise UsageError(f"This query makes rows; use one of {', '.join(RESULTS)} instead of {form}.")
        show.write(body, output, force)
        return
    _table(body)


def _local(store: str | None, sparql: str, form: str, timeout: float) -> tuple[str, bytes]:
    from migkg import release
    from migkg.stores.worker import Request, Worker

    folder = release.read(Path(store)).path if store else current().path
    request = Request(sparql, RESULTS.get(form, RESULTS["json"]), GRAPHS.get(form, GRAPHS["ttl"]))
    with Worker(folder, memory_mb=4_000) as worker:  # from disk: one question does not pay for reading all into memory
        reply = worker.ask(request, timeout)
    return reply.kind, reply.body


def _hint(store: str | None, sparql: str) -> None:
    """Say which names in the query the graph does not know; the answer may be empty for them."""
    from migkg.hints import hints
    from migkg.names import Names
    from migkg.stores import open_store
    from migkg.stores.oxigraph import OxigraphStore
    from migkg.terms import BASE

    if BASE in sparql and isinstance(here := open_store(store), OxigraphStore):
        for one in hints(here, Names(here), sparql):
            show.note(one)


def _remote(store: str, sparql: str, form: str) -> tuple[str, bytes]:
    """Ask another server; its answer is read and written again, so that every format works."""
    import pyoxigraph as ox

    from migkg.stores.child import GRAPH_FORMATS, RESULT_FORMATS
    from migkg.syntax import serialize

    found = opened(store).query(sparql)
    if isinstance(found, ox.QueryTriples):
        return "graph", serialize(found, GRAPH_FORMATS[GRAPHS.get(form, GRAPHS["ttl"])])
    written = found.serialize(format=RESULT_FORMATS[RESULTS.get(form, RESULTS["json"])])
    return "rows", written or b""


def _table(body: bytes) -> None:
    import pyoxigraph as ox

    from migkg.terms import short

    found = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
    if isinstance(found, ox.QueryBoolean):
        print("yes" if found else "no")
        return
    names = [v.value for v in found.variables]

    def shown(term: Any) -> str:
        return (
            ""
            if term is None
            else short(term.value)
            if isinstance(term, ox.NamedNode)
            else str(getattr(term, "value", term))
        )

    rows = [{name: shown(row[name]) for name in names} for row in found]
    if rows:
        show.draw(rows)
    show.note(show.counted(len(rows), "row"))


def _read(text: str) -> str:
    from migkg import load

    if text == "-":
        return sys.stdin.read()
    if any(c in text for c in "{} \n\t"):
        return text
    return load.text_of(Path(text))


def _params(pairs: list[str], extra: list[str]) -> dict[str, str]:
    """Read `name=value` pairs and `--name value` options. Raises UsageError for anything else."""
    found: dict[str, str] = {}
    rest = list(extra)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            pairs = [*pairs, word]
            continue
        key, equals, value = word[2:].partition("=")
        if not equals:
            if not rest:
                raise UsageError(f"--{key} needs a value.")
            value = rest.pop(0)
        found[key.replace("-", "_")] = value
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"“{pair}” is not a parameter. Write name=value.")
        found[key] = value
    return found
