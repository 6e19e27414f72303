"""Each kind of bad file that people send: what is wrong with it, in which cell, and what was probably meant.

Files that can be read and break a rule are findings (exit 1), all at once; files that are not what they claim to be
are refused in one sentence (exit 2). Text files stand in `tests/bad/<kind>/`, workbooks are made here.
"""

from __future__ import annotations

import datetime
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from migkg import candidate
from migkg.errors import InputError
from migkg.findings import Finding, finished

BAD = Path(__file__).parent / "bad"
OK, WRONG, UNREADABLE = 0, 1, 2

# file: exit code, place of the finding, words of its message or fix
TEXT: dict[str, tuple[int, str, str]] = {
    "encoding/latin-1.csv": (UNREADABLE, "line 3, byte 186", "--encoding"),
    "encoding/utf-16.csv": (UNREADABLE, "byte 0", "--encoding utf-16"),
    "encoding/cp1252.ttl": (UNREADABLE, "line 2, byte 82", "Save the file as UTF-8."),
    "bom/bom.csv": (OK, "", ""),
    "bom/bom.ttl": (OK, "", ""),
    "bom/bom.jsonld": (OK, "", ""),
    "invisible/zero-width.csv": (WRONG, "line 2, column area", "Did you mean KEN?"),
    "invisible/soft-hyphen.csv": (WRONG, "line 2, column value", "Did you mean band1072-3?"),
    "invisible/right-to-left.csv": (WRONG, "line 2, column period", "Did you mean 2021?"),
    "invisible/fullwidth.csv": (WRONG, "line 2, column period", "Did you mean 2021?"),
    "invisible/arabic-digits.csv": (WRONG, "line 2, column value", "Did you mean 123?"),
    "invisible/nbsp.csv": (OK, "", ""),
    "control/nul.csv": (WRONG, "line 2, column status", "nor\\u0000mal"),
    "control/escape.csv": (WRONG, "line 2, column note", "\\u001b[31mred"),
    "control/nul.ttl": (UNREADABLE, "line 1", "NUL"),
    "delimiter/semicolons.csv": (OK, "line 1", "separated by semicolons"),
    "delimiter/tabs.csv": (OK, "line 1", "separated by tabs"),
    "delimiter/bars.csv": (OK, "line 1", "separated by bars"),
    "delimiter/colons.csv": (UNREADABLE, "line 1", "fit no table"),
    "quoting/unclosed.csv": (UNREADABLE, "line 3", "a quote opened here is not closed"),
    "quoting/in-the-middle.csv": (UNREADABLE, "line 2", "quotes"),
    "quoting/doubled.csv": (OK, "", ""),
    "ragged/too-few.csv": (WRONG, "line 3", "3 cells where the header has 8 columns"),
    "ragged/too-many.csv": (WRONG, "line 2", "10 cells where the header has 8 columns"),
    "header/missing.csv": (UNREADABLE, "line 1", "Observations need: area,element,period,value"),
    "header/renamed.csv": (OK, "line 1, column statuss", "Did you mean status?"),
    "header/doubled.csv": (WRONG, "line 1, column value", "stands there twice"),
    "header/unnamed.csv": (WRONG, "line 1", "Column 9 has no name"),
    "header/other-order.csv": (OK, "", ""),
    "header/case.csv": (UNREADABLE, "line 1", "is “Area” meant as “area”?"),
    "empty/nothing.csv": (UNREADABLE, "nothing.csv", "is empty"),
    "empty/header-only.csv": (OK, "line 1", "a header and no rows"),
    "empty/blank-lines.csv": (OK, "", ""),
    "half-written/cut.csv": (WRONG, "line 3", "may have been cut"),
    "half-written/cut.ttl": (UNREADABLE, "line 2", "Unexpected end of file"),
    "half-written/cut-utf-8.csv": (UNREADABLE, "line 3", "not UTF-8"),
    "country/uk.csv": (WRONG, "line 2, column area", "ISO 3166-1"),
    "country/el.csv": (WRONG, "line 2, column area", "ISO 3166-1"),
    "country/xk.csv": (WRONG, "line 2, column area", "ISO 3166-1"),
    "country/rom.csv": (WRONG, "line 2, column area", "ROU (Romania)"),
    "country/sun.csv": (WRONG, "line 2, column area", "the Soviet Union (code withdrawn in 1992), which was divided"),
    "country/alpha-2.csv": (WRONG, "line 2, column area", "Did you mean FRA (France)?"),
    "country/name.csv": (WRONG, "line 2, column area", "Did you mean FRA (France)?"),
    "country/accents.csv": (WRONG, "line 2, column area", "CIV (Côte d’Ivoire)"),
    "country/numeric.csv": (WRONG, "line 2, column area", "Did you mean AFG (Afghanistan)?"),
    "country/namibia.csv": (WRONG, "line 2, column area", "Did you mean NAM (Namibia)?"),
    "country/turned.csv": (WRONG, "line 2, column area", "KEN (Kenya)"),
    "year/float.csv": (WRONG, "line 2, column period", "Did you mean 2024?"),
    "year/short.csv": (WRONG, "line 2, column period", "Did you mean 2024?"),
    "year/early.csv": (WRONG, "line 2, column period", "between 1900 and 2100"),
    "year/long.csv": (WRONG, "line 2, column period", "four digits"),
    "year/range.csv": (WRONG, "line 2, column period", "2023-24"),
    "year/fiscal.csv": (WRONG, "line 2, column period", "Did you mean 2024?"),
    "year/word.csv": (WRONG, "line 2, column period", "last year"),
    "number/comma.csv": (WRONG, "line 2, column value", "Did you mean 1.5?"),
    "number/german.csv": (WRONG, "line 2, column value", "Did you mean 1234.5?"),
    "number/spaces.csv": (WRONG, "line 2, column value", "Did you mean 1234?"),
    "number/percent.csv": (WRONG, "line 2, column value", "Did you mean 12?"),
    "number/exponent.csv": (WRONG, "line 2, column value", "1e400"),
    "number/nan.csv": (WRONG, "line 2, column value", "NaN"),
    "number/infinity.csv": (WRONG, "line 2, column value", "inf"),
    "number/en-dash.csv": (WRONG, "line 2, column value", "Did you mean -5?"),
    "number/word.csv": (WRONG, "line 2, column value", "Leave the cell empty"),
    "number/dots.csv": (WRONG, "line 2, column value", "Leave the cell empty"),
    "number/less.csv": (WRONG, "line 2, column value", "<5"),
    "number/underscore.csv": (WRONG, "line 2, column value", "1_000"),
    "date/no-such-day.csv": (WRONG, "line 6, column evidence_date", "2023-02-30"),
    "date/ambiguous.csv": (WRONG, "line 6, column evidence_date", "2024-04-03 / 2024-03-04"),
    "date/serial.csv": (WRONG, "line 6, column evidence_date", "Did you mean 2024-01-30?"),
    "date/head.csv": (WRONG, "line 1, column filled_on", "31.3.2026"),
    "duplicate/equal.csv": (OK, "line 3", "says the same as line 2"),
    "duplicate/differing.csv": (WRONG, "line 2, column value", "“band1072-1” in line 3"),
    "text/markup.csv": (OK, "", ""),
    "text/formula.csv": (WRONG, "line 2, column area", "=1+1"),
    "text/long.csv": (WRONG, "line 2, column note", "20,000 characters"),
    "text/language-tag.ttl": (UNREADABLE, "line 1", "subtag"),
    "link/spaces.csv": (WRONG, "line 6, column evidence_link", "not a web address"),
    "link/script.csv": (WRONG, "line 6, column evidence_link", "javascript:"),
    "link/bracket.csv": (WRONG, "line 6, column evidence_link", "not a web address"),
    "link/relative.csv": (WRONG, "line 6, column evidence_link", "acts/5"),
    "link/without-scheme.csv": (WRONG, "line 6, column evidence_link", "Did you mean https://www.example.org?"),
    "iri/space.ttl": (UNREADABLE, "line 1", "Invalid IRI"),
    "iri/space.jsonld": (UNREADABLE, "space.jsonld", "not a valid IRI"),
    "turtle/prefix.ttl": (UNREADABLE, "line 2", "prefix b: has not been declared"),
    "turtle/smart-quotes.ttl": (UNREADABLE, "line 1", "“"),
    "turtle/deep.ttl": (UNREADABLE, "line 1", "nested more than 200 deep"),
    "turtle/foreign.ttl": (OK, "line 1", "http://elsewhere.example/thing"),
    "jsonld/remote.jsonld": (UNREADABLE, "remote.jsonld", "context"),
    "jsonld/doubled-key.jsonld": (UNREADABLE, "doubled-key.jsonld", "“http://a/c” stands twice"),
    "jsonld/nan.jsonld": (UNREADABLE, "nan.jsonld", "NaN"),
    "jsonld/cut.jsonld": (UNREADABLE, "line 3, column 1", "value"),
    "jsonld/deep.jsonld": (UNREADABLE, "line 1", "nested"),
    "files/web-page.csv": (UNREADABLE, "web-page.csv", "a web page"),
    "files/zip.csv": (UNREADABLE, "zip.csv", "a zip file"),
    "files/word.docx": (UNREADABLE, "word.docx", "Known endings"),
    "files/old.xlsx": (UNREADABLE, "old.xlsx", "password"),
    "files/macros.xlsm": (UNREADABLE, "macros.xlsm", "Save it as .xlsx"),
    "files/not-a-zip.xlsx": (UNREADABLE, "not-a-zip.xlsx", "not a whole .xlsx workbook"),
    "form/answer.csv": (WRONG, "line 6, column value", "Allowed: yes · no"),
    "form/other-domain.csv": (WRONG, "line 6, column value", "Did you mean yes, regardless"),
    "form/question.csv": (WRONG, "line 6, column element", "Did you mean sdg1072-d2-a?"),
    "form/missing-word.csv": (OK, "line 6, column value", "is read as: no answer"),
    "form/method.csv": (WRONG, "line 1, column method", "sdg-10-7-2"),
    "form/other-country.csv": (OK, "line 6, column area", "says KEN, this row says UGA"),
    "form/french.csv": (WRONG, "line 7, column value", "Réponses possibles : oui · non"),
    "form/spanish.csv": (WRONG, "line 7, column value", "Respuestas posibles: sí · no"),
}
# Rules that only the whole graph knows: a year to come, a share above 100, a negative count.
LATER = {"year/future.csv": "period", "range/percent.csv": "value", "range/negative.csv": "value"}
HEAD = ("area", "element", "period", "value", "status", "unit", "source", "note")
ROW = ("KEN", "sdg1072-d1", "2021", "band1072-3", "normal", None, "src-unsd-sdg-10-7-2-country", None)


