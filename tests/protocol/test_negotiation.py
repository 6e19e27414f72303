"""Which answer comes in which form: way of asking × kind of query × Accept, as one table; and how text travels."""

from __future__ import annotations

import csv
import io
import json
from urllib.parse import quote
from xml.etree import ElementTree

import httpx
import pyoxigraph as ox
import pytest
import rdflib

from tests.protocol.conftest import Raw
from tests.protocol.graphs import ABSENT, DOCUMENT, FIRST, GRAPHS, SECOND, SHARED, THIRD
from tests.writing import Client

JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
CSV, TSV = "text/csv", "text/tab-separated-values"
TURTLE, TRIPLES, QUADS = "text/turtle", "application/n-triples", "application/n-quads"
TRIG, LD, RDFXML = "application/trig", "application/ld+json", "application/rdf+xml"
HTML, PROBLEM = "text/html", "application/problem+json"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
SELECT = f"SELECT ?s WHERE {{ GRAPH <{FIRST}> {{ ?s a ?type }} }} ORDER BY ?s"
ASK = f"ASK {{ <{FIRST}> a <{DOCUMENT}> }}"
CONSTRUCT = f"CONSTRUCT WHERE {{ <{FIRST}> a ?type }}"
DESCRIBE = f"DESCRIBE <{FIRST}>"
WAYS = ("GET", "HEAD", "form", "direct")

# Accept -> media type for SELECT and ASK, for CONSTRUCT and DESCRIBE, and for a bare GET; None is 406.
TABLE: dict[str | None, tuple[str | None, str | None, str | None]] = {
    None: (JSON, TURTLE, TURTLE),
    "*/*": (JSON, TURTLE, TURTLE),
    JSON: (JSON, None, None),
    XML: (XML, None, None),
    CSV: (CSV, None, None),
    TSV: (TSV, None, None),
    "application/json": ("application/json", None, None),
    "application/xml": ("application/xml", None, None),
    TURTLE: (None, TURTLE, TURTLE),
    TRIPLES: (None, TRIPLES, TRIPLES),
    QUADS: (None, QUADS, None),
    TRIG: (None, TRIG, None),
    LD: (None, LD, LD),
    RDFXML: (None, RDFXML, RDFXML),
    HTML: (HTML, HTML, HTML),
    BROWSER: (HTML, HTML, HTML),
    "image/png": (None, None, None),
    "*/*;q=0": (None, None, None),
    "text/*": (CSV, TURTLE, TURTLE),
    "application/*": (JSON, LD, LD),
    f"{XML};q=0.2, {JSON};q=0.1": (XML, None, None),
    f"{JSON};q=0, */*;q=0.5": ("application/json", TURTLE, TURTLE),
    f"{TURTLE}, {LD};q=0.9, {JSON}": (JSON, TURTLE, TURTLE),
    f"{LD};q=0.9, {TURTLE};q=0.5, {CSV};q=0.1": (CSV, LD, LD),
    f"{RDFXML}, {XML}": (XML, RDFXML, RDFXML),
    f"{JSON}; charset=utf-8": (JSON, None, None),
    f'{LD}; profile="http://www.w3.org/ns/json-ld#compacted"': (None, LD, LD),
    f"image/png, {TSV};q=0.001": (TSV, None, None),
    "APPLICATION/SPARQL-RESULTS+XML": (XML, None, None),
    "nonsense": (JSON, TURTLE, TURTLE),
    "": (JSON, TURTLE, TURTLE),
}


def ask(web: Client, way: str, query: str, accept: str | None) -> httpx.Response:
    """Send a query in one of the ways, with or without an Accept header."""
    headers = {"Accept": accept} if accept is not None else {}
    form, data = {"GET": ("GET", None), "HEAD": ("HEAD", None)}.get(way, ("POST", None))
    request = web.build_request(form, "/sparql", params={"query": query} if way in ("GET", "HEAD") else None, data=data)
    if way == "form":
        request = web.build_request("POST", "/sparql", data={"query": query})
    elif way == "direct":
        request = web.build_request(
            "POST", "/sparql", content=query, headers={"Content-Type": "application/sparql-query"}
        )
    if accept is None:
        del request.headers["Accept"]
    request.headers.update(headers)
    return web.send(request)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("accept", list(TABLE))
