"""The command line as a user meets it: answers, exit codes, messages, and never a traceback."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET

import pyoxigraph as ox
import pytest

WORLD_2019 = ["54.1", "55.0", "67.6", "79.3", "58.6", "62.2", "77.5"]
COMMANDS = [
    "trace",
    "score",
    "map",
    "ask",
    "find",
    "query",
    "validate",
    "export",
    "diff",
    "serve",
    "build",
    "info",
    "reason",
    "doctor",
]


def clean(done):
    """Assert that nothing of Python reaches a user, and return the result."""
    assert "Traceback" not in done.stderr + done.stdout
    assert 'File "' not in done.stderr
    return done


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(run, command):
    """Help says what it does and shows how."""
    done = clean(run(command, "--help"))
    assert done.returncode == 0
    assert command == "doctor" or "migkg" in done.stdout.split("Usage", 1)[1].split("\n", 2)[2], done.stdout


def test_help_is_quick_and_imports_no_engine():
    """The front door opens before the machines start."""
    code = """
import sys
from migkg.cli import main
sys.argv = ["migkg", "--help"]
try:
    main()
except SystemExit:
    pass
heavy = ("rdflib", "pyshacl", "fastapi", "owlready2", "SPARQLWrapper")
print(*[name for name in heavy if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.strip() == ""


def test_trace_as_a_tree(run):
    """The tree names the four texts, their force and their sources."""
    done = clean(run("trace", "10.7.2"))
    assert done.returncode == 0
    for words in (
        "IOM Council Resolution No. 1310",
        "un-res-a-70-1",
        "un-res-a-71-313",
        "iom-constitution",
        "binding on parties",
        "date unknown",
    ):
        assert words in done.stdout
    assert "\x1b[" not in done.stdout


def test_trace_as_json_has_the_published_keys(run):
    """What programs rely on."""
    said = json.loads(clean(run("trace", "10.7.2", "--format", "json")).stdout)
    assert said["start"]["id"] == "sdg-indicator-10-7-2"
    hop = said["paths"][0]["hops"][0]
    assert {"from", "relation", "to", "force", "date", "basis", "sources"} <= set(hop)
    assert any(h["to"] == "iom-council-res-1310" for p in said["paths"] for h in p["hops"])


@pytest.mark.parametrize(
    ("form", "mark"), [("csv", "path,hop,from"), ("md", "# Legal basis of"), ("svg", "<svg"), ("ttl", "@prefix")]
)
def test_trace_in_other_forms(run, form, mark):
    """Each form starts the way it should."""
    done = clean(run("trace", "1.2", "--format", form))
    assert done.returncode == 0 and done.stdout.startswith(mark)
    if form == "svg":
        ET.fromstring(done.stdout)
    if form == "ttl":
        assert list(ox.parse(done.stdout.encode(), format=ox.RdfFormat.TURTLE))


def test_trace_binding_answers_in_two_parts(run):
    """None binds throughout; what reaches binding law names the weaker texts."""
    done = clean(run("trace", "10.7.2", "--binding"))
    assert "No path binds throughout." in done.stdout
    said = json.loads(clean(run("trace", "10.7.2", "--binding", "--format", "json")).stdout)
    assert said["binding_throughout"] == 0 and said["reaching_binding_law"] == len(said["paths"]) > 0
    assert all(path["weaker_texts"] for path in said["paths"])
    assert "Resolution No. 1310 (recommendation)" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["trace", "10.7.22"], 2, "sdg-indicator-10-7-2"),
        (["trace", "1.3"], 2, "mgi2016-1-3"),
        (["trace", "5.2"], 2, "sdg-target-5-2"),
        (["trace", "3.c"], 2, "sdg1072-d3-c"),
        (["trace", "10.7.2", "--as-of", "yesterday"], 2, "2016-12-31"),
        (["trace", "10.7.2", "--format", "pdf"], 2, "svg"),
        (["trace"], 2, "Say one of these"),
        (["trace", "x> } DROP ALL #"], 2, "Nothing in the graph"),
        (["score", "nope"], 2, "sdg-10-7-2-regional"),
        (["score", "sdg-10-7-2-regional", "--period", "20"], 2, "four digits"),
        (["score", "sdg-10-7-2-regional", "--period", "1999"], 2, "2019"),
        (["score", "sdg-10-7-2-regional", "--area", "XYZ"], 2, "Nothing in the graph"),
        (["map", "migof", "migof"], 2, "two different"),
        (["map", "gcm", "KEN"], 2, "neither parts nor mappings"),
        (["map", "migof", "nothing-like-it"], 2, "Nothing in the graph"),
        (["ask", "no-such-question"], 2, "no-such-question"),
        (["query", "SELECT ?x WHERE { ?x mg:basedOn ?y }"], 2, "line 1, column 22"),
        (["query", "INSERT DATA { <a:a> <a:a> <a:a> }"], 2, "update"),
        (["query", "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }"], 2, "SERVICE"),
        (["query", "/no/such/file.rq"], 2, "no file"),
        (["query", "ASK {}", "--format", "docx"], 2, "json"),
        (["query", "ASK {}", "--format", "ttl"], 2, "rows"),
        (
            ["query", "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", "--timeout", "1"],
            3,
            "stopped after 1",
        ),
        (["export", "--format", "docx"], 2, "ttl"),
        (["export", "--graph", "data/frameworks/migoff"], 2, "data/frameworks/migof"),
        (["validate", "/no/such/file.ttl"], 2, "no file"),
        (["info", "--store", "/no/such/place"], 2, "neither"),
        (["nonsense"], 2, "No such command"),
    ],
)
def test_wrong_use_says_what_is_wrong_and_what_to_do(run, words, code, said):
    """One sentence, the right exit code, nothing on standard output."""
    done = clean(run(*words))
    assert done.returncode == code, done.stderr
    assert said in done.stderr, done.stderr
    assert done.stdout == ""


