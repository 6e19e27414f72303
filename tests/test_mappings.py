"""The tables of mappings are SSSOM as its own library reads it; what is composed of them is never surer."""

from __future__ import annotations

import logging
import re
from decimal import Decimal
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
from jsonschema import ValidationError
from sssom.constants import SchemaValidationType
from sssom.parsers import parse_sssom_table
from sssom.validators import validate

from migkg import queries
from migkg.crosswalk import Composed, Step, crosswalk, suggestions, table
from migkg.errors import UsageError
from migkg.export import export
from migkg.terms import PREFIXES, graph
from tests import bases

logging.getLogger("sssom").setLevel(logging.ERROR)
HOW = [
    SchemaValidationType.JsonSchema,
    SchemaValidationType.PrefixMapCompleteness,
    SchemaValidationType.StrictCurieFormat,
]
TABLES = sorted((bases.ROOT / "data" / "mappings").glob("*.tsv")) + sorted((bases.SMALL / "mappings").glob("*.tsv"))
SKOS = {"exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch"}
TURNED = {"broadMatch": "narrowMatch", "narrowMatch": "broadMatch"}


def rows_of(path: Path) -> list[list[str]]:
    """Return the lines of a table below its head, cell by cell."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


def read(path: Path) -> int:
    """Let the library of SSSOM parse and validate a table; return how many mappings it read.

    It leaves a row out that is no mapping and goes on; that too counts as refused.
    """
    found = parse_sssom_table(path)
    validate(found, HOW)
    if len(found.df) != len(rows_of(path)) - 1:
        raise ValueError(f"{path.name}: the library left rows out")
    return len(found.df)


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name)
def test_a_table_of_mappings_is_valid_sssom(path: Path) -> None:
    """The library reads every row, its schema finds no fault, and every prefix is declared."""
    assert read(path) > 0


GOOD = (bases.SMALL / "mappings" / "mgi-2016--sdg-10-7-2.sssom.tsv").read_text(encoding="utf-8")
BAD = {
    "a prefix that the head does not declare": ("mgd:sdg1072-d2-a", "nowhere:sdg1072-d2-a"),
    "a justification that SSSOM does not know": ("semapv:ManualMappingCuration", "semapv:Guessing"),
    "a confidence above one": ("\t0.9\t", "\t9.0\t"),
    "two things in one cell": ("mgd:sdg1072-d2-a", "mgd:sdg1072-d2-a|mgd:sdg1072-d2"),
    "a mapping without a relation": ("skos:closeMatch", ""),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_table_is_refused(fault: str, tmp_path: Path) -> None:
    """One fault in a good table, and the library refuses it: the test above can fail."""
    old, new = BAD[fault]
    assert old in GOOD
    path = tmp_path / "bad.sssom.tsv"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises((ValidationError, ValueError, KeyError)):
        read(path)


def test_exported_mappings_are_valid_sssom(tmp_path: Path) -> None:
    """What the graph gives back, composed mappings included, is a table that the library accepts."""
    store = bases.real_store()
    path = tmp_path / "all.sssom.tsv"
    path.write_bytes(export(store, "sssom"))
    assert read(path) == count(store, "owl:Axiom")
    found = crosswalk(store, "gcm", "mgi", composed=True)
    path.write_bytes(table(store, found))
    assert read(path) == len(found.all()) > len(found.mappings)
    head, *rows = rows_of(path)
    chained = [dict(zip(head, row, strict=True)) for row in rows if "semapv:MappingChaining" in row]
    assert chained and all(len(row["derived_from"].split("|")) == 2 for row in chained)


def test_nothing_to_write_is_said() -> None:
    """Two frameworks without a mapping make no empty table."""
    store = bases.real_store()
    with pytest.raises(UsageError, match="none between these two"):
        table(store, crosswalk(store, "mgi-2016", "iaeg-2016-domains"))


# ------------------------------------------------------------------------------------ composed mappings


def count(store: ox.Store, of: str) -> int:
    """Return how many things of a class there are."""
    return len(select(store, f"SELECT ?x WHERE {{ ?x a {of} }}"))


def select(store: ox.Store, text: str) -> list[dict[str, str]]:
    """Run a SELECT of this file and return its rows as plain values."""
    prologue = "".join(f"PREFIX {name}: <{start}>\n" for name, start in PREFIXES.items())
    found = store.query(prologue + text)
    names = [v.value for v in found.variables]
    return [{n: queries.plain(row[n]) or "" for n in names} for row in found]


@cache
def composed() -> tuple[Composed, ...]:
    """Return all composed mappings of the real graph."""
    return suggestions(bases.real_store())


def test_there_are_composed_mappings() -> None:
    """The rule finds some, or the tests below would be about nothing."""
    assert len(composed()) == count(bases.real_store(), "mg:ComposedMapping") > 20


def test_a_composed_mapping_is_less_sure_than_each_of_its_parts() -> None:
    """Confidence only falls along a path, and what rests on two judgements is low."""
    for one in composed():
        assert one.confidence is not None
        sure = Decimal(one.confidence)
        assert all(sure < Decimal(step.confidence or "1") for step in one.path), one.id
        if one.judgements == 2:
            assert sure <= Decimal("0.3"), one.id


def test_no_composed_mapping_crosses_two_judgements_in_silence() -> None:
    """The count is right, and the words say it."""
    for one in composed():
        judged = sum(step.basis == "judgement" for step in one.path)
        assert one.judgements == judged
        words = {0: "Both mappings are stated in sources.", 1: "Rests on one judgement.", 2: "Rests on two judgements."}
        assert (one.comment or "").endswith(words[judged]), one.id


def test_the_path_of_a_composed_mapping_can_be_walked() -> None:
    """The first mapping leads from the start to the middle, the second on to the end, and all three differ."""
    for one in composed():
        first, second = one.path
        assert {first.subject, first.object} == {one.subject, one.through}
        assert {second.subject, second.object} == {one.through, one.object}
        assert len({one.subject, one.through, one.object}) == 3
        assert one.sources and one.justification == "MappingChaining" and one.basis == "composed"


def turned(step: Step, start: str) -> str:
    """Return the relation of a step, read from `start`."""
    return step.predicate if step.subject == start else TURNED.get(step.predicate, step.predicate)


def test_relations_compose_as_the_table_says() -> None:
    """Same and close is close, close and close no more than related, related carries only over what is the same."""
    for one in composed():
        pair = (turned(one.path[0], one.subject), turned(one.path[1], one.through))
        assert one.predicate in SKOS
        if "exactMatch" in pair:
            assert one.predicate == pair[1 - pair.index("exactMatch")]
        elif pair in (("broadMatch", "broadMatch"), ("narrowMatch", "narrowMatch")):
            assert one.predicate == pair[0]
        else:
            assert one.predicate == "relatedMatch" and "relatedMatch" not in pair
            assert "closeMatch" in pair


def test_the_table_is_the_same_read_from_either_end() -> None:
    """Turning a path round turns its result round; a line and its mirror never contradict each other."""
    text = queries.load("infer/composed-mappings").text
    lines = re.findall(r"\(skos:(\w+) skos:(\w+) skos:(\w+) \"([^\"]+)\"\)", text)
    rule = {(first, second): result for first, second, result, _ in lines}
    assert len(rule) == len(lines) == 16

    def back(name: str) -> str:
        return TURNED.get(name, name)

    for (first, second), result in rule.items():
        assert rule[back(second), back(first)] == back(result)
        assert "relatedMatch" not in (first, second) or "exactMatch" in (first, second)
    assert ("broadMatch", "narrowMatch") not in rule and ("narrowMatch", "broadMatch") not in rule


def test_a_direct_mapping_wins_and_no_framework_is_composed_with_itself() -> None:
    """Where somebody has looked, nothing is composed."""
    direct = select(
        bases.real_store(),
        """SELECT ?c WHERE { ?c mg:composedSubject ?a ; mg:composedObject ?b .
           { ?m owl:annotatedSource ?a ; owl:annotatedTarget ?b }
           UNION { ?m owl:annotatedSource ?b ; owl:annotatedTarget ?a } }""",
    )
    within = select(
        bases.real_store(),
        """SELECT ?c WHERE { ?c mg:composedSubject/skos:inScheme ?f ; mg:composedObject/skos:inScheme ?f }""",
    )
    assert direct == [] and within == []


def test_a_composed_mapping_is_never_asserted() -> None:
    """It is no owl:Axiom, and nothing of it becomes a SKOS triple: suggestions stay in their own graph."""
    store = bases.real_store()
    for pattern in ("?c a owl:Axiom", "?set sssom:mappings ?c", "?c owl:annotatedSource ?x"):
        assert select(store, f"SELECT ?c WHERE {{ ?c a mg:ComposedMapping . {pattern} }}") == [], pattern
    made = {t.predicate.value for t in store.get(graph("infer/composed-mappings").value)}
    assert made and not [p for p in made if p.startswith(PREFIXES["skos"])]


def test_a_stated_gap_stands_against_composing() -> None:
    """In the tiny base a mode has a stated gap towards an index, and so no composed mapping leads there."""
    store = bases.small_store()
    ends = select(store, "SELECT ?a ?b WHERE { ?c mg:composedSubject ?a ; mg:composedObject ?b }")
    assert {"a": "river-mode", "b": "sdg1072-d1-a"} in ends
    assert {"a": "mgi2016-1-1", "b": "river-mode"} not in ends


def test_a_mapping_says_more_than_a_number() -> None:
    """No mapping has nothing but a shared number to stand on: its words say what the two have in common."""
    for path in TABLES:
        head, *rows = rows_of(path)
        for row in rows:
            said = dict(zip(head, row, strict=True))["comment"]
            words = re.sub(r"\b(the )?(same|number|code|domain|no)\b\.?|[\d.\W_]+", " ", said).split()
            assert words, f"{path.name}: {row[0]}: {said}"


def test_the_composition_is_shown_only_to_those_who_ask() -> None:
    """Without the option the answer is what it was."""
    plain = crosswalk(bases.real_store(), "gcm", "mgi")
    asked = crosswalk(bases.real_store(), "gcm", "mgi", composed=True)
    assert plain.composed is None and "composed" not in plain.to_dict()
    assert asked.mappings == plain.mappings and asked.gaps == plain.gaps
    assert {"composed-map-110--map-003"} <= {c["id"] for c in asked.to_dict()["composed"]}
