"""The store contract, over every store in this process; and the worker that can be killed."""

from __future__ import annotations

import asyncio
import io
import json
import socket
from itertools import pairwise

import psutil
import pyoxigraph as ox
import pytest

from migkg.errors import (
    InputError,
    LimitReached,
    MigkgError,
    QueryError,
    Refused,
    ResourceMissing,
    TimedOut,
    TooLarge,
    UsageError,
)
from migkg.stores import open_store
from migkg.stores.child import Sink
from migkg.stores.guard import check
from migkg.stores.oxigraph import OxigraphStore
from migkg.stores.pool import Pool
from migkg.stores.stream import Stream
from migkg.stores.worker import Reply, Request, Worker

A, B = "https://example.org/a", "https://example.org/b"
# Takes for ever and no memory, so that time alone ends it.
NUMBERS = " ".join(map(str, range(60)))
CARTESIAN = f"SELECT (COUNT(*) AS ?n) WHERE {{ {' '.join(f'VALUES ?v{i} {{ {NUMBERS} }}' for i in range(6))} }}"


def triple(s, o):
    """A triple of the contract."""
    return ox.Triple(ox.NamedNode(f"https://example.org/{s}"), ox.NamedNode("https://example.org/p"), ox.Literal(o))


@pytest.fixture(params=["memory", "disk"])
def empty(request, tmp_path):
    """An empty store of each kind."""
    return OxigraphStore() if request.param == "memory" else OxigraphStore(tmp_path / "store")


def count(store, where="?s ?p ?o"):
    """How many solutions a pattern has in the default graph."""
    return int(next(iter(store.query(f"SELECT (COUNT(*) AS ?n) WHERE {{ {where} }}")))["n"].value)


def test_put_replaces_and_get_returns(empty):
    """Putting makes these triples the whole content."""
    empty.put(A, [triple("x", "1"), triple("x", "2")])
    empty.put(A, [triple("x", "3")])
    assert empty.get(A) == [triple("x", "3")]
    assert empty.graphs() == [A]
    assert count(empty) == 1


def test_the_default_graph_is_the_merge(empty):
    """A triple that two graphs say counts once, and stays while one of them says it."""
    empty.put(A, [triple("x", "1"), triple("x", "2")])
    empty.put(B, [triple("x", "1")])
    assert count(empty) == 2
    empty.drop(B)
    assert count(empty) == 2
    empty.drop(A)
    assert count(empty) == 0
    assert empty.graphs() == []


def test_dropping_an_unknown_graph_changes_nothing(empty):
    """A second drop is no error."""
    empty.put(A, [triple("x", "1")])
    empty.drop(B)
    assert empty.get(B) == [] and count(empty) == 1


def test_a_graph_can_be_asked_by_name(empty):
    """Who says so is the name of the graph."""
    empty.put(A, [triple("x", "1")])
    empty.put(B, [triple("x", "1")])
    assert count(empty, "GRAPH ?g { ?s ?p ?o }") == 2
    assert bool(empty.query(f"ASK {{ GRAPH <{A}> {{ ?s ?p '1' }} }}"))


def test_a_bad_query_says_where(empty):
    """Line and column, and the mend where it is known."""
    with pytest.raises(QueryError) as error:
        empty.query("SELECT ?x\nWHERE { ?x mg:basedOn ?y }")
    assert (error.value.line, error.value.column) == (2, 12)
    assert "PREFIX mg: <https://w3id.org/migkg/def/>" in str(error.value)
    assert "WHERE { ?x mg:basedOn ?y }" in str(error.value)


def test_the_protocol_dataset_counts_a_triple_once(empty):
    """Several default graphs are merged, not concatenated."""
    empty.put(A, [triple("x", "1")])
    empty.put(B, [triple("x", "1"), triple("y", "2")])
    found = empty.dataset_query("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }", [A, B], None)
    assert next(iter(found))["n"].value == "2"


def test_a_store_in_use_says_so(tmp_path):
    """No trace of the database, but a sentence."""
    first = OxigraphStore(tmp_path / "store")
    with pytest.raises(ResourceMissing, match="in use"):
        OxigraphStore(tmp_path / "store")
    del first


