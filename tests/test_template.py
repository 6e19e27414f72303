"""A form for a country: what it asks, what it knows beforehand, and that it comes back as it went out."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pyoxigraph as ox
import pytest

from migkg import candidate, load, queries, texts, validate
from migkg.errors import UnknownName, UsageError
from migkg.findings import finished
from migkg.reading import head
from migkg.template import csv as as_csv
from migkg.template import form
from migkg.workbook import write
from tests import bases

METHOD = "https://w3id.org/migkg/graph/data/methods/leaflet"
LEAFLET = """@prefix mg: <https://w3id.org/migkg/def/> . @prefix mgc: <https://w3id.org/migkg/code/> .
@prefix mgd: <https://w3id.org/migkg/id/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
mgd:scoring-leaflet a mg:ScoringMethod ; skos:prefLabel "Leaflet"@en ; mg:scores mgd:sdg-indicator-10-7-2 ;
  mg:points mgd:scoring-leaflet--yes , mgd:scoring-leaflet--all .
mgd:scoring-leaflet--yes mg:answer mgc:answer1072-yes . mgd:scoring-leaflet--all mg:answer mgc:answer1072-d1-all .
"""
FIRST = 6  # the row of the first question on the sheet of a domain


@pytest.fixture(scope="module")
def kenya(store) -> dict[str, bytes]:
    """The form of 10.7.2 for Kenya in each language."""
    return {lang: write(form(store, "sdg-10-7-2", "KEN", "2026", lang), "ken.xlsx") for lang in texts.LANGUAGES}


def opened(data: bytes) -> Any:
    """The workbook as a person's spreadsheet opens it."""
    return openpyxl.load_workbook(io.BytesIO(data))


def saved(book: Any, tmp_path: Path, name: str = "ken.xlsx") -> Path:
    """The workbook as a file."""
    path = tmp_path / name
    book.save(path)
    return path


def filled(data: bytes, tmp_path: Path, word: str = "no") -> Path:
    """The form with this word as the answer to every question."""
    book = opened(data)
    for sheet in book.worksheets[1:7]:
        for row in range(FIRST, FIRST + 5):
            sheet[f"D{row}"] = word
    book.worksheets[0]["B6"], book.worksheets[0]["B7"] = "The Ministry", "2026-03-31"
    return saved(book, tmp_path)


def test_the_form_asks_each_question_under_its_domain(kenya) -> None:
    """Thirty questions on six sheets, with their codes, in order."""
    book = opened(kenya["en"])
    assert book.sheetnames == ["Instructions", *(f"Domain {n}" for n in range(1, 7)), "migkg", "migkg-lists"]
    codes = [sheet[f"B{row}"].value for sheet in book.worksheets[1:7] for row in range(FIRST, FIRST + 5)]
    assert codes == [f"{domain}.{letter}" for domain in range(1, 7) for letter in "abcde"]
    assert book["Domain 2"]["C7"].value.startswith("A national policy or strategy for regular migration")


def test_answers_are_chosen_from_the_list_of_the_question(kenya) -> None:
    """Domain 1 has three answers, the others two; the lists stand in a hidden sheet."""
    book = opened(kenya["en"])
    for sheet, words in (("Domain 1", 3), ("Domain 5", 2)):
        (choice,) = book[sheet].data_validations.dataValidation
        assert "D6" in choice.sqref and choice.type == "list" and choice.showErrorMessage
        title, _, cells = choice.formula1.partition("!")
        listed = [c.value for row in book[title.strip("'")][cells.replace("$", "")] for c in row]
        assert len(listed) == words and listed[-1] == "no"


def test_only_what_is_filled_in_can_be_changed(kenya) -> None:
    """The machine's columns are locked and hidden; the structure of the workbook is locked."""
    book = opened(kenya["en"])
    sheet = book["Domain 3"]
    assert sheet.protection.sheet and book.security.lockStructure
    assert [sheet[f"{c}8"].protection.locked for c in "ABCDEFGH"] == [True] * 3 + [False] * 5
    assert sheet.column_dimensions["A"].hidden and sheet.row_dimensions[4].hidden
    assert book["migkg"].sheet_state == book["migkg-lists"].sheet_state == "hidden"
    assert sheet.freeze_panes == "D6" and sheet.page_setup.orientation == "landscape"


