"""`push`: the release in a server of another make."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from migkg.cli import show
from migkg.cli.common import current
from migkg.errors import UsageError


def push(
    to: Annotated[str, typer.Argument(help="The server, as sparql+https://user@host/path.")],
    store: Annotated[
        Path | None, typer.Option("--store", help="A release folder to push. Default: the built release.")
    ] = None,
    compute: Annotated[
        bool, typer.Option("--compute", help="Let the server derive and score by its own engine.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    form: Annotated[str, typer.Option("--format", "-f", help="table or json.")] = "table",
) -> None:
    """Put the release into a SPARQL server: only the graphs that changed; removed is only what a push put there.

    All graphs are counted afterwards, and what was put is fetched back and compared. A push that broke off is gone on
    with by the next one. The password comes from the environment variable MIGKG_STORE_PASSWORD or a netrc file.

    Example: `migkg push sparql+http://admin@localhost:3030/ds --dry-run`
    """
    from migkg import push as pusher
    from migkg import release
    from migkg.stores import is_remote
    from migkg.stores.remote import RemoteStore

    if form not in ("table", "json"):
        raise UsageError(f"“{form}” is not a format of this command: table or json.")
    if not is_remote(to):
        raise UsageError("push takes the address of a server, such as sparql+https://user@host/path.")
    far = RemoteStore(to)
    made = release.read(store) if store else current()
    with show.progress("Pushing") as report:
        said = (
            pusher.plan(far, made, compute=compute)
            if dry_run
            else pusher.push(far, made, compute=compute, progress=report)
        )
    if form == "json":
        show.write(show.as_json(said.to_dict()), None)
        return
    rows = [s for s in said.steps if s.action != "keep"]
    if rows:
        show.draw(
            [{"action": s.action, "graph": s.graph, "statements": s.statements, "why": s.note or s.why} for s in rows]
        )
    counts = ", ".join(f"{name} {count}" for name, count in said.counted().items() if count)
    done = f"{said.statements:,} statements there, all counted" if said.done else "Nothing was sent"
    print(f"Release {said.release} and {said.server} ({said.make}): {counts}. {done}.")
