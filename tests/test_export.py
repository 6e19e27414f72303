"""What an export promises: whole or by graph, the same bytes, unchanged in other tools."""

from __future__ import annotations

import csv
import io

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import to_isomorphic

from migkg.errors import UnknownName, UsageError
from migkg.export import FORMATS, export, graphs
from migkg.release import MERGED, QUADS
from migkg.stores.oxigraph import OxigraphStore
from migkg.tables import defuse

READ = {"ttl": "turtle", "nt": "nt", "rdfxml": "xml"}
LAW = ["data/law/relations"]


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_bytes_twice(store, form):
    """An export can be compared, cached and signed."""
    names = {
        "csv": ["data/observations/sdg-10-7-2", "data/observations/sdg-10-7-2-regional"],
        "sssom": ["data/mappings"],
    }.get(form, ["data/frameworks"])
    assert export(store, form, names) == export(store, form, names)


def test_every_store_of_a_release_gives_the_same_bytes(store, release):
    """On disk or in memory, a node without a name keeps the label it has in the release, in its graph and the merge."""
    memory = OxigraphStore.from_dump(release.path / QUADS, release.path / MERGED)
    shapes = ["ontology/migkg", "shapes"]
    assert b"_:" in export(store, "nt", shapes)
    assert export(memory, "nt", shapes) == export(store, "nt", shapes)
    named = [t for name in graphs(memory, shapes) for t in memory.get(name)]
    assert all(ox.Quad(t.subject, t.predicate, t.object) in memory.engine for t in named)


@pytest.mark.parametrize("form", READ)
def test_rdflib_loads_it_unchanged(store, form):
    """Every triple arrives, and none more."""
    wanted = rdflib.Graph().parse(data=export(store, "nt", LAW), format="nt")
    got = rdflib.Graph().parse(data=export(store, form, LAW), format=READ[form])
    assert to_isomorphic(got) == to_isomorphic(wanted)
    assert len(got) == len(set(store.get(graphs(store, LAW)[0])))


@pytest.mark.parametrize(("form", "name"), [("nq", "nquads"), ("trig", "trig"), ("jsonld", "json-ld")])
def test_formats_with_graphs_keep_them_apart(store, form, name):
    """Who says so travels with the data."""
    names = ["data/law", "data/methods"]
    data = rdflib.Dataset()
    data.parse(data=export(store, form, names), format=name)
    got = {str(g.identifier) for g in data.graphs() if len(g)} - {str(rdflib.graph.DATASET_DEFAULT_GRAPH_ID)}
    assert got == set(graphs(store, names))


@pytest.mark.parametrize("form", ["nq", "trig", "jsonld"])
def test_export_and_load_give_the_whole_back(store, release, form):
    """Line by line the dump of the release, down to the labels of nodes without names."""
    made = export(store, form)
    if form != "nq":
        kind = {"trig": ox.RdfFormat.TRIG, "jsonld": ox.RdfFormat.JSON_LD}[form]
        made = ox.serialize(ox.parse(made, format=kind), format=ox.RdfFormat.N_QUADS)
    lines = sorted(made.splitlines())
    assert lines == (release.path / QUADS).read_bytes().splitlines()


def test_csv_holds_the_figures_with_labels(store):
    """The table a spreadsheet opens."""
    rows = list(csv.DictReader(io.StringIO(export(store, "csv", ["data/observations/sdg-10-7-2"]).decode())))
    kenya = next(r for r in rows if (r["area"], r["element"], r["period"]) == ("KEN", "sdg1072-d6", "2019"))
    assert (kenya["value"], kenya["area_label"], kenya["status"]) == ("band1072-4", "Kenya", "status-normal")
    assert len(rows) == 1750


def test_sssom_has_its_head_and_all_rows(store):
    """One table of all mappings, with the prefixes it uses."""
    text = export(store, "sssom").decode()
    head = [line for line in text.splitlines() if line.startswith("#")]
    rows = list(csv.DictReader(io.StringIO(text[text.index("record_id") :]), delimiter="\t"))
    assert "#curie_map:" in head
    assert (
        len(rows) == len({r["record_id"] for r in rows}) == 157 + 4
    )  # the mappings, and the gaps that somebody states
    assert all(r["subject_id"].startswith("mgd:") and r["predicate_id"].startswith("skos:") for r in rows)


def test_a_folder_of_graphs_can_be_chosen(store):
    """data/law means every graph below it."""
    assert len(graphs(store, ["data/law"])) >= 4
    assert graphs(store, ["data/law/bodies"]) == ["https://w3id.org/migkg/graph/data/law/bodies"]


def test_an_unknown_graph_or_format_is_said(store):
    """With near names and the formats there are."""
    with pytest.raises(UnknownName, match="data/frameworks/migof"):
        export(store, "ttl", ["data/frameworks/migoff"])
    with pytest.raises(UsageError, match="ttl, nt, nq"):
        export(store, "docx")
    with pytest.raises(UsageError, match="none"):
        export(store, "csv", ["data/law"])


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-x", "@sum", "\tx"])
def test_formulas_are_defused(cell):
    """A label must not run in somebody's spreadsheet; a negative number stays a number."""
    assert defuse(cell) == "'" + cell
    assert defuse("-1.5") == "-1.5"