def test_the_world_figures_of_2019(run):
    """The UN's figures, by SPARQL, from the countries' results."""
    done = clean(run("score", "sdg-10-7-2-regional", "--period", "2019", "--area", "m49-001", "--format", "csv"))
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert list(rows[0]) == ["area", "area_label", "element", "element_label", "period", "value", "countries"]
    assert [f"{float(r['value']):.1f}" for r in rows] == WORLD_2019
    assert {r["countries"] for r in rows} == {"111"}


def test_score_compare_lists_every_published_figure(run):
    """532 cells: 273 of 273 for 2019, 252 of 259 for 2021, the other seven with the reason."""
    rows = json.loads(clean(run("score", "sdg-10-7-2-regional", "--compare", "--format", "json")).stdout)
    counts = {}
    for row in rows:
        counts[row["period"], row["verdict"]] = counts.get((row["period"], row["verdict"]), 0) + 1
        assert row["verdict"] == "match" or row["reason"]
    assert len(rows) == 532
    assert counts == {
        ("2019", "match"): 273,
        ("2021", "match"): 252,
        ("2021", "mismatch"): 7,
    }
    assert {r["area"] for r in rows if r["verdict"] == "mismatch"} == {"m49-722"}


def test_map_gives_mappings_and_gaps(run):
    """Relation, basis, confidence; and the parts without a counterpart."""
    said = json.loads(clean(run("map", "migof", "mgi-2016", "--format", "json")).stdout)
    assert {m["predicate"] for m in said["mappings"]} >= {"closeMatch", "relatedMatch"}
    assert all(m["basis"] and m["justification"] and m["sources"] for m in said["mappings"])
    assert all(m["confidence"] for m in said["mappings"] if m["basis"] == "judgement")
    gaps = json.loads(clean(run("map", "--gaps", "mgi-2016", "migof", "--format", "json")).stdout)
    assert "mappings" not in gaps
    assert "mgi2016-4-5" in {g["part"] for g in gaps["gaps"]}


def test_the_table_of_a_map_says_who_says_so(run):
    """In the terminal too each mapping stands with its basis and sources, and a stated gap apart from silence."""
    said = run("map", "gcm", "mgi").stdout
    assert "sourced" in said and "src-mn-pledge-mgi" in said and "composed" not in said
    said = run("map", "iaeg-2016-domains", "bali-process").stdout
    assert "Gaps that somebody states: 2" in said and "have no slide" in said
    assert "Parts simply without a mapping: 0" in said


def test_map_shows_what_follows_only_when_asked(run):
    """Composed mappings are marked, name their path, and come in each form."""
    plain = clean(run("map", "gcm", "mgi", "--format", "csv")).stdout
    asked = clean(run("map", "gcm", "mgi", "--composed", "--format", "csv")).stdout
    assert "MappingChaining" not in plain and plain.splitlines()[1] in asked
    assert asked.splitlines()[0] == plain.splitlines()[0] + ",through,path" and "map-110 map-003" in asked
    said = json.loads(clean(run("map", "gcm", "mgi", "--composed", "--format", "json")).stdout)
    assert all(len(one["path"]) == 2 and one["basis"] == "composed" for one in said["composed"])
    assert "mgd:map-110|mgd:map-003" in clean(run("map", "gcm", "mgi", "--composed", "--format", "sssom")).stdout
    assert "looked at by nobody: 5" in run("map", "gcm", "mgi", "--composed").stdout
    done = run("map", "gcm", "mgi", "--gaps", "--format", "sssom")
    assert done.returncode == 2 and "not a format" in done.stderr


