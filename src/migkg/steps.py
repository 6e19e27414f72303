"""From the rows of a query to the hops of a trace: one hop per statement, with all its sources, labels and dates."""

from __future__ import annotations

from typing import Any

from migkg import queries
from migkg.hops import Hop, Source
from migkg.stores import Store

Cited = tuple[Hop, str]


def hops(store: Store, rows: list[dict[str, Any]]) -> list[Cited]:
    """Return the hops that rows with the columns of `view/hops` speak of, each with its statement's IRI."""
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["hop"].value, []).append(row)
    if not rows:
        return []
    things = {row[key] for row in rows for key in ("from", "to", "relation")}
    labels: dict[str | None, queries.Row] = {}
    for row in queries.rows(store, "view/labels", thing=sorted(things, key=str)):
        labels.setdefault(row["thing"], row)
    sources: dict[str, Source] = {}
    for row in queries.rows(store, "view/sources", source=sorted({row["source"] for row in rows}, key=str)):
        name = row["source"] or ""
        sources.setdefault(name, Source(name, row["title"] or name, row["locator"], row["url"]))
    return [(_hop(group, labels, sources), iri) for iri, group in grouped.items()]


def _hop(group: list[dict[str, Any]], labels: dict[str | None, queries.Row], sources: dict[str, Source]) -> Hop:
    row = {key: queries.plain(value) or "" for key, value in group[0].items()}
    cited = dict.fromkeys(queries.plain(one["source"]) or "" for one in group)

    def named(key: str) -> str:
        return labels.get(row[key], {}).get("label") or row[key]

    return Hop(
        from_=row["from"],
        from_label=named("from"),
        relation=row["relation"],
        relation_label=named("relation"),
        to=row["to"],
        to_label=named("to"),
        to_kind=labels.get(row["to"], {}).get("kind") or "",
        force=row["force"].removeprefix("force-"),
        rank=int(row["rank"]),
        date=row["date"] or None,
        date_of=row["dateOf"],
        basis=row["basis"].removeprefix("basis-"),
        confidence=row["confidence"].removeprefix("confidence-") or None,
        note=row["note"] or None,
        legal=row["walk"] == "tracesTo",
        sources=tuple(sources.get(name, Source(name, name)) for name in cited),
        to_code=labels.get(row["to"], {}).get("code") or "",
    )
