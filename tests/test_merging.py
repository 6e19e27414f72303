"""A page names each member once, and beside each source what that source says."""

from __future__ import annotations

from pathlib import Path

import pytest

from migkg.server import thing
from migkg.server.thing import Table
from migkg.server.words import Index
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import PREFIXES
from tests import bases

OBSERVER = """# One more source, which has a member of the river talks as an observer.
@base <https://w3id.org/migkg/> .
@prefix mg: <https://w3id.org/migkg/def/> .
@prefix mgc: <https://w3id.org/migkg/code/> .
@prefix mgd: <https://w3id.org/migkg/id/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix org: <http://www.w3.org/ns/org#> .
mgd:mb-river--XCC--rumour a org:Membership ; org:member mgd:XCC ; org:organization mgd:river ;
  org:role mgc:role-observer ; mg:asOfText "one day"@en ; dcterms:source mgd:src-rumour .
"""


def table_of(store: OxigraphStore, name: str, title: str) -> Table:
    """Return the table with this title on the page of a thing."""
    view = thing.view(store, Index(store), PREFIXES["mgd"] + name)
    return next(table for table in view["tables"] if table.title == title)


def cells(table: Table, who: str, column: str) -> list[tuple[str, str]]:
    """Return text and small words of one cell, in the row of somebody."""
    row = next(row for row in table.rows if row[0][0].text == who)
    return [(link.text, link.hint) for link in row[table.columns.index(column)]]


def test_each_member_is_one_row_with_all_its_sources() -> None:
    """XBB is named by a file and by two lists; it is one row, and each statement keeps its own day."""
    table = table_of(bases.small_store(), "river", "Members, observers and offices")
    names = [row[0][0].text for row in table.rows]
    assert len(names) == len(set(names)) == table.total == 5
    assert cells(table, "Beland (made up)", "according to") == [
        ("Made-up paper", ""),
        ("Made-up paper", "2010-05"),
        ("Made-up rumour", "about 2012"),
    ]


def test_a_country_finds_each_body_once() -> None:
    """The page of a country has a row for each body, however many lists name the country."""
    table = table_of(bases.small_store(), "XBB", "Where it takes part")
    assert [row[0][0].text for row in table.rows] == [
        "Hill dialogue (made up)",
        "River talks (made up)",
        "United Nations (made up)",
    ]


def test_sources_that_disagree_say_which_role_they_give(tmp_path: Path) -> None:
    """Where roles differ, each source has its role beside it; where they agree, it has not."""
    path = tmp_path / "observer.ttl"
    path.write_text(OBSERVER, encoding="utf-8")
    table = table_of(bases.with_files(bases.small_store(), path), "river", "Members, observers and offices")
    assert [text for text, _ in cells(table, "Celand (made up)", "role")] == ["member", "observer"]
    assert cells(table, "Celand (made up)", "according to") == [
        ("Made-up paper", "member"),
        ("Made-up paper", "member, 2010-05"),
        ("Made-up rumour", "observer, one day"),
    ]


@pytest.mark.parametrize(
    ("name", "title", "rows"),
    [
        ("river", "Lists of its members", 2),
        ("ml-river--paper", "Who stands on it", 3),
        ("XAA", "Assessments", 2),
        ("mgi-2016", "Who was assessed", 2),
    ],
)
def test_lists_and_assessments_have_their_tables(name: str, title: str, rows: int) -> None:
    """A body shows its lists, a list those who stand on it, a country and a framework the assessments."""
    assert table_of(bases.small_store(), name, title).total == rows