def test_each_way_each_form(web: Client, way: str, accept: str | None) -> None:
    """The status and the media type, exactly; HEAD says the same as GET, with no body."""
    rows, graph, _ = TABLE[accept]
    for query, media in ((SELECT, rows), (ASK, rows), (CONSTRUCT, graph), (DESCRIBE, graph)):
        answer = ask(web, way, query, accept)
        said, _, charset = answer.headers["content-type"].partition(";")
        assert answer.status_code == (200 if media else 406), (query, answer.text)
        assert said == (media or PROBLEM), query
        assert charset.strip() in (("charset=utf-8",) if said.startswith("text/") else ("",))
        assert "accept" in answer.headers["vary"].lower()
        assert answer.headers["access-control-allow-origin"] == "*"
        if way == "HEAD":
            assert answer.content == b"" and int(answer.headers["content-length"]) > 0
        elif media is None:
            assert set(answer.json()["offered"]) >= ({JSON, CSV} if query in (SELECT, ASK) else {TURTLE, LD})
        elif media != HTML:
            assert _meaning(answer.content, media) == (
                True if query == ASK else {FIRST, SHARED} if query == SELECT else {FIRST}
            )


def _meaning(body: bytes, media: str) -> object:
    """Read an answer with other people's tools: a boolean, the IRIs of its rows, or the subjects of its triples."""
    text = body.decode()
    if media in (JSON, "application/json"):
        read = json.loads(text)
        return read["boolean"] if "boolean" in read else {row["s"]["value"] for row in read["results"]["bindings"]}
    if media in (XML, "application/xml"):
        tree, space = ElementTree.fromstring(text), "{http://www.w3.org/2005/sparql-results#}"
        said = tree.find(f"{space}boolean")
        return said.text == "true" if said is not None else {one.text for one in tree.iter(f"{space}uri")}
    if media in (CSV, TSV):
        cells = [row[0] for row in csv.reader(io.StringIO(text), delimiter="," if media == CSV else "\t")]
        return True if cells == ["true"] else {cell.strip("<>") for cell in cells[1:]}
    form = {TURTLE: "turtle", TRIPLES: "nt", QUADS: "nquads", TRIG: "trig", LD: "json-ld", RDFXML: "xml"}[media]
    return {str(q[0]) for q in rdflib.Dataset().parse(data=text, format=form).quads()}


@pytest.mark.parametrize("accept", list(TABLE))
def test_a_bare_get_describes_the_service(web: Client, accept: str | None) -> None:
    """As data, or as the page with the form."""
    media = TABLE[accept][2]
    request = web.build_request("GET", "/sparql")
    if accept is None:
        del request.headers["Accept"]
    else:
        request.headers["Accept"] = accept
    answer = web.send(request)
    assert answer.status_code == (200 if media else 406)
    assert answer.headers["content-type"].split(";")[0] == (media or PROBLEM)
    if media == HTML:
        assert "<textarea" in answer.text
    elif media:
        form = ox.RdfFormat.from_media_type(media)
        assert form is not None
        sd = "http://www.w3.org/ns/sparql-service-description#"
        said = {(q.predicate.value, getattr(q.object, "value", "")) for q in ox.parse(answer.content, format=form)}
        assert (sd + "supportedLanguage", sd + "SPARQL11Query") in said
        assert (sd + "supportedLanguage", sd + "SPARQL11Update") not in said
        assert {value for name, value in said if name == sd + "name"} >= set(GRAPHS)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "PROPFIND", "QUERY"])
def test_other_methods_are_refused(web: Client, method: str) -> None:
    """405 and the list of those that are not."""
    answer = web.request(method, "/sparql", params={"query": ASK})
    assert answer.status_code == 405 and answer.headers["content-type"] == PROBLEM
    assert {"GET", "HEAD", "OPTIONS", "POST"} == set(answer.headers["allow"].split(", "))


