"""`map`: mappings between two frameworks, what follows from others, and what has no counterpart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from migkg.cli import show
from migkg.cli.common import ForceOption, OutputOption, StoreOption, opened

if TYPE_CHECKING:
    from migkg.crosswalk import Crosswalk, Mapping


def map_(
    left: Annotated[str, typer.Argument(help="A framework: migof, mgi-2016, mgi, sdg, gcm …")],
    right: Annotated[str, typer.Argument(help="Another framework.")],
    gaps: Annotated[bool, typer.Option("--gaps", help="Only the parts without a counterpart.")] = False,
    composed: Annotated[
        bool, typer.Option("--composed", help="Also what follows from two mappings over a third framework.")
    ] = False,
    form: Annotated[str, typer.Option("--format", "-f", help="table, json, csv, md or sssom.")] = "table",
    output: OutputOption = None,
    force: ForceOption = False,
    store: StoreOption = None,
) -> None:
    """Map one framework to another: relation, basis, confidence, reason, sources, and the gaps said aloud.

    Composed mappings are suggestions that nobody has looked at; each names the two mappings it follows from.

    Examples: `migkg map migof mgi-2016` · `migkg map --gaps mgi-2016 sdg` · `migkg map gcm mgi --composed`
    """
    from migkg.crosswalk import crosswalk, table

    here = opened(store)
    found = crosswalk(here, left, right, composed)
    if form == "json":
        said = found.to_dict()
        show.write(
            show.as_json({k: v for k, v in said.items() if not (gaps and k in ("mappings", "composed"))}), output, force
        )
    elif form == "table":
        _draw(found, gaps)
    elif form == "sssom" and not gaps:
        show.write(table(here, found), output, force)
    else:
        lacking = [g.to_dict() for g in found.gaps]
        show.write(show.rows(lacking if gaps else [_row(m, composed) for m in found.all()], form), output, force)


def _row(m: Mapping, composed: bool) -> dict[str, Any]:
    """Return a mapping as a row; the last columns only where composed ones are among them."""
    row = {
        "subject": m.subject,
        "subject_label": m.subject_label,
        "relation": m.predicate,
        "object": m.object,
        "object_label": m.object_label,
        "basis": m.basis,
        "confidence": m.confidence,
        "comment": m.comment,
        "justification": m.justification,
        "sources": " ".join(m.sources),
    }
    steps = getattr(m, "path", ())
    path = {"through": getattr(m, "through", None), "path": " ".join(step.mapping for step in steps)}
    return {**row, **path} if composed else row


def _draw(found: Crosswalk, gaps: bool) -> None:
    """Print what joins the two, what follows, the gaps that somebody states, and the parts that are simply unmapped."""
    if not gaps:
        joined = [_cells(m) for m in found.mappings if m.object is not None]
        count = show.counted(len(joined), "mapping")
        _list(joined, f"{found.left.label} and {found.right.label}: {count}")
        if found.composed is not None:
            follows = [
                {
                    **_cells(one),
                    "path": f"through {one.through} {one.through_label}: "
                    + "; ".join(
                        f"{s.subject} {s.predicate} {s.object} ({s.mapping}, {s.basis}"
                        + (f", {s.confidence})" if s.confidence else ")")
                        for s in one.path
                    ),
                }
                for one in found.composed
            ]
            title = f"Suggestions composed of two mappings, looked at by nobody: {len(follows)}"
            _list(follows, title, hide=("basis",))
    stated = [_cells(m) for m in found.mappings if m.object is None]
    if stated:
        _list(stated, f"Gaps that somebody states: {len(stated)}", hide=("relation", "to"))
    silent = [g.to_dict() for g in found.gaps if g.stated is None]
    _list(silent, f"Parts simply without a mapping: {len(silent)}", hide=("stated",))
    show.note("A part without a mapping: none was made or found; that is not proof that none is possible.")


def _list(rows: list[dict[str, Any]], title: str, hide: tuple[str, ...] = ()) -> None:
    """Print a table, or only its title where there is nothing to list."""
    if rows:
        show.draw(rows, title, hide)
    else:
        show.console().print(show.clean(title), markup=False)


def _cells(m: Mapping) -> dict[str, Any]:
    """Return a mapping as the cells of a table for people: who says so stands beside what is said."""
    return {
        "from": f"{m.subject} {m.subject_label}",
        "relation": m.predicate,
        "to": f"{m.object} {m.object_label or ''}".strip(),
        "confidence": m.confidence,
        "comment": m.comment,
        "basis": m.basis,
        "sources": " ".join(m.sources),
    }
