"""`score`: the scores of a method, and published figures beside them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from migkg.cli import show
from migkg.cli.common import DelimiterOption, EncodingOption, ForceOption, OutputOption, StoreOption, opened, read
from migkg.errors import UsageError

if TYPE_CHECKING:
    from migkg.score import Score

FEW = 3  # so many countries and years are shown one table each


def score(
    method: Annotated[str | None, typer.Argument(help="The method; without it, the methods are listed.")] = None,
    period: Annotated[str | None, typer.Option("--period", "-p", help="The reported year, e.g. 2021.")] = None,
    area: Annotated[str | None, typer.Option("--area", "-a", help="A country (KEN) or group (m49-001).")] = None,
    element: Annotated[
        str | None, typer.Option("--element", "-e", help="The indicator or a domain (sdg1072-d3).")
    ] = None,
    data: Annotated[
        list[Path] | None, typer.Option("--data", "-d", help="A filled form or table of answers; may be given again.")
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", help="For methods that look at a day: this day instead of the method's own.")
    ] = None,
    compare: Annotated[bool, typer.Option("--compare", help="Show published figures beside ours.")] = False,
    encoding: EncodingOption = None,
    delimiter: DelimiterOption = None,
    form: Annotated[str, typer.Option("--format", "-f", help="table, csv, json or md.")] = "table",
    output: OutputOption = None,
    force: ForceOption = False,
    store: StoreOption = None,
) -> None:
    """Show scores that SPARQL derives from country data, in the graph or in your own files.

    Values are percentages, or counts, with at most five decimals; `countries` says how many countries stand behind one.
    `lower` and `upper` are what the value would be if every missing answer were the worst or the best, `coverage` is
    the share that is answered. With --data nothing is stored. Areas stand in the order of their codes: no ranking.

    Examples: `migkg score sdg-10-7-2 --data ken.csv` · `migkg score ratification --on 2010-01-01 --area KEN` ·
    `migkg score sdg-10-7-2-regional --compare`
    """
    from migkg import score as scorer

    graph = opened(store)
    if method is None:
        show.write(show.rows(scorer.methods(graph), form, title="Scoring methods"), output, force)
        return
    if compare:
        compared = [c.to_dict() for c in scorer.compare_published(graph, method, period=period)]
        hidden = ("element_label", "source") if form == "table" else ()
        show.write(show.rows(compared, form, hide=hidden), output, force)
        for source in dict.fromkeys(c["source"] for c in compared if c["source"]):
            show.note(f"Published: {source}. Ours: counted anew from the bands of countries.")
        counts = Counter((c["period"], c["verdict"]) for c in compared)
        for year in sorted({c["period"] for c in compared}):
            formed = counts[year, "match"] + counts[year, "mismatch"]
            show.note(
                f"{year}: {counts[year, 'match']} of {formed} figures match, {counts[year, 'mismatch']} do not, "
                f"{counts[year, 'not recomputable']} cannot be recomputed."
            )
        return
    if data or on:
        if data and on:
            raise UsageError("--on asks the graph itself on a day; give --data or --on, not both.")
        files = read(data or (), graph, encoding, delimiter)
        found, remarks = scorer.of(graph, method, files, on=on, period=period, area=area, element=element)
        for remark in remarks:
            show.note(remark)
    else:
        found = scorer.scores(graph, method, period=period, area=area, element=element)
    if form == "table":
        if len({(one.area, one.period) for one in found}) <= FEW and found[0].coverage is not None:
            _each(found)
        else:
            _pivot(found)
        _limits(scorer.about(graph, method))
        return
    columns = ["area", "area_label", "element", "element_label", "period", "value"]
    rest = ["countries", "band", "band_label", "lower", "upper", "coverage", "version"]
    columns += [c for c in rest if any(getattr(one, c) is not None for one in found)]
    columns += ["unit"] if any(one.unit != "unit-percent" for one in found) else []
    rows = [{c: one.to_dict()[c] for c in columns} for one in found]
    show.write(show.rows(rows, form), output, force)


def _each(found: list[Score]) -> None:
    """Print one table for each country and year: a line a part, with band, bounds and coverage."""
    for area, period in sorted({(one.area, one.period) for one in found}):
        rows = [
            {
                "part": one.element,
                "": one.element_label,
                "value": f"{one.value:.1f}",
                "band": "nothing answered" if one.coverage == 0 else one.band_label or "",
                "lower": f"{one.lower:.1f}",
                "upper": f"{one.upper:.1f}",
                "answered": f"{100 * (one.coverage or 0):.0f} %",
            }
            for one in found
            if (one.area, one.period) == (area, period)
        ]
        label = next(one.area_label for one in found if one.area == area)
        unit = "count" if found[0].unit == "unit-count" else "per cent"
        show.draw(rows, f"{label or area}, {period}, {unit}")


def _limits(limits: list[str]) -> None:
    for text in limits:
        show.note(f"Limit: {text}")


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
        unit = "count" if found[0].unit == "unit-count" else "per cent"
        show.draw([{c: row.get(c, "") for c in columns} for row in rows.values()], f"{year}, {unit}")
    for name, label in labels.items():
        show.note(f"{name.removeprefix('sdg1072-')}: {label}")
