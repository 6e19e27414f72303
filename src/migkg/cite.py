"""Sources as a bibliography: CSL-JSON for Zotero, Pandoc and word processors, BibTeX for LaTeX.

What the graph does not know of a source (a date, an author) is left out, never filled in.
CSL-JSON: citationstyles.org, version 1.0.2 of the schema.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from migkg import queries
from migkg.queries import Row
from migkg.stores import Store
from migkg.terms import ID, thing

# What has no document behind it is said to have none, so that nobody takes it for a reference.
UNDOCUMENTED = {"source-kind-background", "source-kind-brief"}
NO_DOCUMENT = "No document stands behind this entry; verify it before relying on it."


def entries(store: Store, sources: Iterable[str]) -> list[Row]:
    """Return what the graph knows of each source (local ids), in the order given, each once."""
    wanted = list(dict.fromkeys(sources))
    if not wanted:
        return []
    found = {row["source"]: row for row in queries.rows(store, "view/bibliography", source=[thing(s) for s in wanted])}
    return [found[name] for name in wanted if name in found]


def csl(store: Store, sources: Iterable[str]) -> list[dict[str, Any]]:
    """Return the sources as CSL-JSON items; `id` is the local id."""
    return [_item(row) for row in entries(store, sources)]


def _item(row: Row) -> dict[str, Any]:
    said = {
        "title": row["titled"],
        "publisher": row["publisher"],
        "number": row["identifier"],
        "URL": row["url"],
        "locator": row["locator"],
        "note": NO_DOCUMENT if row["kind"] in UNDOCUMENTED else None,
    }
    made: dict[str, Any] = {"id": row["source"], "type": "document", **{k: v for k, v in said.items() if v}}
    if row["creator"]:
        made["author"] = [{"literal": row["creator"]}]
    if row["issued"]:
        made["issued"] = {"date-parts": [[int(part) for part in row["issued"].split("-")]]}
    made["source"] = ID + str(row["source"])
    return made


def bibtex(store: Store, sources: Iterable[str]) -> str:
    """Return the sources as BibTeX `@misc` entries; the key is the local id."""
    from pybtex.database import BibliographyData, Entry, Person

    made = BibliographyData()
    for row in entries(store, sources):
        year, month = [*(row["issued"] or "").split("-"), ""][:2]
        said = {
            "title": "{" + str(row["titled"]) + "}",
            "howpublished": row["publisher"],
            "number": row["identifier"],
            "year": year,
            "month": str(int(month)) if month else "",
            "url": row["url"],
            "pages": row["locator"],
            "note": NO_DOCUMENT if row["kind"] in UNDOCUMENTED else None,
        }
        entry = Entry("misc", fields={k: v for k, v in said.items() if v})
        if row["creator"]:
            entry.persons["author"] = [Person(last="{" + row["creator"] + "}")]
        made.add_entry(str(row["source"]), entry)
    return str(made.to_string("bibtex"))
