"""The made-up country data of the bench are like those of the project, and every fault sown into them is found."""

from __future__ import annotations

import csv
from collections import Counter

import pyoxigraph as ox
import pytest
from bench.scale import data
from bench.scale.engines import migkg

from migkg import load, shacl
from migkg.conform.engine import Engine
from migkg.conform.model import Shapes
from migkg.validate import validate
from tests.test_conform import plain, store_of

# What one row or the shapes of observations cannot see, and a check does.
ONLY_BY_CHECKS = {
    "unknown element",
    "short year",
    "year in words",
    "year to come",
    "unknown code",
    "code of another list",
    "number without unit",
    "share beyond 100",
    "half a person",
}


@pytest.fixture(scope="module")
def names(store):
    """A few areas, questions and series of the real graph."""
    whole = data.plan(store)
    assert len(whole.areas) > 200 and len(whole.coded) > 30 and len(whole.series) > 20
    return data.Plan(("KEN", "UGA", "VUT"), whole.coded[:6], whole.series[:3])


def table(path, made):
    """Write rows as a table of the project; return it as read."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, data.COLUMNS)
        out.writeheader()
        out.writerows(row for row, _ in made)
    return load.read_table(path)


def test_the_same_seed_gives_the_same_rows_and_every_fault(names):
    """So that runs compare."""
    made = list(data.rows(2_000, names))
    assert made == list(data.rows(2_000, names)) != list(data.rows(2_000, names, seed=2))
    kinds = {fault for _, fault in made} - {""}
    assert kinds == data.FAULTS_OF_ROWS.keys() | data._FAULTS_OF_STATEMENTS.keys()


def test_rows_become_what_the_load_query_makes_of_them(names, tmp_path):
    """What the bench feeds to other engines is what this project would make of the table."""
    made = [(row, "") for row, _ in data.rows(2_000, names)]
    into = data._GRAPH + "scale"
    facts = load.facts(table(tmp_path / "scale.csv", made), "observations", into)
    wanted = {str(t) for t in facts if "/row/" not in t.predicate.value and t.subject.value != into}
    text = "".join(data.lines(iter(made), "scale"))
    store = store_of([q.triple for q in ox.parse(text.encode(), format=ox.RdfFormat.N_TRIPLES, lenient=True)])
    found = {str(q.triple) for q in store if q.subject.value != into}
    assert found == wanted


def test_our_engine_finds_in_them_what_the_reference_finds(names, store):
    """Every kind of fault, also those that no table can hold."""
    made = list(data.rows(2_000, names))
    text = "".join(data.lines(iter(made), "scale"))
    owl = "<http://www.w3.org/2002/07/owl#"  # without the style of the ontology, which is another matter
    beside = [t for t in data.beside(store, names) if not str(t.object).startswith(owl)]
    rows = [q.triple for q in ox.parse(text.encode(), format=ox.RdfFormat.N_TRIPLES, lenient=True)]
    held = store_of(rows + beside)
    ours = [plain(r) for r in Engine(Shapes(shacl.shapes_graph()), held).everything()]
    theirs = [plain(r) for r in shacl.reference([q.triple for q in held], shacl.shapes_graph())]
    assert Counter(ours) == Counter(theirs)
    spoken_of = {row[0] for row in ours}
    for row, fault in made:
        name, _ = data.statements(row, "scale", fault)
        if fault and fault not in ONLY_BY_CHECKS:
            assert name in spoken_of, fault


def test_each_faulty_row_of_a_table_is_found_in_its_line(names, store, tmp_path):
    """By shapes or by checks, and no other row."""
    made = list(data.rows(2_000, names))
    path = tmp_path / "scale.csv"
    table(path, made)
    found = {f.line for f in validate([path], store).findings if f.severity == "error" or f.check == "out-of-time"}
    wrong = {line for line, (_, fault) in enumerate(made, 2) if fault in data.FAULTS_OF_ROWS}
    assert wrong - found == set()
    assert found - wrong - {None} == set()


def test_the_runner_of_our_engine_counts_by_shape(names, store, tmp_path):
    """What the bench prints for us is what the engine finds."""
    (tmp_path / "data.nt").write_text("".join(data.lines(data.rows(1_000, names), "scale")), encoding="utf-8")
    for name, triples in (("beside.nt", data.beside(store, names)), ("shapes.nt", shacl.shapes_graph())):
        (tmp_path / name).write_text("".join(f"{t} .\n" for t in triples), encoding="utf-8")
    laps = []
    found = migkg(tmp_path, laps.append)
    assert laps == ["load", "validate"] and found["https://w3id.org/migkg/shape/Observation-area"] > 0
