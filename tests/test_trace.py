"""What a trace promises."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pyoxigraph as ox
import pytest
import rdflib

from migkg import lookup
from migkg.build import derive, underive
from migkg.errors import AmbiguousName, UnknownName, UsageError
from migkg.plot import svg
from migkg.queries import prologue
from migkg.release import MERGED, QUADS
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import GRAPH, thing
from migkg.trace import MAX_PATHS, trace

REACHED = {"iom-council-res-1310", "un-res-a-70-1", "un-res-a-71-313", "iom-constitution"}


def ways(found):
    """The paths as tuples of what they lead to."""
    return {tuple(hop.to for hop in path.hops) for path in found.paths}


def copy(release):
    """A copy of the release in memory, to change."""
    return OxigraphStore.from_dump(release.path / QUADS, release.path / MERGED)


def test_10_7_2_reaches_its_four_texts(store):
    """Resolution 1310 through MiGOF, A/RES/70/1 through target 10.7, A/RES/71/313, and the IOM Constitution."""
    found = trace(store, "10.7.2")
    steps = [[hop.to for hop in path.hops] for path in found.paths]
    assert {to for way in steps for to in way} >= REACHED
    assert any(way[:2] == ["migof", "iom-council-res-1310"] for way in steps)
    assert any(way[:2] == ["sdg-target-10-7", "un-res-a-70-1"] for way in steps)
    assert not found.cut


def test_every_hop_is_typed_and_cited(store):
    """A hop without relation, basis or source cannot be checked by a reader."""
    for name in ("10.7.2", "1.2", "gcm-o06", "sdg1072-d6-e"):
        for hop in trace(store, name).hops():
            assert hop.relation and hop.basis and hop.sources and hop.force and hop.to_label, hop


def test_a_path_starts_at_the_start_ends_in_a_text_and_hangs_together(store):
    """A trace is a way, not a heap of hops."""
    for name in ("10.7.2", "mgi2016-1-2", "gcm-o10"):
        found = trace(store, name)
        assert found.paths
        for path in found.paths:
            assert path.hops[0].from_ == found.start.id
            assert path.hops[-1].rank > 0
            assert all(a.to == b.from_ for a, b in zip(path.hops, path.hops[1:], strict=False))


def test_codes_and_ids_mean_the_same(store):
    """People know codes, programs know ids."""
    assert ways(trace(store, "1.2")) == ways(trace(store, "mgi2016-1-2")) == ways(trace(store, "mgd:mgi2016-1-2"))


def test_an_ambiguous_code_lists_its_candidates(store):
    """1.3 is an SDG target and an MGI indicator; nobody may guess."""
    with pytest.raises(AmbiguousName) as error:
        trace(store, "1.3")
    assert {c.id for c in error.value.candidates} == {"mgi2016-1-3", "sdg-target-1-3"}


def test_an_unknown_name_suggests_near_ones(store):
    """A slip of the finger gets an answer that helps."""
    with pytest.raises(UnknownName) as error:
        trace(store, "10.7.22")
    assert error.value.candidates[0].id == "sdg-indicator-10-7-2"


def test_a_whole_label_and_bare_digits_are_names_too(store):
    """Kenya is KEN, World is m49-001, 199 is the group of least developed countries."""
    assert [lookup.resolve(store, name).value.rsplit("/", 1)[-1] for name in ("Kenya", "world", "199")] == [
        "KEN",
        "m49-001",
        "m49-199",
    ]


def test_as_of_leaves_out_what_came_later_and_keeps_the_undated(store):
    """A/RES/71/313 is of 2017; a hop without a date stays and says so."""
    early = trace(store, "10.7.2", as_of="2016-12-31")
    reached = {hop.to for hop in early.hops()}
    assert "un-res-a-71-313" not in reached
    assert {"un-res-a-70-1", "sdg-target-10-7"} <= reached
    assert any(hop.date is None and hop.date_of == "unknown" for hop in early.hops())
    assert not trace(store, "migof", as_of="2014").paths


def test_a_year_means_its_last_day(store):
    """`--as-of 2017` includes what was adopted in July 2017."""
    assert "un-res-a-71-313" in {hop.to for hop in trace(store, "10.7.2", as_of="2017").hops()}


@pytest.mark.parametrize(
    "text", ["soon", "17", "2016/12/31", "2016-12-31-01", "2017-7-1", "2016-13-01", "2017-02-30", "2016-"]
)
def test_a_bad_date_is_refused(store, text):
    """Nothing is guessed from a date that is none."""
    with pytest.raises(UsageError, match="not a date"):
        trace(store, "10.7.2", as_of=text)


def test_10_7_2_has_nothing_that_binds_throughout(store):
    """Soft law is never shown as binding, even when it leads to a treaty."""
    found = trace(store, "10.7.2", binding=True)
    assert found.binding == ()
    assert found.reaching
    for path in found.reaching:
        assert path.hops[-1].force == "treaty"
        assert path.weak_texts
        assert path.force in ("recommendation", "voluntary")


def test_a_protocol_binds_throughout(store):
    """The trafficking protocol supplements a convention: both bind."""
    found = trace(store, "trafficking-protocol", binding=True)
    assert any([hop.to for hop in path.hops] == ["untoc"] for path in found.binding)


def test_relations_of_meaning_are_no_legal_basis(store):
    """6.e relates to the trafficking protocol; without --related that is not shown, and it never carries force."""
    assert "trafficking-protocol" not in {hop.to for hop in trace(store, "sdg1072-d6-e").hops()}
    found = trace(store, "sdg1072-d6-e", related=True)
    hop = next(hop for hop in found.hops() if hop.to == "trafficking-protocol")
    assert not hop.legal and hop.force == "none" and hop.rank == 0
    assert all(path.force == "none" for path in found.paths if hop in path.hops)
    assert not any(hop in path.hops for path in trace(store, "6.e", related=True, binding=True).paths)


def test_removing_one_statement_removes_that_hop(release):
    """What is shown comes from the statement and from nothing else."""
    changed = copy(release)
    gone = thing("lb-migof--adoptedBy--iom-council-res-1310")
    holder = GRAPH + "data/frameworks/migof"
    assert any(t.subject == gone for t in changed.get(holder))
    changed.put(holder, [t for t in changed.get(holder) if t.subject != gone])
    underive(changed)
    derive(changed)
    assert ("migof", "iom-council-res-1310") not in {w[:2] for w in ways(trace(changed, "10.7.2"))}
    assert ("migof", "iom-council-res-1310") in {w[:2] for w in ways(trace(copy(release), "10.7.2"))}


def test_loops_end(release):
    """Two texts that rest on each other do not trap a trace."""
    changed = copy(release)
    text = (
        prologue().replace("PREFIX", "@prefix").replace(">\n", "> .\n")
        + """
    mgd:lb-loop a mg:LegalBasisStatement ; mg:relation mg:basedOn ; mg:from mgd:iom-council-res-1310 ; mg:to mgd:migof ;
      mg:basis mgc:basis-judgement ; mg:confidence mgc:confidence-low ; dcterms:source mgd:src-background ."""
    )
    quads = ox.parse(text.encode(), format=ox.RdfFormat.TURTLE)
    changed.put(GRAPH + "data/loop", [q.triple for q in quads])
    underive(changed)
    derive(changed)
    found = trace(changed, "migof")
    assert 0 < len(found.paths) < MAX_PATHS


def test_the_trace_turns_into_dicts_rows_and_graphs(store):
    """A notebook gets plain values; RDF tools get the statements."""
    found = trace(store, "10.7.2")
    said = json.loads(json.dumps(found.to_dict()))
    hop = said["paths"][0]["hops"][0]
    assert set(hop) >= {"from", "relation", "to", "force", "date", "basis", "sources"}
    assert set(hop["sources"][0]) >= {"id", "title", "locator"}
    assert {row["to"] for row in found.rows()} >= REACHED
    graph = found.graph(store)
    statement = rdflib.URIRef("https://w3id.org/migkg/id/lb-migof--adoptedBy--iom-council-res-1310")
    assert isinstance(graph, rdflib.Graph) and (statement, None, None) in graph


def test_the_picture_names_every_text_and_links_to_it(store):
    """The picture says what the words say; it is well-formed, titled and needs no colour."""
    found = trace(store, "10.7.2")
    root = ET.fromstring(svg(found, href="/page/"))
    space = {"s": "http://www.w3.org/2000/svg"}
    titles = [t.text or "" for t in root.iterfind(".//s:title", space)]
    for hop in found.hops():
        assert any(hop.to_label in title for title in titles), hop.to
    links = {a.get("href") for a in root.iterfind(".//s:a", space)}
    assert {f"/page/{hop.to}" for hop in found.hops()} <= links
    assert root.get("role") == "img" and root.find("s:desc", space) is not None
    x = [float(r.get("x")) for r in root.iterfind(".//s:a/s:rect", space)]
    assert min(x) >= 0 and max(x) < float(root.get("width"))


def test_a_start_without_legal_basis_gives_an_empty_trace(store):
    """Nothing recorded is said as such, not as an error."""
    assert trace(store, "KEN").paths == ()


def test_rows_say_what_is_undated_and_how_far_a_path_binds(store):
    """A table keeps what the tree says: date unknown, and the two parts of the answer about binding law."""
    rows = trace(store, "10.7.2", binding=True).rows()
    assert all(row["date"] for row in rows) and "date unknown" in {row["date"] for row in rows}
    assert {row["path_binds"] for row in rows} == {"through weaker texts"}
    assert any("iom-council-res-1310" in row["weaker_texts"].split() for row in rows)
    bound = trace(store, "trafficking-protocol").rows()
    assert any(row["path_binds"] == "throughout" and row["weaker_texts"] == "" for row in bound)
