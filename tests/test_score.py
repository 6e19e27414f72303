"""Scores: worked by hand on made-up countries, true for any data, and equal to what was published."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from migkg import build, load, queries, score
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import PROV_DERIVED, graph, local, thing
from tests import bases

METHOD = "sdg-10-7-2-regional"
INDICATOR = "sdg-indicator-10-7-2"
DATA = graph("data/observations/sdg-10-7-2").value
SCORES = graph("score/regional-share").value
SCENARIOS = yaml.safe_load((Path(__file__).parent / "scenarios" / f"{METHOD}.yaml").read_text(encoding="utf-8"))
GROUPS = {
    "XAA": {"m49-910", "m49-001"},
    "XBB": {"m49-910", "m49-001"},
    "XCC": {"m49-920", "m49-199", "m49-001"},
    "XDD": {"m49-920", "m49-001"},
    "XEE": {"m49-920", "m49-199", "m49-001"},
}
Bands = Mapping[str, Mapping[int, int | None]]
Shares = dict[tuple[str, int], tuple[Decimal, int]]


@cache
def frame() -> tuple[ox.Quad, ...]:
    """Return areas, groups and the method of the tiny base, without any figure."""
    store = OxigraphStore()
    for folder, name in (("areas", "areas"), ("area-groups", "groups"), ("methods", METHOD)):
        into = graph(f"data/{folder}/{name}").value
        store.put(into, bases.small_store().get(into))
    return tuple(store.engine)


def table(rows: list[list[str]]) -> load.Table:
    """Return rows of observations as the loader reads them."""
    columns = ["area", "element", "period", "value", "status", "unit", "source", "note"]
    return load.Table({}, columns, [(i, dict(zip(columns, row, strict=True))) for i, row in enumerate(rows, 2)])


def rows_of(bands: Bands) -> list[list[str]]:
    """Return a table's rows for countries with their bands by year; None is a missing value."""
    return [
        [
            country,
            INDICATOR,
            str(year),
            f"band1072-{band}" if band else "",
            "normal" if band else "missing",
            "",
            "src-paper",
            "",
        ]
        for country, years in bands.items()
        for year, band in years.items()
    ]


def shares(rows: list[list[str]]) -> Shares:
    """Score a table and return share and number of countries by group and period."""
    store = OxigraphStore()
    store.engine.extend(frame())
    store.put(DATA, load.facts(table(rows), "observations", DATA, bases.small_top()))
    store.put(SCORES, queries.construct(store, "score/regional-share"))
    found = queries.rows(store, "view/scores")
    return {
        (r["area"] or "", int(r["period"] or 0)): (Decimal(r["value"] or "NaN"), int(r["countries"] or 0))
        for r in found
    }


# ---------------------------------------------------------------------------------------------- by hand


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s["sentence"])
def test_a_scenario_comes_out_as_worked_by_hand(scenario: dict[str, Any]) -> None:
    """Each sentence of tests/scenarios holds, to five digits."""
    found = shares(rows_of(scenario["bands"]))
    for want in scenario["expect"]:
        value, countries = found[want["area"], want["period"]]
        assert (score.decimal(str(value)), countries) == (float(want["value"]), want["countries"])
    assert not {area for area, _ in found} & set(scenario.get("absent", ()))


# ---------------------------------------------------------------------------------------------- for any data

BAND = st.one_of(st.none(), st.integers(1, 4))
ANY = st.dictionaries(st.sampled_from(sorted(GROUPS)), st.dictionaries(st.sampled_from([2019, 2021]), BAND), max_size=5)
LIGHT = settings(max_examples=40, deadline=None, database=None)


@LIGHT
@given(ANY)
def test_a_share_lies_between_0_and_100(bands: Bands) -> None:
    """And it is a whole number of countries out of those counted."""
    for value, countries in shares(rows_of(bands)).values():
        assert 0 <= value <= 100 and countries >= 1
        met = value * countries / 100
        assert abs(met - round(met)) < Decimal("0.000001")


@LIGHT
@given(ANY, st.sampled_from(sorted(GROUPS)), st.sampled_from([2019, 2021]))
def test_adding_a_missing_country_changes_nothing(bands: Bands, country: str, year: int) -> None:
    """Missing is not zero, and does not count."""
    rows = [row for row in rows_of(bands) if row[0] != country]
    assert shares([*rows, *rows_of({country: {year: None}})]) == shares(rows)