def test_open_store_reads_short_words(release, tmp_path):
    """memory:, a release, a folder; and a clear word when nothing is there."""
    assert open_store("memory:").graphs() == []
    assert open_store(str(release.path)).graphs()
    OxigraphStore(tmp_path / "kept").put(A, [triple("x", "1")])
    assert open_store(str(tmp_path / "kept")).graphs() == [A]
    with pytest.raises(InputError, match="neither"):
        open_store(str(tmp_path / "nothing"))
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("INSERT DATA { <a:a> <a:a> <a:a> }", Refused),
        ("PREFIX x: <http://x/>\nDELETE WHERE { ?s ?p ?o }", Refused),
        ("LOAD <file:///etc/passwd>", Refused),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", Refused),
        ("SELECT * { SERVICE SILENT ?x { ?s ?p ?o } }", Refused),
        ("SELECT * { \\u0053ERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", Refused),
        ("SELECT * " + "{" * 3000 + "}" * 3000, TooLarge),
        ("SELECT (" + "1+" * 8000 + "1 AS ?x) {}", TooLarge),
        ("SELECT * { ?s " + "/".join(["<a:p>"] * 600) + " ?o }", TooLarge),
        ("SELECT * {}" + " " * 70_000, TooLarge),
    ],
)
def test_the_guard_refuses_what_could_only_harm(text, error):
    """Updates, federation and bombs of nesting are refused before the engine sees them."""
    with pytest.raises(error):
        check(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?service { ?service ?load ?insert }",
        "SELECT * { ?a <urn:SERVICE> 'DELETE WHERE' } # LOAD",
        'SELECT * { ?a ?b """SERVICE {{{""" }',
        "PREFIX add: <http://x/> SELECT * { ?a add:drop ?c }",
    ],
)
def test_the_guard_lets_words_in_strings_pass(text):
    """A word in a string, an IRI, a comment or a name is no keyword."""
    check(text)


def test_a_worker_answers_in_the_form_asked_for(release):
    """One process, several answers, W3C formats verbatim."""
    with Worker(release.path) as worker:
        ask = worker.ask(Request("ASK { ?s ?p ?o }"), 10)
        assert json.loads(ask.body)["boolean"] is True
        rows = worker.ask(Request("SELECT ?s WHERE { ?s ?p ?o } LIMIT 3", results="text/csv"), 10)
        assert rows.body.count(b"\r\n") == 4
        graph = worker.ask(Request("CONSTRUCT WHERE { ?s ?p ?o } LIMIT 5", graph="application/n-triples"), 10)
        assert graph.kind == "graph" and graph.body.strip()


def test_a_query_is_stopped_at_the_deadline_and_its_process_is_gone(release):
    """An engine that cannot be interrupted is ended from outside."""
    worker = Worker(release.path)
    worker.wait_ready()
    pid = worker.process.pid
    with pytest.raises(TimedOut):
        worker.ask(Request(CARTESIAN), 1)
    assert not psutil.pid_exists(pid)


def test_a_memory_bomb_ends_inside_its_limit(release):
    """Doubling a string forty times must not take the machine with it."""
    letters = pairwise("abcdefghijklmnopqrstuvwxyz")
    steps = "".join(f" BIND(CONCAT(?{a},?{a},?{a},?{a}) AS ?{b})" for a, b in letters)
    with Worker(release.path) as worker, pytest.raises((LimitReached, TimedOut)):
        worker.ask(Request("SELECT * { BIND('aaaaaaaaaaaaaaaa' AS ?a)" + steps + " }"), 20)


@pytest.mark.parametrize(
    "form",
    ["application/sparql-results+json", "text/csv", "text/tab-separated-values", "application/sparql-results+xml"],
)
def test_too_many_rows_are_an_error_not_a_short_answer(release, form):
    """No short answer that looks whole; the exact number is still fine."""
    with Worker(release.path) as worker:
        assert worker.ask(Request("SELECT * { ?s ?p ?o } LIMIT 100", results=form, max_rows=100), 10).body
        with pytest.raises(LimitReached):
            worker.ask(Request("SELECT * { ?s ?p ?o } LIMIT 1000", results=form, max_rows=100), 10)


@pytest.fixture
def pool(release):
    """One worker, as a server has several."""
    made = Pool(release.path, 1, in_memory=False)
    yield made
    made.close()


def test_a_pool_replaces_a_killed_worker(pool):
    """One bad query costs its own answer only."""

    async def both():
        with pytest.raises(TimedOut):
            await pool.ask(Request(CARTESIAN), 0.5)
        return await pool.ask(Request("ASK {}"), 10, patience=20)

    assert asyncio.run(both()).kind == "boolean"


def test_questions_wait_their_turn_and_no_longer_than_their_patience(pool):
    """One worker, many questions: each gets its own answer, or the word that all are busy."""

    async def many():
        asked = [pool.ask(Request(f"SELECT ({n} AS ?n) {{}}", results="text/csv"), 10, patience=20) for n in range(40)]
        answers = await asyncio.gather(*asked)
        with pytest.raises(LimitReached, match="busy"):
            await asyncio.gather(pool.ask(Request(CARTESIAN), 3), pool.ask(Request("ASK {}"), 10, 0.2))
        return answers

    assert [int(one.body.split()[1]) for one in asyncio.run(many())] == list(range(40))


