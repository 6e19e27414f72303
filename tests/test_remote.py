"""A SPARQL server as a store: read through our own server, and every way another one can fail us."""

from __future__ import annotations

import gzip
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyoxigraph as ox
import pytest

from migkg import queries
from migkg.errors import (
    InputError,
    LimitReached,
    MigkgError,
    QueryError,
    Refused,
    RemoteFailed,
    TimedOut,
    UsageError,
)
from migkg.stores import is_remote, open_store
from migkg.stores.remote import MERGED, RemoteStore, checksum, same, wire
from migkg.stores.remote.address import read
from migkg.stores.remote.layouts import guessed, known
from migkg.stores.remote.store import closed, inserting
from migkg.trace import trace
from tests.serving import serving

ROWS = b'{"head": {"vars": ["n"]}, "results": {"bindings": [{"n": {"type": "literal", "value": "7"}}]}}'
JSON = {"Content-Type": "application/sparql-results+json"}
SECRET = "not-to-be-seen-anywhere"
ONE = "SELECT ?n WHERE { ?n ?p ?o }"
Answer = tuple[int, dict[str, str], bytes]


@contextmanager
def pretending(answer: Callable[[str, str, dict[str, str]], Answer]) -> Iterator[tuple[str, list[str]]]:
    """A server on loopback that answers as told; gives its address and the requests it got."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked.append(f"{self.command} {self.path}")
            status, headers, body = answer(self.command, self.path, dict(self.headers))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_DELETE = do_POST

        def log_message(self, *_words: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/sparql", asked
    finally:
        server.shutdown()
        server.server_close()


def always(status: int, headers: dict[str, str], body: bytes) -> Callable[..., Answer]:
    """Answer everything in one way."""
    return lambda *_request: (status, headers, body)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(wire, "FIRST_WAIT", 0.01)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.delenv("MIGKG_STORE_PASSWORD", raising=False)


def test_a_trace_over_http_is_the_same(release, store):
    """The same question to the release and to its endpoint gives the same answer."""
    with serving(release.path) as (url, _pid):
        far = open_store(f"sparql+{url}/sparql")
        assert trace(far, "10.7.2").to_dict() == trace(store, "10.7.2").to_dict()
        assert far.graphs() == store.graphs()
        name = "https://w3id.org/migkg/graph/data/law/bodies"
        assert set(far.get(name)) == set(store.get(name))
        with pytest.raises(QueryError, match="line 1"):
            far.query("SELECT ?x WHERE { ?x mg:basedOn ?y }")


def test_a_read_only_server_refuses_to_be_written(release):
    """Nothing is written, and the message says who refused."""
    with serving(release.path) as (url, _pid), pytest.raises(RemoteFailed, match="refused PUT"):
        RemoteStore(f"{url}/sparql").put("https://example.org/g", [])


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (500, "text/html", b"<h1>sorry</h1>"),
        (200, "text/html", b"<h1>welcome</h1>"),
        (200, "application/sparql-results+json", b'{"head": {"vars": ["s"]}, "results": {"bindings": [{"s'),
        (503, "text/plain", b"busy"),
    ],
)
def test_a_bad_answer_is_named(status, kind, body):
    """HTML, half an answer, an error: never an empty result."""
    with (
        pretending(always(status, {"Content-Type": kind}, body)) as (url, _),
        pytest.raises(RemoteFailed, match=r"127\.0\.0\.1"),
    ):
        list(RemoteStore(url).query("SELECT ?s WHERE { ?s ?p ?o }"))


def test_reads_are_tried_again_and_writes_are_not():
    """A server that is busy for a moment still answers; what writes is sent once."""
    busy = [3]

    def moody(method: str, path: str, _headers: dict[str, str]) -> Answer:
        if method == "POST" and busy[0]:
            busy[0] -= 1
            return 503, {"Retry-After": "0"}, b"busy"
        return (503, {}, b"busy") if method == "PUT" else (200, JSON, ROWS)

    with pretending(moody) as (url, asked):
        far = RemoteStore(url)
        assert next(iter(far.query(ONE)))["n"].value == "7"
        assert [line for line in asked if line.startswith("POST")] == ["POST /sparql"] * 4
        with pytest.raises(RemoteFailed, match=r"refused PUT.*503"):
            far.replace("https://example.org/g", [])
        assert sum(line.startswith("PUT") for line in asked) == 1
        busy[0] = wire.ATTEMPTS
        with pytest.raises(RemoteFailed, match="503"):
            far.query(ONE)


def test_a_slow_refusal_is_not_tried_again(monkeypatch):
    """Who took long to say no was at work: the same query would only come back."""
    monkeypatch.setattr(wire, "_QUICK", 0.0)
    with pretending(lambda method, *_: (200, {}, b"") if method == "GET" else (503, {}, b"too heavy")) as (url, asked):
        with pytest.raises(RemoteFailed, match="too heavy"):
            RemoteStore(url).query(ONE)
        assert asked.count("POST /sparql") == 1


def test_redirects_stay_on_the_host_and_end():
    """The way to another host is not taken, nor one in a circle; on the same host it is."""

    def moved(to: str) -> Callable[..., Answer]:
        return lambda _m, path, _h: (200, JSON, ROWS) if path == "/there" else (307, {"Location": to}, b"")

    with pretending(moved("/there")) as (url, asked):
        assert next(iter(RemoteStore(url).query(ONE)))["n"].value == "7" and "POST /there" in asked
        with pytest.raises(RemoteFailed, match="name that address"):
            RemoteStore(url).replace("https://example.org/g", [])
    elsewhere = pytest.raises(RemoteFailed, match=r"another host, http://example\.org/x;")
    with pretending(moved("http://example.org/x?key=s3cret")) as (url, _), elsewhere:
        RemoteStore(url).query(ONE)
    with pretending(moved("/sparql")) as (url, _), pytest.raises(RemoteFailed, match="more than 3 times"):
        RemoteStore(url).query(ONE)


def test_time_and_size_are_bounded(monkeypatch):
    """A server that drips, one that sends too much, one that sends little and means much."""

    def drips(*_request: object) -> Answer:
        time.sleep(1.2)
        return 200, JSON, ROWS

    with pretending(drips) as (url, _), pytest.raises(TimedOut, match=r"0\.3 seconds"):
        RemoteStore(f"{url}?timeout=0.3").query(ONE)
    monkeypatch.setattr(wire, "MAX_BYTES", 50_000)
    with pretending(always(200, JSON, b" " * 60_000)) as (url, _), pytest.raises(LimitReached, match="Ask for less"):
        RemoteStore(f"{url}?query=/q&graphs=/g").query(ONE)
    bomb = {**JSON, "Content-Encoding": "gzip"}
    with pretending(always(200, bomb, gzip.compress(b" " * 5_000_000))) as (url, _), pytest.raises(LimitReached):
        RemoteStore(url).query(ONE)


@pytest.mark.parametrize(
    ("headers", "error"),
    [({"X-SPARQL-MaxRows": "10000"}, LimitReached), ({"X-SQL-State": "S1TAT"}, TimedOut)],
)
def test_a_part_of_an_answer_is_an_error(headers, error):
    """Virtuoso cuts answers, and says so in a header that nobody reads."""
    with pretending(always(200, {**JSON, **headers}, ROWS)) as (url, _), pytest.raises(error):
        RemoteStore(url).query(ONE)


def test_the_password_is_sent_to_who_asks_and_shown_to_nobody(monkeypatch, caplog):
    """From the environment or a netrc file; not in an address, a message, a log or the look of an object."""
    caplog.set_level(logging.DEBUG)
    got: list[str] = []

    def guarded(_method: str, _path: str, headers: dict[str, str]) -> Answer:
        got.append(headers.get("Authorization", ""))
        return (200, JSON, ROWS) if got[-1] else (401, {"WWW-Authenticate": 'Basic realm="x"'}, b"")

    with pretending(guarded) as (url, _):
        mine = url.replace("http://", "sparql+http://me@")
        with pytest.raises(RemoteFailed, match="MIGKG_STORE_PASSWORD") as nobody:
            RemoteStore(mine).query(ONE)
        monkeypatch.setenv("MIGKG_STORE_PASSWORD", SECRET)
        far = RemoteStore(mine)
        assert next(iter(far.query(ONE)))["n"].value == "7"
        assert got[-1].startswith("Basic ") and got[0] == ""
        said = [str(nobody.value), repr(far.address), far.name, repr(vars(far)), caplog.text]
    with pretending(always(401, {"WWW-Authenticate": 'Basic realm="x"'}, b"no")) as (url, _):
        with pytest.raises(RemoteFailed, match="password of me was not accepted") as wrong:
            RemoteStore(url.replace("http://", "http://me@")).query(ONE)
        said.append(str(wrong.value))
    with pytest.raises(UsageError, match="environment variable") as typed:
        read(f"sparql+https://me:{SECRET}@example.org/sparql")
    said.append(str(typed.value))
    with pytest.raises(RemoteFailed) as away:
        RemoteStore("http://me@127.0.0.1:9/sparql").query("ASK {}")
    assert not any(SECRET in text for text in [*said, str(away.value), caplog.text])


def test_a_netrc_file_holds_the_password(tmp_path):
    """User and password by host; another user's are not taken; a file that is none is named."""
    file = tmp_path / "netrc"
    file.write_text(f"machine data.example.org login me password {SECRET}\n")
    file.chmod(0o600)
    assert read("https://data.example.org/sparql").user == "me"
    assert read("sparql+https://me@data.example.org/sparql").password == SECRET
    assert read("https://you@data.example.org/sparql").password == ""
    assert read("https://other.example.org/sparql").user == ""
    file.write_text("nonsense here\n")
    with pytest.raises(InputError, match="netrc"):
        read("https://data.example.org/sparql")