def outcome(path: Path) -> tuple[int, list[Finding], str]:
    """Read a file as `validate` does: the exit code, the findings, and the sentence of a refusal."""
    try:
        one = candidate.read(path)
    except InputError as error:
        return error.exit_code, [], str(error)
    found = finished([], [one])
    return (WRONG if any(f.severity == "error" for f in found) else OK), found, ""


def expect(path: Path, code: int, place: str, words: str) -> list[Finding]:
    """Demand this exit code, and one finding or sentence with this place and these words."""
    got, found, sentence = outcome(path)
    assert got == code, (found, sentence)
    assert "Traceback" not in sentence
    if code == UNREADABLE:
        assert path.name in sentence and place in sentence and words in sentence, sentence
    elif not place:
        assert [f for f in found if f.severity != "info"] == [], found
    else:
        assert any(f.place == place and words in f"{f.message} {f.fix}" for f in found), found
    return found


@pytest.mark.parametrize("name", TEXT)
def test_a_bad_text_file_is_told_where_and_how(name: str) -> None:
    """Exit code, place, what was expected or meant; never a trace."""
    expect(BAD / name, *TEXT[name])


def test_every_bad_file_has_a_test() -> None:
    """No file of `tests/bad/` stands there for nothing."""
    there = {path.relative_to(BAD).as_posix() for path in BAD.rglob("*.*")}
    assert there == set(TEXT) | set(LATER)


