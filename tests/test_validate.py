"""What validation promises a person with a file: what is wrong, where, and what to do; nothing stored."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyoxigraph as ox
import pytest

from migkg import around, assets, candidate, load
from migkg.build import make
from migkg.errors import InputError
from migkg.queries import prologue
from migkg.report import turtle
from migkg.shacl import over_all, shapes, shapes_graph
from migkg.validate import check, validate
from tests import bases

ROOT = Path(__file__).parent.parent
HEAD = "area,element,period,value,status,unit,source,note\n"
GOOD = "KEN,sdg1072-d1,2021,band1072-3,normal,,src-unsd-sdg-10-7-2-country,\n"


def file(tmp_path, text, name="results.csv"):
    """A file with this text."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_conforms(store, tmp_path):
    """Nothing is found where nothing is wrong."""
    report = validate([file(tmp_path, HEAD + GOOD)], store)
    assert report.conforms and report.findings == [] and report.rows == 1


@pytest.mark.parametrize(
    ("row", "said", "column"),
    [
        ("KEN,sdg1072-d1,2021,band1072-9,normal,,src-unsd-sdg-10-7-2-country,", "band1072-9", "value"),
        ("KEN,sdg1072-d1,2021,answer1072-yes,normal,,src-unsd-sdg-10-7-2-country,", "code list", "value"),
        ("XYZ,sdg1072-d1,2021,band1072-3,normal,,src-unsd-sdg-10-7-2-country,", "XYZ", "area"),
        ("KEN,sdg1072-d1,21,band1072-3,normal,,src-unsd-sdg-10-7-2-country,", "year", "period"),
        ("KEN,sdg1072-d1,2021,,normal,,src-unsd-sdg-10-7-2-country,", "mg:value", None),
        ("KEN,sdg1072-d1,2021,band1072-3,missing,,src-unsd-sdg-10-7-2-country,", "missing", None),
        ("KEN,sdg1072-d1,2021,band1072-3,normal,,,", "source", "source"),
        ("KEN,sdg1072-d1,2021,band1072-3,normal,,src-nobody,", "source", "source"),
        ("KEN,sdg1072-d9,2021,band1072-3,normal,,src-unsd-sdg-10-7-2-country,", "sdg1072-d9", None),
        ("m49-001,sdg1072-d1,2021,54.1,normal,,src-unsd-sdg-10-7-2-country,", "unit", "value"),
    ],
)
def test_each_kind_of_wrong_row_is_found_in_its_line(store, tmp_path, row, said, column):
    """The line of the file, not the name of a node."""
    report = validate([file(tmp_path, HEAD + GOOD.replace("2021", "2019") + row + "\n")], store)
    assert not report.conforms
    found = [f for f in report.findings if f.severity == "error"]
    assert {f.line for f in found} <= {3, None} and any(f.line == 3 for f in found), found
    assert any(said in f.message + f.value + f.focus + f.fix for f in found), found
    assert column is None or any(f.column == column for f in found), found


def test_a_slip_in_a_code_gets_a_suggestion(store, tmp_path):
    """What was probably meant."""
    report = validate(
        [file(tmp_path, HEAD + "KNE,sdg1072-d1,2021,band1072-3,normal,,src-unsd-sdg-10-7-2-country,\n")], store
    )
    assert any("KEN" in f.fix for f in report.findings), report.findings


def test_a_row_said_twice_and_a_table_without_rows_are_warnings(store, tmp_path):
    """Worth a look, and no error."""
    report = validate([file(tmp_path, HEAD + GOOD + GOOD)], store)
    assert report.conforms and [(f.severity, f.line) for f in report.findings] == [("warning", 3)]
    report = validate([file(tmp_path, HEAD)], store)
    assert report.conforms and [f.check for f in report.findings] == ["no-rows"]


def test_two_rows_that_disagree_name_both_lines(store, tmp_path):
    """The same country, year and part with two values."""
    other = GOOD.replace("band1072-3", "band1072-2")
    report = validate([file(tmp_path, HEAD + GOOD + other)], store)
    assert any(f.line == 2 and "3" in f.message for f in report.findings if f.severity == "error"), report.findings


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("a;b;c\n1;2;3\n", "fit no table"),
        (HEAD + '"KEN,sdg1072-d1,2021,x,normal,,s,\n', "quote"),
        ("country,year\nKEN,2021\n", "fit no table"),
        ("area,area,period\nKEN,KEN,2021\n", "fit no table"),
    ],
)
def test_a_file_that_is_no_table_is_refused(store, tmp_path, text, said):
    """Exit 2: it cannot be read as what it claims to be."""
    with pytest.raises(InputError, match=said):
        validate([file(tmp_path, text)], store)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x.ttl", "@prefix a: <http://a/> .\na:b a:c ;;; .\nbroken", "line 2"),
        ("x.jsonld", '{"@context": "http://127.0.0.1:9/c.jsonld", "@id": "http://a/b"}', "x.jsonld"),
        ("x.nq", "<http://a> <http://b>", "line 1"),
        ("x.ttl", "[" * 3000, "nested"),
        ("x.docx", "PK", "not read"),
    ],
)
def test_rdf_that_cannot_be_parsed_says_where(store, tmp_path, name, text, said):
    """File and line; a remote context is never fetched."""
    with pytest.raises(InputError, match=said):
        validate([file(tmp_path, text, name)], store)


