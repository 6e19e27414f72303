"""What is built on a text, a trace in sentences, its sources as a bibliography, and how much has a legal basis."""

from __future__ import annotations

import json
import re

import pytest
from pybtex.database import parse_string

from migkg import cite, prose
from migkg.built import built_on
from migkg.coverage import COUNTS, coverage
from migkg.trace import trace
from tests import bases

PARTS = ("10.7.2", "sdg-target-10-7", "mgi2016-1-2", "migof-p1", "gcm-o06")


@pytest.mark.parametrize("name", PARTS)
def test_the_inverse_finds_what_a_trace_finds(name: str) -> None:
    """A thing is built on every text that its trace reaches, and by no longer way."""
    store = bases.real_store()
    found = trace(store, name)
    shortest: dict[str, int] = {}
    for path in found.paths:
        for steps, hop in enumerate(path.hops, 1):
            if hop.rank:
                shortest[hop.to] = min(steps, shortest.get(hop.to, steps))
    for text, steps in shortest.items():
        below = {one.id: one for one in built_on(store, text).things}
        assert len(below[found.start.id].way) <= steps


def test_what_is_built_hangs_together_and_stands_once() -> None:
    """Each way starts at the thing, ends at the text, and the nearest come first."""
    found = built_on(bases.real_store(), "A/RES/70/1")
    assert {"sdg", "sdg-target-10-7", "sdg-indicator-10-7-2", "sdg1072-d6-e"} <= {one.id for one in found.things}
    assert len({one.id for one in found.things}) == len(found.things)
    for one in found.things:
        assert one.way[0].from_ == one.id and one.way[-1].to == "un-res-a-70-1"
        assert all(a.to == b.from_ for a, b in zip(one.way, one.way[1:], strict=False))
    assert [len(one.way) for one in found.things] == sorted(len(one.way) for one in found.things)
    assert all(one.legal for one in found.things)


def test_what_only_relates_is_asked_for_and_marked() -> None:
    """“Relates to” never counts as legal basis, from either side."""
    store = bases.real_store()
    legal, wide = built_on(store, "icrmw"), built_on(store, "icrmw", related=True)
    assert {one.id for one in legal.things} < {one.id for one in wide.things}
    assert "mgi2016-5-1" not in {one.id for one in legal.things}
    by_name = {one.id: one for one in wide.things}
    assert not by_name["mgi2016-5-1"].legal
    assert {one.id for one in wide.things if one.legal} == {one.id for one in legal.things}


def test_as_of_holds_backwards_too() -> None:
    """Nothing was built on the 2030 Agenda in 2014."""
    assert built_on(bases.real_store(), "A/RES/70/1", as_of="2017").things
    later = {one.id for one in built_on(bases.real_store(), "migof").things}
    early = {one.id for one in built_on(bases.real_store(), "migof", as_of="2015").things}
    assert early < later


def test_a_trace_reads_as_sentences_with_footnotes() -> None:
    """Each mark has its footnote, each footnote a mark; a weak way says so in words."""
    store = bases.real_store()
    for name in PARTS:
        text = prose.markdown(trace(store, name, related=True), prose.phrases(store))
        body, marks = re.split(r"^(?=\[\^1\]: )", text, maxsplit=1, flags=re.M)
        used = set(re.findall(r"\[\^(\d+)\]", body))
        given = re.findall(r"^\[\^(\d+)\]: \S", marks, flags=re.M)
        assert used == set(given) and len(given) == len(set(given))
    said = prose.markdown(trace(store, "10.7.2"), prose.phrases(store))
    assert said.startswith("# Legal basis of indicator 10.7.2\n")
    assert "None binds throughout." in said and "is conceptually based on Migration Governance Framework" in said
    assert "general knowledge, not looked up" in said, "what was not looked up says so"


def test_every_relation_reads_in_a_sentence() -> None:
    """No relation of a statement is without its phrase."""
    store = bases.real_store()
    said = prose.phrases(store)
    used = {hop.relation for name in PARTS for hop in trace(store, name, related=True).hops()}
    assert used <= set(said)