def test_map_joins_the_domains_of_the_indicator(run):
    """The name of the scoring method stands for what it scores, and a domain of it counts as its part."""
    said = json.loads(clean(run("map", "migof", "sdg-10-7-2", "--format", "json")).stdout)
    assert said["right"]["id"] == "sdg-indicator-10-7-2"
    assert {"sdg1072-d1", "sdg1072-d6"} <= {m["object"] for m in said["mappings"]}


def test_query_reads_a_file_standard_input_and_text(run, tmp_path):
    """Three ways in, one answer."""
    text = "SELECT (COUNT(*) AS ?n) WHERE { ?s a <https://w3id.org/migkg/def/Principle> }"
    (tmp_path / "q.rq").write_text(text, encoding="utf-8")
    answers = {
        clean(run("query", text, "--format", "csv")).stdout,
        clean(run("query", str(tmp_path / "q.rq"), "--format", "csv")).stdout,
        clean(run("query", "-", "--format", "csv", stdin=text)).stdout,
    }
    assert len(answers) == 1 and answers.pop().startswith("n")


@pytest.mark.parametrize(
    ("form", "kind"),
    [("json", ox.QueryResultsFormat.JSON), ("xml", ox.QueryResultsFormat.XML), ("tsv", ox.QueryResultsFormat.TSV)],
)
def test_query_gives_the_w3c_formats_verbatim(run, form, kind):
    """Full IRIs, parsed back by another reader."""
    done = clean(run("query", "SELECT ?s WHERE { ?s a <https://w3id.org/migkg/def/Framework> }", "--format", form))
    found = ox.parse_query_results(done.stdout.encode(), format=kind)
    assert any(row["s"].value == "https://w3id.org/migkg/id/migof" for row in found)


def test_ask_lists_and_answers(run):
    """At least fifteen questions, each with who asks."""
    listed = json.loads(clean(run("ask", "--list", "--format", "json")).stdout)
    assert len(listed) >= 15 and all(q["who asks"] for q in listed)
    done = clean(run("ask", listed[0]["question"], "--format", "csv"))
    assert done.returncode == 0 and done.stdout.count("\n") > 1


def test_find_finds_by_words_and_codes(run):
    """Words of a label, a code, a slip."""
    assert (
        "trafficking-protocol"
        in clean(run("find", "Trafficking", "in", "Persons", "Protocol", "--format", "csv")).stdout
    )
    assert "un-res-a-73-195" in clean(run("find", "A/RES/73/195", "--format", "csv")).stdout


def test_export_writes_whole_files_and_never_overwrites(run, tmp_path):
    """All or nothing; --force is asked for."""
    out = tmp_path / "migof.ttl"
    words = ["export", "--graph", "data/frameworks/migof", "-o", str(out)]
    assert clean(run(*words)).returncode == 0
    before = out.read_bytes()
    again = clean(run(*words))
    assert again.returncode == 2 and "--force" in again.stderr and out.read_bytes() == before
    assert clean(run(*words, "--force")).returncode == 0
    assert [p.name for p in tmp_path.iterdir()] == ["migof.ttl"]


def test_a_closed_pipe_is_silent(release):
    """`migkg export | head` ends quietly."""
    pipe = subprocess.Popen(
        f"{sys.executable} -m migkg.cli export --format nt | head -n 1", shell=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=dict(os.environ),
    )  # fmt: skip
    out, err = pipe.communicate(timeout=60)
    assert out.count("\n") == 1 and err == ""


def test_info_counts(run, release):
    """What the release holds."""
    said = json.loads(clean(run("info", "--format", "json")).stdout)
    assert said["hash"] == release.manifest["hash"] and said["statements"] == release.manifest["triples"]
    assert {"framework", "instrument", "indicator", "source"} <= {t["kind"] for t in said["things"]}
    assert said["sources_count"] > 100


def test_doctor_names_what_is_there(run):
    """A machine can be checked without knowing it."""
    done = clean(run("doctor"))
    assert done.returncode == 0 and "Python" in done.stdout and "Java" in done.stdout