@pytest.mark.parametrize(("language", "word"), [("en", "No"), ("fr", "non"), ("es", "no")])
def test_a_filled_form_comes_back_as_it_was_meant(kenya, tmp_path: Path, language: str, word: str) -> None:
    """Thirty answers as codes, with country, year, who and when; nothing to complain of."""
    one = candidate.read(filled(kenya[language], tmp_path, word))
    assert finished([], [one]) == [] and one.rows == 30 and one.language == language
    assert one.graph.endswith("/graph/data/observations/sdg-10-7-2-KEN-2026")
    values = [t.object.value for t in one.triples if t.predicate.value.endswith("def/value")]
    assert len(values) == 30 and {v.rsplit("/", 1)[1] for v in values} == {"answer1072-no", "answer1072-d1-no"}
    said = {t.predicate.value.rsplit("#", 1)[-1].rsplit("/", 1)[-1]: str(t.object) for t in one.triples}
    assert "2026-03-31" in said["created"] and said["creator"] == '"The Ministry"' and "sha256:" in said["identifier"]


def test_an_empty_form_is_no_fault_and_no_answer_is_a_no(kenya, tmp_path: Path) -> None:
    """Thirty missing answers, said once."""
    one = candidate.read(saved(opened(kenya["en"]), tmp_path))
    (finding,) = finished([], [one])
    assert finding.severity == "info" and finding.message.startswith("30 of 30 questions have no answer")
    assert sum("status-missing" in str(t.object) for t in one.triples) == 30
    assert not any(t.predicate.value.endswith("def/value") for t in one.triples)


def test_every_mistake_is_led_to_its_cell(kenya, tmp_path: Path) -> None:
    """Five mistakes, five cells, in the language of the form."""
    book = opened(filled(kenya["fr"], tmp_path, "non").read_bytes())
    two, three = book.worksheets[2], book.worksheets[3]
    two["D7"], two["F8"], two["G9"] = "peut-être", "loi 5", "31/03/2020"
    three["D6"], three["E10"] = "#N/A", "nor\u200bmal"
    one = candidate.read(saved(book, tmp_path))
    found = {f.place: f for f in finished([], [one]) if f.severity == "error"}
    assert set(found) == {"Domaine 2!D7", "Domaine 2!F8", "Domaine 2!G9", "Domaine 3!D6"}
    assert "Réponses possibles : oui · non" in found["Domaine 2!D7"].message
    assert "2020-03-31" in found["Domaine 2!G9"].fix
    assert one.cell("ob-sdg-10-7-2-KEN-2026-KEN-sdg1072-d3-a-2026", "mg:value") == "Domaine 3!D6"


def test_rows_that_were_sorted_and_columns_that_were_moved_do_no_harm(kenya, tmp_path: Path) -> None:
    """Each question carries its own name, each column too."""
    book = opened(filled(kenya["en"], tmp_path).read_bytes())
    sheet = book["Domain 4"]
    for column in "ABCDEFGH":
        sheet[f"{column}6"].value, sheet[f"{column}9"].value = sheet[f"{column}9"].value, sheet[f"{column}6"].value
    sheet.insert_cols(4)
    sheet["E9"] = "yes"
    sheet.title = "Renamed"
    one = candidate.read(saved(book, tmp_path))
    name = "ob-sdg-10-7-2-KEN-2026-KEN-sdg1072-d4-a-2026"
    assert one.cell(name, "mg:value") == "Renamed!E9"
    assert any(name in str(t.subject) and str(t.object).endswith("answer1072-yes>") for t in one.triples)


def test_the_same_form_has_the_same_bytes(store, kenya) -> None:
    """No clock."""
    assert write(form(store, "scoring-sdg-10-7-2", "Kenya", "2026"), "ken.xlsx") == kenya["en"]


