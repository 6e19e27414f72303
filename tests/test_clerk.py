"""What importing tables that nobody prepared promises: taken, or refused with a way out."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest

from migkg.errors import InputError, UsageError
from tests.test_intake import FLAGS, LONG, SAMPLES, SOURCE, TOLD, file, messages, rows, taken

FIGURES = {"indicator": "10.7.2", "source": "src-unsd-sdg-related", "unit": "percent"}
UNSD = "SeriesCode,GeoAreaCode,GeoAreaName,TimePeriod,Value,Policy Domains\nSG_CPA_MIGRS,8,Albania,2019,{},ALLDOMAINS\n"


@pytest.mark.parametrize("name", ["../../evil", "a/b", "a name", "", "-x", ".."])
def test_a_name_stays_in_its_folder(store, tmp_path, name):
    """The folder is for -o to say."""
    path = file(tmp_path, LONG + "Kenya,2019,3\n")
    if name:
        with pytest.raises(UsageError, match="--name"):
            taken(store, tmp_path, path, name=name, **TOLD)
        assert sorted(p.name for p in tmp_path.iterdir()) == ["table.csv"]
    else:
        assert taken(store, tmp_path, path, name="a-name_2", **TOLD)[0].written[0].endswith("observations/a-name_2.csv")


def test_a_band_may_be_written_as_a_decimal_number(store, tmp_path):
    """UNSD writes 3.0; a unit would make 3 per cent of it, and is refused."""
    _, made = taken(store, tmp_path, file(tmp_path, UNSD.format("3.0")))
    assert (made[0]["value"], made[0]["value_text"]) == ("band1072-3", "3.0")
    with pytest.raises(UsageError, match=r"--unit percent: the series SG_CPA_MIGRS holds codes.*1 \(requires"):
        taken(store, tmp_path, file(tmp_path, UNSD.format("3.0")), into="b", unit="percent")


@pytest.mark.parametrize("value", ["5", "3.5", "NaN"])
def test_what_is_no_code_is_refused_in_words_that_people_know(store, tmp_path, value):
    """Numbers with their meaning, not names of ours, and no advice that would make figures of codes."""
    outcome, made = taken(store, tmp_path, file(tmp_path, UNSD.format(value)))
    said = messages(outcome)
    assert not made and "3 (meets)" in said and "--missing" in said and "--unit" not in said and "band1072" not in said


def test_a_unit_nobody_knows_is_refused_with_the_list(store, tmp_path):
    """Before any row is read."""
    with pytest.raises(UsageError, match=r"--unit percentage is not known here.*percent"):
        taken(store, tmp_path, file(tmp_path, LONG + "Kenya,2019,3\n"), **{**FIGURES, "unit": "percentage"})


def test_a_part_is_never_written_as_the_whole(store, tmp_path):
    """Each row is listed; --only takes the rows of the whole, --ignore-column says that all are."""
    text = "Country,Year,Value,Sex\nKenya,2019,60,F\nKenya,2019,55,Both sexes\nUganda,2019,50,\n"
    outcome, made = taken(store, tmp_path, file(tmp_path, text), **FIGURES)
    assert not made and outcome.refused == 1 and outcome.accepted == 2
    assert "2:Sex:F:By the column Sex this row is a part" in messages(outcome)
    assert "--only" in messages(outcome) and "--ignore-column" in messages(outcome)
    outcome, made = taken(store, tmp_path, file(tmp_path, text), only={"sex": "both sexes"}, **FIGURES)
    assert [row["area"] for row in made] == ["KEN"] and outcome.skipped == {"left out by --only": 2}
    women = file(tmp_path, "Country,Year,Value,Sex\nKenya,2019,60,F\n")
    _, made = taken(store, tmp_path, women, into="b", ignored=("Sex",), **FIGURES)
    assert made[0]["value"] == "60"
    with pytest.raises(UsageError, match="no such column"):
        taken(store, tmp_path, women, into="c", ignored=("Gender",), **FIGURES)


def test_parts_in_sdmx_are_parts_too(store, tmp_path):
    """A column that a layout passes over still says what a row is."""
    text = (SAMPLES / "sdmx.csv").read_text(encoding="utf-8")
    assert taken(store, tmp_path, file(tmp_path, text))[0].refused == 0
    outcome, _ = taken(store, tmp_path, file(tmp_path, text.replace("_T,_T,PD_1", "F,_T,PD_1")), into="b")
    assert outcome.refused == 1 and "SEX" in messages(outcome)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("Ministry of Interior", "not described here.*--source-title"),
        ("src-unsd-sdg-relatd", r"Near: src-unsd-sdg-related \("),
        ("src-my-ministry", "ask sources-with-terms"),
        ("src-untc-copy-v5", "terms.*dcterms:rights"),
    ],
)
def test_a_source_that_cannot_be_used_comes_with_a_way_out(store, tmp_path, source, said):
    """Near names, the list of all, what is missing, and how to describe one."""
    with pytest.raises(UsageError, match=said):
        taken(store, tmp_path, file(tmp_path, LONG + "Kenya,2019,3\n"), **{**TOLD, "source": source})


@pytest.mark.parametrize("terms", ["https://creativecommons.org/licenses/by/4.0/", "Free to use, by e-mail"])
def test_a_source_of_ones_own_is_written_beside_the_table(run, tmp_path, terms):
    """Described with three flags; table and source pass the check together; the same again changes nothing."""
    path = file(tmp_path, LONG + "Kenya,2019,3\n")
    words = ["import", str(path), "-o", str(tmp_path / "out"), "--indicator", "10.7.2", "--source-title",
             'Report of the "Ministry"', "--source-publisher", "Ministry of Interior", "--source-licence", terms]  # fmt: skip
    done = run(*words)
    assert done.returncode == 0, done.stderr + done.stdout
    made = tmp_path / "out" / "sources" / "report-of-ministry.ttl"
    said = made.read_text(encoding="utf-8")
    assert ("dcterms:license <https" in said) == terms.startswith("http") and "Ministry of Interior" in said
    assert rows(tmp_path / "out" / "observations" / "table.csv")[0]["source"] == "src-report-of-ministry"
    assert "Unchanged" in run(*words).stderr


def test_a_source_of_ones_own_is_described_whole_and_once(store, tmp_path):
    """Title, publisher and terms; not a name that is taken."""
    path = file(tmp_path, LONG + "Kenya,2019,3\n")
    with pytest.raises(UsageError, match="--source-publisher, --source-licence"):
        taken(store, tmp_path, path, indicator="10.7.2", source_title="Report")
    own = {"source_title": "Report", "source_publisher": "We", "source_licence": "free"}
    for name, said in ((SOURCE, "described already"), ("My report", "name such as src-")):
        with pytest.raises(UsageError, match=said):
            taken(store, tmp_path, path, indicator="10.7.2", source=name, **own)
    assert not Path(tmp_path / "out").exists()


def book(tmp_path, sheets, name="table.xlsx"):
    """A workbook with these sheets, each a list of rows."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, cells in sheets.items():
        sheet = made.create_sheet(title)
        for row in cells:
            sheet.append(row)
    made.save(tmp_path / name)
    return tmp_path / name


