"""Was a State party on a day? Lists of different days and completeness, and what each may and may not say."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from migkg import prose
from migkg.errors import UnknownName, UsageError
from migkg.standing import standings
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import PREFIXES, thing
from migkg.trace import trace
from tests import bases

HEAD = "".join(f"@prefix {p}: <{PREFIXES[p]}> .\n" for p in ("mg", "mgc", "mgd", "eli", "xsd", "dcterms", "skos"))
TREATY = """
mgd:t a mg:Instrument ; mg:legalForce mgc:force-treaty ; skos:prefLabel "T"@en ;
  eli:first_date_entry_in_force "1970-06-01"^^xsd:date .
mgd:t--art-1 eli:is_part_of mgd:t .
mgd:AAA a mg:Country . mgd:BBB a mg:Country . mgd:CCC a mg:Country . mgd:DDD a mg:Country . mgd:EEE a mg:Country .
mgd:p9 a mg:Participation ; mg:list mgd:list-whole ; mg:state mgd:CCC ; mg:instrument mgd:other .
mgd:list-whole a mg:ParticipationList ; mg:instrument mgd:t ; mg:asOf "2014-07-10"^^xsd:date ;
  mg:absence "no" ;
  dcterms:source mgd:src-x .
mgd:p1 mg:list mgd:list-whole ; mg:state mgd:AAA ; mg:standing mgc:standing-party ;
  mg:consentedOn "1984-03-06"^^xsd:date .
mgd:p2 mg:list mgd:list-whole ; mg:state mgd:BBB ; mg:standing mgc:standing-signatory ;
  mg:signedOn "1980-01-01"^^xsd:date .
mgd:p4 mg:list mgd:list-whole ; mg:state mgd:DDD ; mg:standing mgc:standing-party ; mg:consentedOn "1984"^^xsd:gYear .
"""
LEFT = TREATY.replace('"1984-03-06"^^xsd:date .', '"1984-03-06"^^xsd:date ; mg:denouncedOn "1997"^^xsd:gYear .')
PART = """
mgd:list-part a mg:ParticipationList ; mg:instrument mgd:t ; mg:asOf "2020-01-01"^^xsd:date ;
  mg:absence "unknown" ;
  dcterms:source mgd:src-y .
mgd:p5 mg:list mgd:list-part ; mg:state mgd:BBB ; mg:standing mgc:standing-party ; mg:consentedOn "2018"^^xsd:gYear .
"""
OTHER = """
mgd:list-other a mg:ParticipationList ; mg:instrument mgd:t ; mg:asOf "2016-01-01"^^xsd:date ;
  mg:absence "no" ;
  dcterms:source mgd:src-z .
mgd:p6 mg:list mgd:list-other ; mg:state mgd:AAA ; mg:standing mgc:standing-party ;
  mg:consentedOn "1986-03-06"^^xsd:date .
"""


def store_of(text: str) -> OxigraphStore:
    """Return a store with one graph."""
    store = OxigraphStore()
    quads = ox.parse((HEAD + text).encode(), format=ox.RdfFormat.TURTLE)
    store.put(PREFIXES["mgd"] + "graph", [q.triple for q in quads])
    return store


def answer(state: str, day: str | None, text: str = TREATY, of: str = "t") -> str:
    """Return the answer for one treaty."""
    (one,) = standings(store_of(text), thing(state), [of], day)[of]
    return one.answer


@pytest.mark.parametrize(
    ("state", "day", "expected"),
    [
        ("AAA", "2010-01-01", "party"),
        ("AAA", "1984-03-06", "party"),
        ("AAA", "1984-03-05", "not-party"),
        ("AAA", "1960-01-01", "not-in-force"),
        ("AAA", "2026-01-01", "party"),
        ("AAA", None, "party"),
        ("BBB", "2010-01-01", "signatory"),
        ("BBB", "2014-07-11", "unknown"),
        ("CCC", "2010-01-01", "not-party"),
        ("CCC", "2014-07-11", "unknown"),
        ("DDD", "1985-01-01", "party"),
        ("DDD", "1984-06-30", "unknown"),
        ("DDD", "1983-12-31", "not-party"),
    ],
)
def test_a_whole_list_speaks_for_its_own_day_and_before(state: str, day: str | None, expected: str) -> None:
    """After its day silence is unknown, never no; a year is compared as a year."""
    assert answer(state, day) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [("1996-12-31", "party"), ("1997-06-01", "unknown"), ("1998-06-01", "unknown"), ("1999-01-01", "not-party")],
)
def test_a_denunciation_works_some_time_after_its_notice(day: str, expected: str) -> None:
    """Of which only the year is known here."""
    assert answer("AAA", day, LEFT) == expected


SIGNED = """
mgd:p10 mg:list mgd:list-whole ; mg:state mgd:EEE ; mg:standing mgc:standing-party ;
  mg:signedOn "1985-05-05"^^xsd:date ; mg:consentedOn "1990-01-01"^^xsd:date .
mgd:list-undated a mg:ParticipationList ; mg:instrument mgd:t ; mg:asOf "2020-01-01"^^xsd:date ; mg:absence "unknown" ;
  dcterms:source mgd:src-y .
mgd:p11 mg:list mgd:list-undated ; mg:state mgd:CCC ; mg:standing mgc:standing-signatory .
mgd:p12 mg:list mgd:list-undated ; mg:state mgd:BBB ; mg:standing mgc:standing-party ;
  mg:consentedOn "2018"^^xsd:gYear .