def test_options_and_cors(web: Client) -> None:
    """Any site may ask, by each way, and read what helps; none may send credentials or write."""
    headers = {
        "Origin": "https://example.org",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    asked = web.options("/sparql", headers=headers)
    assert asked.status_code == 204 and asked.content == b""
    assert asked.headers["access-control-allow-origin"] == "*"
    assert set(asked.headers["access-control-allow-methods"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    assert "content-type" in asked.headers["access-control-allow-headers"].lower()
    assert set(asked.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    assert "access-control-allow-credentials" not in asked.headers
    for answer in (web.get("/sparql", params={"query": ASK}), web.get("/sparql", params={"query": "ASK {"})):
        assert answer.headers["access-control-allow-origin"] == "*"
        exposed = answer.headers["access-control-expose-headers"].lower()
        assert "retry-after" in exposed and "etag" in exposed


# ---- Graphs that the caller chooses ------------------------------------------------------------------------

COUNT = "SELECT (COUNT(*) AS ?n) {} WHERE {{ ?s ?p ?o }}"
COUNT_NAMED = "SELECT (COUNT(*) AS ?n) {} WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}"


def from_(*graphs: str) -> str:
    """Write FROM clauses."""
    return " ".join(f"FROM <{g}>" for g in graphs)


@pytest.mark.parametrize(
    ("query", "default", "named", "number"),
    [
        (COUNT.format(""), [FIRST], [], 2),
        (COUNT.format(""), [FIRST, SECOND], [], 3),  # the triple that both have counts once
        (COUNT.format(""), [FIRST, SECOND, THIRD, FIRST], [], 4),
        (COUNT.format(""), [ABSENT], [], 0),
        (COUNT.format(""), [], [FIRST], 0),
        (COUNT_NAMED.format(""), [FIRST], [], 0),
        (COUNT_NAMED.format(""), [FIRST], [SECOND], 2),
        (COUNT_NAMED.format(""), [FIRST, THIRD], [SECOND, FIRST], 4),
        (COUNT_NAMED.format(""), [], [FIRST, SECOND, FIRST, ABSENT], 4),
        (COUNT.format(from_(FIRST)), [], [], 2),
        (COUNT.format(from_(FIRST, SECOND)), [], [], 3),
        (COUNT.format(from_(*GRAPHS)), [], [], 4),
        (COUNT.format(f"FROM NAMED <{FIRST}>"), [], [], 0),
        (COUNT_NAMED.format(f"FROM NAMED <{FIRST}> FROM <{SECOND}> FROM <{THIRD}>"), [], [], 2),
        # What the protocol says goes before what the query says.
        (COUNT.format(from_(FIRST)), [SECOND, THIRD], [], 3),
        (COUNT.format(from_(FIRST, SECOND)), [ABSENT], [], 0),
        (COUNT.format(from_(FIRST)), [], [SECOND], 0),
        (COUNT_NAMED.format(f"FROM NAMED <{FIRST}>"), [], [SECOND, THIRD], 4),
        ("PREFIX d: <http://example.org/data/>\n" + COUNT.format("FROM d:first # FROM d:x\n from d:second"), [], [], 3),
        ("BASE <http://example.org/data/x>\n" + COUNT.format("FROM <first> FROM <third>"), [], [], 3),
        (COUNT.format("").replace("?s ?p", "?s ?p 'FROM <a:b>' . ?s ?p"), [FIRST], [], 0),
    ],
)
def test_the_graphs_of_a_query(web: Client, query: str, default: list[str], named: list[str], number: int) -> None:
    """Chosen in the address, in a form, or in the query; merged, so that no triple counts twice."""
    chosen = {"default-graph-uri": default, "named-graph-uri": named}
    direct = {"Content-Type": "application/sparql-query"}
    for answer in (
        web.get("/sparql", params={"query": query, **chosen}),
        web.post("/sparql", data={"query": query, **chosen}),
        web.post("/sparql", params=chosen, content=query, headers=direct),
        web.post("/sparql", params={"named-graph-uri": named}, data={"query": query, "default-graph-uri": default}),
    ):
        assert answer.status_code == 200, answer.text
        assert int(answer.json()["results"]["bindings"][0]["n"]["value"]) == number


@pytest.mark.parametrize("name", ["default-graph-uri", "named-graph-uri"])
@pytest.mark.parametrize("graph", ["", "relative", "http://exa mple.org/", "<http://example.org/>", "file"])
def test_a_graph_is_an_absolute_iri(web: Client, name: str, graph: str) -> None:
    """What is none is 400, not an empty answer."""
    answer = web.get("/sparql", params={"query": "ASK {}", name: graph})
    assert answer.status_code == 400 and "IRI" in answer.json()["detail"]


# ---- Text on its way ---------------------------------------------------------------------------------------

SIGNS = "1+1 = 2 & 100 % of “é” – 日本 😀 %2B %25 a;b?c#d/e\\\\"


def test_text_is_decoded_once(web: Client) -> None:
    """Plus, per cent, ampersand and signs of all scripts come back as they were sent, in each way and each form."""
    query = f'SELECT ("{SIGNS}" AS ?text) {{}}'
    wanted = SIGNS.replace("\\\\", "\\")
    for way in ("GET", "form", "direct"):
        assert ask(web, way, query, JSON).json()["results"]["bindings"][0]["text"]["value"] == wanted
        assert wanted in ask(web, way, query, XML).text.replace("&amp;", "&")
        assert next(csv.DictReader(io.StringIO(ask(web, way, query, CSV).text)))["text"] == wanted


def test_plus_and_percent_in_an_address(web: Client) -> None:
    """`+` is a space in a form, `%2B` is a plus, `%25` is a per cent sign; nothing is decoded twice."""
    for sent, came in (("1+1", "1 1"), ("1%2B1", "1+1"), ("1%252B1", "1%2B1"), ("%25", "%"), ("a%20b", "a b")):
        address = "/sparql?query=" + quote("SELECT ('").replace("%27", "'") + sent + quote("' AS ?x) {}")
        found = web.get(address).json()["results"]["bindings"][0]["x"]["value"]
        assert found == came
        body = address.partition("?")[2]
        posted = web.post("/sparql", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert posted.json()["results"]["bindings"][0]["x"]["value"] == came


@pytest.mark.parametrize(
    "line",
    [
        b"GET /sparql?query=ASK%20%7B%7D&default-graph-uri=%ff HTTP/1.1",
        b"GET /sparql?query=%ff HTTP/1.1",
        b"GET /sparql?query=\xff HTTP/1.1",
        b"GET /sparql?query=ASK+{}\xc3 HTTP/1.1",
        "GET /sparql?query=SELECT+('é'+AS+?x)+{} HTTP/1.1".encode(),  # an address has no such signs
        b"GET /sparql?query=%C3%28 HTTP/1.1",
        b"GET /sparql?query=%ED%A0%80 HTTP/1.1",
        b"GET /sparql?query=%00 HTTP/1.1",
        b"GET /sparql?query=ASK{%00} HTTP/1.1",
    ],
)
def test_what_is_not_utf8_is_a_bad_request(raw: Raw, line: bytes) -> None:
    """Escaped or not, it is 400: never 500, never guessed."""
    assert raw(line + b"\r\nHost: x\r\nConnection: close\r\n\r\n").split(b" ")[1] == b"400"


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "utf8"])
def test_utf8_may_be_said(web: Client, charset: str) -> None:
    """In either way of a body."""
    for media, body in (
        ("application/sparql-query", "ASK {}"),
        ("application/x-www-form-urlencoded", "query=ASK+%7B%7D"),
    ):
        answer = web.post("/sparql", content=body, headers={"Content-Type": f"{media}; charset={charset}"})
        assert answer.status_code == 200, answer.text
        other = web.post("/sparql", content=body, headers={"Content-Type": f"{media}; charset=iso-8859-1"})
        assert other.status_code == 415
