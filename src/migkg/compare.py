"""Countries side by side by one method, by part and period. Never a ranking: the order is the one asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from migkg import candidate, lookup, queries, score
from migkg.errors import UsageError
from migkg.stores import Store
from migkg.terms import local, thing

NO_RANKING = (
    "The countries stand in the order asked for. This is no ranking: governments answer about themselves, one answer "
    "more or less moves a value by a step, and a missing answer is not a no."
)
PUBLISHED = "published band"


@dataclass(frozen=True)
class Cell:
    """The figure of one country for one part and period; `how` says whether it was scored or is a published band."""

    area: str
    area_label: str
    element: str
    element_label: str
    period: str
    value: float | None
    band: str | None
    band_label: str | None
    lower: float | None
    upper: float | None
    coverage: float | None
    unit: str | None
    how: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def compare(
    store: Store,
    areas: Sequence[str],
    name: str,
    *,
    data: Sequence[Path | candidate.Candidate] = (),
    on: str | None = None,
    period: str | None = None,
) -> list[Cell]:
    """Return the figures of the areas by period and part, the areas in the order given.

    Scores come from the files where some are given, else from the graph; where there is none, the band that was
    published stands in, marked so. Raises UnknownName, and UsageError where nothing at all is known.
    """
    node = score.method(store, name)
    if period:
        score.year(period)
    places = list(dict.fromkeys(local(lookup.resolve(store, area).value) for area in areas))
    scored = score.of(store, name, data, on=on)[0] if data or on else _stored(store, name)
    found = [_cell(one) for one in scored if one.area in places]
    known = {(one.area, one.element, one.period) for one in found}
    said = queries.rows(store, "view/score-published", method=node, area=[thing(place) for place in places])
    labels = score.labels(store, sorted({*places, *(row["element"] or "" for row in said)}))
    labels |= score.whole(store, node)
    for row in said:
        area, element, year = row["area"] or "", row["element"] or "", row["period"] or ""
        if (area, element, year) not in known:
            names = (area, labels.get(area, ""), element, labels.get(element, ""), year)
            found.append(Cell(*names, None, row["band"], row["band_label"], None, None, None, None, PUBLISHED))
    found = [one for one in found if not period or one.period == period]
    if not found:
        raise UsageError(f"{name} knows nothing of {', '.join(places)}{f' for {period}' if period else ''}.")
    return sorted(found, key=lambda one: (one.period, one.element, places.index(one.area)))


def _stored(store: Store, name: str) -> list[score.Score]:
    """Return the scores in the graph; a method may have none."""
    has = next(m["scores"] for m in score.methods(store) if m["method"] == score.short(name))
    return score.scores(store, name) if has else []


def _cell(one: score.Score) -> Cell:
    said = one.to_dict()
    keep = {key: said[key] for key in Cell.__dataclass_fields__ if key in said}
    return Cell(**keep, how="scored")


def absent(found: Sequence[Cell], store: Store, areas: Sequence[str]) -> list[str]:
    """Return the areas of which nothing is known."""
    seen = {one.area for one in found}
    return [place for place in (local(lookup.resolve(store, area).value) for area in areas) if place not in seen]
