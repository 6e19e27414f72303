"""`trace`: from an indicator to its legal basis, as a tree, a table, a picture, JSON or RDF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from migkg.cli import show
from migkg.cli.common import ForceOption, OutputOption, StoreOption, opened
from migkg.errors import UsageError

if TYPE_CHECKING:
    from migkg.hops import Hop, Path
    from migkg.trace import Trace

COLOURS = {"treaty": "bold green", "decision": "green", "recommendation": "yellow", "voluntary": "blue", "none": "dim"}
WORDS = {
    "treaty": "binding on parties",
    "decision": "decision binding an organisation",
    "recommendation": "recommendation",
    "voluntary": "voluntary",
    "none": "",
}


def trace(
    name: Annotated[str, typer.Argument(help="An id or a code: 10.7.2, 1.2, mgi2016-1-2, gcm-o06, A/RES/70/1 …")],
    form: Annotated[str, typer.Option("--format", "-f", help="tree, json, csv, md, svg or ttl.")] = "tree",
    binding: Annotated[
        bool,
        typer.Option(
            "--binding", help="Only what binds: paths that bind throughout, then those that reach binding law."
        ),
    ] = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Only hops that held on this day, e.g. 2016-12-31.")
    ] = None,
    related: Annotated[
        bool, typer.Option("--related", help="Add relations of meaning; they are no legal basis.")
    ] = False,
    output: OutputOption = None,
    force: ForceOption = False,
    store: StoreOption = None,
) -> None:
    """Trace an indicator, a target, an objective … to its legal basis, hop by hop.

    Each hop names its relation, the text or body it leads to, date, legal force, how it is known, and its sources.

    Examples: `migkg trace 10.7.2` · `migkg trace 10.7.2 --binding` ·
    `migkg trace mgi2016-1-2 --format svg -o trace.svg`
    """
    from migkg.trace import MAX_PATHS
    from migkg.trace import trace as find_paths

    graph = opened(store)
    found = find_paths(graph, name, as_of=as_of, related=related, binding=binding)
    if form == "tree":
        _tree(found, binding)
    elif form == "json":
        show.write(show.as_json(found.to_dict()), output, force)
    elif form in ("csv", "md"):
        rows = found.rows()
        show.write(show.rows(rows, form), output, force)
    elif form == "svg":
        from migkg.plot import svg

        show.write(svg(found), output, force)
    elif form == "ttl":
        show.write(found.turtle(graph), output, force)
    else:
        raise UsageError(f"“{form}” is not a format of this command: tree, json, csv, md, svg or ttl.")
    if found.cut:
        show.note(f"There are more than {MAX_PATHS} paths; the others are not shown.")


def _tree(found: Trace, binding: bool) -> None:
    from rich.text import Text
    from rich.tree import Tree

    start = found.start
    title = Text.assemble((show.clean(start.label or start.id), "bold"), f"  {start.id}", (f"  {start.kind}", "dim"))
    out = show.console()
    if binding:
        groups = [
            ("Binding throughout", found.binding, "No path binds throughout."),
            ("Reaching binding law through a text that does not bind", found.reaching, "None."),
        ]
        for heading, paths, none in groups:
            root = Tree(Text.assemble((heading, "bold underline")))
            if paths:
                _grow(root.add(title), paths)
            else:
                root.add(Text(none))
            out.print(root)
        for path in found.reaching:
            weak = "; ".join(f"{hop.to_label} ({WORDS[hop.force]})" for hop in path.weak_texts)
            show.note(f"To {path.hops[-1].to_label}: weaker texts on the way: {weak}.")
        return
    root = Tree(title)
    if not found.paths:
        when = f" as of {found.as_of}" if found.as_of else ""
        root.add(Text(f"No legal basis is recorded{when}. That says nothing was found, not that there is none."))
    _grow(root, found.paths)
    out.print(root)
    if found.paths:
        ends = len({path.hops[-1].to for path in found.paths})
        show.note(
            f"{show.counted(len(found.paths), 'path')} to {show.counted(ends, 'text')}. "
            "A path is as strong as its weakest text; --binding says what binds."
        )


def _grow(root: Any, paths: tuple[Path, ...]) -> None:
    branches: dict[tuple[str, ...], Any] = {(): root}
    for path in paths:
        key: tuple[str, ...] = ()
        for hop in path.hops:
            above, key = key, (*key, hop.relation + ">" + hop.to)
            if key not in branches:
                branches[key] = branches[above].add(_line(hop))


def _line(hop: Hop) -> Any:
    from rich.text import Text

    date = hop.date or "date unknown"
    name = hop.to if len(hop.to) < 40 else ""
    code = "" if hop.to_code.lower() == name else hop.to_code
    facts = [x for x in (name, code, date, WORDS[hop.force]) if x]
    basis = hop.basis + (f", confidence {hop.confidence}" if hop.confidence else "")
    cited = "; ".join(s.title + (f", {s.locator}" if s.locator else "") for s in hop.sources[:3])
    more = f" and {len(hop.sources) - 3} more" if len(hop.sources) > 3 else ""
    return Text.assemble(
        (f"{hop.relation_label} → " if hop.legal else f"{hop.relation_label} (no legal basis) → ", "italic"),
        (show.clean(hop.to_label), COLOURS[hop.force]),
        ("  " + " · ".join(facts), ""),
        (f"\n   {basis}: {show.clean(cited)}{more}", "dim"),
    )