def book(tmp_path: Path, *rows: tuple[Any, ...], change: Callable[[Any], None] | None = None) -> Path:
    """A workbook with a table of figures in its first sheet, changed as the test says."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "Figures"
    for row in (HEAD, *rows):
        sheet.append(row)
    if change:
        change(made)
    path = tmp_path / "figures.xlsx"
    made.save(path)
    return path


def _merge(made: Any) -> None:
    made.active.merge_cells("D2:D3")


def _hide(made: Any) -> None:
    made.active.row_dimensions[2].hidden = True


def _second(made: Any) -> None:
    other = made.create_sheet("More")
    other.append(HEAD)
    other.append(("UGA", *ROW[1:3], "band1072-9", *ROW[4:]))
    made.create_sheet("Remarks").append(("just words",))
    made["Remarks"].append(("and more",))


def _far(made: Any) -> None:
    made.active["XFD1048576"] = "x"


def _with(value: Any, column: int = 3) -> tuple[Any, ...]:
    return (*ROW[:column], value, *ROW[column + 1 :])


UGA = ("UGA", *ROW[1:])
WORKBOOKS: dict[str, tuple[tuple[tuple[Any, ...], ...], Callable[[Any], None] | None, int, str, str]] = {
    "good": ((ROW, UGA), None, OK, "", ""),
    "formula without a result": ((_with("=A1&B1"),), None, WRONG, "Figures!D2", "no stored result"),
    "error": ((ROW, _with("#N/A")), None, WRONG, "Figures!D3", "#N/A"),
    "date": ((_with(datetime.date(2021, 1, 3)),), None, WRONG, "Figures!D2", "2021-01-03"),
    "merged": ((ROW, UGA), _merge, WRONG, "Figures!D2", "D2:D3 are merged"),
    "hidden": ((ROW, UGA), _hide, OK, "Figures!D2", "hidden"),
    "several sheets": ((ROW,), _second, WRONG, "More!D2", "band1072-9"),
    "sheet without a table": ((ROW,), _second, WRONG, "Remarks!A1", "“Remarks” holds no table"),
    "year as a number": ((_with(2021.0, 2),), None, OK, "", ""),
    "year as a broken number": ((_with(2021.5, 2),), None, WRONG, "Figures!C2", "2021.5"),
    "country": ((_with("KNE", 0),), None, WRONG, "Figures!A2", "KEN (Kenya)"),
    "invisible": ((_with("band1072\u200b-3"),), None, WRONG, "Figures!D2", "Did you mean band1072-3?"),
    "twice": ((ROW, ROW), None, OK, "Figures!D3", "the same as Figures!D2"),
    "differing": ((ROW, _with("band1072-1")), None, WRONG, "Figures!D2", "in Figures!D3"),
    "unknown column": ((ROW,), lambda made: made.active.__setitem__("I1", "remark"), OK, "Figures!I1", "passed over"),
    "too far": ((ROW,), _far, UNREADABLE, "sheet “Figures”", "Delete the empty rows"),
}


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_bad_workbook_is_told_sheet_and_cell(name: str, tmp_path: Path) -> None:
    """`Sheet!B7`, for all the traps of a spreadsheet."""
    rows, change, code, place, words = WORKBOOKS[name]
    expect(book(tmp_path, *rows, change=change), code, place, words)


def repacked(path: Path, change: Callable[[str, bytes], bytes], more: dict[str, bytes] | None = None) -> Path:
    """The same workbook with its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, data in (more or {}).items():
            new.writestr(name, data)
    path.write_bytes(out.getvalue())
    return path


