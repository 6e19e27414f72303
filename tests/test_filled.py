"""A form as a whole: whose it is, what has gone from it, what stands in a wrong place, and dates in words."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from migkg import candidate, cells, score
from migkg.errors import InputError, RuleBroken
from migkg.findings import Finding, finished
from migkg.template import csv, form
from migkg.workbook import write
from tests import bases

METHOD = "sdg-10-7-2"


def edited(tmp_path: Path, change: Callable[[Any], None], language: str = "en") -> Path:
    """A form of Kenya for 2026, with its first answer, after somebody has worked on it."""
    made = write(form(bases.real_store(), METHOD, "KEN", "2026", language), "ken.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(made))
    book.worksheets[2]["D6"] = "yes" if language == "en" else "oui"
    change(book)
    path = tmp_path / "ken.xlsx"
    book.save(path)
    return path


def found(path: Path) -> dict[str, Finding]:
    """What reading finds, by the place where it stands; without what is not answered."""
    one = candidate.read(path, store=bases.real_store())
    return {f.place: f for f in finished([], [one]) if f.check != "unanswered"}


def test_a_form_typed_over_for_another_country_or_year_is_an_error(tmp_path: Path) -> None:
    """What people see and what the machine reads may not differ; both cells are named, and the way out."""

    def change(book: Any) -> None:
        book["Instructions"]["B3"], book["Instructions"]["B4"] = "Uganda (UGA)", 2027

    path = edited(tmp_path, change)
    said = found(path)
    assert said.keys() == {"Instructions!B3", "Instructions!B4"}
    assert {f.severity for f in said.values()} == {"error"}
    assert "made for KEN" in said["Instructions!B3"].message
    assert "--country UGA --period 2027" in said["Instructions!B4"].fix
    with pytest.raises(RuleBroken, match="Instructions!B3"):
        score.of(bases.real_store(), METHOD, [path])


def test_the_country_may_be_written_in_other_words(tmp_path: Path) -> None:
    """Kenya, KEN and Kenya (KEN) are the same country."""
    for words in ("KEN", "Kenya", "kenya"):
        assert not found(edited(tmp_path, lambda book, words=words: book["Instructions"].__setitem__("B3", words)))


def test_a_wrong_day_of_filling_in_has_a_cell(tmp_path: Path) -> None:
    """`Instructions!B7`, as people find it."""
    (said,) = found(edited(tmp_path, lambda b: b["Instructions"].__setitem__("B7", "31/03/2026"))).values()
    assert said.place == "Instructions!B7" and said.severity == "error"


def test_a_question_or_sheet_that_has_gone_is_a_warning(tmp_path: Path) -> None:
    """It is named, and is not one of those that are only not answered."""
    path = edited(tmp_path, lambda book: book["Domain 2"].delete_rows(8))
    (said,) = found(path).values()
    assert said.severity == "warning" and said.message.startswith("2.c is missing from Domain 2")
    assert any("2.c is missing" in remark for remark in score.of(bases.real_store(), METHOD, [path])[1])
    (said,) = found(edited(tmp_path, lambda book: book.remove(book["Domain 3"]))).values()
    assert said.severity == "warning" and "“Domain 3” is missing, with the questions 3.a, 3.b" in said.message


def test_a_sheet_of_the_form_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """Its answers are lost; a sheet that somebody added is not one of the form."""
    (said,) = found(edited(tmp_path, lambda book: book["Domain 3"].delete_rows(4))).values()
    assert said.severity == "error" and said.check == "sheet-unread" and "3.a, 3.b" in said.message

    def add(book: Any) -> None:
        book.create_sheet("My notes")["A1"] = "call the ministry"
        book["My notes"]["A2"] = "again"

    (said,) = found(edited(tmp_path, add)).values()
    assert said.severity == "info" and said.check == "sheet-passed-over"


def test_an_answer_under_evidence_is_a_warning(tmp_path: Path) -> None:
    """Only where the answer is empty, and only what is an answer of the question."""

    def change(book: Any) -> None:
        sheet = book["Domaine 3"]
        sheet["E6"], sheet["E7"], sheet["H8"] = "oui", "Loi de 2011", "non"
        sheet["D9"], sheet["H9"] = "oui", "non"

    said = found(edited(tmp_path, change, "fr"))
    assert said.keys() == {"Domaine 3!E6", "Domaine 3!H8"}
    assert {f.check for f in said.values()} == {"answer-beside"} and "« oui »" in said["Domaine 3!E6"].message


def test_evidence_later_than_the_form_is_a_warning(tmp_path: Path) -> None:
    """Against the day it was filled in, else its year; no clock is asked."""

    def change(book: Any) -> None:
        sheet = book["Domain 2"]
        sheet["E6"], sheet["G6"], sheet["E7"], sheet["G7"] = "Act", "2031-01-01", "Act", "2026-12-31"

    assert {f.value for f in found(edited(tmp_path, change)).values()} == {"2031-01-01"}

    def dated(book: Any) -> None:
        change(book)
        book["Instructions"]["B7"] = "2026-03-31"

    assert {f.value for f in found(edited(tmp_path, dated)).values()} == {"2031-01-01", "2026-12-31"}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("March 2021", ["2021-03"]),
        ("2011-8", ["2011-08"]),
        ("11 August 2011", ["2011-08-11"]),
        ("August 11, 2011", ["2011-08-11"]),
        ("11 août 2011", ["2011-08-11"]),
        ("1er janvier 2020", ["2020-01-01"]),
        ("11 de agosto de 2011", ["2011-08-11"]),
        ("3/4/2021", ["2021-04-03", "2021-03-04"]),
        ("26/01/1990", ["1990-01-26"]),
        ("01/26/1990", ["1990-01-26"]),
        ("2021/3/4", ["2021-03-04"]),
        ("45000", ["2023-03-15"]),
        ("2025-02-30", []),
        ("soon", []),
        ("12 2011 3 4", []),
    ],
)
def test_dates_in_words_are_understood_but_not_put_right(text: str, meant: list[str]) -> None:
    """What was probably meant is said."""
    assert cells.days_meant(text) == meant and not cells.day(text)


def test_several_answers_in_one_cell_are_no_slip(tmp_path: Path) -> None:
    """`yes, no` is not a misspelt yes; and https:// is not told that it begins with https://."""

    def change(book: Any) -> None:
        book["Domain 2"]["D7"], book["Domain 2"]["F8"] = "yes, no", "https://"

    said = found(edited(tmp_path, change))
    assert said["Domain 2!D7"].fix == "Choose one answer."
    assert "only the beginning" in said["Domain 2!F8"].message