def test_turtle_is_checked_by_shapes(store, tmp_path):
    """A hop without a source cannot be cited."""
    text = (
        prologue().replace("PREFIX", "@prefix").replace(">\n", "> .\n")
        + """
    mgd:lb-x a mg:LegalBasisStatement ; mg:from mgd:migof ; mg:relation mg:basedOn ; mg:to mgd:un-charter ;
      mg:basis mgc:basis-sourced ."""
    )
    report = validate([file(tmp_path, text, "x.ttl")], store)
    assert {f.check for f in report.findings if f.severity == "error"} >= {"LegalBasisStatement-source"}


@pytest.mark.parametrize("name", ["x.ttl", "x.jsonld", "x.nq", "x.trig", "x.nt"])
def test_foreign_data_conforms(store, tmp_path, name):
    """Data that uses none of our classes breaks none of our rules."""
    quad = ox.Quad(ox.NamedNode("http://a/b"), ox.NamedNode("http://a/c"), ox.Literal("d"))
    form = load.RDF_FORMATS["." + name.split(".")[1]]
    path = tmp_path / name
    path.write_bytes(ox.serialize([quad] if form.supports_datasets else [quad.triple], format=form))
    assert validate([path], store).conforms


@pytest.mark.parametrize(
    "path", ["data/frameworks/migof.ttl", "data/mappings/gcm--sdg.sssom.tsv", "data/observations/sdg-10-7-2.csv"]
)
def test_the_projects_own_files_conform(store, path):
    """What we publish keeps our own rules (a few files here; the whole graph in the next test)."""
    report = validate([ROOT / path], store)
    assert report.conforms, report.findings[:3]


@pytest.mark.soak  # long; what it walks through is tested piece by piece elsewhere
def test_the_whole_graph_breaks_no_rule(store):
    """No check and no shape of severity error finds anything in the release."""
    assert [f for f in check(store) if f.severity == "error"] == []
    assert list(over_all(store)) == []


def test_a_build_applies_the_shapes(tmp_path):
    """What no check speaks of is found all the same: a place in a source that is said twice."""
    top = bases.folder_of(bases.SMALL)
    text = prologue().replace("PREFIX", "@prefix").replace(">\n", "> .\n")
    text += (
        """mgd:src-extra a mg:Source ; dcterms:title "A" ; skos:prefLabel "A"@en ; mg:locator "page 1" , "page 2" ."""
    )
    (top / "data" / "sources" / "extra.ttl").write_text(text, encoding="utf-8")
    assert "Source-locator" in {f.check for f in make(top).findings if f.severity == "error"}


ROWS = [
    "KEN,sdg1072-d1,2021,band1072-3,normal,,src-unsd-sdg-10-7-2-country,",
    "XYZ,sdg1072-d1,2021,band1072-9,normal,,src-unsd-sdg-10-7-2-country,",
    "KEN,sdg1072-d9,2021,answer1072-yes,normal,,src-nobody,",
    "KNE,sdg1072-d2,21,band1072-3,guessed,bananas,KEN,",
    "m49-001,sdg1072-d1,2099,-3.5,normal,unit-percent,,",
    "UGA,sdg1072-d1,2021,140,normal,percent,src-unsd-sdg-10-7-2-country,",
    "UGA,sdg1072-d2,2021,,normal,,src-unsd-sdg-10-7-2-country,",
    "UGA,sdg1072-d3,2021,band1072-1,missing,,src-unsd-sdg-10-7-2-country,",
    "UGA,sdg1072-d4,2021,band1072-1,normal,,src-unsd-sdg-10-7-2-country,",
    "UGA,sdg1072-d4,2021,band1072-2,normal,,src-unsd-sdg-10-7-2-country,",
    "UGA,unhcr-refugees-residing,2021,2.5,normal,persons,src-unsd-sdg-10-7-2-country,",
]


