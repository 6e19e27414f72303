"""A form put into a server: its graph comes from method, country and year, and nobody answers twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from migkg import candidate, sending, writing
from migkg.body import Sent
from migkg.cli.put import _place
from migkg.errors import RuleBroken, UsageError
from migkg.taken import refuse_taken
from tests import bases

FORM = bases.SMALL / "observations" / "sdg-10-7-2-XAA-2021.csv"
NAME = "https://w3id.org/migkg/graph/data/observations/sdg-10-7-2-XAA-2021"
GOOD = NAME.rpartition("/")[0] + "/good"


def test_a_form_has_the_same_graph_whatever_its_file_is_called(tmp_path: Path) -> None:
    """So that a corrected form takes the place of the first one; a table that is no form has its file's name."""
    for name in ("good.csv", "Kenya 10.7.2 – final (1).csv", "v2.final.csv"):
        assert sending.graph_for(Path(shutil.copy(FORM, tmp_path / name))) == NAME
    table = tmp_path / "movers-XCC-2020.csv"
    table.write_text("area,element,period,value\n")
    assert sending.graph_for(table).endswith("/data/observations/movers-XCC-2020")
    with pytest.raises(UsageError, match="--graph IRI"):
        sending.graph_for(tmp_path / "notes.ttl")


def test_a_form_in_another_encoding_is_sent_when_it_is_named(tmp_path: Path) -> None:
    """The advice of a message can be followed."""
    path = tmp_path / "good.csv"
    path.write_bytes(FORM.read_text(encoding="utf-8").encode("utf-16"))
    assert sending.graph_for(path, "utf-16") == NAME


def test_answers_of_a_country_and_year_are_not_put_twice(tmp_path: Path) -> None:
    """One sentence names the graph that has them, in place of a list of broken rules."""
    store = bases.small_store()
    one = candidate.read(FORM, bases.small_top(), store=store)
    refuse_taken(store, NAME, one.triples)  # the same graph may be replaced
    other = candidate.read(Path(shutil.copy(FORM, tmp_path / "good.csv")), bases.small_top(), store=store)
    with pytest.raises(RuleBroken, match=f"answers of XAA 2021 to sdg-10-7-2 are already in the graph {NAME}.*--graph"):
        refuse_taken(store, GOOD, [*_renamed(other.triples, other.graph)])
    text = FORM.read_text(encoding="utf-8").replace("2021", "2022")
    (tmp_path / "next.csv").write_text(text, encoding="utf-8")
    later = candidate.read(tmp_path / "next.csv", bases.small_top(), store=store)
    refuse_taken(store, GOOD, [*_renamed(later.triples, later.graph)])


def _renamed(triples, name):  # type: ignore[no-untyped-def]
    """The triples as they would stand in another graph."""
    from migkg.body import named

    one = candidate.Candidate("good.csv", name, list(triples))
    return named(one, GOOD, Path("good.csv"))


def test_the_server_asks_before_it_writes(tmp_path: Path) -> None:
    """The sentence comes before the rules of the whole graph are asked."""
    path = Path(shutil.copy(FORM, tmp_path / "body"))
    with pytest.raises(RuleBroken, match="already in the graph"):
        writing._checked(GOOD, Sent(path, "text/csv", "0" * 64, "good.csv"), bases.small_store())


def test_findings_stand_where_validate_puts_them() -> None:
    """`Domain 2!D7`, not a property of RDF."""
    assert _place({"sheet": "Domain 2", "cell": "D7", "line": 7, "field": "mg:value"}) == "Domain 2!D7"
    assert _place({"line": 3, "column": "value", "sheet": "", "cell": ""}) == "line 3, column value"


def test_the_sentence_comes_out_of_the_process_that_writes() -> None:
    """As a broken rule (422), not as a file that cannot be read (400)."""
    from migkg import writer

    assert writer._ERRORS["RuleBroken"] is RuleBroken and RuleBroken.http_status == 422
