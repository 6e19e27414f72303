"""Countries side by side: by part and period, in the order asked, and never as a ranking."""

from __future__ import annotations

import pytest

from migkg.compare import PUBLISHED, absent, compare
from migkg.errors import UnknownName, UsageError
from tests import bases

METHOD = "sdg-10-7-2"
FORM = bases.ROOT / "tests" / "scenarios" / METHOD / "sdg-10-7-2-KEN-2026.csv"


def test_countries_stand_in_the_order_asked() -> None:
    """Whoever has the higher value does not come first."""
    for order in (["UGA", "KEN"], ["KEN", "UGA"]):
        found = compare(bases.real_store(), order, "ratification")
        whole = [one.area for one in found if one.element == "treaties-on-migration"]
        assert whole == order


def test_published_bands_stand_in_where_there_are_no_answers() -> None:
    """Marked as what they are, without a value."""
    found = compare(bases.real_store(), ["KEN", "UGA"], METHOD)
    assert {one.how for one in found} == {PUBLISHED} and all(one.value is None for one in found)
    bands = {(one.area, one.element): one.band for one in found if one.period == "2019"}
    assert bands["KEN", "sdg1072-d2"] == "band1072-4" and bands["UGA", "sdg1072-d2"] == "band1072-2"


def test_a_form_stands_beside_what_was_published() -> None:
    """By period: 2019 as published, 2026 as scored."""
    found = compare(bases.real_store(), ["KEN", "UGA"], METHOD, data=[FORM])
    assert {(one.period, one.how) for one in found} == {("2019", PUBLISHED), ("2026", "scored")}
    assert absent([one for one in found if one.period == "2026"], bases.real_store(), ["KEN", "UGA"]) == ["UGA"]


def test_what_is_not_there_is_said() -> None:
    """Unknown countries, and years without figures."""
    with pytest.raises(UnknownName):
        compare(bases.real_store(), ["KEN", "XZQ"], METHOD)
    with pytest.raises(UsageError, match="knows nothing of KEN, UGA for 1999"):
        compare(bases.real_store(), ["KEN", "UGA"], METHOD, period="1999")


def test_the_command_says_that_it_ranks_nobody(run) -> None:  # type: ignore[no-untyped-def]
    """In every format, on the side."""
    said = run("compare", "KEN", "UGA", "--method", "ratification")
    assert said.returncode == 0 and "no ranking" in said.stderr and "77.8" in said.stdout
    assert run("compare", "KEN", "--method", METHOD).returncode == 2


def test_a_table_to_paste_is_the_table_of_the_screen(run) -> None:  # type: ignore[no-untyped-def]
    """Markdown for people: parts down, countries across; and one country twice is no comparison."""
    said = run("compare", "KEN", "UGA", "--method", "ratification", "-f", "md").stdout
    assert "| KEN" in said and "| UGA" in said and "element_label" not in said and "area_label" not in said
    assert run("compare", "KEN", "KEN", "--method", METHOD).returncode == 2
    assert run("compare", "KEN", "UGA", "--method", METHOD, "-f", "xml").returncode == 2
