"""The command line: words in, tables out. Each command is one call of the library; nothing is decided here."""

from __future__ import annotations

import os
import sys

import typer

from migkg._version import __version__
from migkg.cli import ask, diff, explain, files, intake, make, mapping, push, put, score, serve, trace
from migkg.errors import MigkgError

EPILOG = (
    "Exit codes: 0 done · 1 the answer is no (a rule is broken) · 2 wrong use or unreadable input · "
    "3 something is in the way."
)

app = typer.Typer(
    name="migkg",
    help="The knowledge graph of migration governance: trace indicators to law, score, map, query, export.",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"migkg {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    """Hold the options before a command."""


LOOK, WORK, SHARE, RUN = "Look up", "Work with files", "Share", "Make and check"
app.command("trace", rich_help_panel=LOOK)(trace.trace)
app.command("score", rich_help_panel=LOOK)(score.score)
app.command("explain", rich_help_panel=LOOK)(explain.explain)
app.command("compare", rich_help_panel=LOOK)(explain.compare)
app.command("map", rich_help_panel=LOOK)(mapping.map_)
app.command("ask", rich_help_panel=LOOK, context_settings=ask.OPEN)(ask.ask)
app.command("find", rich_help_panel=LOOK)(ask.find)
app.command("query", rich_help_panel=LOOK)(ask.query)
app.command("template", rich_help_panel=WORK)(files.template)
app.command("validate", rich_help_panel=WORK)(files.validate)
app.command("import", rich_help_panel=WORK)(intake.import_)
app.command("export", rich_help_panel=SHARE)(files.export)
app.command("diff", rich_help_panel=SHARE)(diff.diff)
app.command("put", rich_help_panel=SHARE)(put.put)
app.command("push", rich_help_panel=SHARE)(push.push)
app.command("serve", rich_help_panel=SHARE, cls=serve.Configured)(serve.serve)
app.command("build", rich_help_panel=RUN)(make.build)
app.command("info", rich_help_panel=RUN)(make.info)
app.command("reason", rich_help_panel=RUN)(make.reason)
app.command("doctor", rich_help_panel=RUN)(make.doctor)


def main() -> None:
    """Run the command line; every error becomes one sentence and an exit code."""
    debug = bool(os.environ.get("MIGKG_DEBUG"))
    try:
        app()
    except MigkgError as error:
        _say(str(error))
        raise SystemExit(error.exit_code) from (error if debug else None)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): leave quietly.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except KeyboardInterrupt:
        _say("Stopped.")
        raise SystemExit(130) from None
    except Exception as error:
        if debug:
            raise
        _say(f"This should not have happened: {type(error).__name__}: {error}. Set MIGKG_DEBUG=1 to see where.")
        raise SystemExit(3) from None


def _say(text: str) -> None:
    from migkg.cli.show import clean

    print(f"migkg: {clean(text)}", file=sys.stderr)