TABLE = [["Country", "Year", "Value"], ["Kenya", 2019, 55.5], ["Türkiye", 2021, 70]]


@pytest.mark.parametrize(
    "name", ["long", "unsd-sdg", "years-across", "countries-across", "treaty-status", "membership"]
)
def test_a_workbook_is_read_like_the_same_table_as_text(store, tmp_path, name):
    """The samples of the layouts, saved by a spreadsheet, become the same rows."""
    text = (SAMPLES / f"{name}.csv").read_text(encoding="utf-8-sig")
    cells = list(csv.reader(text.splitlines(), delimiter=max(",;\t", key=text.splitlines()[-1].count)))
    path = book(tmp_path, {"Data": cells}, f"{name}.xlsx")
    _, made = taken(store, tmp_path, path, into="a", **FLAGS.get(name, {}))
    _, plain = taken(store, tmp_path, SAMPLES / f"{name}.csv", into="b", **FLAGS.get(name, {}))
    assert made and [{**row, "locator": ""} for row in made] == [{**row, "locator": ""} for row in plain]


def test_titles_notes_and_other_sheets_do_no_harm(store, tmp_path):
    """The header is found below titles; the place of a value is sheet and row; other sheets are named."""
    titled = [["Table 3. Results"], ["(per cent)", None, None], [], *TABLE]
    path = book(tmp_path, {"Notes": [["Source: reports"]], "Data": titled})
    outcome, made = taken(store, tmp_path, path, **FIGURES)
    assert [(r["area"], r["period"], r["value"], r["locator"]) for r in made] == [
        ("KEN", "2019", "55.5", "sheet Data, row 5"), ("TUR", "2021", "70", "sheet Data, row 6"),
    ]  # fmt: skip
    assert "The sheet “Notes” is not read" in messages(outcome) and outcome.header_line == 4


