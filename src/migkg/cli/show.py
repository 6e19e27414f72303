"""How answers look: tables for people, JSON and CSV for machines.

Results go to standard output, talk to standard error.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from migkg.errors import ResourceMissing, UsageError
from migkg.tables import markdown, table

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
WIDE = 140

Row = dict[str, Any]


def clean(text: object) -> str:
    """Return text without control characters, so that a label cannot drive the terminal."""
    return _CONTROL.sub("�", str(text))


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: 1 path, 2 paths."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def clean_lines(text: str) -> str:
    """Clean text of several lines, line by line."""
    return "\n".join(clean(line) for line in text.split("\n"))


def console(err: bool = False) -> Any:
    """Return a rich console: colours on a terminal only, a fixed width elsewhere."""
    from rich.console import Console

    stream = sys.stderr if err else sys.stdout
    return Console(stderr=err, width=None if stream.isatty() else WIDE, highlight=False, soft_wrap=False)


def note(text: str) -> None:
    """Say something on standard error."""
    print(clean(text), file=sys.stderr)


def rows(
    found: Sequence[Row], form: str, *, title: str = "", hide: Sequence[str] = (), columns: Sequence[str] = ()
) -> str | None:
    """Return rows as text in `json`, `csv` or `md`; for `table` print them and return None.

    `columns` is the header of a table without rows.
    """
    if form == "json":
        return as_json(list(found))
    if form == "csv":
        return table(found, columns)
    if form == "md":
        return clean_lines(markdown(found, hide, columns))
    if form != "table":
        raise UsageError(f"“{form}” is not a format of this command.")
    draw(found, title, hide)
    return None


def as_json(value: Any) -> str:
    """Return indented JSON with a final newline."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def draw(found: Sequence[Row], title: str = "", hide: Sequence[str] = ()) -> None:
    """Print rows as a table; nothing is cut, long cells wrap."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    columns = [c for c in found[0] if c not in hide] if found else []
    drawn = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for column in columns:
        numeric = all(_is_number(row[column]) for row in found if row[column] not in (None, ""))
        drawn.add_column(column.replace("_", " "), justify="right" if numeric else "left", overflow="fold")
    for row in found:
        drawn.add_row(*(Text(clean("" if row[c] is None else row[c])) for c in columns))
    console().print(drawn)


def write(text: str | bytes | None, output: Path | None, force: bool = False) -> None:
    """Send text to standard output, or to a file that is written whole or not at all.

    Raises UsageError when the file exists and `force` is not given, ResourceMissing when it cannot be written.
    """
    if text is None:
        return
    data = text.encode() if isinstance(text, str) else text
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    if output.exists() and not force:
        raise UsageError(f"{output} exists. Choose another name, or overwrite it with --force.")
    beside = output.with_name(f".{output.name}.part")
    try:
        beside.write_bytes(data)
        beside.replace(output)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ResourceMissing(f"{output} cannot be written: {error.strerror}.") from None
    note(f"Wrote {output} ({len(data):,} bytes).")


@contextmanager
def progress(what: str) -> Iterator[Callable[[str, int, int], None]]:
    """Give a function (step, done, total) that shows progress on a terminal and stays silent elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _step, _done, _total: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{speed:,.0f}/s" if (speed := task.finished_speed or task.speed or 0) >= 1 else "")

    bar = Progress(
        TextColumn(what), TextColumn("{task.description:<6}"), BarColumn(), MofNCompleteColumn(), Rate(),
        TimeElapsedColumn(), TimeRemainingColumn(), console=console(err=True), transient=True,
    )  # fmt: skip
    with bar:
        tasks = {"": bar.add_task("", total=1)}

        def told(step: str, done: int, total: int) -> None:
            (before, task), *_ = tasks.items()
            if step != before:  # a step has a rate of its own
                bar.remove_task(tasks.pop(before))
                task = tasks[step] = bar.add_task(clean(step), total=total)
            bar.update(task, completed=done, total=total)

        yield told


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True
