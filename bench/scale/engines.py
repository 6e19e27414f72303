"""One engine over one set of files, in a process of its own: `python -m bench.scale.engines NAME FOLDER`.

It prints what it found as JSON: how many results of which shapes, and the seconds of its parts. The folder holds
`data.nt` and `beside.nt` (the data) and `shapes.nt`.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

SH = "http://www.w3.org/ns/shacl#"
NT = ("beside.nt", "data.nt")
# What a person would write by hand for the shapes of observations, one query a rule: the floor for the engine below us.
BY_HAND = """
SELECT ?f { ?f a mg:Observation MINUS { ?f mg:area ?v } }
SELECT ?f { ?f a mg:Observation ; mg:area ?v } GROUP BY ?f HAVING(COUNT(?v) > 1)
SELECT ?f ?v { { SELECT DISTINCT ?v { ?o mg:area ?v } } MINUS { ?v a ?c } ?f mg:area ?v }
SELECT ?f { ?f a mg:Observation MINUS { ?f mg:element ?v } }
SELECT ?f { ?f a mg:Observation ; mg:element ?v } GROUP BY ?f HAVING(COUNT(?v) > 1)
SELECT ?f { ?f a mg:Observation MINUS { ?f mg:period ?v } }
SELECT ?f { ?f a mg:Observation ; mg:period ?v } GROUP BY ?f HAVING(COUNT(?v) > 1)
SELECT ?f ?v { ?f mg:period ?v FILTER(DATATYPE(?v) != xsd:gYear) }
SELECT ?f { ?f a mg:Observation ; mg:status ?v } GROUP BY ?f HAVING(COUNT(?v) > 1)
SELECT ?f ?v { { SELECT DISTINCT ?v { ?o mg:status ?v } } MINUS { ?v skos:inScheme mgc:statuses } ?f mg:status ?v }
SELECT ?f { ?f a mg:Observation ; mg:unit ?v } GROUP BY ?f HAVING(COUNT(?v) > 1)
SELECT ?f ?v { { SELECT DISTINCT ?v { ?o mg:unit ?v } } MINUS { ?v skos:inScheme mgc:units } ?f mg:unit ?v }
SELECT ?f { ?f a mg:Observation MINUS { ?f qb:dataSet ?v } }
SELECT ?f { ?f a mg:Observation MINUS { ?f dcterms:source ?v } }
SELECT ?f ?v { { SELECT DISTINCT ?v { ?o dcterms:source ?v } } MINUS { ?v a mg:Source } ?f dcterms:source ?v }
SELECT ?f { ?f a mg:Observation ; mg:value ?v } GROUP BY ?f HAVING(COUNT(?v) > 1)
SELECT ?f { ?f a mg:Observation ; mg:value ?v MINUS { ?f mg:status mgc:status-normal } }
SELECT ?f { ?f a mg:Observation ; mg:status mgc:status-normal MINUS { ?f mg:value ?v } }
"""


def _loaded(folder: Path) -> Any:
    import pyoxigraph as ox

    store = ox.Store()
    for name in NT:
        store.bulk_load(path=str(folder / name), format=ox.RdfFormat.N_TRIPLES, lenient=True)
    return store


def _rules(folder: Path) -> Any:
    import pyoxigraph as ox

    return [q.triple for q in ox.parse(path=str(folder / "shapes.nt"), format=ox.RdfFormat.N_TRIPLES)]


def migkg(folder: Path, lap: Callable[[str], None]) -> Counter[str]:
    """Our engine over a store in memory."""
    from migkg.conform.engine import Engine
    from migkg.conform.model import Shapes

    store = _loaded(folder)
    lap("load")
    found = Counter(r.shape.value for r in Engine(Shapes(_rules(folder)), store).everything())
    lap("validate")
    return found


def pyshacl(folder: Path, lap: Callable[[str], None]) -> Counter[str]:
    """The reference over an rdflib graph."""
    import pyshacl as engine
    import rdflib

    data, rules = rdflib.Graph(), rdflib.Graph()
    for name in NT:
        data.parse(folder / name, format="nt")
    rules.parse(folder / "shapes.nt", format="nt")
    lap("load")
    _, report, _ = engine.validate(data, shacl_graph=rules, inplace=True, advanced=False, meta_shacl=False)
    lap("validate")
    return _counted(report)


def pyshifty(folder: Path, lap: Callable[[str], None]) -> Counter[str]:
    """An engine in Rust, with its own parser."""
    import shifty

    _, report, _ = shifty.validate([folder / name for name in NT], folder / "shapes.nt", infer=False, graph_mode="data")
    lap("validate")
    return _counted(report)


def by_hand(folder: Path, lap: Callable[[str], None]) -> Counter[str]:
    """Queries written by hand over the bare store."""
    from migkg.queries import prologue

    store = _loaded(folder)
    lap("load")
    found: Counter[str] = Counter()
    for text in BY_HAND.strip().splitlines():
        found["by hand"] += sum(1 for _ in store.query(prologue() + text))
    lap("validate")
    return found


def _counted(report: Any) -> Counter[str]:
    """Return the results at the top of a report by shape; details of nested shapes are none."""
    import rdflib

    shape = rdflib.URIRef(SH + "sourceShape")
    results = report.objects(None, rdflib.URIRef(SH + "result"))
    return Counter(str(report.value(result, shape)) for result in results)


ENGINES = {"migkg": migkg, "pyshacl": pyshacl, "pyshifty": pyshifty, "by-hand": by_hand}


def main() -> None:
    """Run one engine and print what it found."""
    parts: dict[str, float] = {}
    begun = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal begun
        now = time.perf_counter()
        parts[name], begun = now - begun, now

    found = ENGINES[sys.argv[1]](Path(sys.argv[2]), lap)
    print(json.dumps({"found": dict(sorted(found.items())), "parts": parts}))


if __name__ == "__main__":
    main()