def test_a_password_does_not_go_unencrypted_to_another_machine(monkeypatch):
    """Basic over http only to this machine, or with a plain word for it."""
    monkeypatch.setenv("MIGKG_STORE_PASSWORD", SECRET)
    assert not read("sparql+http://me@data.example.org/sparql").secure
    assert read("sparql+http://me@data.example.org/sparql?plain=yes").secure
    assert read("sparql+https://me@data.example.org/sparql").secure
    with pretending(always(401, {"WWW-Authenticate": 'Basic realm="x"'}, b"")) as (url, asked):
        far = RemoteStore(url.replace("http://", "http://me@"))
        object.__setattr__(far.address, "url", "http://data.example.org/sparql")
        far._layout = guessed(read(url))
        far.wire._host = ("http", url.split("/")[2])
        with pytest.raises(RemoteFailed, match="unencrypted"):
            far.query(ONE)
        assert len(asked) == 1


@pytest.mark.parametrize(
    "address",
    [
        "ftp://example.org/sparql",
        "sparql+https:///sparql",
        "http://example.org:99999/sparql",
        "http://example.org/sparql?merge=default",
        "http://example.org/sparql?merged=somewhere",
        "http://example.org/sparql?timeout=soon",
        "http://example.org/sparql?update=https://elsewhere.org/update",
    ],
)
def test_an_address_that_is_none_is_told_what_is_wrong(address):
    """One sentence, before anything is sent."""
    with pytest.raises(UsageError):
        RemoteStore(address)