def test_what_the_graph_knows_is_filled_in() -> None:
    """Answers of that year, with their evidence; what was published of a domain stands above its questions."""
    store = bases.copy(bases.small_store())
    store.put(METHOD, [quad.triple for quad in ox.parse(LEAFLET.encode(), format=ox.RdfFormat.TURTLE)])
    store.merge()
    made = form(store, "leaflet", "XAA", "2021")
    given = {one.element: one.given for section in made.sections for one in section.asked}
    assert given["sdg1072-d1-a"]["value"] == "yes, regardless of immigration status"
    assert given["sdg1072-d1-a"]["evidence_title"] == "A made-up act"
    assert given["sdg1072-d1-b"] == {} and made.prefilled == 2
    assert form(store, "leaflet", "XAA", "2020").prefilled == 0
    rows = opened(write(made, "x.xlsx"))["Domain 1"]
    assert rows["D6"].value == "yes, regardless of immigration status" and rows["G6"].value == "2019-05"
    published = form(bases.real_store(), "sdg-10-7-2", "KEN", "2026").sections[0].known
    assert published == "Published for 2019: meets"


def test_the_form_as_a_table_can_be_filled_in_too(store, tmp_path: Path) -> None:
    """A head that says what it is, a row for each question, the answers to choose from beside it."""
    path = tmp_path / "ken.csv"
    path.write_text(as_csv(form(store, "sdg-10-7-2", "KEN", "2026")), encoding="utf-8")
    meta, skipped = head(path, path.read_text(encoding="utf-8"))
    assert meta["method"] == "sdg-10-7-2" and meta["country"] == "KEN" and meta["period"] == "2026"
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(lines[skipped:]))
    assert len(rows) == 30 and rows[5]["answers"] == "yes / no"
    for row in rows:
        row["value"] = "no"
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    path.write_text("\n".join(lines[:skipped]) + "\n" + out.getvalue(), encoding="utf-8")
    one = candidate.read(path)
    assert finished([], [one]) == [] and one.graph.endswith("sdg-10-7-2-KEN-2026")


def test_what_is_not_translated_says_so(kenya) -> None:
    """French and Spanish stand where there are words; English is marked."""
    book = opened(kenya["fr"])
    assert book.sheetnames[:2] == ["Mode d'emploi", "Domaine 1"]
    assert book["Domaine 1"]["C6"].value == "Soins de santé essentiels et/ou d'urgence"
    assert book["Domaine 1"]["B2"].value.startswith("Le gouvernement assure-t-il aux non-nationaux")
    assert book.worksheets[0]["A1"].value == "Formulaire : Scoring of indicator 10.7.2 [en]"


@pytest.mark.parametrize(
    ("method", "country", "period", "language", "error", "said"),
    [
        ("sdg-10-7-9", "KEN", "2026", "en", UnknownName, "sdg-10-7-2"),
        ("sdg-10-7-2-regional", "KEN", "2026", "en", UsageError, "asks no questions"),
        ("sdg-10-7-2", "KNE", "2026", "en", UnknownName, "KEN"),
        ("sdg-10-7-2", "m49-001", "2026", "en", UsageError, "not a country"),
        ("sdg-10-7-2", "KEN", "26", "en", UsageError, "four digits"),
        ("sdg-10-7-2", "KEN", "1850", "en", UsageError, "from 1900 to 2099"),
        ("sdg-10-7-2", "KEN", "2026", "xx", UsageError, "en, fr, es"),
    ],
)
def test_a_form_that_cannot_be_made_says_why(store, method, country, period, language, error, said) -> None:
    """One sentence, with what there is."""
    with pytest.raises(error, match=said):
        form(store, method, country, period, language)


def test_the_texts_are_there_in_three_languages() -> None:
    """Each text of a form and each message about a table."""
    for key, said in texts.catalogue().items():
        wanted = {"fr", "es"} if key.startswith(("check.", "fix.")) else set(texts.LANGUAGES)
        assert set(said) >= wanted, key
        holes = [set(re.findall(r"{(\w+)}", text)) for text in said.values() if text]
        assert all(h == holes[0] for h in holes), key


