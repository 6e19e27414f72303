"""What is wrong with a query is said in the same words over HTTP, on the page, and in the terminal."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.protocol.graphs import ABSENT, FIRST
from tests.writing import Client

MG = "PREFIX mg: <https://w3id.org/migkg/def/>\n"
WRONG = [
    (
        "SELECT * {\n  ?s mg:name ?o\n}",
        2,
        6,
        "  ?s mg:name ?o\n     ^",
        "Add: PREFIX mg: <https://w3id.org/migkg/def/>",
    ),
    ("SELECT * WERE { ?s ?p ?o }", 1, 10, "SELECT * WERE { ?s ?p ?o }\n         ^", "Did you mean WHERE?"),
    ("ASK { ?s ?p 'é', '日' ; }}", 1, 25, "ASK { ?s ?p 'é', '日' ; }}\n                         ^", "Take it away"),
    ("ASK {", 1, 6, "ASK {\n     ^", "Add “}”"),
]


@pytest.mark.parametrize(("query", "line", "column", "excerpt", "hint"), WRONG)
def test_over_http(web: Client, query: str, line: int, column: int, excerpt: str, hint: str) -> None:
    """Fields of the problem document; its sentence stands alone."""
    for answer in (
        web.get("/sparql", params={"query": query}),
        web.post("/sparql", data={"query": query}),
        web.post("/sparql", content=query, headers={"Content-Type": "application/sparql-query"}),
    ):
        assert answer.status_code == 400 and answer.headers["content-type"] == "application/problem+json"
        said = answer.json()
        assert (said["line"], said["column"], said["excerpt"]) == (line, column, excerpt)
        assert hint in said["hint"] and said["hint"] in said["detail"]
        assert f"line {line}, column {column}" in said["detail"] and "\n" not in said["detail"]
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("query", "line", "column", "excerpt", "hint"), WRONG)
def test_on_the_page(web: Client, query: str, line: int, column: int, excerpt: str, hint: str) -> None:
    """The line with the place marked, the sentence and the mend, and the text to go on with."""
    answer = web.get("/sparql", params={"query": query}, headers={"Accept": "text/html"})
    assert answer.status_code == 400
    shown = html.unescape(answer.text)
    assert hint in shown and f"line {line}, column {column}" in shown
    marked = re.search(r'<span class="line">(\d+)</span> ([^<]*)<mark>([^<]*)</mark>', shown)
    assert marked is not None and int(marked.group(1)) == line and len(marked.group(2)) == column - 1
    assert query in shown.replace("\r\n", "\n")


@pytest.mark.parametrize(("query", "line", "column", "excerpt", "hint"), WRONG)
def test_in_the_terminal(
    home: Path, tmp_path: Path, query: str, line: int, column: int, excerpt: str, hint: str
) -> None:
    """Exit 2, nothing on standard output, the caret under the place; the same from a file."""
    file = tmp_path / "q.rq"
    file.write_text(query, "utf-8")
    for word in (query, str(file)):
        done = migkg(home, "query", word)
        assert done.returncode == 2 and done.stdout == ""
        assert f"line {line}, column {column}" in done.stderr and hint in done.stderr
        lines = done.stderr.rstrip("\n").split("\n")[-2:]
        assert [one[2:] for one in lines] == excerpt.split("\n")


HINTS = [
    (MG + "SELECT * { ?x mg:bassis ?y }", "mg:bassis: Did you mean basis"),
    (MG + "SELECT * { ?x a mg:framework }", "mg:framework: Did you mean Framework"),
    (MG + "SELECT (COUNT(*) AS ?n) { ?x a mg:Framwork }", "mg:Framwork: Did you mean Framework"),
    ("ASK { <https://w3id.org/migkg/def/bassis> ?p ?o }", "mg:bassis: Did you mean basis"),
    ("PREFIX other: <https://w3id.org/migkg/def/> CONSTRUCT WHERE { ?x other:bassis ?y }", "mg:bassis: Did"),
    ("PREFIX mgd: <https://w3id.org/migkg/id/> DESCRIBE mgd:sdg-indicator-10-7-22", "sdg-indicator-10-7-2"),
    ("PREFIX mgd: <https://w3id.org/migkg/id/> DESCRIBE mgd:zzzzzz", "The graph does not know this name."),
    ("ASK { GRAPH <https://w3id.org/migkg/graph/data/framework/gcm> { ?s ?p ?o } }", "No graph has this name."),
]
SILENT = [
    MG + "SELECT * { ?x a mg:Framework ; mg:basis ?b }",
    MG + "SELECT * { ?x a <a:b> } # mg:bassis",
    MG + "SELECT * { ?x ?p 'mg:bassis' , '<https://w3id.org/migkg/def/bassis>' }",
    MG + "CONSTRUCT { ?x mg:new [ mg:newer ?y ] } WHERE { ?x a ?y } LIMIT 1",
    "SELECT * { ?x <http://example.org/bassis> ?y }",
    f"SELECT * FROM <{FIRST}> {{ ?s ?p ?o }}",
]


@pytest.mark.parametrize(("query", "hint"), HINTS)
def test_a_name_that_the_graph_does_not_know(web: Client, home: Path, query: str, hint: str) -> None:
    """The answer is what the standard says; a header, the page and the terminal say why it is so small."""
    answer = web.get("/sparql", params={"query": query})
    assert answer.status_code == 200
    assert hint in unquote(answer.headers["migkg-hint"])
    assert hint in html.unescape(web.get("/sparql", params={"query": query}, headers={"Accept": "text/html"}).text)
    done = migkg(home, "query", query)
    assert done.returncode == 0 and hint in done.stderr and hint not in done.stdout


@pytest.mark.parametrize("query", SILENT)
def test_what_the_graph_knows_needs_no_hint(web: Client, query: str) -> None:
    """Nor do names of others, or words in comments, texts and templates."""
    answer = web.get("/sparql", params={"query": query})
    assert answer.status_code == 200 and "migkg-hint" not in answer.headers


def test_a_graph_that_is_not_held_is_told(web: Client) -> None:
    """An unknown default graph is empty, as the standard wants; the header says that it is unknown."""
    answer = web.get("/sparql", params={"query": "ASK {?s ?p ?o}", "default-graph-uri": [FIRST, ABSENT]})
    assert answer.json()["boolean"] is True
    assert unquote(answer.headers["migkg-hint"]).startswith(f"{ABSENT}: No graph has this name.")
    known = web.get("/sparql", params={"query": "ASK {?s ?p ?o}", "named-graph-uri": FIRST})
    assert "migkg-hint" not in known.headers


def test_a_hint_is_one_line_of_plain_signs(web: Client) -> None:
    """Whatever the name, the header is a header."""
    query = "ASK { <https://w3id.org/migkg/id/é日%0D%0Ax> ?p ?o }"
    answer = web.get("/sparql", params={"query": query})
    assert answer.status_code == 200 and answer.headers["migkg-hint"].isascii()
    many = web.get("/sparql", params={"query": MG + "ASK {" + " ".join(f"?s mg:no{i} ?o ." for i in range(40)) + "}"})
    assert many.status_code == 200 and len(many.headers["migkg-hint"]) < 2_000


# ---- Limits ------------------------------------------------------------------------------------------------


def test_a_timeout_says_why_and_when_to_come_back(web: Client) -> None:
    """503 with the limit in words, and Retry-After, as a document and as a page."""
    slow = "SELECT (COUNT(*) AS ?n) { ?a a ?b . ?c a ?d . ?e a ?f . ?g a ?h }"
    for accept, media in (("*/*", "application/problem+json"), ("text/html", "text/html")):
        answer = web.get("/sparql", params={"query": slow}, headers={"Accept": accept})
        assert answer.status_code == 503 and answer.headers["content-type"].startswith(media)
        assert int(answer.headers["retry-after"]) > 0
        assert "3 seconds, the time limit" in answer.text


@pytest.mark.parametrize(
    "accept", ["*/*", "application/sparql-results+xml", "text/csv", "text/tab-separated-values", "text/html"]
)
def test_too_large_a_result_is_an_error(web: Client, accept: str) -> None:
    """At the limit of 2,000 rows all come; one more, and none does."""
    query = "SELECT ?a { ?a ?b ?c . ?d ?e ?f } LIMIT "
    whole = web.get("/sparql", params={"query": query + "2000"}, headers={"Accept": accept})
    assert whole.status_code == 200
    if accept == "text/csv":
        assert whole.text.count("\n") == 2001
    over = web.get("/sparql", params={"query": query + "2001"}, headers={"Accept": accept})
    assert over.status_code == 503 and "2,000 rows" in over.text
    graph = web.get("/sparql", params={"query": "CONSTRUCT { [] ?b ?f } { ?a ?b ?c . ?d ?e ?f } LIMIT 2001"})
    assert graph.status_code == 503 and "2,000 triples" in graph.json()["detail"]


def migkg(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command over the release of the server."""
    env = {**os.environ, "MIGKG_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-m", "migkg.cli", *words], capture_output=True, text=True, env=env, timeout=120
    )
