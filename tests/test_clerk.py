"""What importing tables that nobody prepared promises: taken, or refused with a way out."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import openpyxl
import pytest

from migkg import intake, queries
from migkg.errors import InputError, UsageError
from migkg.intake import cells, names
from migkg.validate import validate
from tests.test_intake import FLAGS, LONG, OWN, SAMPLES, SOURCE, TOLD, file, messages, rows, taken

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
             'Report of the "Ministry"', "--source-publisher", "Ministry of Interior",
             "--source-licence", terms]  # fmt: skip
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
    for title, lines in sheets.items():
        sheet = made.create_sheet(title)
        for row in lines:
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
    lines = list(csv.reader(text.splitlines(), delimiter=max(",;\t", key=text.splitlines()[-1].count)))
    path = book(tmp_path, {"Data": lines}, f"{name}.xlsx")
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
    with pytest.raises(UsageError, match=r"“A”, “B”.*--sheet"):
        taken(store, tmp_path, path, **FIGURES)
    assert len(taken(store, tmp_path, path, sheet="B", **FIGURES)[1]) == 1
    with pytest.raises(UsageError, match=r"no sheet C\. It has A, B"):
        taken(store, tmp_path, path, sheet="C", **FIGURES)


def test_a_problem_in_a_workbook_has_sheet_and_cell(store, tmp_path):
    """Where a person looks for it."""
    outcome, _ = taken(store, tmp_path, book(tmp_path, {"D": [*TABLE, ["Kenja", 2019, 1], ["Mali", 19, 1]]}), **FIGURES)
    assert [f.place for f in outcome.findings] == ["D!A4", "D!B5"]


def test_what_a_cell_shows_is_what_is_read(store, tmp_path):
    """0.555 shown as 55.5% is 55.5 per cent; a formula counts by its stored result, and without one it is an error."""
    made = openpyxl.Workbook()
    for row in [*TABLE[:1], ["Kenya", 2019, 0.555]]:
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
    with pytest.raises(UsageError, match=r"--organisation.*--role"):
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


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        *[("26/01/1990", "", "1990-01-26"), ("01/26/1990", "", "1990-01-26"), ("05.05.1990", "", "1990-05-05")],
        *[("03/04/2024", "dmy", "2024-04-03"), ("03/04/2024", "mdy", "2024-03-04"), ("26.1.1990", "dmy", "1990-01-26")],
        *[("03/04/2024", "", "--dates dmy for 2024-04-03, --dates mdy for 2024-03-04"), ("26/26/1990", "", "calendar")],
        *[("26/01/1990", "mdy", "month would be 26"), ("26/01/90", "", "four digits")],
    ],
)
def test_days_in_numbers_are_read_where_they_can_be(text, order, day):
    """Told apart by a number above 12, or by the person; else both readings are named."""
    if day[:4].isdigit():
        assert cells.day(text, order) == day
    else:
        with pytest.raises(cells.Unreadable, match=day):
            cells.day(text, order)


def test_all_bad_days_of_a_row_are_listed(store, tmp_path):
    """Together, with the row refused once; --dates takes it."""
    path = file(tmp_path, "State,Signature,Ratification\nKenya,03/04/2001,05/06/2002\n")
    outcome, _ = taken(store, tmp_path, path, **FLAGS["treaty-status"])
    assert outcome.errors == 2 and outcome.refused == 1 == outcome.read
    _, made = taken(store, tmp_path, path, dates="dmy", **FLAGS["treaty-status"])
    assert (made[0]["signed"], made[0]["consented"]) == ("2001-04-03", "2002-06-05")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,055", "1055 if the comma stands between thousands.*1.055 if the comma is a decimal comma"),
        ("81*", "write 81 alone"),
        ("60 b", "write 60 alone"),
        ("e 70", "write 70 alone"),
        ("No data", "--missing 'No data'"),
        ("(D)", "--missing"),
        ("1e5", "expected a number such as 62.3$"),
    ],
)
def test_a_number_that_is_none_says_how_to_mend_it(text, said):
    """Both readings of a comma; signs; words."""
    with pytest.raises(cells.Unreadable, match=said):
        cells.number(text)


@pytest.mark.parametrize(
    ("name", "thing"), [("Turquie", "TUR"), ("Royaume-Uni", "GBR"), ("Reino Unido", "GBR"), ("Rusia", "RUS")]
)
def test_names_in_french_and_spanish_lead_to_the_country(store, name, thing):
    """The short ones too."""
    assert names.read(store).find(name).thing == thing


@pytest.mark.parametrize("name", ["Kenya[1]", "Kenya (a)", "Kenya¹", "Kenja"])
def test_an_unknown_name_says_what_to_do(store, tmp_path, name):
    """Near names, footnotes aside, and the table for --names."""
    outcome, _ = taken(store, tmp_path, file(tmp_path, LONG + f"{name},2019,3\n"), **TOLD)
    assert re.search(r"Near: KEN \(Kenya\).*--names \(columns name and area; - leaves", messages(outcome))


def test_a_wide_table_says_once_what_is_wrong_with_a_row(store, tmp_path):
    """In the column that holds the name; all its values are counted."""
    path = file(tmp_path, "Country,Code,2019,2020\nKenya,KEN,3,4\nTotal,,1,2\n")
    outcome, _ = taken(store, tmp_path, path, **TOLD)
    assert [(f.line, f.column, f.value) for f in outcome.findings] == [(3, "Country", "Total")]
    assert (outcome.accepted, outcome.refused) == (2, 2)


def test_a_note_below_a_table_is_left_out_and_named(store, tmp_path):
    """One cell in a row whose year is empty is no data; a country alone without its year is not lost unseen."""
    text = LONG + "Kenya,2019,3\nSource: national reports,,\n* provisional,,\n"
    outcome, made = taken(store, tmp_path, file(tmp_path, text), **TOLD)
    assert len(made) == 1 and outcome.skipped == {"a note, not a row of data": 2}
    assert "3::Source: national reports:Only one cell is filled" in messages(outcome)
    outcome, _ = taken(store, tmp_path, file(tmp_path, LONG + "Kenja,2019,\n"), **TOLD)
    assert outcome.refused == 1


def test_a_name_of_several_things_is_settled_by_the_indicator(store, tmp_path):
    """Without it both are named, with the flag; unknown domains come with the words that are known."""
    path = file(tmp_path, "Country,Year,Indicator,Value\nKenya,2019,Migrant rights,3\n")
    outcome, _ = taken(store, tmp_path, path, source=SOURCE)
    assert "several things" in messages(outcome).lower() and "--indicator, such as sdg-indicator-10-7-2" in messages(
        outcome
    )
    assert taken(store, tmp_path, path, **TOLD)[1][0]["element"] == "sdg1072-d1"
    path = file(tmp_path, UNSD.format("3").replace("ALLDOMAINS", "MIGR"))
    assert "ALLDOMAINS, All Domains, _T, DOMAIN1" in messages(taken(store, tmp_path, path, into="b")[0])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("Kenya,1819,3\n", "2:Year:1819:"),
        ("", "1:::There is a header, and no row below it"),
        ("Kenya,2019,3\nKenya,2019,3.0\n", "with the same value"),
    ],
)
def test_small_things_are_said_where_they_are(store, tmp_path, rows, said):
    """The year under its column, a table without rows, a figure written twice in two ways."""
    assert said in messages(taken(store, tmp_path, file(tmp_path, LONG + rows), **TOLD)[0])


def test_two_ways_to_write_a_figure_are_no_contradiction(store, tmp_path):
    """55.5 and 55.50."""
    path = file(tmp_path, LONG + "Kenya,2019,55.5\nKEN,2019,55.50\n")
    assert taken(store, tmp_path, path, **FIGURES)[0].errors == 0


def test_the_folder_to_write_to_is_a_folder(store, tmp_path):
    """One sentence, before anything is read."""
    path = file(tmp_path, LONG + "Kenya,2019,3\n")
    with pytest.raises(UsageError, match="is a file"):
        taken(store, tmp_path, path, into="table.csv", **TOLD)


def test_a_value_that_differs_from_the_graph_is_said(store, tmp_path):
    """The same source, country, year and part, and another value: a remark with both; no word where they agree."""
    own = next(r for r in rows(OWN) if r["value"] == "band1072-3" and r["element"] == "sdg-indicator-10-7-2")
    for value, said in (("1", True), ("3", False)):
        path = file(tmp_path, f"Country,Year,Value\n{own['area']},{own['period']},{value}\n")
        outcome, _ = taken(store, tmp_path, path, into=value, indicator="10.7.2", source=own["source"])
        assert outcome.errors == 0 and ("the graph has band1072-3 from" in messages(outcome)) is said


def test_rules_and_cells_are_told_in_one_round(run, tmp_path):
    """A share above 100 per cent and a name nobody knows come together; what breaks a rule is not accepted."""
    path = file(tmp_path, LONG + "Kenya,2019,150\nKenja,2019,5\nUganda,2019,50\n")
    words = ["--indicator", "10.7.2", "--source", "src-unsd-sdg-related", "--unit", "percent", "--format", "json"]
    done = run("import", str(path), "-o", str(tmp_path / "out"), *words)
    told = json.loads(done.stdout)[0]
    assert done.returncode == 1 and (told["accepted"], told["refused"], told["read"]) == (1, 2, 3), done.stdout
    assert {f["line"] for f in told["findings"] if f["severity"] == "error"} == {2, 3}


def test_a_name_often_meant_for_another_country_is_said(store, tmp_path):
    """Congo is one of two; it is taken as it stands, with a word."""
    outcome, made = taken(store, tmp_path, file(tmp_path, LONG + "Congo,2019,3\n"), **TOLD)
    assert made[0]["area"] == "COG" and "Democratic Republic of the Congo is COD" in messages(outcome)
    outcome, _ = taken(store, tmp_path, file(tmp_path, LONG + "Kenya,2019,3\n"), into="b", **TOLD)
    assert "COD" not in messages(outcome)


def test_a_form_without_its_hidden_sheet_says_what_is_lost(store, run, tmp_path):
    """Not the names of columns, but what to do."""
    path = tmp_path / "ken.xlsx"
    assert run("template", "sdg-10-7-2", "--country", "KEN", "--period", "2026", "-o", str(path)).returncode == 0
    opened = openpyxl.load_workbook(path)
    del opened["migkg"]
    opened.save(path)
    with pytest.raises(InputError, match=r"form without its hidden sheet.*migkg template"):
        taken(store, tmp_path, path)


def test_all_that_is_wrong_in_a_row_comes_at_once(store, tmp_path):
    """Name, year and value; the row is refused once."""
    outcome, _ = taken(store, tmp_path, file(tmp_path, LONG + "Kenja,2019/20,81*\n"), **FIGURES)
    assert [f.column for f in outcome.findings] == ["Country", "Year", "Value"] and outcome.refused == 1


def test_a_watched_column_is_not_called_unread(store, tmp_path):
    """It is read, to see what its rows are."""
    outcome, _ = taken(store, tmp_path, file(tmp_path, "Country,Year,Value,Sex\nKenya,2019,60,Total\n"), **FIGURES)
    assert not outcome.findings


def test_a_long_table_is_checked_in_pieces_and_told_as_a_whole(store, tmp_path, monkeypatch):
    """The same findings at the same lines, however many pieces there are; also with a line break in a cell."""
    places = [row["thing"] for row in queries.rows(store, "view/area-names") if len(row["thing"] or "") == 3]
    text = LONG.replace("\n", ",Note\n") + "".join(
        f'{area},{year},{150 if n % 37 == 5 else n % 100},"a note{chr(10) + "in two lines" if n % 11 == 0 else ""}"\n'
        for n, (area, year) in enumerate((area, year) for area in sorted(set(places))[:80] for year in (2001, 2002))
    )
    path = file(tmp_path, text)
    seen = []

    def check(made):
        seen.append(sum(1 for one in made for _ in one.open()))
        return validate(made, store).findings

    def told():
        outcome = intake.run([path], store, tmp_path / "out", intake.Wishes(**FIGURES), check=check)[0]
        return [(f.line, f.column, f.value, f.message) for f in outcome.findings], outcome.accepted, outcome.refused

    whole = told()
    assert len(seen) == 1 and len(whole[0]) >= 4
    monkeypatch.setattr(intake.pieces, "ROWS", 20)
    assert told() == whole
    assert len(seen) == 9 and max(seen[1:]) < seen[0] / 5
