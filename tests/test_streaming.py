"""Large answers stream in little memory, small ones are kept, and what changes each time is never kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import psutil
import pytest

from migkg.release import Release
from migkg.server.shelf import Shelf
from tests.serving import serving

EVERYTHING = "SELECT * { ?s ?p ?o }"
CSV = {"Accept": "text/csv"}


@pytest.fixture(scope="module")
def server(release: Release) -> Iterator[tuple[str, int]]:
    """A server that gives as many rows as it does by default, with one worker."""
    with serving(release.path, rows=1_000_000, seconds=60, workers=1) as made:
        yield made


@pytest.fixture(scope="module")
def web(server: tuple[str, int]) -> Iterator[httpx.Client]:
    """A client with patience."""
    with httpx.Client(base_url=server[0], timeout=120) as client:
        yield client


def test_an_answer_of_many_rows_takes_little_memory(
    web: httpx.Client, server: tuple[str, int], release: Release
) -> None:
    """All statements as rows, in pieces and without a length; the server process does not grow with them."""
    process = psutil.Process(server[1])
    web.get("/page/KEN")  # the release is open
    before = process.memory_info().rss
    rows, size, most = 0, 0, 0
    tabs = {"Accept": "text/tab-separated-values"}  # in which a line is a row, whatever the texts hold
    with web.stream("GET", "/sparql", params={"query": EVERYTHING}, headers=tabs) as answer:
        assert "content-length" not in answer.headers
        for piece in answer.iter_raw():
            rows += piece.count(b"\n")
            size += len(piece)
            most = max(most, process.memory_info().rss - before)
    whole = web.get("/sparql.csv", params={"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"}).text.split()[1]
    assert rows == int(whole) + 1
    assert most < size / 3, (most, size)


def test_a_client_that_reads_slowly_holds_no_worker(web: httpx.Client) -> None:
    """With one worker, another client is answered while the first has read only the beginning."""
    with web.stream("GET", "/sparql", params={"query": EVERYTHING}, headers=CSV) as answer:
        pieces = answer.iter_raw()
        next(pieces)
        for _ in range(30):  # the worker writes on until it is through; then it is free, however much is still unread
            if web.get("/ready").status_code == 200:
                break
        else:
            pytest.fail("the worker waits for the client")
        assert sum(len(piece) for piece in pieces) > 10_000_000


def test_an_answer_that_breaks_off_is_seen_to(release: Release) -> None:
    """Too many rows, found out after the beginning has left: the client's library says that the answer is not whole."""
    with serving(release.path, rows=200_000) as (address, _), httpx.Client(base_url=address, timeout=60) as web:
        with pytest.raises(httpx.RemoteProtocolError):
            web.get("/sparql", params={"query": EVERYTHING}, headers=CSV)
        assert web.get("/health").status_code == 200


def test_who_leaves_costs_nothing_more(web: httpx.Client) -> None:
    """Clients who hang up in the middle of a long query leave the worker to others."""
    slow = "SELECT (COUNT(*) AS ?n) WHERE { ?a a ?b . ?c a ?d . ?e a ?f }"
    for _ in range(3):
        with pytest.raises(httpx.ReadTimeout):
            web.get("/sparql", params={"query": slow}, timeout=1)
    # The limit is a minute a query; three of them one after the other would be three.
    assert web.get("/sparql.csv", params={"query": "ASK {}"}, timeout=40).status_code in (200, 503)
    for _ in range(40):
        if web.get("/ready").status_code == 200:
            break
    else:
        pytest.fail("the worker still computes for clients who left")


def test_the_same_question_is_answered_from_what_was_kept(web: httpx.Client) -> None:
    """By GET or POST, the same bytes; another form or another graph is another question."""
    text = "SELECT ?s WHERE { ?s a <https://w3id.org/migkg/def/Treaty> } ORDER BY ?s"

    def kept() -> int:
        line = next((x for x in web.get("/metrics").text.splitlines() if 'outcome="kept"' in x), "0")
        return int(line.split()[-1])

    start = kept()
    first = web.get("/sparql", params={"query": text}, headers=CSV)
    assert kept() == start
    assert web.get("/sparql", params={"query": text}, headers=CSV).content == first.content
    assert web.post("/sparql", data={"query": text}, headers=CSV).content == first.content
    assert kept() == start + 2
    web.get("/sparql", params={"query": text}, headers={"Accept": "application/sparql-results+json"})
    graph = "https://w3id.org/migkg/graph/data/law/treaties"
    web.get("/sparql", params={"query": text, "default-graph-uri": graph}, headers=CSV)
    assert kept() == start + 2


@pytest.mark.parametrize("function", ["RAND()", "NOW()", "uuid()", "STRUUID( )"])
def test_what_changes_each_time_is_never_kept(web: httpx.Client, function: str) -> None:
    """Chance and time have no ETag and are asked anew."""
    text = f"SELECT ({function} AS ?x) {{}}"
    first, second = (web.get("/sparql", params={"query": text}, headers=CSV) for _ in range(2))
    assert first.text != second.text
    assert "etag" not in first.headers and first.headers["cache-control"] == "no-store"
    word = "SELECT ('RAND()' AS ?x) {}"
    assert "etag" in web.get("/sparql", params={"query": word}, headers=CSV).headers


def test_the_shelf_forgets_what_was_not_used_for_longest() -> None:
    """Room is for bytes, not for numbers; one answer never takes more than its share."""
    shelf: Shelf[str, str] = Shelf(320)
    for name in "abcdefghijklmnopqrstuvwxyzABCDEF":
        shelf.put(name, name, 10)
    assert shelf.get("a") == "a"
    shelf.put("more", "more", 10)
    assert shelf.get("b") is None and shelf.get("a") == "a" and shelf.get("more") == "more"
    shelf.put("large", "large", 11)
    assert shelf.get("large") is None


def test_many_at_once_get_each_its_own_answer(server: tuple[str, int]) -> None:
    """Sixty-four clients on one worker: no answer goes to another."""

    async def ask(web: httpx.AsyncClient, number: int) -> int:
        answer = await web.get("/sparql", params={"query": f"SELECT ({number} AS ?n) {{}}"}, headers=CSV)
        return int(answer.text.split()[1])

    async def all_of_them() -> list[int]:
        limits = httpx.Limits(max_connections=64)
        async with httpx.AsyncClient(base_url=server[0], timeout=60, limits=limits) as web:
            return await asyncio.gather(*(ask(web, number) for number in range(64)))

    assert asyncio.run(all_of_them()) == list(range(64))
