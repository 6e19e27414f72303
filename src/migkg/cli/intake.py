"""`import`: tables that others publish become files of `data/`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from migkg.cli import show
from migkg.cli.common import StoreOption, opened
from migkg.errors import UsageError

if TYPE_CHECKING:
    from migkg.findings import Finding
    from migkg.intake import Outcome


def import_(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="CSV or TSV, .xlsx, SDMX-CSV, SDMX-ML, filled forms (.xlsx, .csv), RDF.", show_default=False
        ),
    ],
    into: Annotated[Path, typer.Option("--output", "-o", help="The folder to write to, laid out as data/ is.")],
    indicator: Annotated[str, typer.Option("--indicator", help="What is valued, e.g. 10.7.2 or sdg1072-d1.")] = "",
    period: Annotated[
        str, typer.Option("--period", "-p", help="The year of all values, or the only year to take.")
    ] = "",
    source: Annotated[str, typer.Option("--source", help="The source of the figures, e.g. src-unsd-sdg-related.")] = "",
    source_title: Annotated[
        str, typer.Option("--source-title", help="For a source that is not described yet: its title.")
    ] = "",
    source_publisher: Annotated[str, typer.Option("--source-publisher", help="… who publishes it.")] = "",
    source_licence: Annotated[
        str, typer.Option("--source-licence", help="… on what terms: the address of a licence, or words.")
    ] = "",
    unit: Annotated[str, typer.Option("--unit", help="The unit of figures, e.g. percent.")] = "",
    name: Annotated[str, typer.Option("--name", help="Name of the new table. Default: that of the file.")] = "",
    treaty: Annotated[str, typer.Option("--treaty", help="For a status table: the treaty, e.g. crc.")] = "",
    organisation: Annotated[str, typer.Option("--organisation", help="For members: the body, e.g. asean.")] = "",
    role: Annotated[str, typer.Option("--role", help="For members: as what they belong, e.g. member.")] = "",
    as_of: Annotated[str, typer.Option("--as-of", help="For lists: the day of the list, e.g. 2022-08-25.")] = "",
    whole: Annotated[bool, typer.Option("--whole", help="For lists: who is not on it does not belong.")] = False,
    scope: Annotated[str, typer.Option("--scope", help="For a whole list: whom it covers, in English words.")] = "",
    layout: Annotated[
        str | None, typer.Option("--layout", help="A layout by name, or a YAML file of one's own.")
    ] = None,
    names: Annotated[
        Path | None, typer.Option("--names", help="A CSV, name and area: what this file means by a name; - leaves out.")
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore-column", help="A column of parts, such as Sex, whose rows are all the whole."),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Take only the rows in which a column says so: Sex=Total.")
    ] = None,
    missing: Annotated[
        str | None, typer.Option("--missing", help="Further words for “no value”, separated by commas.")
    ] = None,
    decimal: Annotated[str, typer.Option("--decimal", help="The decimal sign of the figures, . or ,")] = ".",
    dates: Annotated[
        str, typer.Option("--dates", help="How 03/04/2024 is meant: dmy (3 April) or mdy (4 March).")
    ] = "",
    encoding: Annotated[str | None, typer.Option("--encoding", help="When it is not UTF-8, e.g. cp1252.")] = None,
    delimiter: Annotated[
        str | None, typer.Option("--delimiter", help="What separates the cells, when that is unclear.")
    ] = None,
    sheet: Annotated[str, typer.Option("--sheet", help="For a workbook with several tables: the sheet.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do all but write.")] = False,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="Leave out the shapes and checks; `migkg validate` runs them.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that differ.")] = False,
    form: Annotated[str, typer.Option("--format", "-f", help="table or json.")] = "table",
    store: StoreOption = None,
) -> None:
    """Bring a published table into the form of data/: recognised, read strictly, checked, written whole or not at all.

    Reads downloads of the SDG Global Database, SDMX, wide and long tables, status of treaties, lists of members,
    filled forms. Nothing is guessed: what the file leaves open, a flag must say. A row that cannot be taken stops the
    import and is listed with its line.

    Exit 0: done · 1: rows are refused or a rule is broken · 2: a file cannot be read, or a flag is missing.

    Example: `migkg import download.csv -o data --indicator 10.7.2 --dry-run`
    """  # fmt: skip
    from migkg import intake
    from migkg.intake import cells

    if form not in ("table", "json"):
        raise UsageError(f"“{form}” is not a format of this command: table or json.")
    there = opened(store)
    words = (*cells.MISSING, *(w.strip() for w in (missing or "").split(",")))
    wishes = intake.Wishes(
        indicator=indicator, period=period, source=source, source_title=source_title,
        source_publisher=source_publisher, source_licence=source_licence, unit=unit, name=name, treaty=treaty,
        organisation=organisation, role=role, as_of=as_of, whole=whole, scope=scope, layout=layout,
        names=intake.own_names(names) if names else {}, decimal=decimal, encoding=encoding, delimiter=delimiter,
        sheet=sheet, dates=dates, missing=words, ignored=tuple(ignore or ()), only=_pairs(only or []),
    )  # fmt: skip

    def check(made: Sequence[Path]) -> list[Finding]:
        from migkg.validate import validate

        with show.progress("Checking") as told:
            return validate(made, there, told).findings

    with _progress() as told:
        found = intake.run(
            files, there, into, wishes, dry_run=dry_run, force=force, check=None if unchecked else check, progress=told
        )
    if form == "json":
        show.write(show.as_json([one.to_dict() for one in found]), None)
    else:
        _tell(found, dry_run)
    if any(one.errors for one in found):
        show.note("Nothing was written.")
        raise typer.Exit(1)


def _pairs(said: list[str]) -> dict[str, str]:
    """Return column and word of each `Sex=Total`. Raises UsageError."""
    found = {}
    for one in said:
        column, _, word = one.rpartition("=")
        if not column:
            raise UsageError(f"--only {one}: write the column and the word that its rows must have, such as Sex=Total.")
        found[column.strip()] = word.strip()
    return found


def _tell(found: list[Outcome], dry_run: bool) -> None:
    """Say of each file what it was, what became of its rows, and what is wrong."""
    for one in found:
        from_line = f", header in line {one.header_line}" if one.header_line > 1 else ""
        show.note(f"{one.file}: {one.recognised}; {one.form}{from_line}.")
        why = ", ".join(f"{number:,} {reason}" for reason, number in sorted(one.skipped.items()))
        show.note(
            f"  {show.counted(one.read, one.counts)} read = {one.accepted:,} accepted + {one.refused:,} refused + "
            f"{one.skipped.total():,} skipped{f' ({why})' if why else ''}."
        )
        for path in one.written:
            verb = "Would write" if dry_run else "Unchanged:" if one.unchanged else "Wrote"
            show.note(f"  {verb} {path}")
    rows = [
        {"file": f.file, **{k: v for k, v in f.to_dict().items() if k != "file"}} for one in found for f in one.findings
    ]
    columns = [
        c
        for c in ("file", "sheet", "cell", "line", "column", "severity", "value", "message", "fix")
        if any(r[c] for r in rows)
    ]
    if len(found) == 1 and "file" in columns:
        columns.remove("file")
    if rows:
        show.draw([{c: row[c] for c in columns} for row in rows])
    for one in found:
        listed = sum(f.severity == "error" for f in one.findings)
        if one.errors > listed:
            show.note(f"{one.file}: {one.errors:,} errors in all; the first {listed} are listed.")


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show on a terminal how much of a file is read, how fast, and how long it will take; stay silent elsewhere."""
    import sys

    if not sys.stderr.isatty():
        yield lambda _step, _done, _total: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(),
        console=show.console(err=True), transient=True,
    )  # fmt: skip
    with bar:
        tasks: dict[str, object] = {}

        def told(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(tasks[step], completed=done, total=total)  # type: ignore[arg-type]

        yield told
