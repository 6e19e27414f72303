"""`serve`: the graph over HTTP."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from typer.core import TyperCommand

from migkg.cli import show
from migkg.cli.common import current


class Configured(TyperCommand):
    """The command with its limits at the end of its help; they are read only when somebody wants to see them."""

    @property
    def epilog(self) -> str:
        """Return the limits, one a line."""
        from migkg.server.settings import described

        lines = [f"- `{one['variable']}` ({one['default']:,}) {one['what']}" for one in described()]
        return "Limits are set in the environment, and shown by a server at /about/limits:\n\n" + "\n\n".join(lines)

    @epilog.setter
    def epilog(self, text: str | None) -> None:
        """Take nothing: the end is made."""


class Log(StrEnum):
    """What is written of each request."""

    json = "json"
    off = "off"


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)] = 8000,
    store: Annotated[str | None, typer.Option("--store", help="A release folder. Default: the built release.")] = None,
    base: Annotated[
        str | None,
        typer.Option("--base", envvar="MIGKG_BASE", help="The public address, where it differs from host and port."),
    ] = None,
    log: Annotated[
        Log | None,
        typer.Option(
            "--log",
            help="`json`: one line for each request on stderr; `off`: none. Default: off in a terminal, else json.",
        ),
    ] = None,
) -> None:
    """Serve pages, SPARQL, linked data and the API.

    With a token in the environment variable MIGKG_TOKEN, graphs can be put and deleted; without it the server only
    reads. What is put is kept beside the releases, so name a lasting folder in MIGKG_HOME.

    Example: `migkg serve --port 8000`, then open http://localhost:8000
    """
    import sys
    from pathlib import Path

    from migkg import release
    from migkg.server import Settings
    from migkg.server import serve as listen

    here = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::1", "::") else host
    settings = Settings(base=base or f"http://{here}:{port}/")
    chosen = release.read(Path(store)) if store else current()
    writes = (
        f"With the token of MIGKG_TOKEN graphs are put and deleted at {settings.url('graph')}."
        if settings.token
        else "Read-only, since MIGKG_TOKEN is not set."
    )

    def started(address: str) -> None:
        at = (base or address).rstrip("/").replace("//127.0.0.1:", "//localhost:")
        show.note(
            f"Serving release {chosen.id}\n"
            f"  open      {at}\n"
            f"  a trace   {at}/trace?q=10.7.2\n"
            f"  SPARQL    {at}/sparql\n"
            f"  API       {at}/api\n"
            f"{writes} Stop with Ctrl-C."
        )

    lines = log == Log.json if log else not sys.stderr.isatty()
    listen(host, port, chosen, settings, started, log=lines)