# Checks that nobody meets who fills in a form or imports a table: of the ontology, law, mappings, labels, traces.
ENGLISH = {
    *("against-domain", "circular-hierarchy", "composed-mapping-asserted", "composed-mapping-path"),
    *("composed-mapping-too-sure", "described-twice", "duplicate-code-in-framework", "force-excluded"),
    *("hop-without-force", "inverse-undeclared", "kind-not-disjoint", "label-language", "label-marked-twice"),
    *(
        "label-of-nothing",
        "method-too-deep",
        "mapping-end-unknown",
        "no-legal-basis-unspoken",
        "ontology-without-terms",
        "part-of-itself",
    ),
    *("property-without-domain", "property-without-range", "reused-term-undeclared", "several-domains"),
    *("statement-about-itself", "symbol-repeated", "term-unconnected", "term-unexplained", "term-without-use"),
    *("two-labels-in-one-language", "undeclared-term", "unknown-relation"),
}


def test_what_a_table_can_break_is_said_in_three_languages() -> None:
    """Each check is either named above, or has its words in French and Spanish; so have the shapes of tables."""
    words = {key.removeprefix("check.") for key in texts.catalogue() if key.startswith("check.")} - {"typed"}
    checks = {q.short: q for q in queries.folder("check")}
    assert words | ENGLISH == set(checks) and not words & ENGLISH
    assert not [name for name in words if checks[name].extra.get("fix") and not texts.has(f"fix.{name}")]
    for name in ("observation", "membership", "membership-list", "participation", "participation-list"):
        said: dict[str, set[str]] = {}
        for quad in load.read_rdf(bases.ROOT / "shapes" / f"{name}.ttl"):
            if quad.predicate.value.endswith("#message"):
                said.setdefault(quad.subject.value, set()).add(quad.object.language)
        assert said and all(languages == {"en", "fr", "es"} for languages in said.values()), said


def test_a_list_is_checked_in_its_own_language(store, tmp_path: Path) -> None:
    """A table of members with a French head: what is wrong and what to do about it, nothing marked as English."""
    path = tmp_path / "membres.csv"
    head = "# language: fr\nmember,organisation,role,since,source\n"
    path.write_text(head + "KEN,igad-rcp,member,2002,src-untreaties\n", encoding="utf-8")
    found = {f.check: f for f in validate([path], store).findings}
    assert found["membership-before-body"].message == "2002 est avant le début de l'organisme."
    assert found["Membership-onList"].message.startswith("La liste où figure")
    assert not [f for f in found.values() if "[en]" in f.message + f.fix], found


def test_the_command_makes_a_form_that_an_office_program_opens(run, tmp_path: Path) -> None:
    """LibreOffice converts it to a table again, with the questions and without a word of complaint."""
    path = tmp_path / "ken.xlsx"
    done = run("template", "sdg-10-7-2", "--country", "KEN", "--period", "2026", "-o", str(path))
    assert done.returncode == 0, done.stderr
    again = run("template", "sdg-10-7-2", "--country", "KEN", "--period", "2026", "-o", str(path))
    assert again.returncode == 2 and "--force" in again.stderr
    odd = run("template", "sdg-10-7-2", "--country", "KEN", "--period", "2026", "-o", str(tmp_path / "ken.doc"))
    assert odd.returncode == 2 and ".xlsx or .csv" in odd.stderr
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    home = f"-env:UserInstallation=file://{tmp_path}/office"
    target = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    subprocess.run(
        [office, home, "--headless", "--convert-to", target, "--outdir", str(tmp_path), str(path)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    subprocess.run(
        [office, home, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "again"), str(path)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    one = candidate.read(tmp_path / "again" / "ken.xlsx")
    assert one.rows == 30 and one.meta["country"] == "KEN" and finished([], [one])[0].check == "unanswered"
    text = (tmp_path / "ken-Domain 2.csv").read_text(encoding="utf-8")
    assert "A dedicated Government agency" in text and "sdg1072-d2-e" in text
