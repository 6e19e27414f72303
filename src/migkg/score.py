"""Scores: choose a method, read its scores, set published figures beside them.

The arithmetic is SPARQL in `queries/score/` and ran at build; here nothing is computed.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import pyoxigraph as ox

from migkg import lookup, queries
from migkg.errors import Candidate, UnknownName, UsageError
from migkg.stores import Store
from migkg.terms import PREFIXES, thing

PREFIX = "scoring-"
DIGITS = 5


@dataclass(frozen=True)
class Score:
    """One score: `value`, `lower`, `upper` in per cent or a count, `coverage` from 0 to 1, with at most five decimals."""

    area: str
    area_label: str
    element: str
    element_label: str
    period: str
    value: float
    countries: int | None = None
    band: str | None = None
    band_label: str | None = None
    lower: float | None = None
    upper: float | None = None
    coverage: float | None = None
    unit: str = "unit-percent"
    version: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the score as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Comparison:
    """A published figure beside ours; `verdict` is match, mismatch or not recomputable, `reason` says why."""

    area: str
    area_label: str
    element: str
    element_label: str
    period: str
    published: str
    ours: float | None
    countries: int | None
    verdict: str
    reason: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as plain values."""
        return asdict(self)


def methods(store: Store) -> list[dict[str, Any]]:
    """Return the scoring methods: `method` (the name on the command line), `label`, `scores` (how many)."""
    found = queries.rows(store, "view/methods")
    return [
        {"method": (r["method"] or "").removeprefix(PREFIX), "label": r["label"] or "", "scores": int(r["scores"] or 0)}
        for r in found
    ]


def method(store: Store, name: str) -> ox.NamedNode:
    """Return the method of this name. Raises UnknownName listing the methods there are."""
    known = {m["method"]: m["label"] for m in methods(store)}
    short = name.removeprefix(PREFIXES["mgd"]).removeprefix("mgd:").removeprefix(PREFIX)
    if short not in known:
        raise UnknownName(name, [Candidate(key, label, "scoring method") for key, label in known.items()])
    return thing(PREFIX + short)


def scores(
    store: Store, name: str, *, period: str | None = None, area: str | None = None, element: str | None = None
) -> list[Score]:
    """Return the scores of the method `name`, ordered by period, area and element.

    Raises UnknownName for a method, area or element that is not there, UsageError for a bad year or for a
    period without scores.
    """
    node = method(store, name)
    found = queries.rows(
        store,
        "view/scores",
        method=node,
        period=year(period) if period else None,
        area=lookup.resolve(store, area) if area else None,
        element=lookup.resolve(store, element) if element else None,
    )
    if not found:
        had = sorted({r["period"] or "" for r in queries.rows(store, "view/scores", method=node)})
        if not had:
            raise UsageError(f"{name} has no scores yet: no data set in the graph holds the answers it needs.")
        asked = " ".join(x for x in (area, element, period) if x)
        raise UsageError(
            f"{name} has no scores for “{asked}”. Periods with scores: {', '.join(had)}. "
            "A group whose members no source lists has none; --compare says which."
        )
    return [of_row(r) for r in found]


def of_row(r: queries.Row) -> Score:
    """Return a score from a row of `view/scores`."""
    return Score(
        area=r["area"] or "",
        area_label=r["area_label"] or "",
        element=r["element"] or "",
        element_label=r["element_label"] or "",
        period=r["period"] or "",
        value=decimal(r["value"]) or 0.0,
        countries=int(r["countries"]) if r["countries"] else None,
        band=r["band"],
        band_label=r["band_label"],
        lower=decimal(r["lower"]),
        upper=decimal(r["upper"]),
        coverage=decimal(r["coverage"]),
        unit=r["unit"] or "unit-percent",
        version=r["version"],
    )


def compare_published(store: Store, name: str, *, period: str | None = None) -> list[Comparison]:
    """Return every published figure the method compares itself with, beside ours. Raises as `scores`."""
    found = queries.rows(store, "view/published", method=method(store, name), period=year(period) if period else None)
    if not found:
        raise UsageError(f"{name} names no published figures to compare with{f' for {period}' if period else ''}.")
    return [
        Comparison(
            area=r["area"] or "",
            area_label=r["area_label"] or "",
            element=r["element"] or "",
            element_label=r["element_label"] or "",
            period=r["period"] or "",
            published=r["published"] or "",
            ours=decimal(r["ours"]),
            countries=int(r["countries"]) if r["countries"] else None,
            verdict=r["verdict"] or "",
            reason=r["reason"],
        )
        for r in found
    ]


def year(text: str) -> ox.Literal:
    """Return a year as a term. Raises UsageError unless it has four digits."""
    if not (len(text) == 4 and text.isascii() and text.isdigit()):
        raise UsageError(f"“{text}” is not a year. Write four digits, such as 2021.")
    return ox.Literal(text, datatype=ox.NamedNode(PREFIXES["xsd"] + "gYear"))


def decimal(text: str | None) -> float | None:
    """Return a stored decimal as a number with at most five digits after the point, as the publisher prints them."""
    return None if text is None else round(float(Decimal(text)), DIGITS)
