"""What a store holds: counts by kind, by graph, and where it comes from."""

from __future__ import annotations

from collections import Counter
from typing import Any

from migkg import queries, release
from migkg.stores import Store
from migkg.terms import local


def about(store: Store, found: release.Release | None) -> dict[str, Any]:
    """Return what a store holds: counts of statements, graphs and sources, things by kind, graphs by folder.

    `found` is the release that the store belongs to, if any; then its name, version and hash are told too.
    """
    manifest = found.manifest if found else {}
    graphs = [{"graph": g["graph"], "statements": g["triples"]} for g in manifest.get("graphs", [])] or [
        {"graph": local(name), "statements": len(store.get(name))} for name in store.graphs()
    ]
    folders: Counter[str] = Counter()
    for one in graphs:
        folders["/".join(str(one["graph"]).split("/")[:-1])] += int(one["statements"])
    kinds = queries.rows(store, "view/kinds")
    return {
        "release": found.id if found else None,
        "version": manifest.get("version"),
        "hash": manifest.get("hash"),
        "statements": manifest.get("triples"),
        "graphs_count": len(graphs),
        "sources_count": next((int(k["count"] or 0) for k in kinds if k["kind"] == "source"), 0),
        "things": [{"kind": k["kind"], "count": int(k["count"] or 0)} for k in kinds],
        "folders": [{"folder": name, "statements": count} for name, count in sorted(folders.items())],
        "graphs": graphs,
    }