"""


@pytest.mark.parametrize(
    ("state", "day", "expected"),
    [
        ("BBB", "1979-12-31", "not-party"),
        ("BBB", "1980-01-01", "signatory"),
        ("EEE", "1985-05-04", "not-party"),
        ("EEE", "1985-05-05", "signatory"),
        ("EEE", "1990-01-01", "party"),
        ("CCC", "2010-01-01", "not-party"),
        ("CCC", "2020-01-01", "signatory"),
        ("CCC", "2020-01-02", "unknown"),
        ("BBB", "2010-01-01", "signatory"),
    ],
)
def test_a_signatory_is_one_from_the_day_of_its_signature(state: str, day: str, expected: str) -> None:
    """Before it, it is none; a list without days of signature does not tell before its own day."""
    assert answer(state, day, TREATY + SIGNED) == expected


def test_a_signatory_is_no_party_either() -> None:
    """A list that tells of the signature and one that knows only of a later consent do not disagree."""
    (one,) = standings(store_of(TREATY + SIGNED), thing("BBB"), ["t"], "2010-01-01")["t"]
    assert {r.answer for r in one.readings} == {"signatory", "not-party"}
    assert one.sentence() == "a signatory, not a party (signed 1980-01-01), by the list of 2014-07-10"


def test_off_a_partial_list_nothing_follows() -> None:
    """Who is not on an incomplete list may well be a party."""
    assert answer("CCC", "2019-01-01", TREATY + PART) == "unknown"
    assert answer("CCC", "2010-01-01", TREATY + PART) == "not-party", "the whole list still speaks"
    assert answer("BBB", "2019-01-01", TREATY + PART) == "party", "what a partial list says, it says"


@pytest.mark.parametrize(("day", "expected"), [("2024-06-01", "not-party"), ("2024-10-26", "party")])
def test_who_has_consented_is_bound_from_a_later_day(day: str, expected: str) -> None:
    """Where a list gives the day of entry into force for the State, that day decides."""
    late = TREATY.replace('"1984-03-06"^^xsd:date', '"2023-10-26"^^xsd:date ; mg:boundFrom "2024-10-26"^^xsd:date')
    assert answer("AAA", day, late.replace('mg:asOf "2014-07-10"', 'mg:asOf "2025-01-01"')) == expected


def test_the_start_of_a_trace_may_be_the_treaty_itself() -> None:
    """`migkg trace ilo-c189 --for DEU` speaks of that convention."""
    found = trace(bases.real_store(), "ilo-c189", state="DEU", as_of="2018")
    assert found.standings["ilo-c189"][0].answer == "party"


def test_an_announcement_is_neither_yes_nor_no() -> None:
    """A public act without a deposit binds nobody yet, and does not show that there was none."""
    text = TREATY.replace("mgc:standing-signatory", "mgc:standing-announced")
    assert answer("BBB", "2010-01-01", text) == "unknown"


def test_lists_that_contradict_each_other_are_both_shown() -> None:
    """Nobody chooses between them."""
    store = store_of(TREATY + OTHER)
    (one,) = standings(store, thing("AAA"), ["t"], "1985-01-01")["t"]
    assert one.answer == "disputed" and {r.answer for r in one.readings} == {"party", "not-party"}
    assert one.sentence().startswith("the lists disagree: ") and "2014-07-10" in one.sentence()
    (later,) = standings(store, thing("AAA"), ["t"], "1990-01-01")["t"]
    assert later.answer == "party" and "1 more agree" in later.sentence()


def test_an_article_stands_for_its_treaty_and_a_treaty_without_list_is_unknown() -> None:
    """The question is asked of the treaty; where there is no list, that is said."""
    assert answer("AAA", "2010-01-01", of="t--art-1") == "party"
    alone = TREATY.split("mgd:p9")[0]
    (one,) = standings(store_of(alone), thing("AAA"), ["t"], "2010-01-01")["t"]
    assert (one.answer, one.readings) == ("unknown", ()) and "no list" in one.sentence()
    assert standings(store_of(TREATY), thing("AAA"), ["src-x"], None) == {}


def test_a_trace_for_a_state_keeps_all_steps_and_says_where_the_state_stands() -> None:
    """`--as-of` is then the day of the State's standing, not of the steps."""
    store = bases.real_store()
    plain, found = trace(store, "10.7.2"), trace(store, "10.7.2", state="Kenya", as_of="2010")
    assert found.paths == plain.paths and found.as_of is None
    assert found.state and (found.state.id, found.state_day) == ("KEN", "2010-12-31")
    assert {"un-charter", "iom-constitution"} <= set(found.standings)
    said = found.to_dict()
    assert {k: said["for"][k] for k in ("id", "label", "as_of")} == {
        "id": "KEN",
        "label": "Kenya",
        "as_of": "2010-12-31",
    }
    assert {one["treaty"]: one["answer"] for one in said["for"]["treaties"]}["un-charter"] == "party"
    assert all("standing" in hop for path in said["paths"] for hop in path["hops"])
    assert "standing" not in plain.to_dict()["paths"][0]["hops"][0]
    assert "Kenya and the treaties on these ways on 31 December 2010" in prose.markdown(found, prose.phrases(store))


def test_only_a_state_can_be_asked_for() -> None:
    """A body has no standing here, and a slip gets help."""
    with pytest.raises(UsageError, match="no State"):
        trace(bases.real_store(), "10.7.2", state="unga")
    with pytest.raises(UnknownName):
        trace(bases.real_store(), "10.7.2", state="Kenja land")