def test_a_form_without_its_head_is_told_so_in_one_sentence(tmp_path: Path) -> None:
    """Instead of a fault for each row."""
    text = csv(form(bases.real_store(), METHOD, "KEN", "2026"))
    path = tmp_path / "ken.csv"
    path.write_text("".join(line + "\n" for line in text.splitlines() if not line.startswith("#")), encoding="utf-8")
    with pytest.raises(InputError, match="“# method: sdg-10-7-2” “# country: KEN” “# period: 2026”"):
        candidate.read(path, store=bases.real_store())
    with pytest.raises(InputError, match="hidden sheet “migkg”"):
        candidate.read(edited(tmp_path, lambda book: book.remove(book["migkg"])), store=bases.real_store())


def test_of_a_question_that_is_not_known_nothing_else_is_said(tmp_path: Path) -> None:
    """No rule speaks of the code list of a question that there is not."""
    path = edited(tmp_path, lambda book: book["Domain 2"].__setitem__("A6", "2.a"))
    one = candidate.read(path, store=bases.real_store())
    line = next(n for n, s in one.spots.items() if s.sheet == "Domain 2" and s.row == 6)
    other = Finding("error", "unknown-code", "x", "mg:value", "yes", "…", one.file, 6, "value", "", "Domain 2", "D6")
    assert line and [f.check for f in finished([other], [one]) if f.cell == "D6" and f.severity == "error"] == []
