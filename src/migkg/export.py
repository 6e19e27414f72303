"""The graph, or some of its graphs, in any syntax: the same bytes for the same release."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

import pyoxigraph as ox
import yaml

from migkg import queries
from migkg.errors import UnknownName, UsageError
from migkg.stores import Store
from migkg.syntax import reading_order, serialize
from migkg.tables import table
from migkg.terms import GRAPH, PREFIXES, graph, local, short


def graphs(store: Store, names: Sequence[str] = ()) -> list[str]:
    """Return the IRIs of the graphs that `names` choose: full IRIs, paths, or paths ending in `/*`; all without names.

    Raises UnknownName for a name that fits no graph.
    """
    there = store.graphs()
    if not names:
        return there
    chosen: list[str] = []
    for name in names:
        wanted = name if name.startswith("http") else graph(name.removeprefix("graph/").rstrip("/")).value
        stem = wanted.removesuffix("*").rstrip("/")
        fits = [g for g in there if g == stem or g.startswith(stem + "/")]
        if not fits:
            from difflib import get_close_matches

            from migkg.errors import Candidate

            near = get_close_matches(local(wanted), [local(g) for g in there], 5, 0.5)
            raise UnknownName(
                name, [Candidate(n, "graph", "graph") for n in near], "`migkg info --graphs` lists the graphs."
            )
        chosen += fits
    return sorted(set(chosen))


def export(store: Store, form: str, names: Sequence[str] = ()) -> bytes:
    """Return the chosen graphs (all without names) as bytes in the format `form`, a key of `FORMATS`.

    Formats with graphs (nq, trig, jsonld) keep them apart; the others give their merge, each triple once.
    Raises UsageError for an unknown format or where there is nothing to write.
    """
    if form not in FORMATS:
        raise UsageError(f"“{form}” is not an export format. Known: {', '.join(FORMATS)}.")
    return FORMATS[form](store, graphs(store, names))


def _quads(store: Store, chosen: list[str]) -> list[ox.Quad]:
    return [
        ox.Quad(t.subject, t.predicate, t.object, ox.NamedNode(name))
        for name in chosen
        for t in sorted(store.get(name), key=reading_order)
    ]


def _merged(store: Store, chosen: list[str]) -> list[ox.Triple]:
    return sorted({t for name in chosen for t in store.get(name)}, key=reading_order)


def _datasets(form: ox.RdfFormat) -> Callable[[Store, list[str]], bytes]:
    def write(store: Store, chosen: list[str]) -> bytes:
        return serialize(_quads(store, chosen), form)

    return write


def _triples(form: ox.RdfFormat) -> Callable[[Store, list[str]], bytes]:
    def write(store: Store, chosen: list[str]) -> bytes:
        return serialize(_merged(store, chosen), form)

    return write


def _csv(store: Store, chosen: list[str]) -> bytes:
    """Observations and scores as one table, with labels; cells that a spreadsheet would run get a leading quote."""
    sets = [ox.NamedNode(g) for g in chosen]
    methods = [ox.NamedNode(PREFIXES["mgd"] + "scoring-" + local(g)[len("score/") :]) for g in chosen if "/score/" in g]
    found = queries.rows(store, "view/observations", dataset=[*sets, *methods])
    if not found:
        raise UsageError("CSV holds observations and scores; the chosen graphs have none. Try --format ttl.")
    return table(found).encode()


def _sssom(store: Store, chosen: list[str]) -> bytes:
    """All chosen mapping sets as one SSSOM table, with the prefix list that its short names need."""
    found = queries.solutions(store, "view/sssom", set=[ox.NamedNode(g) for g in chosen])
    if not found:
        raise UsageError("SSSOM holds mappings; the chosen graphs have none. They stand in graphs data/mappings/….")
    rows: dict[str, dict[str, str]] = {}
    for row in found:
        said = {k: _short(v) for k, v in row.items() if k != "set"}
        key = said["record_id"]
        if key in rows and said["source"] not in rows[key]["source"].split("|"):
            said["source"] = rows[key]["source"] + "|" + said["source"]
        rows[key] = said
    head = {
        "curie_map": {p: PREFIXES[p] for p in ("dcterms", "mg", "mgc", "mgd", "semapv", "skos", "sssom")},
        "mapping_set_id": GRAPH + "data/mappings",
        "mapping_set_title": "Mappings between frameworks of migration governance",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "extension_definitions": [
            {"slot_name": "basis", "property": "mg:basis", "type_hint": "linkml:Uriorcurie"},
            {"slot_name": "source", "property": "dcterms:source", "type_hint": "linkml:Uriorcurie"},
        ],
    }
    text = yaml.safe_dump(head, sort_keys=False, allow_unicode=True)
    comments = "".join(f"#{line}\n" for line in text.splitlines())
    body = io.StringIO()
    columns = list(next(iter(rows.values())))
    writer = csv.DictWriter(body, columns, delimiter="\t", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows[key] for key in sorted(rows))
    return (comments + body.getvalue()).encode()


def _short(term: Any) -> str:
    return "" if term is None else short(term.value) if isinstance(term, ox.NamedNode) else str(term.value)


FORMATS: dict[str, Callable[[Store, list[str]], bytes]] = {
    "ttl": _triples(ox.RdfFormat.TURTLE),
    "nt": _triples(ox.RdfFormat.N_TRIPLES),
    "nq": _datasets(ox.RdfFormat.N_QUADS),
    "trig": _datasets(ox.RdfFormat.TRIG),
    "jsonld": _datasets(ox.RdfFormat.JSON_LD),
    "rdfxml": _triples(ox.RdfFormat.RDF_XML),
    "csv": _csv,
    "sssom": _sssom,
}