def test_of_several_tables_a_person_chooses(store, tmp_path):
    """No sheet is taken because it is the first."""
    path = book(tmp_path, {"A": TABLE, "B": TABLE[:2]})
    with pytest.raises(UsageError, match="“A”, “B”.*--sheet"):
        taken(store, tmp_path, path, **FIGURES)
    assert len(taken(store, tmp_path, path, sheet="B", **FIGURES)[1]) == 1
    with pytest.raises(UsageError, match="no sheet C. It has A, B"):
        taken(store, tmp_path, path, sheet="C", **FIGURES)


def test_a_problem_in_a_workbook_has_sheet_and_cell(store, tmp_path):
    """Where a person looks for it."""
    outcome, _ = taken(store, tmp_path, book(tmp_path, {"D": [*TABLE, ["Kenia", 2019, 1], ["Mali", 19, 1]]}), **FIGURES)
    assert [f.place for f in outcome.findings] == ["D!A4", "D!B5"]


def test_what_a_cell_shows_is_what_is_read(store, tmp_path):
    """0.555 shown as 55.5% is 55.5 per cent; a formula counts by its stored result, and without one it is an error."""
    made = openpyxl.Workbook()
    for row in TABLE[:1] + [["Kenya", 2019, 0.555]]:
        made.active.append(row)
    made.active["C2"].number_format = "0.0%"
    made.save(tmp_path / "a.xlsx")
    assert taken(store, tmp_path, tmp_path / "a.xlsx", **FIGURES)[1][0]["value"] == "55.5"
    made.active["C2"] = "=50+5"
    made.save(tmp_path / "b.xlsx")
    with pytest.raises(InputError, match="Sheet!C2: the formula there has no stored result"):
        taken(store, tmp_path, tmp_path / "b.xlsx", into="b", **FIGURES)


def test_a_workbook_that_fits_nothing_says_so_of_the_table(store, tmp_path):
    """Like text: the columns, and what they would have to be called."""
    path = book(tmp_path, {"D": [["Country", "Year", "Domain", "Result"], ["Kenya", 2019, "Migrant rights", "Meets"]]})
    with pytest.raises(InputError, match=r"sheet “D”, line 1: no known layout.*value \(call it Value or Score"):
        taken(store, tmp_path, path, **TOLD)
    pdf = tmp_path / "a.csv"
    pdf.write_bytes(b"%PDF-1.4\n\xe2\xe3")
    with pytest.raises(InputError, match="is a PDF"):
        taken(store, tmp_path, pdf, **TOLD)


MEMBERS = {"organisation": "asean", "role": "member", "as_of": "2022-08-25", "source": "src-untreaties"}


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize("names", [["Kenya", "Uganda"], ["Kenya", "Uganda", "Mali", "Togo", "Korea, Republic of"]])
def test_a_column_of_names_is_a_list_of_members(store, tmp_path, names, suffix):
    """Nothing separates the cells, and a comma in a name is no separator."""
    text = "\n".join(["Member States", *names])
    path = (
        file(tmp_path, text) if suffix == "csv" else book(tmp_path, {"M": [["Member States"], *([n] for n in names)]})
    )
    _, made = taken(store, tmp_path, path, **MEMBERS)
    assert len(made) == len(names) and {(r["organisation"], r["role"]) for r in made} == {("asean", "member")}


def test_a_column_of_names_with_nothing_said_asks_for_the_body(store, tmp_path):
    """And a column of something else fits nothing."""
    with pytest.raises(UsageError, match="--organisation.*--role"):
        taken(store, tmp_path, file(tmp_path, "Country\nKenya\n"), **TOLD)
    with pytest.raises(InputError, match="no known layout"):
        taken(store, tmp_path, file(tmp_path, "Colour\nred\n"), **TOLD)
    with pytest.raises(InputError, match="no known layout"):
        taken(store, tmp_path, file(tmp_path, "Country,Price\nKenya,3\n"), **MEMBERS)


def test_a_column_membership_with_days_tells_since_when(store, tmp_path):
    """It is said, and the role must then be named."""
    path = file(tmp_path, "Country,Membership\nViet Nam,28 July 1995\nBurma,1997\nLao PDR,\n")
    outcome, made = taken(store, tmp_path, path, **MEMBERS)
    assert [row["since"] for row in made] == ["1995-07-28", "1997", ""] and "holds days" in messages(outcome)
    with pytest.raises(UsageError, match="--role"):
        taken(store, tmp_path, path, **{**MEMBERS, "role": ""})