@LIGHT
@given(ANY, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(bands: Bands, chance: random.Random) -> None:
    """A table sorted otherwise is the same table."""
    rows = rows_of(bands)
    other = list(rows)
    chance.shuffle(other)
    assert shares(other) == shares(rows)


@LIGHT
@given(ANY, st.sampled_from(sorted(GROUPS)), st.integers(1, 4), st.integers(1, 4))
def test_the_latest_value_wins(bands: Bands, country: str, early: int, late: int) -> None:
    """For 2021 a country with two values counts as if it had the later one only."""
    others = {c: years for c, years in bands.items() if c != country}
    both = shares(rows_of({**others, country: {2019: early, 2021: late}}))
    only = shares(rows_of({**others, country: {2021: late}}))
    assert {k: v for k, v in both.items() if k[1] == 2021} == {k: v for k, v in only.items() if k[1] == 2021}


@LIGHT
@given(ANY, st.sampled_from(sorted(GROUPS)))
def test_one_country_changes_exactly_its_groups(bands: Bands, country: str) -> None:
    """From not met to met: the share of each group of the country rises, every other share stays."""
    others = {c: years for c, years in bands.items() if c != country}
    low, high = (shares(rows_of({**others, country: {2021: band}})) for band in (2, 3))
    changed = {key for key in low if low[key] != high[key]}
    assert set(low) == set(high) and changed == {(area, 2021) for area in GROUPS[country]}
    assert all(high[key][0] > low[key][0] and high[key][1] == low[key][1] for key in changed)


@LIGHT
@given(ANY)
def test_a_share_is_what_counting_by_fingers_gives(bands: Bands) -> None:
    """The query and a few lines of Python that know nothing of it agree."""
    want: Shares = {}
    for period, allowed in ((2019, (2019,)), (2021, (2021, 2019))):
        latest = {c: next((b for y in allowed if (b := years.get(y))), None) for c, years in bands.items()}
        for area in {a for c in bands for a in GROUPS[c]}:
            counted = [band for c, band in latest.items() if band and area in GROUPS[c]]
            if counted:
                want[area, period] = (Decimal(100 * sum(b > 2 for b in counted)) / len(counted), len(counted))
    found = shares(rows_of(bands))
    assert set(found) == set(want)
    assert all(abs(found[k][0] - want[k][0]) < Decimal("1e-9") and found[k][1] == want[k][1] for k in want)


# ---------------------------------------------------------------------------------------------- the real graph


def real(period: str, area: str) -> dict[str, str]:
    """Return the real shares of an area by part."""
    return {s.element: s.value for s in score.scores(bases.real_store(), METHOD, period=period, area=area)}


def test_the_world_in_2019_is_as_published() -> None:
    """54.1 per cent meet or fully meet the whole, and 55.0 to 79.3 the six domains."""
    found = real("2019", "m49-001")
    parts = [INDICATOR, *(f"sdg1072-d{n}" for n in range(1, 7))]
    assert [f"{float(found[p]):.1f}" for p in parts] == ["54.1", "55.0", "67.6", "79.3", "58.6", "62.2", "77.5"]


def test_published_figures_come_out_again() -> None:
    """All of 2019 and all but the small island States of 2021."""
    rows = score.compare_published(bases.real_store(), METHOD)
    counts = Counter((r.period, r.verdict) for r in rows)
    assert counts == {("2019", "match"): 273, ("2021", "match"): 252, ("2021", "mismatch"): 7}
    assert {r.area for r in rows if r.verdict == "mismatch"} == {"m49-722"}
    ours = {(r.area, r.period, r.element): (r.ours, r.countries) for r in rows}
    assert ours["m49-514", "2019", INDICATOR] == (58.8, 34) and ours["m49-515", "2019", INDICATOR] == (51.9, 77)
    assert ours["m49-543", "2019", INDICATOR][0] == 28.6 and ours["m49-543", "2021", INDICATOR] == (28.57143, 7)
    assert len(rows) == 532 and all(r.reason for r in rows if r.verdict != "match"), "what does not match says why"


def rescored(store: OxigraphStore) -> set[str]:
    """Derive the scores of a changed copy and return them as text."""
    build.underive(store)
    build.derive(store)
    return {str(t) for t in store.get(SCORES)}


def test_scores_do_not_come_from_the_published_figures() -> None:
    """Without the published table every score is the same: nothing is copied."""
    store = bases.slim()
    before = {str(t) for t in store.get(SCORES)}
    store.drop(graph("data/observations/sdg-10-7-2-regional").value)
    assert rescored(store) == before


def test_one_country_moves_its_regions_as_worked_by_hand() -> None:
    """Kenya, which reported once (2019, meets), at "partially meets": 60 of 111 countries become 59, and so on."""
    store = bases.slim()
    node = thing(f"ob-sdg-10-7-2-KEN-{INDICATOR}-2019")
    value = ox.NamedNode("https://w3id.org/migkg/def/value")
    changed = [
        ox.Triple(t.subject, t.predicate, ox.NamedNode("https://w3id.org/migkg/code/band1072-2"))
        if (t.subject, t.predicate) == (node, value)
        else t
        for t in store.get(DATA)
    ]
    before = {(s.area, s.element, s.period): s.value for s in score.scores(store, METHOD)}
    store.put(DATA, changed)
    rescored(store)
    after = {(s.area, s.element, s.period): s.value for s in score.scores(store, METHOD)}
    moved = {
        (area, period): after[area, element, period]
        for (area, element, period) in before
        if before[area, element, period] != after[area, element, period]
    }
    assert moved == {
        ("m49-001", "2019"): 53.15315,  # 59 of 111
        ("m49-002", "2019"): 42.85714,  # 15 of 35
        ("m49-014", "2019"): 45.45455,  # 5 of 11
        ("m49-202", "2019"): 45.45455,  # 15 of 33
        ("m49-515", "2019"): 50.64935,  # 39 of 77
        ("m49-001", "2021"): 61.5942,  # 85 of 138
        ("m49-002", "2021"): 52.5,  # 21 of 40
        ("m49-014", "2021"): 61.53846,  # 8 of 13
        ("m49-202", "2021"): 54.05405,  # 20 of 37
        ("m49-515", "2021"): 54.73684,  # 52 of 95
    }


def test_a_score_points_to_as_many_observations_as_it_counts() -> None:
    """Whoever doubts a figure finds each country behind it."""
    store = bases.real_store()
    inputs = Counter(t.subject for t in store.get(SCORES) if t.predicate == PROV_DERIVED)
    node = score.method(store, METHOD)
    found = queries.rows(store, "view/scores", method=node)
    counts = {thing(r["score"] or ""): int(r["countries"] or 0) for r in found}
    assert {local(s.value): n for s, n in inputs.items()} == {local(s.value): n for s, n in counts.items()}  # type: ignore[union-attr]
