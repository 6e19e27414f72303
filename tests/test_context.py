"""Figures of context and votes: totals come out as the publishers print them, and nothing is lost or taken for zero."""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from migkg import queries
from migkg.server.latest import latest
from migkg.server.words import Index
from migkg.terms import ID
from tests import bases

TABLES = bases.ROOT / "data" / "observations"
SHARED = "series-missing-migrants-dead-or-missing--"


@cache
def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of one table of observations."""
    return list(csv.DictReader((TABLES / f"{name}.csv").open(encoding="utf-8")))


def total(name: str, element: str, period: str) -> int:
    """Add up the values of a series, or of all series that begin like this, in one year."""
    return sum(int(r["value"]) for r in rows(name) if r["element"].startswith(element) and r["period"] == period)


def test_the_stock_of_the_world_is_the_sum_of_its_areas() -> None:
    """UN DESA publishes 304 million for 2024 and 153.9 million for 1990; women and men make the whole."""
    stock = Counter[tuple[str, str]]()
    for row in rows("undesa-migrant-stock"):
        stock[row["element"].rpartition("series-undesa-migrant-stock")[2], row["period"]] += int(row["value"])
    assert stock["", "2024"] == 304_021_813
    assert round(stock["", "1990"] / 1e6, 1) == 153.9
    assert all(stock["--female", y] + stock["--male", y] == n for (cut, y), n in stock.items() if not cut)


@pytest.mark.parametrize(
    ("area", "millions"), [("USA", 52.4), ("DEU", 16.8), ("SAU", 13.7), ("GBR", 11.8), ("FRA", 9.2)]
)
def test_the_largest_stocks_are_the_published_ones(area: str, millions: float) -> None:
    """The figures for 2024 that UN DESA prints."""
    found = [r for r in rows("undesa-migrant-stock") if (r["area"], r["period"]) == (area, "2024")]
    whole = next(int(r["value"]) for r in found if r["element"] == "series-undesa-migrant-stock")
    assert round(whole / 1e6, 1) == millions


def test_deaths_on_the_way_add_up_by_year() -> None:
    """Yearly totals over all countries and routes, and the number of incidents behind them."""
    years = {
        "2014": 5446, "2015": 6961, "2016": 8253, "2017": 6404, "2018": 5017, "2019": 5432,
        "2020": 4313, "2021": 6279, "2022": 7205, "2023": 8755, "2024": 9191, "2025": 1812,
    }  # fmt: skip
    assert {year: total("iom-missing-migrants", SHARED, year) for year in years} == years
    incidents = sum(int(r["value"]) for r in rows("iom-missing-migrants") if r["unit"] == "incidents")
    assert incidents == 19_669


def test_part_years_are_marked_at_each_figure() -> None:
    """2025 is January to April at IOM, 2024 is mid-year at UNHCR; no figure of these hides it."""
    part = [r for r in rows("iom-missing-migrants") if r["period"] == "2025"]
    half = [r for r in rows("unhcr-population") if r["period"] == "2024"]
    assert part and all(r["note"].startswith("January to April only") for r in part)
    assert half and all(r["note"] for r in half)


def test_refugees_are_counted_with_those_whose_place_is_unknown() -> None:
    """31.64 million at the end of 2023; the rows of unknown asylum are an area, not dropped."""
    refugees = [r for r in rows("unhcr-population") if r["element"] == "series-unhcr-population--refugee"]
    assert round(sum(int(r["value"]) for r in refugees if r["period"] == "2023") / 1e6, 2) == 31.64
    assert sum(r["area"] == "OOO" for r in rows("unhcr-population")) == 10


def test_every_row_of_the_sources_is_here() -> None:
    """Three figures a stock, two a cell of deaths, one a row elsewhere; Kosovo stands under its number."""
    assert len(rows("undesa-migrant-stock")) == 3 * 1864
    assert len(rows("iom-missing-migrants")) == 2 * 1055
    assert len(rows("unhcr-population")) == 8465
    assert len(rows("sdg-related")) == 14_729
    assert sum(r["area"] == "m49-412" for r in rows("sdg-related")) == 5


@pytest.mark.parametrize("name", ["undesa-migrant-stock", "iom-missing-migrants", "unhcr-population", "sdg-related"])
def test_a_missing_value_is_empty_and_a_value_is_a_number(name: str) -> None:
    """Missing is a status; a zero is a zero of the source."""
    for row in rows(name):
        assert (row["status"] == "missing") == (row["value"] == ""), row
        assert not row["value"] or float(row["value"]) >= 0


def test_each_roll_call_has_as_many_states_as_its_numbers() -> None:
    """The Compact: 152 for, 5 against, 12 abstentions, 24 that cast no vote; Serbia among those for it."""
    assert queries.solutions(bases.real_store(), "check/vote-count-differs") == []
    asked = (
        "PREFIX mg: <https://w3id.org/migkg/def/> PREFIX mgd: <https://w3id.org/migkg/id/> SELECT ?way ?state "
        "{ VALUES ?way { mg:votedFor mg:votedAgainst mg:abstained mg:didNotVote } mgd:vote-a-73-195 ?way ?state }"
    )
    cast = [(r["way"].value.rpartition("/")[2], r["state"].value) for r in bases.real_store().query(asked)]
    assert Counter(way for way, _ in cast) == {"votedFor": 152, "votedAgainst": 5, "abstained": 12, "didNotVote": 24}
    assert len({state for _, state in cast}) == 193
    assert ("votedFor", ID + "SRB") in cast


def test_a_page_shows_one_figure_a_series_and_leads_to_all() -> None:
    """A country has a row a series, with the latest year; a series a row a country; a body has none."""
    store = bases.small_store()
    index = Index(store)
    country = latest(store, index, ID + "XAA")
    assert country is not None and country.total == 3
    assert [[cell.text for cell in row[:6]] for row in country.rows] == [
        ["People who moved (made up)", "2020", "120", "persons", "2015", "half a year only (made up)"],
        ["Women who moved (made up)", "2015", "60", "persons", "2015", ""],
    ]
    assert country.file == "/api/v1/ask/figures-of-area?area=XAA&format=csv"
    series = latest(store, index, ID + "series-movers")
    assert series is not None and series.of_series and len(series.rows) == 5
    assert latest(store, index, ID + "river") is None


def test_a_vote_of_an_unknown_kind_is_not_lost() -> None:
    """A misspelt cast becomes a term that the ontology does not know, so that a check names it."""
    from migkg import load

    table = load.Table({}, ["vote", "state", "cast", "source"], [
        (2, {"vote": "vote-res-two", "state": "XBB", "cast": "yes", "source": "src-paper"})
    ])  # fmt: skip
    made = load.facts(table, "votes", "https://w3id.org/migkg/graph/data/votes/x", Path(bases.small_top()))
    assert any(t.predicate.value.endswith("/def/votedAs-yes") for t in made)
