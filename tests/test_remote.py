"""A SPARQL server as a store: read through our own server, and every way another one can fail us."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from migkg.errors import QueryError, RemoteFailed, UsageError
from migkg.stores import open_store
from migkg.stores.remote import RemoteStore
from migkg.trace import trace
from tests.serving import serving


@contextmanager
def pretending(status: int, kind: str, body: bytes, location: str = "") -> Iterator[str]:
    """A server on loopback that answers everything in one way."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_DELETE = do_POST

        def log_message(self, *_words: object) -> None:
            """Stay silent."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/sparql"
    finally:
        server.shutdown()
        server.server_close()


def test_a_trace_over_http_is_the_same(release, store):
    """The same question to the release and to its endpoint gives the same answer."""
    with serving(release.path) as (url, _pid):
        far = open_store(f"{url}/sparql")
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
    with pretending(status, kind, body) as url, pytest.raises(RemoteFailed, match=r"127\.0\.0\.1"):
        list(RemoteStore(url).query("SELECT ?s WHERE { ?s ?p ?o }"))


def test_a_server_that_is_not_there_is_named_without_its_password():
    """No connection; the secret stays out of the message."""
    with pytest.raises(RemoteFailed) as error:
        RemoteStore("http://me:secret@127.0.0.1:9/sparql").query("ASK {}")
    assert "secret" not in str(error.value)
    with pytest.raises(UsageError):
        RemoteStore("ftp://example.org/sparql")


def test_the_command_line_asks_a_remote_store(run, release):
    """`--store http://…` works for queries and traces, and says when nobody is there."""
    with serving(release.path) as (url, _pid):
        text = "SELECT (COUNT(*) AS ?n) WHERE { ?s a <https://w3id.org/migkg/def/Principle> }"
        near, far = (
            run("query", text, "--format", "csv"),
            run("query", text, "--format", "csv", "--store", f"{url}/sparql"),
        )
        assert far.returncode == 0 and far.stdout == near.stdout
        assert "iom-constitution" in run("trace", "10.7.2", "--store", f"{url}/sparql").stdout
    gone = run("trace", "10.7.2", "--store", "http://127.0.0.1:9/sparql")
    assert gone.returncode == 3 and "127.0.0.1:9" in gone.stderr and gone.stdout == ""