def test_nothing_recorded_is_said_as_that() -> None:
    """Silence of the graph is not a finding of law."""
    text = prose.markdown(trace(bases.real_store(), "KEN"), {})
    assert "says what is known, not what there is" in text


def test_dates_and_markup_in_prose() -> None:
    """A date is as long as it is known; a label cannot become markup."""
    assert [prose.day(d) for d in ("2018-12-19", "2018-12", "2018", None)] == [
        "19 December 2018",
        "December 2018",
        "2018",
        "",
    ]
    assert prose.escape("a_b *c* [d](e) <f>") == r"a\_b \*c\* \[d\](e) \<f\>"
    assert prose.listed(["a"]) == "a" and prose.listed(["a", "b", "c"]) == "a, b and c"


def test_the_bibliography_is_read_back_by_others() -> None:
    """BibTeX parses, CSL-JSON has what its schema asks for, and nothing unknown is filled in."""
    store = bases.real_store()
    cited = [source.id for hop in trace(store, "10.7.2", related=True).hops() for source in hop.sources]
    read = parse_string(cite.bibtex(store, cited), "bibtex").entries
    assert set(read) == set(cited)
    assert read["src-a-res-70-1"].fields["year"] == "2015", "the symbol of the resolution gives the day of the text"
    assert "url" in read["src-unsd-md-10-7-2"].fields and "year" not in read["src-unsd-md-10-7-2"].fields
    items = cite.csl(store, cited)
    assert [i["id"] for i in items] == list(dict.fromkeys(cited))
    assert all({"id", "type", "title"} <= set(i) for i in items)
    assert "verify" in next(i for i in items if i["id"] == "src-background")["note"]
    assert cite.csl(store, []) == [] and cite.bibtex(store, []) == ""


def test_a_trace_without_a_way_says_what_was_searched() -> None:
    """A spoken gap is more than silence."""
    found = trace(bases.real_store(), "seed2-g1-i1")
    assert not found.paths and found.gap and found.gap["reason"] and found.gap["searched"]
    assert found.to_dict()["gap"] == found.gap
    assert "No legal basis was found (" in prose.markdown(found, {}) and "Searched: " in prose.markdown(found, {})
    assert trace(bases.real_store(), "10.7.2").gap is None


def test_nothing_of_any_framework_is_silent() -> None:
    """Every part has a basis of its own, an inherited one, or a gap that is spoken."""
    found = coverage(bases.real_store())
    assert found.total("silent") == 0
    for line in found.lines:
        assert line["parts"] == sum(line[count] for count in COUNTS[1:])
    assert {"sdg", "migof", "mgi", "mgi-2016", "gcm"} <= {line["framework"] for line in found.lines}
    assert all(gap["reason"] and gap["searched"] for gap in found.gaps)


def test_the_command_says_one_thing_at_a_time(run) -> None:
    """What to trace, the inverse and the coverage exclude each other; each has its forms."""
    for words in (("trace",), ("trace", "10.7.2", "--from", "icrmw"), ("trace", "--coverage", "--from", "icrmw")):
        done = run(*words)
        assert done.returncode == 2 and "Say one of these" in done.stderr
    done = run("trace", "--from", "icrmw", "--format", "svg")
    assert done.returncode == 2 and "tree, json" in done.stderr
    said = json.loads(run("trace", "--from", "icrmw", "--format", "json").stdout)
    assert said["end"]["id"] == "icrmw" and said["count"] == len(said["things"])
    assert "art-43-1-e" in run("trace", "--from", "icrmw").stdout
    assert run("trace", "10.7.2", "--format", "bibtex").stdout.startswith("@misc{")
    assert json.loads(run("trace", "10.7.2", "--format", "csl").stdout)[0]["type"] == "document"
    table = run("trace", "--coverage", "--format", "csv").stdout.splitlines()
    assert table[0].split(",")[0] == "framework" and len(table) > 10
