"""Scores: choose a method, read its scores, set published figures beside them.

The arithmetic is SPARQL in `queries/score/`: it ran at build, and runs over a scratch graph for files that are not
stored. Here nothing is computed.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from migkg import candidate, lookup, queries, rescore
from migkg.errors import Candidate, UnknownName, UsageError
from migkg.stores import Store
from migkg.terms import PREFIXES, graph, local, thing
from migkg.texts import say

PREFIX = "scoring-"
DIGITS = 5


@dataclass(frozen=True)
class Score:
    """One score: `value`, `lower`, `upper` in per cent or a count, `coverage` from 0 to 1; at most five decimals."""

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
    """A published figure beside ours; `verdict` is match, mismatch or not recomputable, `source` who says it."""

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
    source: str | None = None

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
    if short(name) not in known:
        raise UnknownName(name, [Candidate(key, label, "scoring method") for key, label in known.items()])
    return thing(PREFIX + short(name))


def short(name: str) -> str:
    """Return a method's name as it is on the command line."""
    return name.removeprefix(PREFIXES["mgd"]).removeprefix("mgd:").removeprefix(PREFIX)


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
            "A group of which the graph has no members has none; --compare says which."
        )
    return _whole(store, [of_row(r) for r in found], node)


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


def about(store: Store, name: str) -> list[str]:
    """Return what a method says that it cannot tell."""
    found = queries.rows(store, "view/score-method", method=method(store, name))
    return list(dict.fromkeys(row["limitation"] for row in found if row["limitation"]))


def of(
    store: Store,
    name: str,
    data: Sequence[Path | candidate.Candidate] = (),
    *,
    on: str | None = None,
    period: str | None = None,
    area: str | None = None,
    element: str | None = None,
) -> tuple[list[Score], list[str]]:
    """Score files that are not in the graph, or the graph on another day; return scores, and what was left out and why.

    The queries are those of the build, over a scratch graph; nothing is stored. Raises UnknownName, InputError for a
    file that holds no answer, RuleBroken where a question has two, UsageError for a day that the method does not take.
    """
    node = method(store, name)
    files = [one if isinstance(one, candidate.Candidate) else candidate.read(one, store=store) for one in data]
    made = on_day(store, node, on) if on is not None else rescore.with_files(store, node, files)
    wanted = {
        "period": period,
        **{k: local(lookup.resolve(store, v).value) for k, v in (("area", area), ("element", element)) if v},
    }
    found = [of_row(r) for r in made.scores() if all(v is None or r[k] == v for k, v in wanted.items())]
    if not found:
        asked = " ".join(v for v in wanted.values() if v) or "nothing is answered"
        raise UsageError(f"{name} has no scores for what was asked: {asked}.")
    return labelled(store, found, node), made.remarks


def on_day(store: Store, node: ox.NamedNode, day: str) -> rescore.Scratch:
    """Return a scratch graph with the answers that the graph gives on a day. Raises UsageError."""
    made = rescore.scratch(store, node)
    said = queries.construct(store, "score/standings", asOf=ox.Literal(date(day)))
    read = {r["reads"] for r in queries.rows(store, "view/score-method", method=node)}
    sets = {graph(name or "") for name in read}
    mine = {t.subject for t in said if t.predicate.value == PREFIXES["qb"] + "dataSet" and t.object in sets}
    if not mine:
        raise UsageError(f"{local(node.value).removeprefix(PREFIX)} does not look at a day. Leave --on out.")
    made.put(graph("score/standings").value, [t for t in said if t.subject in mine])
    return made


def labelled(store: Store, found: Iterable[Score], node: ox.NamedNode) -> list[Score]:
    """Return the scores of a method with the labels of their areas and parts."""
    scores = list(found)
    things = sorted({name for one in scores for name in (one.area, one.element)})
    said = labels(store, things)
    made = [replace(s, area_label=said.get(s.area, ""), element_label=said.get(s.element, "")) for s in scores]
    return _whole(store, made, node)


def _whole(store: Store, found: list[Score], node: ox.NamedNode) -> list[Score]:
    """Name the whole indicator as such in the scores of single countries, where coverage is known."""
    said = whole(store, node)
    own = [said.get(one.element) if one.coverage is not None else None for one in found]
    return [replace(one, element_label=label) if label else one for one, label in zip(found, own, strict=True)]


def whole(store: Store, node: ox.NamedNode) -> dict[str, str]:
    """Return how the indicator that a method scores is named where one country is spoken of.

    Its own label may say what it counts: “Number of countries with migration policies …: 61.7” is no country's.
    """
    scored = [thing(r["scores"] or "") for r in queries.rows(store, "view/score-method", method=node)[:1]]
    rows = queries.rows(store, "view/labels", thing=scored) if scored else []
    codes = {r["thing"] or "": r["code"] for r in rows if r["kind"] == "indicator" and r["code"]}
    return {name: say("score.whole", code=code) for name, code in codes.items()}


def labels(store: Store, names: Iterable[str]) -> dict[str, str]:
    """Return the English labels of things by their local ids."""
    nodes = [thing(name) for name in names]
    return (
        {r["thing"] or "": r["label"] or "" for r in queries.rows(store, "view/labels", thing=nodes)} if nodes else {}
    )


def date(text: str) -> str:
    """Return a day as it is. Raises UsageError unless it is one."""
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(f"“{text}” is not a day. Write year, month and day, such as 2013-07-06.") from None


def has_published(store: Store, name: str) -> bool:
    """Return whether there are published figures to set beside those of a method."""
    return bool(queries.rows(store, "view/published", method=method(store, name)))


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
            source=r["source"],
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
