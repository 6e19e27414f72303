"""The graph, or some of its graphs, in any syntax: the same bytes for the same release."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyoxigraph as ox

from migkg import queries, sssom
from migkg.errors import UnknownName, UsageError
from migkg.stores import Store
from migkg.syntax import lines, reading_order, written
from migkg.tables import table
from migkg.terms import GRAPH, PREFIXES, graph, local


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
            from migkg.errors import Candidate
            from migkg.near import nearest

            near = nearest(local(wanted), [local(g) for g in there], 5, 0.5)
            raise UnknownName(
                name, [Candidate(n, "graph", "graph") for n in near], "`migkg info --graphs` lists the graphs."
            )
        chosen += fits
    return sorted(set(chosen))


def export(store: Store, form: str, names: Sequence[str] = ()) -> bytes:
    """Return the chosen graphs (all without names) as bytes in the format `form`, a key of `FORMATS`.

    Formats with graphs (nq, trig, jsonld) keep them apart; the others give their merge, each triple once. Lines of
    nq and nt are sorted as bytes, as the release itself is; the others stand in reading order.
    Raises UsageError for an unknown format or where there is nothing to write.
    """
    if form not in FORMATS:
        raise UsageError(f"“{form}” is not an export format. Known: {', '.join(FORMATS)}.")
    return FORMATS[form](store, graphs(store, names))


def _datasets(form: ox.RdfFormat) -> Callable[[Store, list[str]], bytes]:
    def write(store: Store, chosen: list[str]) -> bytes:
        each = (line[:-1] + b"<%s> ." % name.encode() for name in chosen for line in lines(store.get(name)))
        return written(sorted(each) if form == ox.RdfFormat.N_QUADS else each, form)

    return write


def _triples(form: ox.RdfFormat) -> Callable[[Store, list[str]], bytes]:
    def write(store: Store, chosen: list[str]) -> bytes:
        each = {line for name in chosen for line in lines(store.get(name))}
        return written(sorted(each, key=None if form == ox.RdfFormat.N_TRIPLES else reading_order), form)

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
    rows = [{key: value for key, value in row.items() if key != "set"} for row in found]
    return sssom.written(rows, GRAPH + "data/mappings", "Mappings between frameworks of migration governance")


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