def test_an_address_may_say_all():
    """Query, update and graph store are said, and nothing is asked for."""
    far = RemoteStore("sparql+http://127.0.0.1:9/?query=/q&update=/u&graphs=/g&merged=default&timeout=5")
    layout = known(far.address) or guessed(far.address)
    assert (layout.query, layout.update, layout.graphs) == tuple(f"http://127.0.0.1:9/{x}" for x in "qug")
    assert layout.merged == "default" and far.wire.timeout == 5
    assert read("http://127.0.0.1/sparql?default-graph-uri=urn:x").merged == "urn:x"
    assert is_remote("sparql+https://x/y") and not is_remote("memory:") and not is_remote(None)


@pytest.mark.parametrize(
    ("url", "headers", "name", "query", "update", "graphs"),
    [
        ("http://h/sparql", {"server": "Virtuoso/07.20"}, "Virtuoso", "/sparql", "/sparql-auth",
         "/sparql-graph-crud-auth"),
        ("http://h", {"server": "Virtuoso/07.20"}, "Virtuoso", "/sparql", "/sparql-auth", "/sparql-graph-crud-auth"),
        ("http://h/ds", {"fuseki-request-id": "1"}, "Fuseki", "/ds/query", "/ds/update", "/ds/data"),
        ("http://h/ds/sparql", {"fuseki-request-id": "1"}, "Fuseki", "/ds/query", "/ds/update", "/ds/data"),
        ("http://h/query", {"server": "Oxigraph/0.5.1"}, "Oxigraph", "/query", "/update", "/store"),
        ("http://h/repositories/m", {}, "GraphDB or RDF4J", "/repositories/m", "/repositories/m/statements",
         "/repositories/m/rdf-graphs/service"),
    ],
)  # fmt: skip
def test_makes_are_known_by_their_answers(url, headers, name, query, update, graphs):
    """Where a server answers follows from what it is."""
    found = known(read(url), headers)
    assert found is not None
    assert (found.name, found.query, found.update, found.graphs) == (
        name,
        *(f"http://h{path}" for path in (query, update, graphs)),
    )
    assert known(read("http://h/sparql")) is None and known(read("http://h/sparql"), {"server": "nginx"}) is None
    assert known(read("https://x.neptune.amazonaws.com:8182/sparql")).graphs.endswith(":8182/sparql/gsp/")


def test_a_service_description_is_heeded():
    """An unknown server says where it answers and what its default graph is."""
    text = (
        b"[] a <http://www.w3.org/ns/sparql-service-description#Service> ; "
        b"<http://www.w3.org/ns/sparql-service-description#endpoint> <http://h/ask> ; "
        b"<http://www.w3.org/ns/sparql-service-description#feature> "
        b"<http://www.w3.org/ns/sparql-service-description#UnionDefaultGraph> ."
    )
    found = guessed(read("http://h/sparql?update=/u"), text)
    assert (found.query, found.update, found.merged) == ("http://h/ask", "http://h/u", "server")
    assert guessed(read("http://h/sparql?update=/u")).merged == "default"
    assert guessed(read("http://h/sparql"), b"<html>").graphs == "http://h/graph"


