"""Everything that the five founding documents name is in the graph.

With a kind, a relation, and the document as source.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from migkg.terms import PREFIXES, thing

ROWS = list(csv.DictReader((Path(__file__).parent / "seed_coverage.csv").open(encoding="utf-8", newline="")))
PLAIN = {PREFIXES["rdf"] + "type", PREFIXES["skos"] + "prefLabel", PREFIXES["dcterms"] + "source"}


def test_all_136_items_are_listed():
    """The inventory of the documents has 136 items; each has a row."""
    items = {row["inventory_id"] for row in ROWS}
    assert len(items) >= 136
    assert {i.split("-")[1][:3] for i in items if i.startswith("seed-")} == {"000", "001", "002", "003", "004"}


@pytest.mark.parametrize("row", ROWS, ids=[r["inventory_id"] for r in ROWS])
def test_the_thing_exists_typed_labelled_related_and_names_its_document(store, row):
    """One row of the table: a class of its kind, an English label, a relation, the seed as a source."""
    iri = thing(row["iri_local"])
    seed = "src-seed-" + row["inventory_id"].replace("seed2", "seed-002").replace("seed3", "seed-003")[5:8]
    said = list(store.query(f"SELECT ?p ?o WHERE {{ {iri} ?p ?o }}"))
    classes = {s["o"].value for s in said if s["p"].value == PREFIXES["rdf"] + "type"}
    assert any(c.startswith(PREFIXES["mg"]) or c.startswith(PREFIXES["org"]) for c in classes), f"{iri} has no class"
    assert any(s["p"].value == PREFIXES["skos"] + "prefLabel" and s["o"].language == "en" for s in said), "no label"
    sources = [s["o"].value.rsplit("/", 1)[-1] for s in said if s["p"].value == PREFIXES["dcterms"] + "source"]
    assert any(name.startswith(seed) for name in sources) or row["iri_local"].startswith(seed), (
        f"{iri} does not name {seed}: {sources}"
    )
    out = {s["p"].value for s in said} - PLAIN
    back = list(store.query(f"SELECT ?p WHERE {{ ?s ?p {iri} FILTER(?p != <{PREFIXES['dcterms']}source>) }} LIMIT 1"))
    links = any(
        p.startswith(PREFIXES["mg"]) or "skos" in p or "org#" in p or "eli" in p or "isPartOf" in p for p in out
    )
    assert links or back, f"{iri} has no relation"
