"""The forms of a report say the same: rows, JSON, Markdown, HTML, SHACL and SARIF, and how much is not shown."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyoxigraph as ox
import pytest

from migkg import foreign, report
from migkg.candidate import read
from migkg.errors import InputError, TimedOut
from migkg.findings import Finding, Report, finished
from tests import bases

SH = "http://www.w3.org/ns/shacl#"
HEAD = "area,element,period,value,status,unit,source,note\n"


@pytest.fixture
def made() -> Report:
    """A report with a workbook's finding, a table's, and text that wants to be a page, a formula, a table."""
    findings = [
        Finding("error", "answer", "ob-x", "mg:value", "<b>=1|2", "Wrong <script>", "a.xlsx", 7, "value", "Take yes.",
                "Domain 2", "D7"),
        Finding("warning", "row-repeated", "ob-y", "", "", "Twice", "b.csv", 4),
        Finding("info", "unanswered", "data/observations/x", "", "=1+1", "=Three", "b.csv", 1),
    ]  # fmt: skip
    return Report(["a.xlsx", "b.csv"], findings, rows=3, things=4)


def test_rows_name_the_place_as_people_write_it(made: Report) -> None:
    """Sheet and cell, or line and column."""
    assert [row["place"] for row in report.rows(made)] == ["Domain 2!D7", "line 4", "line 1"]
    assert report.verdict(made).startswith("a.xlsx, b.csv: 3 rows, 4 things: 1 error, 1 warning, 1 to know.")


@pytest.mark.parametrize(
    ("language", "head", "place", "words"),
    [
        ("fr", "gravité", "ligne 4", "1 erreur, 1 avertissement"),
        ("es", "gravedad", "línea 4", "1 error, 1 advertencia"),
    ],
)
def test_a_report_speaks_the_language_of_its_form(
    made: Report, language: str, head: str, place: str, words: str
) -> None:
    """Headings, places, counts, and what the page says of its own language."""
    made.language = language
    assert head in report.rows(made)[0] and any(place in row.values() for row in report.rows(made))
    assert words in report.verdict(made)
    page = report.html(made)
    assert f'<html lang="{language}">' in page and head in page and "<h1>Findings" not in page
    assert 'class="error"' in page, "a style knows the severity by its own name"
    assert json.loads(json.dumps(report.as_dict(made)))["findings"][0]["severity"] == "error"


def test_nothing_is_cut_in_silence(made: Report) -> None:
    """The first ones, and how many there are."""
    assert "The first 1 of 3 findings" in report.verdict(made, 1)
    said = report.as_dict(made, 2)
    assert (said["total"], said["shown"], len(said["findings"]), said["counts"]["info"]) == (3, 2, 2, 1)
    assert "The first 2 of 3" in report.md(made, 2) and "The first 2 of 3" in report.html(made, 2)
    assert json.loads(report.sarif(made, 2))["runs"][0]["properties"]["total"] == 3


def test_a_page_escapes_what_it_shows(made: Report) -> None:
    """No script of a file runs in the page about it."""
    page = report.html(made)
    assert "<script>" not in page and "&lt;script&gt;" in page and "&lt;b&gt;=1|2" in page
    assert page.startswith("<!doctype html>") and "Domain 2!D7" in page


def test_a_table_for_people_is_no_formula_and_no_markup(made: Report) -> None:
    """CSV is defused, Markdown escaped."""
    rows = list(csv.DictReader(io.StringIO(report.csv(made))))
    assert rows[0]["sheet"] == "Domain 2" and rows[0]["cell"] == "D7" and rows[2]["message"] == "'=Three"
    assert "=1\\|2" in report.md(made)
    assert report.csv(Report(["x"])).startswith("file,sheet,cell,line,column,severity")


def test_the_turtle_is_a_validation_report(made: Report) -> None:
    """One report, one result a finding, each with the four properties that SHACL demands."""
    triples = list(ox.parse(report.turtle(made), format=ox.RdfFormat.TURTLE))
    results = [t.subject for t in triples if str(t.object) == f"<{SH}ValidationResult>"]
    assert len(results) == 3
    for result in results:
        said = {t.predicate.value.removeprefix(SH) for t in triples if t.subject == result}
        assert said >= {"focusNode", "resultSeverity", "sourceConstraintComponent", "resultMessage"}
    conforms = [t.object.value for t in triples if t.predicate.value == SH + "conforms"]
    assert conforms == ["false"]
    assert b"sh:conforms true" in report.turtle(Report(["x"]))


def test_sarif_has_what_its_readers_need(made: Report) -> None:
    """Version, tool, rules, results with rule, level, text and place."""
    said = json.loads(report.sarif(made))
    (run,) = said["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert said["version"] == "2.1.0" and rules == sorted({f.check for f in made.findings})
    assert [r["level"] for r in run["results"]] == ["error", "warning", "note"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"] and result["message"]["text"]
    first, second, _ = (r["locations"][0] for r in run["results"])
    assert (
        first["logicalLocations"][0]["fullyQualifiedName"] == "Domain 2!D7"
        and "region" not in first["physicalLocation"]
    )
    assert second["physicalLocation"]["region"] == {"startLine": 4}


def test_what_repeats_a_fault_of_the_same_cell_is_left_out(tmp_path: Path) -> None:
    """One wrong cell is one finding; other cells keep theirs; words come in the language of the file."""
    path = tmp_path / "x.csv"
    path.write_text("# language: fr\n" + HEAD + "KNE,sdg1072-d1,2021,band1072-3,normal,,s,\n", encoding="utf-8")
    one = read(path)
    (focus,) = one.lines
    common = {"file": str(path), "line": 3, "focus": focus, "value": "KNE", "message": "m", "severity": "error"}
    same = Finding(check="dangling-thing", path="mg:area", column="area", **common)
    other = Finding(check="Observation-source", path="dcterms:source", column="source", **common)
    found = finished([same, other], [one])
    assert [f.check for f in found] == ["Observation-source", "area-unknown"]
    assert found[0].message.startswith("Nommez au moins une source")


SHAPES = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix mg: <https://w3id.org/migkg/def/> .
@prefix ex: <http://example.org/> .
ex:Noted a sh:NodeShape ; sh:targetClass mg:Observation ; sh:property ex:Noted-note .
ex:Noted-note sh:path <http://www.w3.org/2004/02/skos/core#note> ; sh:minCount 1 ; sh:severity sh:Warning ;
  sh:message "Add a note."@en , "Ajoutez une note."@fr .
"""