def test_a_question_nobody_waits_for_ends_with_its_worker(pool):
    """The process that computes for a client who left is ended, and another takes its place."""

    async def leave():
        await pool.ask(Request("ASK {}"), 10, patience=20)
        (before,) = pool._all
        task = asyncio.create_task(pool.ask(Request(CARTESIAN), 60))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        answer = await pool.ask(Request("ASK {}"), 10, patience=20)
        assert not before.alive
        return answer

    assert asyncio.run(leave()).kind == "boolean"


EVERYTHING = "SELECT * { ?s ?p ?o }"
LONG = f"SELECT * {{ VALUES ?n {{ {' '.join(map(str, range(500)))} }} ?s ?p ?o }}"  # begins at once, and takes long


async def _whole(stream):
    return b"".join([piece async for piece in stream.pieces()])


def test_a_large_answer_streams_and_frees_its_worker_before_it_is_read(pool, release):
    """The same bytes as the answer in one piece; a client that reads slowly holds no worker."""

    async def read():
        stream = await pool.ask(Request(EVERYTHING, results="text/csv"), 60)
        assert isinstance(stream, Stream)
        assert isinstance(await pool.ask(Request("ASK {}"), 10, patience=60), Reply)
        try:
            return await _whole(stream)
        finally:
            await stream.close()

    streamed = asyncio.run(read())
    with Worker(release.path) as worker:
        assert streamed == worker.ask(Request(EVERYTHING, results="text/csv"), 60).body


@pytest.mark.parametrize("limit", [{"max_rows": 200_000}, {"max_bytes": 9_000_000}, {}])
def test_a_large_answer_that_breaks_off_says_so(pool, limit):
    """After its last good piece comes an error and never a proper end."""

    async def read():
        seconds = 60 if limit else 4
        text = EVERYTHING if limit else LONG
        stream = await pool.ask(Request(text, results="text/csv", **limit), seconds)
        assert isinstance(stream, Stream)
        with pytest.raises(LimitReached, match="broke off"):
            await _whole(stream)
        await stream.close()
        return await pool.ask(Request("ASK {}"), 10, patience=20)

    assert asyncio.run(read()).kind == "boolean"


def test_a_stream_that_is_closed_early_ends_its_worker(pool):
    """Who leaves in the middle costs nothing more."""

    async def leave():
        stream = await pool.ask(Request(LONG), 60)
        assert await anext(aiter(stream.pieces()))
        await stream.close()
        return await pool.ask(Request("ASK {}"), 10, patience=20)

    assert asyncio.run(leave()).kind == "boolean"


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_worker_reaches_nothing_outside_even_unguarded(release, monkeypatch, in_memory):
    """Were the look at the text to miss a SERVICE, the process still could open no connection, and answers on."""
    monkeypatch.setattr("migkg.stores.worker.check", lambda _text: None)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        there = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with Worker(release.path, in_memory=in_memory) as worker:
            with pytest.raises(InputError):
                worker.ask(Request(f"SELECT * {{ SERVICE <{there}> {{ ?s ?p ?o }} }}"), 10)
            with pytest.raises(TimeoutError):
                listener.accept()
            assert worker.ask(Request("SELECT * { GRAPH ?g { ?s a ?c } }", results="text/csv"), 20).body


@pytest.mark.parametrize("bad", ["", "SELECT", "DESCRIBE", "SELECT * WHERE { ?s ?p ?o", "ASK { FILTER(1/0) ", "\x00"])
def test_a_worker_survives_bad_text(release, bad):
    """A mistake is an answer, and the next query works."""
    with Worker(release.path) as worker:
        with pytest.raises(MigkgError):
            worker.ask(Request(bad), 10)
        assert worker.ask(Request("ASK {}"), 10).kind == "boolean"


def test_nothing_built_is_said_plainly(tmp_path, monkeypatch):
    """Without a release the message names the command that makes one."""
    monkeypatch.setenv("MIGKG_HOME", str(tmp_path))
    with pytest.raises(UsageError, match="migkg build"):
        open_store()


def test_rows_are_counted_across_pieces():
    """A mark that is cut in two between pieces still counts once."""
    out = Sink(io.BytesIO(), {}, (b"<result>", 0), 3, 1_000)
    text = b"<result/><result><result>x<result>"
    for index in range(len(text)):
        out.write(text[index : index + 1])
    assert out.rows == 3
    with pytest.raises(LimitReached):
        out.write(b"<result>")
