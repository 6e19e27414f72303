"""Records that speak of the same thing as one row: each value once, and beside each source what it says.

A country that five sources name as a member is one row of a table of members, not five.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pyoxigraph as ox

from migkg.server.facts import Facts
from migkg.server.words import Link
from migkg.terms import PREFIXES

_MG, _SOURCE, _ROLE = PREFIXES["mg"], PREFIXES["dcterms"] + "source", PREFIXES["org"] + "role"


def merged(facts: Facts, nodes: Iterable[str], columns: list[str]) -> list[list[list[Link]]]:
    """Return one row for each value of the first column, with the values of all its records."""
    groups: dict[Any, list[dict[str, list[Any]]]] = {}
    for node in nodes:
        said = facts.of(ox.NamedNode(node))
        for key in said.get(columns[0], [])[:1]:
            groups.setdefault(key, []).append(said)
    return [[_cell(facts, records, name) for name in columns] for records in groups.values()]


def _cell(facts: Facts, records: list[dict[str, list[Any]]], name: str) -> list[Link]:
    if name != _SOURCE:
        return [facts.link(value) for value in sorted({v for said in records for v in said.get(name, [])}, key=str)]
    disputed = len({role for said in records for role in said.get(_ROLE, [])}) > 1
    found: dict[tuple[Link, tuple[str, ...]], set[str]] = {}
    for said in records:
        for source in said.get(_SOURCE, []):
            roles = found.setdefault((facts.source(source), tuple(_day(facts, said))), set())
            roles.update(facts.link(role).text for role in said.get(_ROLE, []) if disputed)
    told = [
        replace(link, hint=", ".join(word for word in (link.hint, " and ".join(sorted(roles)), *day) if word))
        for (link, day), roles in found.items()
    ]
    return sorted(told, key=lambda link: (link.text, link.hint))


def _day(facts: Facts, said: dict[str, list[Any]]) -> list[str]:
    """Return the day of a statement in words: its own, else that of the list on which it stands."""
    lists = [facts.of(one) for one in said.get(_MG + "onList", []) if isinstance(one, ox.NamedNode)]
    for holder in (said, *lists):
        for name in ("asOf", "asOfText"):
            if days := [day.value for day in holder.get(_MG + name, [])]:
                return days
    return []