def data(tmp_path: Path, more: str = "") -> Path:
    """A table whose second row has a note."""
    path = tmp_path / "rows.csv"
    row = "XAA,sdg1072-d1,2021,band1072-3,normal,,src-paper,"
    path.write_text(HEAD + row + "\n" + row.replace("2021", "2020") + "noted" + more + "\n", encoding="utf-8")
    return path


def test_shapes_of_ones_own_are_applied(tmp_path: Path) -> None:
    """With the cell, the severity and the words of the shape."""
    shapes = tmp_path / "own.ttl"
    shapes.write_text(SHAPES, encoding="utf-8")
    one = read(data(tmp_path), store=bases.small_store())
    (found,) = foreign.check(shapes, [one], bases.small_store())
    assert (found.check, found.severity, found.line, found.column) == ("Noted-note", "warning", 2, "note")
    assert found.message == "Add a note."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<http://a> <http://b> <http://c> .", "no SHACL shape"),
        (
            "@prefix sh: <http://www.w3.org/ns/shacl#> .\n<http://a> a sh:NodeShape ; sh:property 5 .",
            "could not be applied",
        ),
        ("<http://a> <http://b>", "line 1"),
    ],
)
def test_shapes_that_are_none_are_refused(tmp_path: Path, text: str, said: str) -> None:
    """In one sentence."""
    shapes = tmp_path / "own.ttl"
    shapes.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        foreign.check(shapes, [read(data(tmp_path), store=bases.small_store())], bases.small_store())


def test_a_shape_that_never_ends_is_stopped(tmp_path: Path) -> None:
    """A pattern that backtracks for ever is killed at the deadline."""
    shapes = tmp_path / "own.ttl"
    shapes.write_text(SHAPES.replace("sh:minCount 1", 'sh:pattern "^(n|o|t|e|d|a|aa|aaa)+$"'), encoding="utf-8")
    one = read(data(tmp_path, "a" * 60 + "!"), store=bases.small_store())
    with pytest.raises(TimedOut, match="stopped after 5 seconds"):
        foreign.check(shapes, [one], bases.small_store(), seconds=5)
