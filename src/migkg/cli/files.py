"""`template`, `validate` and `export`: files out, files in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from migkg.cli import show
from migkg.cli.common import DelimiterOption, EncodingOption, ForceOption, OutputOption, StoreOption, opened, read
from migkg.errors import UsageError

if TYPE_CHECKING:
    from migkg.candidate import Candidate
    from migkg.findings import Report


def validate(
    files: Annotated[
        list[Path],
        typer.Argument(help="Filled forms and tables (XLSX, CSV, TSV), Turtle, TriG, N-Triples, N-Quads, JSON-LD."),
    ],
    form: Annotated[
        str, typer.Option("--format", "-f", help="table, json, csv, md, html, ttl (a SHACL report) or sarif.")
    ] = "table",
    shapes: Annotated[
        Path | None, typer.Option("--shapes", help="Shapes of your own (SHACL in Turtle), applied besides ours.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Count warnings as errors.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Show so many findings at most; 0 shows all.")] = 100,
    encoding: EncodingOption = None,
    delimiter: DelimiterOption = None,
    output: OutputOption = None,
    force: ForceOption = False,
    store: StoreOption = None,
) -> None:
    """Check files against the shapes, the codes and the whole graph. Nothing is stored.

    Every finding names its cell (`Domain 2!D7`) or its line and column, what was expected, and what was probably
    meant; all of them come at once, in the language of the form.

    Exit 0: conforms · 1: a rule is broken · 2: a file cannot be read as what it claims to be.

    Examples: `migkg validate ken.xlsx` · `migkg validate data/observations/sdg-10-7-2.csv --format html -o report.html`
    """
    from migkg import foreign
    from migkg import report as written
    from migkg.findings import ordered
    from migkg.validate import validate as check_files

    if form not in _FORMATS:
        raise UsageError(f"“{form}” is not a format of this command: {', '.join(_FORMATS)}.")
    there = opened(store)
    seen: list[Candidate] = []

    def reader(path: Path) -> Candidate:
        seen.extend(read([path], there, encoding, delimiter))
        return seen[-1]

    with show.progress("Validating") as told:
        report = check_files(files, there, told, reader=reader)
        if shapes is not None:
            told("your shapes", 0, 1)
            report.findings = ordered([*report.findings, *foreign.check(shapes, seen, there)])
    if strict:
        report.findings = [replace(f, severity="error") if f.severity == "warning" else f for f in report.findings]
    most = limit or None
    if form == "table":
        if shown := written.rows(report, most):
            show.draw(shown)
    else:
        show.write(_FORMATS[form](report, most), output, force)
    cut = min(len(report.findings), limit) if limit and form != "ttl" else None
    show.note(written.verdict(report, cut))
    if not report.conforms:
        raise typer.Exit(1)


def _json(report: Report, limit: int | None) -> str:
    from migkg.report import as_dict

    return show.as_json(as_dict(report, limit))


def _by_name(name: str) -> Callable[[Report, int | None], str | bytes]:
    def made(report: Report, limit: int | None) -> str | bytes:
        from migkg import report as written

        text: str | bytes = getattr(written, name)(report, limit)
        return show.clean_lines(text) if name == "md" and isinstance(text, str) else text

    return made


_FORMATS: dict[str, Callable[[Report, int | None], str | bytes]] = {
    "table": _json,
    "json": _json,
    "csv": _by_name("csv"),
    "md": _by_name("md"),
    "html": _by_name("html"),
    "ttl": _by_name("turtle"),
    "sarif": _by_name("sarif"),
}


def template(
    method: Annotated[str, typer.Argument(help="A scoring method with questions, such as sdg-10-7-2.")],
    country: Annotated[str, typer.Option("--country", help="The country that fills it in: KEN, or its name.")],
    period: Annotated[str, typer.Option("--period", help="The year that the answers are about.")],
    language: Annotated[str, typer.Option("--lang", help="en, fr or es.")] = "en",
    output: OutputOption = None,
    force: ForceOption = False,
    store: StoreOption = None,
) -> None:
    """Make the form of a method for a country and a year: a workbook (.xlsx) or a table (.csv).

    Questions stand by domain, with lists of answers to choose from and room for evidence; what the graph knows of
    that year is filled in. Without --output the table is written to the screen.

    Example: `migkg template sdg-10-7-2 --country KEN --period 2026 -o ken.xlsx`
    """
    from migkg.template import csv, form
    from migkg.workbook import write

    ending = output.suffix.lower() if output else ".csv"
    if ending not in (".xlsx", ".csv"):
        raise UsageError(f"“{output}”: forms end in .xlsx or .csv.")
    made = form(opened(store), method, country, period, language)
    show.write(csv(made) if ending == ".csv" else write(made, output.name if output else ""), output, force)


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