def test_a_parameter_that_was_not_given_says_nothing():
    """Two engines take it for something; strings and comments stay."""
    text = "SELECT ?x WHERE { VALUES ?x { UNDEF } ?x ?p 'VALUES ?x { UNDEF }' } # VALUES ?x { UNDEF }"
    made = closed(text)
    assert len(made) == len(text) and made.count("UNDEF") == 2 and "VALUES ?x" not in made[:40]
    for query in queries.folder("view"):
        assert "UNDEF" not in closed(query.text).replace("(UNDEF", ""), query.name


def test_a_construct_becomes_an_insert():
    """Only the template moves into the graph."""
    text = inserting("#+ a { comment\nCONSTRUCT { ?s ?p '}' . } WHERE { ?s ?p ?o }", "urn:g")
    assert text.endswith("INSERT { GRAPH <urn:g> { ?s ?p '}' . } } WHERE { ?s ?p ?o }")
    for folder in ("infer", "score"):
        for query in queries.folder(folder):
            ox.Store().update(inserting(query.text, "urn:g"))
    with pytest.raises(UsageError):
        inserting("SELECT ?s WHERE { ?s ?p ?o }", "urn:g")


def test_equal_values_have_one_checksum():
    """What servers rewrite is the same; what they change is not."""

    def of(text: str) -> str:
        return checksum(q.triple for q in ox.parse(f"<urn:s> <urn:p> {text} .", format=ox.RdfFormat.TURTLE))

    assert of("1.50") == of("1.5") == of("01.5") and of("1.5") != of("1.6") and of("'1.5'") != of("1.5")
    assert of("0.6666666666666666") == of("0.666666666666667")
    assert of("true") == of("'1'^^<http://www.w3.org/2001/XMLSchema#boolean>") != of("1")
    assert of("'a'@en-GB") == of("'a'@en-gb") != of("'a'")
    assert of("[ <urn:q> 1 ]") == of("[ <urn:q> 1 ]") != of("[ <urn:q> 2 ]")
    assert of("1, 1, 2") == of("2, 1") and same(None) == ""


def test_what_a_server_gets_wrong_is_refused():
    """Better no answer than one that is known to be false."""
    with pretending(always(200, {**JSON, "Server": "Virtuoso/07.20"}, ROWS)) as (url, _):
        far = RemoteStore(url)
        far._layout = known(far.address, {"server": "Virtuoso/07.20"})
        with pytest.raises(Refused, match="wrongly"):
            queries.rows(far, "view/mappings")
        assert far.layout.merged == MERGED and next(iter(far.query(ONE)))["n"].value == "7"


@pytest.mark.soak  # long; what it walks through is tested piece by piece elsewhere
def test_the_command_line_asks_a_remote_store(run, release):
    """`--store` works for everything that reads, and says when nobody is there."""
    with serving(release.path, rows=1_000_000, seconds=20) as (url, _pid):
        text = "SELECT (COUNT(*) AS ?n) WHERE { ?s a <https://w3id.org/migkg/def/Principle> }"
        far = f"sparql+{url}/sparql"
        for words in (
            ("query", text, "--format", "csv"),
            ("ask", "documents-of-mechanism", "--format", "csv"),
            ("find", "trafficking"),
            ("score", "sdg-10-7-2-regional", "--period", "2019", "--area", "m49-001", "--format", "csv"),
            ("map", "migof", "mgi-2016", "--format", "csv"),
            ("export", "--graph", "data/law/bodies", "--format", "nt"),
        ):
            near, there = run(*words), run(*words, "--store", far)
            assert there.returncode == 0 and there.stdout == near.stdout, words
        assert "iom-constitution" in run("trace", "10.7.2", "--store", far).stdout
        told = json.loads(run("info", "--format", "json", "--store", far).stdout)
        assert told["graphs_count"] == len(release.manifest["graphs"])
    gone = run("trace", "10.7.2", "--store", "http://127.0.0.1:9/sparql")
    assert gone.returncode == 3 and "127.0.0.1:9" in gone.stderr and gone.stdout == ""


def test_errors_stay_errors_of_ours():
    """Whatever bytes an address has, it is an error with a sentence."""
    for odd in ("http://[::1", "sparql+http://\x00/", "http://h/%zz?x", "https://" + "a" * 300 + "/", "http://a b/"):
        with pytest.raises(MigkgError):
            _ = RemoteStore(f"{odd}").query(ONE)
