"""`put`: a file becomes a graph of a running server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from migkg.cli import show
from migkg.cli.common import EncodingOption
from migkg.errors import UsageError


def put(
    file: Annotated[Path | None, typer.Argument(help="A filled form (CSV, XLSX) or an RDF file.")] = None,
    to: Annotated[str, typer.Option("--to", help="The address of the server.")] = "http://localhost:8000",
    graph: Annotated[
        str | None, typer.Option("--graph", "-g", help="The IRI of the graph; a form has its own.")
    ] = None,
    delete: Annotated[bool, typer.Option("--delete", help="Delete the graph instead.")] = False,
    encoding: EncodingOption = None,
    plain: Annotated[bool, typer.Option("--plain", help="Send the token over http to another machine.")] = False,
) -> None:
    """Put a file into a running server as a named graph, or delete one.

    The server checks it first, and writes all of it or nothing. The token comes from the environment variable
    MIGKG_TOKEN. Exit 1: the file does not conform; each place is listed.

    A form becomes the graph of its method, country and year, whatever its file is called: a corrected form takes the
    place of the one before it.

    Example: `migkg put sdg-10-7-2-KEN-2026.csv --to http://localhost:8000`
    """
    from migkg import sending

    if (file is None) != delete:
        raise UsageError("Name one file, or --delete and a --graph.")
    address = sending.place(to, plain=plain)
    if file is None:
        if graph is None:
            raise UsageError("--delete needs the --graph to delete.")
        answer = sending.drop(address, graph, sending.token())
        name = graph
    else:
        name = graph or sending.graph_for(file, encoding)
        answer = sending.send(file, address, name, sending.token(), encoding)
    rows = [{"place": _place(row), **{c: str(row.get(c) or "") for c in _SHOWN}} for row in answer.findings]
    if rows:
        show.draw([{c: row[c] for c in row if any(r[c] for r in rows)} for row in rows])
    if not answer.done:
        show.note(answer.message)
        raise typer.Exit(1)
    print(f"{name}: {answer.message}. The release is {answer.release} now.")


_SHOWN = ("severity", "value", "message", "fix")


def _place(found: dict[str, Any]) -> str:
    """Write where something was found as `validate` does."""
    from dataclasses import fields

    from migkg.findings import Finding

    said = {f.name: found[f.name] for f in fields(Finding) if f.name in found and found[f.name] is not None}
    return Finding(**{"severity": "", "check": "", "focus": "", "path": "", "value": "", "message": "", **said}).place
