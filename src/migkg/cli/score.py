"""`score`: the scores of a method, and published figures beside them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from migkg.cli import show
from migkg.cli.common import ForceOption, OutputOption, StoreOption, opened

if TYPE_CHECKING:
    from migkg.score import Score


def score(
    method: Annotated[str | None, typer.Argument(help="The method; without it, the methods are listed.")] = None,
    period: Annotated[str | None, typer.Option("--period", "-p", help="The reported year, e.g. 2021.")] = None,
    area: Annotated[str | None, typer.Option("--area", "-a", help="A country (KEN) or group (m49-001).")] = None,
    element: Annotated[
        str | None, typer.Option("--element", "-e", help="The indicator or a domain (sdg1072-d3).")
    ] = None,
    compare: Annotated[bool, typer.Option("--compare", help="Show published figures beside ours.")] = False,
    form: Annotated[str, typer.Option("--format", "-f", help="table, csv, json or md.")] = "table",
    output: OutputOption = None,
    force: ForceOption = False,
    store: StoreOption = None,
) -> None:
    """Show scores that SPARQL derives from country data.

    Values are percentages with at most five decimals; `countries` says how many countries stand behind one.

    Examples: `migkg score sdg-10-7-2-regional --period 2019 --area m49-001` ·
    `migkg score sdg-10-7-2-regional --compare`
    """
    from migkg import score as scorer

    graph = opened(store)
    if method is None:
        show.write(show.rows(scorer.methods(graph), form, title="Scoring methods"), output, force)
        return
    if compare:
        compared = [c.to_dict() for c in scorer.compare_published(graph, method, period=period)]
        hidden = ("element_label",) if form == "table" else ()
        show.write(show.rows(compared, form, hide=hidden), output, force)
        counts = Counter((c["period"], c["verdict"]) for c in compared)
        for year in sorted({c["period"] for c in compared}):
            formed = counts[year, "match"] + counts[year, "mismatch"]
            show.note(
                f"{year}: {counts[year, 'match']} of {formed} figures match, {counts[year, 'mismatch']} do not, "
                f"{counts[year, 'not recomputable']} cannot be recomputed."
            )
        return
    found = scorer.scores(graph, method, period=period, area=area, element=element)
    if form == "table":
        _pivot(found)
        return
    columns = ["area", "area_label", "element", "element_label", "period", "value"]
    rest = ["countries", "band", "band_label", "lower", "upper", "coverage"]
    columns += [c for c in rest if any(getattr(one, c) is not None for one in found)]
    rows = [{c: one.to_dict()[c] for c in columns} for one in found]
    show.write(show.rows(rows, form), output, force)


def _pivot(found: list[Score]) -> None:
    """Print one table a year, areas down, parts of the indicator across, with one decimal."""
    labels = {one.element: one.element_label for one in found}
    for year in sorted({one.period for one in found}):
        rows: dict[str, dict[str, str]] = {}
        for one in (o for o in found if o.period == year):
            row = rows.setdefault(one.area, {"area": one.area, "name": one.area_label, "countries": ""})
            row[one.element.removeprefix("sdg1072-")] = f"{one.value:.1f}"
            if one.countries is not None:
                row["countries"] = str(one.countries)
        columns = list(dict.fromkeys(c for row in rows.values() for c in row))
        show.draw([{c: row.get(c, "") for c in columns} for row in rows.values()], f"{year}, per cent")
    for name, label in labels.items():
        show.note(f"{name.removeprefix('sdg1072-')}: {label}")
