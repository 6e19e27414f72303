"""Figures of context on a page: the latest of each series for an area, the latest of each area for a series.

There are thousands of such figures; a page shows one a series or area and leads to the file that has them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pyoxigraph as ox

from migkg import queries
from migkg.server.words import MG, Index, Link
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import local

SERIES = MG + "Series"
_AREAS = {MG + "Area", MG + "Country", MG + "AreaGroup"}


@dataclass(frozen=True)
class Latest:
    """A table of latest figures, whether it is about a series, how many figures there are in all, and their file."""

    columns: tuple[str, ...]
    rows: list[list[Link]]
    of_series: bool
    total: int
    file: str


def latest(store: OxigraphStore, index: Index, iri: str) -> Latest | None:
    """Return the latest figures of an area or a series; None for anything else, or without figures."""
    kinds = set(index.kinds.get(iri, ()))
    of_series = SERIES in kinds
    if not of_series and not kinds & _AREAS:
        return None
    param, other = ("series", "area") if of_series else ("area", "series")
    found = queries.solutions(store, "view/latest-figures", **{param: ox.NamedNode(iri)})
    if not found:
        return None
    rows = [
        [
            index.link(row[other].value),
            Link(row["period"].value),
            Link(row["value"].value),
            Link(queries.plain(row["unit_label"]) or ""),
            Link(row["since"].value),
            Link(queries.plain(row["note"]) or ""),
            index.link(row["source"].value) if row["source"] else Link(""),
        ]
        for row in found
    ]
    if of_series:
        rows.sort(key=lambda row: row[0].text)
    return Latest(
        ("who" if of_series else "what", "year", "value", "unit", "since", "note", "source"),
        rows,
        of_series,
        sum(int(row["figures"].value) for row in found),
        f"/api/v1/ask/figures-of-{param}?{urlencode({param: local(iri), 'format': 'csv'})}",
    )


def is_context(index: Index, elements: list[Any]) -> bool:
    """Return whether a figure values a series, so that it belongs here and in no other table."""
    return any(SERIES in index.kinds.get(term.value, ()) for term in elements if isinstance(term, ox.NamedNode))
