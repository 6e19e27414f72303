"""Mistakes in queries: the place where a person would look, and the mend."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings, strategies

from migkg.errors import QueryError
from migkg.stores.mistakes import explain, reader
from migkg.stores.oxigraph import OxigraphStore
from tests.bases import ROOT

MG = "PREFIX mg: <https://w3id.org/migkg/def/>"
QUERIES = sorted((ROOT / "queries").rglob("*.rq"))

# A query with its mistake between ⟦ and ⟧ (the caret stands under its first sign), and what the mend says.
CASES = [
    # a word misspelt
    ("⟦SELEKT⟧ * WHERE { ?s ?p ?o }", "Did you mean SELECT?"),
    ("⟦PREFX⟧ a: <http://a/> ASK {}", "Did you mean PREFIX?"),
    ("SELECT * ⟦WERE⟧ { ?s ?p ?o }", "Did you mean WHERE?"),
    ("SELECT * ⟦FORM⟧ <http://a/> { ?s ?p ?o }", "Did you mean FROM?"),
    ("SELECT ⟦DISTINT⟧ ?s { ?s ?p ?o }", "Did you mean DISTINCT?"),
    ("SELECT * {\n  ?s ?p ?o .\n  ⟦FILTR⟧(?o > 1)\n}", "Did you mean FILTER?"),
    ("SELECT * { ⟦optinal⟧ { ?s ?p ?o } }", "Did you mean OPTIONAL?"),
    ("SELECT * { { ?s ?p ?o } ⟦UNOIN⟧ { ?s ?p ?o } }", "Did you mean UNION?"),
    ("SELECT * { ?s ?p ?o } ⟦ODER⟧ BY ?s", "Did you mean ORDER?"),
    ("SELECT * { ?s ?p ?o } ⟦GROUPBY⟧ ?s", "Did you mean GROUP BY?"),
    ("SELECT * { ?s ?p ?o } ⟦LIMT⟧ 5", "Did you mean LIMIT?"),
    ("SELECT * { ?s ?p ?o FILTER(⟦STRLNE⟧(?o) > 1) }", "Did you mean STRLEN?"),
    ("SELECT * { ?s ?p ?o FILTER NOT ⟦EXIST⟧ { ?s ?p 1 } }", "Did you mean EXISTS?"),
    ("SELECT * { ?s ?p ?o FILTER(?o = 1 ⟦AND⟧ ?s = 2) }", "Write &&."),
    ("SELECT * { ?s ⟦label⟧ ?o }", "?label"),
    # a bracket
    ("SELECT * WHERE { ?s ?p ?o⟦⟧", "Add “}”: the “{” in line 1, column 16"),
    ("ASK {\n  ?s ?p ?o .\n  OPTIONAL {\n    ?s ?q ?r\n}⟦⟧\n# the end\n", "Add “}”: the “{” in line 1, column 5"),
    ("SELECT * { ?s ?p ?o } ⟦}⟧", "Take it away"),
    ("SELECT * { FILTER(?x = 1 ⟦}⟧", "First close the “(” of line 1, column 18"),
    ("SELECT * { ?s ?p [ ?q ?r ⟦}⟧", "First close the “[”"),
    ("SELECT * { ?s ?p ?o FILTER ⟦?o⟧ > 1 }", "FILTER needs brackets"),
    ("SELECT * { ?s ?p ?o } ⟦FILTER⟧(?o = 1)", "between the braces"),
    ("SELECT (AVG(?s) AS ?n) (?n + 1 AS ⟦?n⟧) { ?s ?p ?o }", "Take another name."),
    ("⟦SELECT⟧ (1 AS ?o) { ?s ?p ?o }", "a name of its own"),
    ("SELECT (COUNT(?s) ⟦?n⟧) { ?s ?p ?o }", "(… AS ?name)"),
    # a prefix
    ("SELECT * { ?s ⟦mg:⟧name ?o }", f"Add: {MG}"),
    ("SELECT * { ?s ⟦skos:⟧prefLabel ?o }", "Add: PREFIX skos: <http://www.w3.org/2004/02/skos/core#>"),
    ("PREFIX skos: <a:> SELECT * { ?s ⟦skoss:⟧a ?o }", "Did you mean skos:?"),
    ("SELECT * { ?s ⟦zz:⟧a ?o }", "Declare it: PREFIX zz: <…>"),
    ("# mg:not 'mg:not'\nSELECT * { ?s ?p 'mg:not', <mg:not> ; ⟦mg:⟧yes 1 }", "Add: PREFIX mg:"),
    # an IRI, a text
    ("SELECT * { ?s a ⟦http://x.org/y⟧ }", "between < and >"),
    ("SELECT * { ?s a ⟦<http://a b>⟧ }", "Write <http://a%20b>."),
    ("SELECT * { ?s ?p ⟦'⟧abc }", "End it with '"),
    ("SELECT * { ?s ?p ⟦“⟧abc” }", "Use ' or \""),
    # a statement
    ("SELECT * { ?s ?p ⟦}⟧", "An object is missing"),
    ("SELECT * { ?s ⟦}⟧", "A predicate is missing"),
    ("SELECT * { 'éé日本' ?p ⟦;⟧ ?o }", "An object is missing"),
    ("SELECT * { ?s ?p ?o ⟦?q⟧ }", "End the one before with “.”"),
    ("SELECT ?s⟦,⟧ ?p { ?s ?p ?o }", "without commas"),
    ("SELECT * { ?s ?p ?o FILTER(?o =⟦=⟧ 1) }", "Write =."),
    ("SELECT * { ?s ?p ?o } ORDER ⟦?s⟧", "Expected BY."),
    ("select * { ?s ?p ?o } limit 10 offset⟦⟧", "Expected a number."),
    ("⟦{⟧ ?s ?p ?o }", "SELECT"),
    # right in grammar, wrong in meaning
    ("⟦SELECT⟧ ?s (COUNT(?s) AS ?n) { ?s ?p ?o }", "GROUP BY"),
    ("⟦SELECT⟧ * { ?s ?p ?o } GROUP BY ?s", "instead of *"),
    ("SELECT * { ?s ?p ?o BIND(1 AS ⟦?s⟧) }", "Take another name."),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "mend"), CASES)
def test_the_place_and_the_mend(marked: str, mend: str) -> None:
    """The engine refuses it; the caret stands under the word that a person would change."""
    start = marked.index("⟦")
    text = marked.replace("⟦", "").replace("⟧", "")
    line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
    with pytest.raises(QueryError) as caught:
        OxigraphStore().query(text)
    error = caught.value
    assert (error.line, error.column) == (line, column), str(error)
    assert mend in error.hint and mend in str(error)
    shown, caret = error.excerpt.split("\n")
    assert shown == text.split("\n")[line - 1]
    assert caret.strip() == "^"
    assert str(error).startswith(f"The query has a mistake, line {line}, column {column}: ")


@pytest.mark.parametrize("text", ["\tSELECT *\t{\t?s ?p }", "SELECT * { '日本' ?p }", "SELECT * { 'e\u0301' ?p }"])
def test_the_caret_stands_under_wide_and_narrow_signs(text: str) -> None:
    """A tab is one space in the excerpt, a wide sign takes two places, an accent of its own none."""
    shown, caret = explain("", text).excerpt.split("\n")
    assert "\t" not in shown
    wide = sum("\u3000" < sign < "\uffef" for sign in shown) - shown.count("\u0301")
    assert len(caret) - 1 == shown.index("}") + wide


def test_a_long_line_is_shown_around_the_place() -> None:
    """It fits on a screen, and the caret is right in it."""
    text = "SELECT * { " + "?s ?p ?o . " * 200 + "?s ?p }" + " # and so on" * 50
    shown, caret = explain("", text).excerpt.split("\n")
    assert len(shown) <= 120 and shown[len(caret) - 1] == "}"


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_what_the_engine_takes_the_grammar_takes(path: Path) -> None:
    """Each query of the project is read to its end, so that no right part of a text is called a mistake."""
    reader().parse(path.read_text("utf-8"))


RIGHT = [
    "BASE <http://a/> PREFIX : <b> PREFIX é-1.x: <c> SELECT REDUCED ?x FROM :g FROM NAMED <h> { ?x :p.q '''a'b''' }",
    "SELECT ?x { ?x ^a:b/(c:d|!(^a:e|a))*/a? ?y . [] a:p (1 2.5 -3e4 "
    "true 'x'@en-GB \"y\"^^a:t _:b1 ()) ; a:q [a:r ?z] ; }",
    "SELECT (GROUP_CONCAT(DISTINCT ?x; SEPARATOR=', ') AS ?y) "
    "(COUNT(*)+1 AS ?n) { ?x ?p ?o } GROUP BY ?x (?o AS ?z) STR(?q)",
    "SELECT * { VALUES (?a ?b) { (1 UNDEF) (<a:b> 'c') } VALUES ?c { 1 "
    "} FILTER(?a NOT IN (1,2) || ?b IN () && !BOUND(?c)) }",
    "SELECT * { { SELECT ?x { ?x ?p 1 } ORDER BY DESC(?x) ?p LIMIT 1 "
    "OFFSET 2 } MINUS { GRAPH ?g { ?s ?p ?o } } FILTER EXISTS {} }",
    "CONSTRUCT WHERE { ?s ?p ?o } OFFSET 1 LIMIT 2",
    "CONSTRUCT { ?s ?p [ ?q ?o ] . } { ?s ?p ?o . }",
    "DESCRIBE *",
    "DESCRIBE ?x <a:b> FROM <a:c>",
    "ASK { ?s ?p ?o FILTER(?o-1 > 2+3 && ?o<?s) }",
    "SELECT (IF(?a, <http://www.w3.org/2001/XMLSchema#integer>(?b), COALESCE(?c, "
    '1/0)) AS ?d) { BIND(REPLACE(?x, \'a\', "b\\"c") AS ?a) } VALUES ?b { 1 }',
    "# only a comment\nASK # another { \n {}",
    "SELECT * { ?s a:100%25\\'x?o . ?s a:b:c ?d }",
    "SELECT $x1 { $x1 ?p ?o }",
]


@pytest.mark.parametrize("text", RIGHT)
def test_the_grammar_is_wide_enough(text: str) -> None:
    """All that SPARQL 1.1 allows; the engine agrees, but for prefixes that are not declared."""
    reader().parse(text)
    prefixes = dict.fromkeys(re.findall(r"\b([a-z]+):", text), "http://x/")
    ox.Store().query(text, prefixes=prefixes, base_iri="http://x/")


HEAVY = [
    "a." * 32_000, "(" * 64_000, "a" * 64_000, "a:" * 32_000, '"' * 64_000, "<a" * 32_000, "<" + "a" * 63_000,
    "SELECT " + "?x " * 21_000, "SELECT * {" + "?s ?p ?o ." * 6_000, "'\n" * 32_000, "x:a" + "." * 60_000,
    "a-.-" * 16_000, "\\" * 64_000, "x:%" * 20_000, "'''x" * 16_000, "SELECT * { ?s ?p <" + "a" * 60_000,
]  # fmt: skip


@pytest.mark.soak  # long; what it walks through is tested piece by piece elsewhere
def test_no_text_makes_it_slow() -> None:
    """The time grows with the length and not with its square: twice the text takes not much more than twice as long."""
    reader()
    for text in HEAVY:
        half = text[: len(text) // 2]
        first, second = (_seconds(half), _seconds(text))
        assert second < 0.2 or second < 6 * first, text[:20]


def _seconds(text: str) -> float:
    best = 1e9
    for _ in range(2):
        begin = time.process_time()
        explain("error at 1:1: expected x", text)
        best = min(best, time.process_time() - begin)
    return best


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=strategies.data())
def test_any_text_is_explained(data: strategies.DataObject) -> None:
    """Queries of the project with a piece cut out, doubled or replaced: a place inside the text, and never a crash."""
    text = data.draw(strategies.sampled_from(QUERIES)).read_text("utf-8")
    begin = data.draw(strategies.integers(0, len(text)))
    end = data.draw(strategies.integers(begin, min(len(text), begin + 30)))
    piece = data.draw(
        strategies.sampled_from(["", text[begin:end] * 2, "}", "{", "(", "'", "\\", "ü", "<", "\x00", ","])
    )
    broken = text[:begin] + piece + text[end:]
    try:
        ox.Store().query(broken)
    except SyntaxError as refused:
        error = explain(str(refused), broken)
        lines = broken.split("\n")
        assert error.said and error.line is not None and error.column is not None
        assert 1 <= error.line <= len(lines) and 1 <= error.column <= len(lines[error.line - 1]) + 1
        assert error.excerpt.endswith("^")
    except RuntimeError:
        pass  # a function that the engine does not know: nothing about the text
