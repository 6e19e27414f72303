"""Mappings as an SSSOM table: a YAML head behind `#`, then tab-separated columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import pyoxigraph as ox
import yaml

from migkg.terms import PREFIXES, short

_PREFIXES = ("dcterms", "mg", "mgc", "mgd", "prov", "semapv", "skos", "sssom")
_EXTENSIONS = {"basis": "mg:basis", "source": "dcterms:source", "derived_from": "prov:wasDerivedFrom"}
Rows = Sequence[Mapping[str, Any]]


def written(rows: Rows, name: str, title: str) -> bytes:
    """Write rows of terms, keyed by SSSOM slot, as the table of the mapping set `name`, by record.

    Several rows of one `record_id` are one mapping with several sources. Columns without a slot of their own in
    SSSOM are declared in the head, and so is every prefix.
    """
    made: dict[str, dict[str, str]] = {}
    for row in rows:
        said = {key: cell(value) for key, value in row.items()}
        key = said["record_id"]
        if key in made and said["source"] not in made[key]["source"].split("|"):
            said["source"] = made[key]["source"] + "|" + said["source"]
        made[key] = said
    columns = list(dict.fromkeys(column for row in made.values() for column in row))
    head = {
        "curie_map": {p: PREFIXES[p] for p in _PREFIXES},
        "mapping_set_id": name,
        "mapping_set_title": title,
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "extension_definitions": [
            {"slot_name": slot, "property": term, "type_hint": "linkml:Uriorcurie"}
            for slot, term in _EXTENSIONS.items()
            if slot in columns
        ],
    }
    text = yaml.safe_dump(head, sort_keys=False, allow_unicode=True)
    body = io.StringIO()
    writer = csv.DictWriter(body, columns, restval="", delimiter="\t", lineterminator="\n")
    writer.writeheader()
    writer.writerows(made[key] for key in sorted(made))
    return ("".join(f"#{line}\n" for line in text.splitlines()) + body.getvalue()).encode()


def cell(term: Any) -> str:
    """Write a term as a cell: short names for IRIs, several values joined by a bar, nothing for nothing."""
    if isinstance(term, list | tuple):
        return "|".join(cell(one) for one in term)
    return "" if term is None else short(term.value) if isinstance(term, ox.NamedNode) else str(term.value)
