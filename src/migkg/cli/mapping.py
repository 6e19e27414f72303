"""`map`: mappings between two frameworks, and what has no counterpart."""

from __future__ import annotations

from typing import Annotated

import typer

from migkg.cli import show
from migkg.cli.common import ForceOption, OutputOption, StoreOption, opened


def map_(
    left: Annotated[str, typer.Argument(help="A framework: migof, mgi-2016, mgi, sdg, gcm …")],
    right: Annotated[str, typer.Argument(help="Another framework.")],
    gaps: Annotated[bool, typer.Option("--gaps", help="Only the parts without a counterpart.")] = False,
    form: Annotated[str, typer.Option("--format", "-f", help="table, json, csv or md.")] = "table",
    output: OutputOption = None,
    force: ForceOption = False,
    store: StoreOption = None,
) -> None:
    """Map one framework to another: relation, basis, confidence, reason, and the gaps said aloud.

    Examples: `migkg map migof mgi-2016` · `migkg map --gaps mgi-2016 sdg`
    """
    from migkg.crosswalk import crosswalk

    found = crosswalk(opened(store), left, right)
    mappings = [
        {
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
        for m in found.mappings
    ]
    lacking = [g.to_dict() for g in found.gaps]
    if form == "json":
        said = found.to_dict()
        show.write(show.as_json({k: v for k, v in said.items() if not (gaps and k == "mappings")}), output, force)
        return
    if form == "table":
        if not gaps:
            title = f"{found.left.label} and {found.right.label}: {len(mappings)} mappings"
            show.draw(mappings, title, hide=("justification", "sources"))
        show.draw(lacking, f"Parts without a counterpart: {len(lacking)}")
        show.note(
            "A part without a counterpart: no mapping was made or found; that is not proof that none is possible."
        )
        return
    show.write(show.rows(lacking if gaps else mappings, form), output, force)