def test_a_table_of_figures_is_checked_in_what_it_names_as_it_is_in_the_whole(store, tmp_path, monkeypatch):
    """The short way finds what the long way finds."""
    path = file(tmp_path, HEAD + "\n".join(ROWS) + "\n")
    short = validate([path], store).findings
    monkeypatch.setattr(around, "_is_leaf", lambda *_: False)
    assert short == validate([path], store).findings
    assert len({f.check for f in short}) > 10


@pytest.mark.parametrize(
    ("extra", "short"),
    [
        ("", True),
        ("mgd:ob-x skos:note 'More.'@en .", True),
        ("mgd:KEN skos:note 'Something on a country.'@en .", False),
        ("mgd:KEN a mg:Observation .", False),
        ("mgd:lb-x a mg:LegalBasisStatement .", False),
    ],
)
def test_only_a_file_of_nothing_but_figures_goes_the_short_way(store, tmp_path, extra, short):
    """Whatever else may rest on is looked at in the whole."""
    text = prologue().replace("PREFIX", "@prefix").replace(">\n", "> .\n")
    text += f"mgd:ob-x a mg:Observation ; mg:area mgd:KEN . {extra}"
    one = candidate.read(file(tmp_path, text, "x.ttl"))
    made = around.around(store, [one])
    assert (len(made.graphs()) < len(store.graphs()) / 2) == short


def test_shapes_of_ones_own_that_our_engine_does_not_know_are_left_to_the_reference(store, tmp_path):
    """A SPARQL constraint among them is not passed over."""
    rules = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix mg: <https://w3id.org/migkg/def/> .
    @prefix : <http://a/> .
    :Own a sh:NodeShape ; sh:targetClass mg:Observation ; sh:message "Not Kenya."@en ;
      sh:sparql [ sh:select "SELECT $this WHERE { $this ?p <https://w3id.org/migkg/id/KEN> }" ] .
    :Plain a sh:NodeShape ; sh:targetClass mg:Observation ; sh:property [ sh:path mg:unit ; sh:minCount 1 ;
      sh:message "A unit."@en , "Une unité."@fr ] ."""
    triples = [q.triple for q in ox.parse(rules.encode(), format=ox.RdfFormat.TURTLE)]
    one = candidate.read(file(tmp_path, HEAD + GOOD))
    plain = shapes(one, around.around(store, [one]), rules=triples)
    assert {f.message for f in plain} == {"Not Kenya.", "A unit."} and {f.line for f in plain} == {2}
    found = shapes(one, around.around(store, [one]), rules=triples, language="fr")
    assert {f.message for f in found} == {"Not Kenya.", "Une unité."} and len(found) == 2
    with pytest.raises(InputError, match="shapes"):
        broken = [t for t in triples if "select" not in t.predicate.value]
        shapes(one, around.around(store, [one]), rules=broken)


def test_every_sparql_shape_has_a_check_of_its_name():
    """SPARQL constraints run as checks; none may be lost on the way."""
    names = {p.stem for p in (ROOT / "queries/check").glob("*.rq")}
    for path in assets.files("shapes", ".ttl"):
        for t in load.read_rdf(path):
            if t.predicate.value.endswith("shacl#sparql"):
                assert t.subject.value.rsplit("/", 1)[-1].lower() in names
    assert not any(t.predicate.value.endswith("#sparql") for t in shapes_graph())


def test_the_report_is_a_standard_validation_report(store, tmp_path):
    """SHACL tools read it."""
    report = validate([file(tmp_path, HEAD + GOOD.replace("KEN", "XYZ"))], store)
    triples = {t.triple for t in ox.parse(turtle(report), format=ox.RdfFormat.TURTLE)}
    sh = "http://www.w3.org/ns/shacl#"
    assert any(t.object.value == sh + "ValidationReport" for t in triples if isinstance(t.object, ox.NamedNode))
    assert sum(t.predicate.value == sh + "result" for t in triples) == len(report.findings) > 0


def test_the_command_has_the_promised_exit_codes_and_formats(run, tmp_path):
    """0 conforms, 1 a rule is broken, 2 unreadable; JSON and CSV for machines."""
    good, bad = file(tmp_path, HEAD + GOOD, "good.csv"), file(tmp_path, HEAD + GOOD.replace("KEN", "XYZ"), "bad.csv")
    assert run("validate", str(good)).returncode == 0
    done = run("validate", str(bad), "--format", "json")
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert said["conforms"] is False and said["findings"][0]["file"] == str(bad) and said["findings"][0]["line"] == 2
    rows = list(csv.DictReader(io.StringIO(run("validate", str(bad), "--format", "csv").stdout)))
    assert rows[0]["line"] == "2" and rows[0]["message"]
    assert run("validate", str(file(tmp_path, "", "none.csv"))).returncode == 2
    table = run("validate", str(bad))
    assert table.returncode == 1 and "XYZ" in table.stdout and "1 row," in table.stderr
