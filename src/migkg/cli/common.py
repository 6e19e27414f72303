"""Options that several commands share, and how a command gets its store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from migkg.errors import UsageError
from migkg.release import Release
from migkg.stores import Store

if TYPE_CHECKING:
    from migkg.candidate import Candidate

StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store", help="Where the graph is: a release folder or a SPARQL endpoint. Default: the built release."
    ),
]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead of the screen.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Overwrite the output file.")]
EncodingOption = Annotated[
    str | None, typer.Option("--encoding", help="Of a table that is not UTF-8: cp1252, latin-1, utf-16, …")
]
DelimiterOption = Annotated[
    str | None, typer.Option("--delimiter", help="What separates the columns, where the header leaves it open.")
]


def read(paths: Sequence[Path], store: Store, encoding: str | None, delimiter: str | None) -> list[Candidate]:
    """Read files as they are meant. Raises UsageError, InputError."""
    from migkg import candidate

    if delimiter is not None and len(delimiter) != 1:
        raise UsageError("--delimiter takes one character, such as ';'.")
    return [candidate.read(path, store=store, encoding=encoding, delimiter=delimiter) for path in paths]


def current() -> Release:
    """Return the release, built first where there is none, and say so when the files have changed since."""
    from migkg import assets, release
    from migkg.build import ensure
    from migkg.cli import show

    found = release.current()
    if found is None:
        show.note(f"Building the graph for the first time, in {release.place()} …")
        with show.progress("Building") as report:
            return ensure(report)
    if assets.checkout() and found.manifest.get("assets") != assets.fingerprint():
        show.note("The files have changed since this release was built; `migkg build` makes the next one.")
    return found


def opened(where: str | None) -> Store:
    """Open the store that `--store` names; the current release without it."""
    from migkg.stores import open_store

    if where is None:
        current()
    return open_store(where)
