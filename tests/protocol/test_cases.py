"""The cases of the W3C suite for the SPARQL 1.1 Protocol, told anew: queries are answered, updates are refused.

Each query case has its name in that suite. The update cases ask for 2xx there; this service only reads, so what must
hold is that each is refused with 4xx, and that nothing has changed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest

from tests.protocol.graphs import ABSENT, DOCUMENT, FIRST, SECOND, THIRD
from tests.writing import Client

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DIRECT = {"Content-Type": "application/sparql-query"}
UPDATE = {"Content-Type": "application/sparql-update"}
UTF16 = "; charset=UTF-16"

BOTH = f"ASK {{ <{FIRST}> a ?type . <{SECOND}> a ?type }}"
NAMED = f"GRAPH ?g1 {{ <{FIRST}> a ?type }} GRAPH ?g2 {{ <{SECOND}> a ?type }}"
ABSENT_ONE = [("default-graph-uri", ABSENT)]


@dataclass(frozen=True)
class Case:
    """One request and what must come back: true, rows, a graph, or a status of the 400s."""

    name: str
    gives: str
    method: str = "POST"
    parameters: list[tuple[str, str]] = field(default_factory=list)
    body: str | bytes = ""
    headers: dict[str, str] = field(default_factory=dict)


def default(*graphs: str) -> list[tuple[str, str]]:
    """Choose default graphs."""
    return [("default-graph-uri", g) for g in graphs]


def named(*graphs: str) -> list[tuple[str, str]]:
    """Choose named graphs."""
    return [("named-graph-uri", g) for g in graphs]


QUERIES = [
    Case("query_post_form", "true", parameters=ABSENT_ONE, body="query=ASK%20%7B%7D", headers=FORM),
    Case("query_dataset_default_graphs_get", "true", "GET", [("query", BOTH), *default(FIRST, SECOND)]),
    Case("query_dataset_default_graphs_post", "true", "POST", default(FIRST, SECOND), BOTH, DIRECT),
    Case("query_dataset_named_graphs_post", "true", "POST", named(FIRST, SECOND), f"ASK {{ {NAMED} }}", DIRECT),
    Case("query_dataset_named_graphs_get", "true", "GET", [("query", f"ASK {{ {NAMED} }}"), *named(FIRST, SECOND)]),
    Case(
        "query_dataset_full",
        "true",
        parameters=[*default(THIRD), *named(FIRST, SECOND)],
        body=f"ASK {{ <{THIRD}> a ?type . {NAMED} }}",
        headers=DIRECT,
    ),
    Case(
        "query_multiple_dataset",
        "true",
        parameters=named(FIRST, SECOND),
        body=f"ASK FROM <{THIRD}> {{ {NAMED} }}",
        headers=DIRECT,
    ),
    Case("query_get", "true", "GET", [("query", "ASK {}"), *ABSENT_ONE]),
    Case("query_content_type_select", "rows", "POST", ABSENT_ONE, "SELECT (1 AS ?value) {}", DIRECT),
    Case("query_content_type_ask", "true", "POST", ABSENT_ONE, "ASK {}", DIRECT),
    Case("query_content_type_describe", "graph", "POST", ABSENT_ONE, "DESCRIBE <http://example.org/>", DIRECT),
    Case("query_content_type_construct", "graph", "POST", ABSENT_ONE, "CONSTRUCT { <s> <p> 1 } WHERE {}", DIRECT),
    Case("query_post_direct", "true", body="ASK {}", headers=DIRECT),
    Case("bad_query_method", "405", "PUT", [("query", "ASK {}"), *ABSENT_ONE], "", FORM),
    Case("bad_multiple_queries", "400", "GET", [("query", "ASK {}"), ("query", "SELECT * {}")]),
    Case("bad_query_wrong_media_type", "415", body="ASK {}", headers={"Content-Type": "text/plain"}),
    Case("bad_query_missing_form_type", "415", body=b"query=ASK%20%7B%7D"),
    Case("bad_query_missing_direct_type", "415", body=b"ASK {}"),
    Case(
        "bad_query_non_utf8",
        "415",
        body="ASK {}".encode("utf-16"),
        headers={"Content-Type": DIRECT["Content-Type"] + UTF16},
    ),
    Case("bad_query_syntax", "400", "GET", [("query", "ASK {")]),
]

INSERT = f"INSERT DATA {{ GRAPH <{ABSENT}> {{ <a:b> a <{DOCUMENT}> }} }}"
COPY = f"CLEAR ALL ; {INSERT} ; INSERT {{ GRAPH <{ABSENT}> {{ ?s a <a:b> }} }} WHERE {{ ?s a <{DOCUMENT}> }}"
UPDATES = [
    Case("update_dataset_default_graph", "403", "POST", [("using-graph-uri", FIRST)], COPY, UPDATE),
    Case(
        "update_dataset_default_graphs",
        "403",
        parameters=[("using-graph-uri", FIRST), ("using-graph-uri", SECOND)],
        body=COPY,
        headers=UPDATE,
    ),
    Case("update_dataset_named_graphs", "403", "POST", [("using-named-graph-uri", FIRST)], COPY, UPDATE),
    Case(
        "update_dataset_full",
        "403",
        parameters=[("using-graph-uri", FIRST), ("using-named-graph-uri", SECOND)],
        body=COPY,
        headers=UPDATE,
    ),
    Case("update_post_form", "403", body="update=CLEAR+ALL", headers=FORM),
    Case("update_post_direct", "403", body="CLEAR ALL", headers=UPDATE),
    Case("update_base_uri", "403", body=f"CLEAR GRAPH <{FIRST}> ; {INSERT.replace('<a:b>', '<test>')}", headers=UPDATE),
    Case("bad_update_get", "403", "GET", [("update", "CLEAR ALL")]),
    Case("bad_multiple_updates", "403", body="update=CLEAR%20NAMED&update=CLEAR%20DEFAULT", headers=FORM),
    Case("bad_update_wrong_media_type", "415", body="CLEAR NAMED", headers={"Content-Type": "text/plain"}),
    Case("bad_update_missing_form_type", "415", body=b"update=CLEAR%20NAMED"),
    Case(
        "bad_update_non_utf8",
        "403",
        body="CLEAR NAMED".encode("utf-16"),
        headers={"Content-Type": UPDATE["Content-Type"] + UTF16},
    ),
    Case("bad_update_syntax", "403", body="update=CLEAR%20XYZ", headers=FORM),
    Case(
        "bad_update_dataset_conflict",
        "403",
        parameters=[("using-named-graph-uri", FIRST)],
        body=f"WITH <{SECOND}> DELETE {{ ?s a <{DOCUMENT}> }} WHERE {{ ?s a <{DOCUMENT}> }}",
        headers=UPDATE,
    ),
    # Not in the suite: an update that pretends to be a query, in each way to ask.
    Case("update as a query, by GET", "403", "GET", [("query", "CLEAR ALL")]),
    Case("update as a query, in a form", "403", body="query=CLEAR+ALL", headers=FORM),
    Case("update as a query, direct", "403", body=INSERT, headers=DIRECT),
    Case("an update beside a query", "403", body="query=ASK+%7B%7D&update=CLEAR+ALL", headers=FORM),
    Case("an update in the address of a query", "403", "POST", [("update", "CLEAR ALL")], "ASK {}", DIRECT),
]


def test_the_suite_is_whole() -> None:
    """Thirty-four cases, each once."""
    told = [case.name for case in QUERIES + UPDATES if "_" in case.name]
    assert len(told) == len(set(told)) == 34


@pytest.mark.parametrize("path", ["/sparql", "/sparql/"])
@pytest.mark.parametrize("case", QUERIES, ids=lambda case: case.name)
def test_queries(web: Client, case: Case, path: str) -> None:
    """Each is answered as the suite says, in a form that can be read as what it claims to be."""
    answer = web.request(case.method, path, params=case.parameters, content=case.body, headers=case.headers)
    media = answer.headers["content-type"].split(";")[0]
    if case.gives.isdigit():
        assert answer.status_code == int(case.gives), answer.text
        assert media == "application/problem+json" and answer.json()["detail"]
        return
    assert answer.status_code == 200, answer.text
    if case.gives == "graph":
        form = ox.RdfFormat.from_media_type(media)
        assert form is not None
        assert len(list(ox.parse(answer.content, format=form))) == (1 if "construct" in case.name else 0)
        return
    found = answer.json()
    assert media == "application/sparql-results+json"
    if case.gives == "true":
        assert found["boolean"] is True
    else:
        assert [row["value"]["value"] for row in found["results"]["bindings"]] == ["1"]


@pytest.mark.parametrize("case", UPDATES, ids=lambda case: case.name)
def test_updates_are_refused(web: Client, case: Case) -> None:
    """Never 2xx, never 5xx; each says why, and the graphs are what they were."""
    before = web.release()
    answer = web.request(case.method, "/sparql", params=case.parameters, content=case.body, headers=case.headers)
    assert answer.status_code == int(case.gives), answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert web.release() == before
    assert web.count(ABSENT) == 0 and web.count(FIRST) == 2


@pytest.mark.parametrize(
    ("accept", "read"),
    [
        ("application/sparql-results+json", lambda text: json.loads(text)["boolean"]),
        ("application/sparql-results+xml", lambda text: ElementTree.fromstring(text)[1].text == "true"),
    ],
)
def test_a_boolean_in_both_forms_of_the_standard(web: Client, accept: str, read: object) -> None:
    """JSON and XML say the same."""
    for query, true in (("ASK {}", True), ("ASK { FILTER(false) }", False)):
        answer = web.get("/sparql", params={"query": query}, headers={"Accept": accept})
        assert answer.headers["content-type"] == accept
        assert read(answer.text) is true  # type: ignore[operator]
