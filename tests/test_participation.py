"""Who takes part in which treaty: what the tables become, what contradicts what, and what the pages show of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from migkg import load, queries
from migkg.errors import InputError
from migkg.server import thing
from migkg.server.words import Index
from migkg.terms import thing as named
from migkg.validate import validate
from tests import bases

TABLES = sorted((bases.ROOT / "data" / "participation").glob("*.csv"))
HEAD = "state,instrument,list,as_of,standing,consented,source\n"


def table(name: str) -> list[dict[str, str]]:
    """Return the rows of one table of data/."""
    return [cells for _, cells in load.read_table(bases.ROOT / "data" / name).rows]


def found(check: str) -> set[str]:
    """Return the focus of each row that a check finds in the real graph."""
    return {str(row["focus"]) for row in queries.rows(bases.real_store(), f"check/{check}")}


def test_the_published_totals_of_the_lists_are_met() -> None:
    """Parties and names on the lists of the UN Treaty Collection are as many as their publisher counts."""
    parties = {
        str(row["instrument"]): int(str(row["parties"]))
        for row in queries.rows(bases.real_store(), "view/participation-lists")
        if str(row["list"]).startswith("list-untc-")
    }
    assert len(parties) == 18 and parties["un-charter"] == 193
    assert (parties["icrmw"], parties["refugee-convention-1951"], parties["untoc"]) == (47, 145, 179)
    assert (parties["crc"], parties["suppl-slavery-1956"]) == (194, 123)


def test_each_row_becomes_one_participation() -> None:
    """No State stands twice on a list, and no row is lost on the way."""
    rows = [cells for path in TABLES for cells in table(f"participation/{path.name}")]
    assert len({(cells["list"], cells["state"]) for cells in rows}) == len(rows)
    members = 193  # of the United Nations are parties to its Charter, which is derived
    assert len(queries.rows(bases.real_store(), "view/participation")) == len(rows) + members


def test_an_announcement_is_no_consent() -> None:
    """What was only said in public has no day of consent and no standing as a party."""
    rows = [cells for cells in table("participation/later.csv") if cells["state"] == "HTI"]
    assert rows and all(cells["standing"] == "announced" and not cells["consented"] for cells in rows)


def test_a_year_stays_a_year() -> None:
    """The list of 2022 gives years, and no day is made of them."""
    rows = queries.solutions(bases.real_store(), "view/participation", state=named("KEN"), instrument=named("icerd"))
    kinds = {str(row["consented"].datatype.value).rpartition("#")[2] for row in rows}
    assert kinds == {"date", "gYear"}


@pytest.mark.parametrize(
    ("check", "focus"),
    [
        ("participation-disagrees", "pt-hr2022-icerd-USA"),
        ("participation-disagrees", "pt-hr2022-crpd-MDA"),
        ("consent-missing-earlier", "pt-hr2022-icerd-BRN"),
        ("participation-out-of-step", "pt-hr2022-crc-op-ic-MSR"),
        ("standing-against-marks", "pt-hr2022-cedaw-op-ZWE"),
        ("bound-at-unusual-time", "pt-ilo-c189-DEU"),
        ("bound-at-unusual-time", "pt-ilo-c189-MDG"),
        ("party-that-denounced", "pt-hr2022-iccpr-op1-TTO"),
        ("act-against-signature", "pt-untc-cedaw-KHM"),
    ],
)
def test_a_known_fault_of_a_source_is_found(check: str, focus: str) -> None:
    """What the sources have wrong is left as found, and a check says so."""
    assert focus in found(check)


def test_a_later_ratification_is_no_contradiction() -> None:
    """Angola signed one convention by 2014 and is a party in 2022: that is news, not a fault."""
    assert "pt-hr2022-icerd-AGO" not in found("participation-disagrees")


def test_what_a_correction_uses_is_what_the_graph_says() -> None:
    """A correction names a row of the tables, and its value there."""
    rows = {
        f"pt-{cells['list']}-{cells['state']}": cells
        for path in TABLES
        for cells in table(f"participation/{path.name}")
    }
    column = {"mg:state": "state", "mg:signedOn": "signed", "mg:standing": "standing"}
    for cells in table("corrections/participation.csv"):
        if cells["about"].startswith("pt-"):
            assert rows[cells["about"]][column[cells["property"]]] == cells["used"].removeprefix("standing-")


def test_the_old_code_of_timor_leste_is_corrected_wherever_it_stands() -> None:
    """TP stands on all 18 lists of 2022, and each place has its row."""
    assert sum(cells["found"] == "TP" for cells in table("corrections/participation.csv")) == 18


def test_rows_under_share_alike_terms_are_not_carried() -> None:
    """The list of convention 143 is named, and has no rows."""
    lists = queries.rows(bases.real_store(), "view/participation-lists", instrument=named("ilo-c143"))
    assert [(row["completeness"], row["parties"]) for row in lists] == [("partial", None)]


def test_a_wrong_row_is_found_in_its_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A country, a treaty, a code and a day that do not exist are findings, and no traceback is printed."""
    path = tmp_path / "mine.csv"
    path.write_text(
        HEAD
        + "KNE,icrmw,untc-icrmw,2014-10-26,party,2003-13-01,src-untreaties\n"
        + "KEN,icmrw,untc-icrmw,2014-10-26,partly,,src-untreaties\n",
        encoding="utf-8",
    )
    said = {(f.line, f.check) for f in validate([path], bases.real_store()).findings if f.severity == "error"}
    wanted = {(2, "Participation-state"), (2, "Participation-consentedOn")}
    assert wanted | {(3, "Participation-instrument"), (3, "Participation-standing")} <= said
    assert "Traceback" not in "".join(capfd.readouterr())


def test_a_good_table_from_elsewhere_conforms(tmp_path: Path) -> None:
    """The columns alone tell what it is."""
    path = tmp_path / "mine.csv"
    path.write_text(HEAD + "KEN,icrmw,untc-icrmw,2014-10-26,none,,src-untreaties\n", encoding="utf-8")
    report = validate([path], bases.real_store())
    assert report.conforms and report.rows == 1, report.findings


def test_a_misspelt_column_gets_a_hint(tmp_path: Path) -> None:
    """A table that is nearly one of participation says what is missing."""
    path = tmp_path / "mine.csv"
    path.write_text(HEAD.replace(",list,", ",lists,") + "KEN,icrmw,x,2014,none,,src-untreaties\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"participation needs at least.*is “lists” meant as “list”"):
        validate([path], bases.real_store())


def test_pages_show_who_takes_part() -> None:
    """A treaty has its lists and its parties in the order of time, a State its treaties, a row its correction."""
    store = bases.small_store()
    index = Index(store)
    shown = {
        name: {table.title: table for table in thing.view(store, index, named(name).value)["tables"]}
        for name in ("treaty-one", "XAA", "list-new-treaty-one", "pt-new-treaty-one-XDD")
    }
    treaty = shown["treaty-one"]
    assert treaty["Lists of who takes part"].total == 2
    parties = [[cell.text for cell in row[0]] for row in treaty["Parties, by the day of consent"].rows]
    assert parties == sorted(parties) and len(parties) == 5
    assert treaty["Neither signed nor party on a list, by its day"].total == 1
    assert shown["XAA"]["Treaties it signed, ratified or acceded to"].total == 3
    assert "list" not in shown["list-new-treaty-one"]["Parties, by the day of consent"].columns
    assert shown["pt-new-treaty-one-XDD"]["Where the graph says something else than the source"].total == 1