def test_cells_outside_the_declared_size_of_a_sheet_are_read(tmp_path: Path) -> None:
    """A wrong `<dimension>` drops nothing."""

    def smaller(name: str, data: bytes) -> bytes:
        return data.replace(b'<dimension ref="A1:H3"', b'<dimension ref="A1:B1"') if "sheet1" in name else data

    path = repacked(book(tmp_path, ROW, UGA), smaller)
    assert candidate.read(path).rows == 2


def test_a_formula_with_a_stored_result_is_read_and_named(tmp_path: Path) -> None:
    """The result counts; that it was one is said."""

    def formula(name: str, data: bytes) -> bytes:
        if "sheet1" not in name:
            return data
        start = data.index(b'<c r="D2"')
        end = data.index(b"</c>", start) + 4
        return data[:start] + b'<c r="D2" t="str"><f>A1</f><v>band1072-1</v></c>' + data[end:]

    path = repacked(book(tmp_path, ROW), formula)
    found = expect(path, OK, "Figures!D2", "result of a formula was read: band1072-1")
    assert [f.severity for f in found] == ["info"]
    assert any("band1072-1" in str(t.object) for t in candidate.read(path).triples)


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("bomb", lambda p: repacked(p, lambda _n, d: d, {"xl/media/x.bin": b"0" * 80_000_000}), "unpacks to"),
        ("swollen", lambda p: repacked(p, lambda _n, d: d, {"xl/media/x.bin": b"0" * 9_000_000}), "unpacks to"),
        ("many parts", lambda p: repacked(p, lambda _n, d: d, {f"xl/{i}": b"" for i in range(2_100)}), "unpacks to"),
        ("macros", lambda p: repacked(p, lambda _n, d: d, {"xl/vbaProject.bin": b"x"}), "macros"),
        ("cut", lambda p: p.write_bytes(p.read_bytes()[:-700]), "may have been cut"),
        ("no workbook", lambda p: repacked(p, lambda _n, d: d) and _only(p), "not an .xlsx workbook"),
        (
            "entities",
            lambda p: repacked(
                p,
                lambda n, d: (
                    d.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet', 1) if "sheet1" in n else d
                ),
            ),
            "cannot be read as a workbook",
        ),
    ],
)
def test_a_dangerous_workbook_is_refused_before_it_is_opened(
    name: str, make: Callable[[Path], Any], words: str, tmp_path: Path
) -> None:
    """By its size, its ratio, its macros, its DTD."""
    path = book(tmp_path, ROW)
    make(path)
    expect(path, UNREADABLE, "figures.xlsx", words)


