"""The SPARQL 1.1 Graph Store Protocol, clause by clause: what is read, what is written, what is refused and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pyoxigraph as ox
import pytest

from tests.protocol.graphs import ABSENT, DOCUMENT, FIRST, SECOND, SHARED, THIRD
from tests.writing import TOKEN, TURTLE, Client, writable

BEARER = {"Authorization": f"Bearer {TOKEN}"}
FORMS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/n-quads": ox.RdfFormat.N_QUADS,
    "application/trig": ox.RdfFormat.TRIG,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}
ONE = "<http://example.org/a> <http://example.org/p> 'one' ."
FIRST_SAYS = {(FIRST, DOCUMENT), (SHARED, DOCUMENT)}


def says(answer: httpx.Response) -> set[tuple[str, str]]:
    """Return subject and object of each triple of an answer."""
    form = FORMS[answer.headers["content-type"].split(";")[0]]
    return {(str(q.subject.value), str(q.object.value)) for q in ox.parse(answer.content, format=form)}  # type: ignore


@pytest.fixture
def fresh(web: Client) -> Iterator[str]:
    """A name that no graph has, and none has afterwards."""
    graph = "http://example.org/fresh?a=b&c=%20#é"
    yield graph
    web.drop(graph)


# ---- GET and HEAD ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("media", FORMS)
def test_a_graph_is_read_in_each_form(web: Client, media: str) -> None:
    """The same triples; HEAD has the same headers and no body."""
    full = web.read(FIRST, media)
    assert full.status_code == 200 and full.headers["content-type"].split(";")[0] == media
    assert says(full) == FIRST_SAYS
    head = web.head("/graph", params={"graph": FIRST}, headers={"Accept": media})
    assert head.status_code == 200 and head.content == b""
    for name in ("content-type", "content-length", "etag", "vary"):
        assert head.headers[name] == full.headers[name]


def test_the_default_graph_is_the_merge(web: Client) -> None:
    """Read without a token, with and without a value; each triple once."""
    for address in ("/graph?default", "/graph?default=", "/graph?default=true"):
        answer = web.get(address, headers={"Accept": "application/n-triples"})
        assert answer.status_code == 200
        lines = answer.text.splitlines()
        assert len(lines) == len(set(lines))
        assert {(g, DOCUMENT) for g in (FIRST, SECOND, THIRD, SHARED)} <= says(answer)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/graph", 400),
        ("/graph?graph=", 400),
        ("/graph?graph=relative", 400),
        ("/graph?graph=" + quote("<http://example.org/>", safe=""), 400),
        (f"/graph?default&graph={FIRST}", 400),
        (f"/graph?graph={FIRST}&graph={SECOND}", 400),
        (f"/graph?graph={ABSENT}", 404),
        ("/graph?graph=file:///etc/passwd", 404),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_which_graph_must_be_clear(web: Client, method: str, address: str, status: int) -> None:
    """One graph or the default one, by an absolute IRI; one that is not held is 404."""
    assert web.request(method, address).status_code == status


def test_reading_takes_no_other_form(web: Client) -> None:
    """406 lists what there is."""
    answer = web.read(FIRST, "image/png")
    assert answer.status_code == 406 and set(answer.json()["offered"]) == set(FORMS)


def test_a_graph_is_known_again(web: Client) -> None:
    """304 with If-None-Match, 412 with the If-Match of another; in one header or in two."""
    tag = web.read(FIRST).headers["etag"]
    accept = ("Accept", "application/n-triples")

    def read(*headers: tuple[str, str]) -> httpx.Response:
        return web.get("/graph", params={"graph": FIRST}, headers=[accept, *headers])

    assert read(("If-None-Match", tag)).status_code == 304
    assert read(("If-Match", tag)).status_code == 200
    assert read(("If-Match", '"x"'), ("If-Match", tag)).status_code == 200
    assert read(("If-Match", "*")).status_code == 200
    assert read(("If-Match", '"x"')).status_code == 412
    assert read(("If-Match", f"W/{tag}")).status_code == 412, "If-Match compares strongly"
    gone = web.get("/graph", params={"graph": ABSENT}, headers={"If-Match": "*"})
    assert gone.status_code == 412


def test_the_address_of_a_graph_of_ours_leads_to_it(web: Client) -> None:
    """Direct naming: the IRI of a graph, on this server, leads to the same triples in one hop."""
    held = (
        "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } FILTER(STRSTARTS(STR(?g), 'https://w3id.org/migkg/graph/data/f')) }"
    )
    found = web.get("/sparql", params={"query": held}).json()["results"]["bindings"]
    name = found[0]["g"]["value"].split("/graph/")[1]
    there = web.get(f"/graph/{name}", headers={"Accept": "application/n-triples"})
    assert there.status_code == 303
    direct = web.get(there.headers["location"])
    assert says(direct) == says(web.read(f"https://w3id.org/migkg/graph/{name}"))


# ---- PUT and DELETE ----------------------------------------------------------------------------------------


def test_a_graph_is_made_replaced_and_removed(web: Client, fresh: str) -> None:
    """201 with its address, 200, 204, 404; between them it is what was put, also for queries."""
    made = web.put(fresh, ONE)
    assert made.status_code == 201, made.text
    there = made.headers["location"]
    assert there.startswith("https://w3id.org/migkg/graph?graph=http%3A%2F%2Fexample.org%2Ffresh")
    assert says(web.get("/graph?" + there.partition("?")[2])) == {("http://example.org/a", "one")}
    again = web.put(fresh, ONE.replace("one", "two"))
    assert again.status_code == 200 and "location" not in again.headers
    assert again.headers["etag"] == web.read(fresh, TURTLE).headers["etag"]
    assert says(web.read(fresh)) == {("http://example.org/a", "two")}
    asked = web.get("/sparql", params={"query": "ASK { ?s ?p 'two' }", "default-graph-uri": fresh})
    assert asked.json()["boolean"] is True
    gone = web.drop(fresh)
    assert gone.status_code == 204 and gone.content == b""
    assert web.drop(fresh).status_code == 404 and web.read(fresh).status_code == 404


def test_put_replaces_only_what_the_client_read(web: Client, fresh: str) -> None:
    """If-Match and If-None-Match on PUT and DELETE: 412, and nothing has changed."""
    assert web.put(fresh, ONE, If_Match='"x"').status_code == 412
    assert web.put(fresh, ONE, If_Match="*").status_code == 412
    assert web.put(fresh, ONE, If_None_Match="*").status_code == 201
    tag, before = web.read(fresh).headers["etag"], web.release()
    assert web.put(fresh, "<a:b> <a:b> 1 .", If_None_Match="*").status_code == 412
    assert web.put(fresh, "<a:b> <a:b> 1 .", If_None_Match=tag).status_code == 412
    assert web.put(fresh, "<a:b> <a:b> 1 .", If_Match=f"W/{tag}").status_code == 412
    assert web.drop(fresh, If_Match='"x"').status_code == 412
    assert web.release() == before and says(web.read(fresh)) == {("http://example.org/a", "one")}
    assert web.drop(fresh, If_Match=tag).status_code == 204


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        ("<a:b> <a:b>", TURTLE, 400),
        ("{", "application/ld+json", 400),
        ("<rdf:RDF", "application/rdf+xml", 400),
        (ONE, "text/html", 415),
        (ONE, "application/sparql-update", 415),
        (ONE, "", 415),
        (ONE, "text/turtle; charset=utf-16", 415),
        ("<http://example.org/a> a <https://w3id.org/migkg/def/Framework> .", TURTLE, 422),
    ],
)
def test_a_document_that_is_not_right_changes_nothing(
    web: Client, fresh: str, body: str, media: str, status: int
) -> None:
    """Unreadable, of another kind, against the rules: told as such, and all graphs stay."""
    before = web.release()
    answer = web.put(fresh, body, media)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert web.release() == before and web.read(fresh).status_code == 404


# ---- What is refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("address", [f"/graph?graph={FIRST}", "/graph?default", "/graph"])
def test_nothing_is_added_to_a_graph(web: Client, method: str, address: str) -> None:
    """405 with the reason and the methods there are, with the token and without."""
    before = web.release()
    for headers in ({}, BEARER):
        answer = web.request(method, address, content=ONE, headers={"Content-Type": TURTLE, **headers})
        assert answer.status_code == 405 and "whole" in answer.json()["detail"]
        assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}
    assert web.release() == before


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_the_default_graph_is_only_read(web: Client, method: str) -> None:
    """It is the merge of the others."""
    answer = web.request(method, "/graph?default", content=ONE, headers={"Content-Type": TURTLE, **BEARER})
    assert answer.status_code == 405 and "merge" in answer.json()["detail"]
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_who_may_not_write_is_told_how(web: Client, method: str, fresh: str) -> None:
    """401 with the scheme; nothing has changed."""
    answer = web.request(method, "/graph", params={"graph": fresh}, content=ONE, headers={"Content-Type": TURTLE})
    assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Bearer ")


def test_options_say_what_is_allowed(web: Client, home: Path) -> None:
    """With a token set, writing is among it; without, not. Other sites hear of reading alone."""
    asked = web.options("/graph")
    assert asked.status_code == 204
    assert set(asked.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}
    assert set(asked.headers["access-control-allow-methods"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    with writable(home, '{"workers": 1}', token=None) as reader:
        assert set(reader.options("/graph").headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
        for method in ("PUT", "DELETE", "POST", "PATCH"):
            answer = reader.request(method, "/graph", params={"graph": FIRST}, content=ONE, headers=BEARER)
            assert answer.status_code == 405
            assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
