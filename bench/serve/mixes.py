"""What is asked: kinds of question, each a list of query texts. `wrk` asks them in turn, from several connections."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from migkg import queries
from migkg.ask import FOLDER, bound, examples
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import thing

RESULTS = "application/sparql-results+json"
TURTLE = "text/turtle"
STARTS = ("sdg-indicator-10-7-2", "mgi2016-1-2", "sdg1072-d6-e", "gcm-o06", "migof-p1")
# Questions of the library that ask for the names of graphs; the peers hold one graph.
GRAPHS = "GRAPH ?"

AGGREGATE = """SELECT ?method ?band (COUNT(?score) AS ?scores) (AVG(?value) AS ?mean) WHERE {
  ?score a mg:Score ; mg:method ?method ; mg:value ?value . OPTIONAL { ?score mg:band ?band }
} GROUP BY ?method ?band"""
CONSTRUCT = """CONSTRUCT { ?observation mg:element ?element ; mg:value ?value ; mg:period ?period } WHERE {
  ?observation mg:area <%s> ; mg:element ?element ; mg:value ?value ; mg:period ?period
}"""
WORDS = """SELECT ?thing ?name WHERE { ?thing skos:prefLabel ?name FILTER(CONTAINS(LCASE(?name), "%s")) } LIMIT 50"""


def mixes(store: OxigraphStore) -> dict[str, tuple[str, list[str]]]:
    """Return the kinds of question: the media type of their answers, and their texts."""
    found = store.query(prefixed("SELECT ?area { ?area a mg:Country } ORDER BY ?area"))
    iris = [row["area"].value for row in found]  # type: ignore[union-attr]
    library = []
    for query in queries.folder(FOLDER):
        text = bound(store, query, examples(query))
        if GRAPHS not in text:
            library.append(text)
    hops = queries.load("view/hops")
    return {
        "lookup": (RESULTS, [f"SELECT ?p ?o WHERE {{ <{iri}> ?p ?o }} LIMIT 10" for iri in iris]),
        "trace": (RESULTS, [queries.bind(hops, {"start": thing(start)}) for start in STARTS]),
        "library": (RESULTS, library),
        "aggregate": (RESULTS, [prefixed(AGGREGATE)]),
        "construct": (TURTLE, [prefixed(CONSTRUCT % iri) for iri in iris]),
        "words": (RESULTS, [prefixed(WORDS % word) for word in ("migra", "refug", "labour", "traffick", "diaspora")]),
    }


def prefixed(text: str) -> str:
    """Return a query with the prefixes it may use."""
    return queries.prologue() + text


def script(path: Path, address: str, media: str, texts: Sequence[str], *, fresh: bool) -> Path:
    """Write the program of `wrk`: the texts in turn; `fresh` makes each request a text that was never asked before."""
    base, _, parameters = address.partition("?")
    start = base[base.index("/", 8) :] + "?" + (parameters + "&" if parameters else "") + "query="
    listed = ",\n".join(json.dumps(start + quote(text, safe="")) for text in texts)
    mark = '"%0A%23" .. id .. "x" .. n' if fresh else '""'
    path.write_text(f"""
local asked = {{ {listed} }}
local n, id = 0, 0
local threads = 0
setup = function(thread) thread:set("id", threads) threads = threads + 1 end
request = function()
  n = n + 1
  return wrk.format("GET", asked[n % #asked + 1] .. {mark}, {{ ["Accept"] = "{media}" }})
end
done = function(summary, latency, requests)
  local e = summary.errors
  local bad = e.status + e.connect + e.read + e.write + e.timeout
  local p50, p99 = latency:percentile(50), latency:percentile(99)
  io.write(string.format("FOUND %d %d %f %f %d\\n", summary.requests, summary.duration, p50, p99, bad))
end
""")
    return path
