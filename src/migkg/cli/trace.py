"""`trace`: from an indicator to its legal basis, as a tree, a table, a picture, JSON or RDF."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from migkg.cli import show
from migkg.cli.common import ForceOption, OutputOption, StoreOption, opened
from migkg.errors import UsageError

if TYPE_CHECKING:
    from migkg.built import Built
    from migkg.hops import Hop
    from migkg.hops import Path as Way
    from migkg.stores import Store
    from migkg.trace import Trace

COLOURS = {"treaty": "bold green", "decision": "green", "recommendation": "yellow", "voluntary": "blue", "none": "dim"}
WORDS = {
    "treaty": "binding on parties",
    "decision": "decision binding an organisation",
    "recommendation": "recommendation",
    "voluntary": "voluntary",
    "none": "",
}


FORMS = ("tree", "json", "csv", "md", "svg", "ttl", "bibtex", "csl")


def trace(
    name: Annotated[
        str | None, typer.Argument(help="An id or a code: 10.7.2, 1.2, mgi2016-1-2, gcm-o06, A/RES/70/1 …")
    ] = None,
    form: Annotated[
        str,
        typer.Option("--format", "-f", help="tree, json, csv, md (sentences with footnotes), svg, ttl, bibtex or csl."),
    ] = "tree",
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
    state: Annotated[
        str | None,
        typer.Option("--for", help="Say where this State stands towards each treaty; --as-of is then the day of that."),
    ] = None,
    backwards: Annotated[
        str | None, typer.Option("--from", help="The inverse: everything that is built on this text, e.g. icrmw.")
    ] = None,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="How much of each framework has a legal basis, and what has none.")
    ] = False,
    output: OutputOption = None,
    force: ForceOption = False,
    store: StoreOption = None,
) -> None:
    """Trace an indicator, a target, an objective … to its legal basis, hop by hop.

    Each hop names its relation, the text or body it leads to, date, legal force, how it is known, and its sources.

    Examples: `migkg trace 10.7.2` · `migkg trace 10.7.2 --binding` ·
    `migkg trace mgi2016-5-1 --related --for KEN --as-of 2010-01-01` ·
    `migkg trace --from icrmw` · `migkg trace --coverage` · `migkg trace 10.7.2 --format md` ·
    `migkg trace mgi2016-1-2 --format svg -o trace.svg`
    """
    if sum((name is not None, backwards is not None, coverage)) != 1:
        raise UsageError("Say one of these: what to trace, such as 10.7.2; --from TEXT; or --coverage.")
    if form not in FORMS:
        raise UsageError(f"“{form}” is not a format of this command: {', '.join(FORMS[:-1])} or {FORMS[-1]}.")
    given = {"--binding": binding, "--as-of": as_of, "--related": related, "--for": state}
    taken = ("--as-of", "--related") if backwards is not None else () if coverage else tuple(given)
    if extra := [option for option, value in given.items() if value and option not in taken]:
        raise UsageError(f"{'--coverage' if coverage else '--from'} cannot be combined with {' or '.join(extra)}.")
    if state and form in ("svg", "ttl"):
        raise UsageError(f"Where a State stands is not part of {form}; it is told in tree, json, csv and md.")
    graph = opened(store)
    if backwards is not None:
        _backwards(graph, backwards, as_of, related, form, output, force)
    elif coverage:
        _coverage(graph, form, output, force)
    else:
        _forwards(graph, name or "", form, Asked(binding, as_of, related, state), output, force)


class Asked(NamedTuple):
    """How a trace is narrowed or widened."""

    binding: bool
    as_of: str | None
    related: bool
    state: str | None


def _forwards(graph: Store, name: str, form: str, asked: Asked, output: Path | None, force: bool) -> None:
    from migkg import cite, prose
    from migkg.plot import svg
    from migkg.trace import MAX_PATHS
    from migkg.trace import trace as find_paths

    found = find_paths(graph, name, **asked._asdict())
    cited = [source.id for hop in found.hops() for source in hop.sources]
    cited += [reading.source for group in found.standings.values() for one in group for reading in one.readings]
    writers: dict[str, Callable[[], str | bytes | None]] = {
        "tree": lambda: _tree(found, asked.binding),
        "json": lambda: show.as_json(found.to_dict()),
        "csv": lambda: show.rows(found.rows(), "csv"),
        "md": lambda: show.clean_lines(prose.markdown(found, prose.phrases(graph))),
        "svg": lambda: svg(found),
        "ttl": lambda: found.turtle(graph),
        "bibtex": lambda: cite.bibtex(graph, cited),
        "csl": lambda: show.as_json(cite.csl(graph, cited)),
    }
    show.write(writers[form](), output, force)
    if found.cut:
        show.note(f"There are more than {MAX_PATHS} paths; the others are not shown.")


def _backwards(
    graph: Store, name: str, as_of: str | None, related: bool, form: str, output: Path | None, force: bool
) -> None:
    from migkg import cite
    from migkg.built import COLUMNS, built_on

    found = built_on(graph, name, as_of=as_of, related=related)
    cited = [source.id for one in found.things for hop in one.way for source in hop.sources]
    writers: dict[str, Callable[[], str | bytes | None]] = {
        "tree": lambda: _roots(found),
        "json": lambda: show.as_json(found.to_dict()),
        "csv": lambda: show.rows(found.rows(), "csv", columns=COLUMNS),
        "md": lambda: show.rows(found.rows(), "md", columns=COLUMNS),
        "bibtex": lambda: cite.bibtex(graph, cited),
        "csl": lambda: show.as_json(cite.csl(graph, cited)),
    }
    if form not in writers:
        raise UsageError(f"--from has no format “{form}”; it has {', '.join(writers)}.")
    show.write(writers[form](), output, force)


def _coverage(graph: Store, form: str, output: Path | None, force: bool) -> None:
    from migkg.coverage import coverage

    found = coverage(graph)
    if form == "json":
        show.write(show.as_json(found.to_dict()), output, force)
    elif form in ("csv", "md"):
        show.write(show.rows(found.rows(), form), output, force)
    elif form == "tree":
        show.draw(found.frameworks(), "Legal basis of the parts of each framework", ["framework_label"])
        show.draw(found.rows(), "The same by kind of part", ["framework_label"])
        if found.gaps:
            gaps = [{key: gap[key] for key in ("part", "part_label", "reason", "searched")} for gap in found.gaps]
            show.draw(gaps, "Spoken gaps: no legal basis was found")
        show.note(found.sentence())
    else:
        raise UsageError(f"--coverage has no format “{form}”; it has tree, json, csv and md.")


def _roots(found: Built) -> None:
    from rich.text import Text
    from rich.tree import Tree

    end = found.end
    title = Text.assemble((show.clean(end.label or end.id), "bold"), f"  {end.id}", (f"  {end.kind}", "dim"))
    branches: dict[str, Any] = {end.id: Tree(title)}
    if not found.things:
        branches[end.id].add(Text("Nothing that is recorded rests on it."))
    for one in found.things:
        hop = one.way[0]
        code = one.code if one.code.lower() not in (one.id, one.label.lower()) else ""
        facts = " · ".join(x for x in (one.id, code, one.kind, hop.date or "date unknown") if x)
        basis = hop.basis + (f", confidence {hop.confidence}" if hop.confidence else "")
        line = Text.assemble(
            (show.clean(one.label), ""),
            (f"  {facts}", "dim"),
            (f"\n   {hop.relation_label} → {show.clean(hop.to_label)}", "italic"),
            ("" if one.legal else " (no legal basis)", "yellow"),
            (f"  {basis}: {show.clean('; '.join(s.title for s in hop.sources[:2]))}", "dim"),
        )
        branches[one.id] = branches[hop.to].add(line)
    show.console().print(branches[end.id])
    legal = sum(one.legal for one in found.things)
    related = len(found.things) - legal
    more = f", and {show.counted(related, 'more')} only related".replace("mores", "more") if related else ""
    show.note(f"{show.counted(legal, 'thing')} built on {end.id}{more}; each stands once, at its nearest place.")
    if not related:
        show.note("--related adds what cites it, recalls it or only has to do with it.")


def _tree(found: Trace, binding: bool) -> None:
    _paths(found, binding)
    if found.state:
        _standing(found)


def _standing(found: Trace) -> None:
    assert found.state
    more = "" if found.extra["related"] else " --related adds the treaties that it only relates to."
    when = f" on {found.state_day}" if found.state_day else ", each by lists of their own day"
    label = show.clean(found.state.label or found.state.id)
    said = {one.treaty: one for group in found.standings.values() for one in group}
    rows = [
        {
            "treaty": one.treaty,
            "title": one.treaty_label,
            "answer": one.answer,
            "in words": one.sentence(),
            "lists": ", ".join(r.list for r in one.readings),
        }
        for one in said.values()
    ]
    if rows:
        show.draw(rows, f"{label} and the treaties on these paths{when}")
    else:
        show.note(f"No treaty stands on these paths, so nothing can be said of {label}.")
    if more:
        show.note(more.strip())


def _paths(found: Trace, binding: bool) -> None:
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
        if found.gap:
            root.add(Text(f"No legal basis was found (looked for on {found.gap['as_of']}). {found.gap['reason']}"))
            root.add(Text(f"Searched: {found.gap['searched']}"))
        else:
            root.add(Text(f"No legal basis is recorded{when}. That says nothing was found, not that there is none."))
    _grow(root, found.paths)
    out.print(root)
    if found.paths:
        ends = len({path.hops[-1].to for path in found.paths})
        show.note(
            f"{show.counted(len(found.paths), 'path')} to {show.counted(ends, 'text')}. "
            "A path is as strong as its weakest text; --binding says what binds."
        )


def _grow(root: Any, paths: tuple[Way, ...]) -> None:
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
