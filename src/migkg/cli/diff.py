"""`diff`: what changed between two releases."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from migkg.cli import show
from migkg.cli.common import ForceOption, OutputOption
from migkg.errors import UsageError

if TYPE_CHECKING:
    from migkg.diff import Diff

FORMATS = ("text", "json", "ttl", "trig", "nq-patch")


def diff(
    old: Annotated[
        str | None, typer.Argument(help="A release (its folder or id) or a dump. Default: the one before the current.")
    ] = None,
    new: Annotated[str | None, typer.Argument(help="The other one. Default: the current release.")] = None,
    form: Annotated[str, typer.Option("--format", "-f", help=", ".join(FORMATS) + ".")] = "text",
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="In text, show so many of each list at most; 0 shows all.")
    ] = 50,
    output: OutputOption = None,
    force: ForceOption = False,
) -> None:
    """Say what changed between two releases: things, labels, figures, and statements by graph.

    text and json are in plain words; ttl counts by graph as RDF; trig also has every statement that came or went, in
    graphs of their own; nq-patch is an RDF Patch that makes the new release of the old one. A dump is any file of
    N-Quads, TriG, N-Triples or Turtle, also compressed (.gz).

    Examples: `migkg diff` · `migkg diff 0.1.0-7eb1dc6f9dd1 migkg.nq.gz --format json`
    """
    import pyoxigraph as ox

    from migkg import diff as diffs
    from migkg import release
    from migkg.releases import lines, previous

    if form not in FORMATS:
        raise UsageError(f"“{form}” is not a format of this command: {', '.join(FORMATS)}.")
    current = release.current()
    if current is None and (old is None or new is None):
        raise UsageError("Nothing is built yet. Name two releases or dumps, or run `migkg build`.")
    first = old or str(previous(current).path)
    with lines(first) as (one, name), lines(new or str(current.path if current else "")) as (other, named):
        found = diffs.compare(one, other, (name, named))
    write: dict[str, Callable[[Diff], str | bytes]] = {
        "text": lambda made: show.clean_lines(diffs.words(made, limit or None)),
        "json": lambda made: show.as_json(made.to_dict()),
        "ttl": lambda made: diffs.rdf(made, ox.RdfFormat.TURTLE),
        "trig": lambda made: diffs.rdf(made, ox.RdfFormat.TRIG),
        "nq-patch": diffs.patch,
    }
    show.write(write[form](found), output, force)
