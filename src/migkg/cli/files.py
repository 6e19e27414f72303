"""`validate` and `export`: files in, files out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from migkg.cli import show
from migkg.cli.common import ForceOption, OutputOption, StoreOption, opened
from migkg.errors import UsageError


def validate(
    files: Annotated[
        list[Path], typer.Argument(help="Turtle, TriG, N-Triples, N-Quads, JSON-LD, CSV or SSSOM TSV files.")
    ],
    form: Annotated[str, typer.Option("--format", "-f", help="table, json, csv or ttl (a SHACL report).")] = "table",
    output: OutputOption = None,
    force: ForceOption = False,
    store: StoreOption = None,
) -> None:
    """Check files against the shapes, the codes and the whole graph. Nothing is stored.

    Exit 0: conforms · 1: a rule is broken · 2: a file cannot be read as what it claims to be.

    Example: `migkg validate data/observations/sdg-10-7-2.csv`
    """
    from migkg.findings import csv, turtle
    from migkg.validate import validate as check_files

    if form not in ("table", "json", "csv", "ttl"):
        raise UsageError(f"“{form}” is not a format of this command: table, json, csv or ttl.")
    there = opened(store)
    with show.progress("Validating") as told:
        report = check_files(files, there, told)
    if form == "json":
        show.write(show.as_json(report.to_dict()), output, force)
    elif form == "ttl":
        show.write(turtle(report), output, force)
    elif form == "csv":
        show.write(csv(report), output, force)
    elif report.findings:
        found = [f.to_dict() for f in report.findings]
        several = len(report.files) > 1
        columns = [*(["file"] if several else []), "line", "severity", "focus", "path", "value", "message", "fix"]
        show.draw([{c: row[c] for c in columns if any(r[c] not in (None, "") for r in found)} for row in found])
    errors = sum(f.severity == "error" for f in report.findings)
    others = len(report.findings) - errors
    rows = f"{show.counted(report.rows, 'row')}, " if report.rows else ""
    verdict = "conforms" if report.conforms else show.counted(errors, "error")
    extra = f", {others} to look at" if others else ""
    show.note(f"{', '.join(report.files)}: {rows}{show.counted(report.things, 'thing')}: {verdict}{extra}.")
    if not report.conforms:
        raise typer.Exit(1)


def export(
    graph: Annotated[
        list[str] | None,
        typer.Option(
            "--graph", "-g", help="A graph or folder of graphs, e.g. data/frameworks/migof or data/law. Repeatable."
        ),
    ] = None,
    form: Annotated[
        str, typer.Option("--format", "-f", help="ttl, nt, nq, trig, jsonld, rdfxml, csv or sssom.")
    ] = "ttl",
    output: OutputOption = None,
    force: ForceOption = False,
    store: StoreOption = None,
) -> None:
    """Export the graph, or some of its graphs, as linked open data. The same release gives the same bytes.

    nq, trig and jsonld keep the graphs apart; ttl, nt and rdfxml give their merge; csv holds observations and
    scores; sssom holds mappings.

    Examples: `migkg export -f nq -o migkg.nq` · `migkg export -g data/frameworks/migof`
    """
    from migkg.export import export as written

    show.write(written(opened(store), form, graph or ()), output, force)