def _only(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("hello.txt", "x")


def test_what_is_no_file_is_said_in_one_line(tmp_path: Path) -> None:
    """A folder, a pipe, a missing name, a file without permission."""
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    for path in (pipe, folder, tmp_path / "gone.xlsx"):
        code, _, sentence = outcome(path)
        assert code == UNREADABLE and str(path) in sentence and "\n" not in sentence


def test_another_encoding_and_delimiter_can_be_named(tmp_path: Path) -> None:
    """`--encoding` and `--delimiter` decide where the file leaves it open."""
    path = tmp_path / "old.csv"
    path.write_bytes("~".join(HEAD).encode() + b"\nKEN~sdg1072-d1~2021~band1072-3~normal~~s~C\xf4te\n")
    one = candidate.read(path, encoding="latin-1", delimiter="~")
    assert any("Côte" in str(t.object) for t in one.triples)
    with pytest.raises(InputError, match="no encoding"):
        candidate.read(path, encoding="klingon")


def test_a_file_is_told_all_that_is_wrong_at_once(tmp_path: Path) -> None:
    """Ragged rows, doubled columns, wrong codes, years, values: one report."""
    path = tmp_path / "many.csv"
    path.write_text(
        ",".join(HEAD) + ",value\nKNE,sdg1072-d1,21,band1072-9,normal,,s,\x07,x\nKEN,sdg1072-d1\n"
        "KEN,sdg1072-d1,2021,yes,normal,,s,,x\n",
        encoding="utf-8",
    )
    _, found, _ = outcome(path)
    assert {f.check for f in found if f.severity == "error"} == {
        "column-twice", "area-unknown", "year", "answer", "control-character", "wrong-number-of-cells",
    }  # fmt: skip
    assert {f.line for f in found} == {1, 2, 3, 4}


def test_columns_may_be_called_anything(tmp_path: Path) -> None:
    """A name that means something inside the program, or nothing at all, is passed over like any other."""
    path = tmp_path / "odd.csv"
    odd = ["cell", "known", "row", "class", "a b", "__init__", "<x>", "é"]
    row = ["KEN", "sdg1072-d1", "2021", "band1072-3", "normal", "", "s", "", *odd]
    path.write_text(",".join([*HEAD, *odd]) + "\n" + ",".join(row) + "\n", "utf-8")
    code, found, _ = outcome(path)
    assert code == OK and {f.value for f in found} == set(odd) and read_back(path) == 1


def read_back(path: Path) -> int:
    """How many rows of a table became observations."""
    return sum(str(t.object).endswith("def/Observation>") for t in candidate.read(path).triples)


def test_the_head_of_a_form_may_speak_for_all_rows(tmp_path: Path) -> None:
    """Country and year once, at the top; nothing in it is taken for a number, a date or a truth."""
    path = tmp_path / "short.csv"
    path.write_text("# method: sdg-10-7-2\n# country: KEN\n# period: 2026\n# filled_by: no\nelement,value\n"
                    "sdg1072-d2-a,no\n", encoding="utf-8")  # fmt: skip
    one = candidate.read(path)
    assert one.meta["filled_by"] == "no" and list(one.lines) == ["ob-sdg-10-7-2-KEN-2026-KEN-sdg1072-d2-a-2026"]
    path.write_text("# a: &a [x, x]\n# b: *a\nelement,value\n", encoding="utf-8")
    with pytest.raises(InputError, match="aliases"):
        candidate.read(path)


@pytest.mark.soak  # long; what it walks through is tested piece by piece elsewhere
def test_the_command_tells_all_of_them_without_a_trace(run, tmp_path: Path) -> None:
    """Findings of many files in one run, exit 1; and what only the whole graph knows."""
    names = [name for name, (code, *_) in TEXT.items() if code == WRONG][::9] + list(LATER)
    done = run("validate", *(str(BAD / name) for name in names), "--format", "csv", "--limit", "0")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    for name in names:
        assert str(BAD / name) in done.stdout, name
    for name, column in LATER.items():
        assert any(str(BAD / name) in line and f",{column}," in line for line in done.stdout.splitlines()), name


@pytest.mark.soak  # long; what it walks through is tested piece by piece elsewhere
def test_the_command_can_be_strict_and_short_and_takes_shapes_of_ones_own(run, tmp_path: Path) -> None:
    """Warnings count as errors, what is not shown is counted, shapes from outside find their cells."""
    shapes = tmp_path / "own.ttl"
    shapes.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix mg: <https://w3id.org/migkg/def/> .\n"
        "<http://e.org/S> a sh:NodeShape ; sh:targetClass mg:Observation ; sh:property <http://e.org/Nature> .\n"
        "<http://e.org/Nature> sh:path mg:valueNature ; sh:minCount 1 ; sh:severity sh:Info ;\n"
        '  sh:message "Say the nature." .\n',
        encoding="utf-8",
    )
    done = run("validate", str(BAD / "duplicate/equal.csv"), "--strict", "--limit", "1", "--shapes", str(shapes))
    assert done.returncode == 1 and "The first 1 of 2 findings are shown" in done.stderr
    assert "Say the nature." in done.stdout and "says the same" not in done.stdout
    assert run("validate", str(BAD / "duplicate/equal.csv"), "--format", "pdf").returncode == 2


@pytest.mark.parametrize("name", ["encoding/utf-16.csv", "quoting/unclosed.csv", "files/old.xlsx", "turtle/deep.ttl"])
def test_the_command_refuses_what_it_cannot_read(run, name: str) -> None:
    """One sentence on standard error, nothing on standard output, exit 2."""
    done = run("validate", str(BAD / name))
    assert done.returncode == 2 and done.stdout == "" and name in done.stderr
    assert "Traceback" not in done.stderr and "should not have happened" not in done.stderr
