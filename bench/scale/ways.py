"""The whole way of a table of country data, in a process of its own: `python -m bench.scale.ways WAY FOLDER RELEASE`.

`check` reads a table and validates it as `migkg validate` does; `take-in` turns it into a graph, and `raw` loads the
same statements into the bare store in bulk; `build` takes it in as a build does, into its graph and the merge, and
`raw-both` loads the statements into both; `score` runs all queries of `queries/score/` over it, `figures` counts those
of them that look at rows, `country` makes one country's scores again, `sum` runs one aggregate by hand.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox

from bench.scale.again import COUNTRY
from migkg import assets, derive, load, queries
from migkg.stores.oxigraph import OxigraphStore
from migkg.streamed import stream
from migkg.terms import graph, thing

TABLE = "scale"
DATA_SET = "sdg-10-7-2"  # the one that the methods read
BARE = """
SELECT ?area ?element ?period (COUNT(?value) AS ?answers) (MAX(STR(?value)) AS ?most) WHERE {
  ?one a mg:Observation ; mg:area ?area ; mg:element ?element ; mg:period ?period ; mg:value ?value
} GROUP BY ?area ?element ?period
"""


def _with_data(folder: Path, release: Path) -> OxigraphStore:
    """Return the release without what is derived, and with the made-up data in the data set that methods read."""
    store = OxigraphStore()
    store.read_dump(release / "migkg.nq")
    into = graph(f"data/observations/{DATA_SET}")
    store.engine.remove_graph(into)
    for name in store.graphs():
        if "/graph/score/" in name:
            store.engine.remove_graph(ox.NamedNode(name))
    text = (
        (folder / "data.nt").read_text(encoding="utf-8").replace("/observations/scale>", f"/observations/{DATA_SET}>")
    )
    store.engine.load(input=text.encode(), format=ox.RdfFormat.N_TRIPLES, to_graph=into, lenient=True)
    store.merge()
    return store


def check(folder: Path, release: Path) -> float:
    """Validate the table, as the command does, after the start of the program."""
    from migkg.stores import open_store
    from migkg.validate import validate

    store = open_store(str(release))
    begun = time.perf_counter()
    validate([folder / "scale.csv"], store)
    return time.perf_counter() - begun


def take_in(folder: Path, _release: Path) -> float:
    """Make a graph of the table."""
    store = OxigraphStore()
    into = graph(f"data/observations/{TABLE}")
    begun = time.perf_counter()
    table, rows = stream(folder / f"{TABLE}.csv")
    made = load.statements(table, rows, "observations", into.value, with_lines=False)
    load.hand_on(made, lambda text: store.engine.load(text, format=ox.RdfFormat.N_TRIPLES, to_graph=into, lenient=True))
    return time.perf_counter() - begun


def build(folder: Path, _release: Path) -> float:
    """Put the table into its graph and the merge, as a build does."""
    top = folder / "project"
    path = top / "data" / "observations" / f"{TABLE}.csv"
    if not path.exists():
        path.parent.mkdir(parents=True)
        path.hardlink_to(folder / f"{TABLE}.csv")
        (top / "queries").symlink_to(assets.root() / "queries")
    store = OxigraphStore()
    begun = time.perf_counter()
    load.load_into(store, path, top)
    return time.perf_counter() - begun


def raw(folder: Path, _release: Path) -> float:
    """Load the statements as they are."""
    return _raw(folder, [None])


def raw_both(folder: Path, _release: Path) -> float:
    """Load the statements as they are into a graph and into the default graph."""
    return _raw(folder, [graph(f"data/observations/{TABLE}"), None])


def _raw(folder: Path, graphs: list[ox.NamedNode | None]) -> float:
    store = ox.Store()
    begun = time.perf_counter()
    for to in graphs:
        store.bulk_load(path=str(folder / "data.nt"), format=ox.RdfFormat.N_TRIPLES, to_graph=to, lenient=True)
    return time.perf_counter() - begun


def score(folder: Path, release: Path) -> float:
    """Run all queries that make scores, each with what those before it made, as a build does."""
    return sum(_scored(_with_data(folder, release)).values())


def figures(folder: Path, release: Path) -> float:
    """The same, but only the queries that look at the rows count: the others cost the same whatever the size."""
    spent = _scored(_with_data(folder, release))
    return sum(spent[query.name] for query in queries.folder("score") if query.extra.get("figures"))


def _scored(store: OxigraphStore) -> dict[str, float]:
    """Run the queries and return the processor's seconds for each; what they make goes into the store outside these."""
    spent: dict[str, float] = {}
    for query in queries.folder("score"):
        begun = time.process_time()
        found = store.query(query.text)
        assert isinstance(found, ox.QueryTriples)
        made = list(found)
        spent[query.name] = time.process_time() - begun
        store.put(graph(query.name).value, made)
    return spent


def country(folder: Path, release: Path) -> float:
    """Make the scores of one country again, and of all groups that hold it."""
    store = _with_data(folder, release)
    _scored(store)
    groups = f"SELECT DISTINCT ?group WHERE {{ {thing(COUNTRY)} mg:inArea+ ?group }}"
    areas = {r["group"] for r in queries.solutions(store, queries.Query("groups", queries.prologue() + groups, ""))}
    begun = time.process_time()
    derive.of_areas(store, {thing(COUNTRY), *areas})
    return time.process_time() - begun


def aggregate(folder: Path, release: Path) -> float:
    """Run one plain aggregate over the same data: every area, element and year once."""
    store = _with_data(folder, release)
    begun = time.process_time()
    found = store.query(queries.prologue() + BARE)
    assert isinstance(found, ox.QuerySolutions)
    sum(1 for _ in found)
    return time.process_time() - begun


WAYS: dict[str, Callable[[Path, Path], float]] = {
    "check": check,
    "take-in": take_in,
    "raw": raw,
    "build": build,
    "raw-both": raw_both,
    "score": score,
    "figures": figures,
    "country": country,
    "sum": aggregate,
}


if __name__ == "__main__":
    print(WAYS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3])))
