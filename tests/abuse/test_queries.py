"""Queries that attack: after thirty of them the server is as idle as before, and a neighbour was served meanwhile."""

from __future__ import annotations

import threading
import time
from itertools import cycle, islice

import httpx
import psutil

from tests.abuse.conftest import family, wait_for
from tests.writing import Client

# The tiny base is small: products need many factors to be long.
SLOW = "SELECT (COUNT(*) AS ?n) WHERE { ?a a ?b . ?c a ?d . ?e a ?f . ?g a ?h }"
HOSTILE = [
    SLOW,
    "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i",
    "SELECT ?a (GROUP_CONCAT(?f) AS ?all) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } GROUP BY ?a",
    "SELECT * WHERE { BIND('aaaaaaaaaaaaaaaa' AS ?x0) "
    + " ".join(f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(40))
    + " }",
    "SELECT (COUNT(*) AS ?n) WHERE { ?a (<x:y>|!<x:y>)* ?b . ?c (<x:y>|!<x:y>)* ?d . ?e (<x:y>|!<x:y>)* ?f }",
    "SELECT * WHERE { ?s (<x:a>|!<x:a>)/(<x:b>|!<x:b>)/(<x:c>|!<x:c>)/(<x:d>|!<x:d>) ?o . ?x ?y ?z . ?u ?v ?w }",
    "SELECT ?a WHERE { ?a ?b ?c . ?d ?e ?f . FILTER NOT EXISTS { ?a ?x ?f . ?f ?y ?z . ?q ?r ?s } } ORDER BY ?a",
    "CONSTRUCT { ?a ?b ?f } WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "SELECT (COUNT(*) AS ?n) WHERE { VALUES ?a { " + "1 " * 5000 + "} VALUES ?b { " + "2 " * 5000
    + "} ?c ?d ?e . ?f ?g ?h }",
    "SELECT (REGEX('" + "a" * 30_000 + "!', '^(a+)+$') AS ?x) (REPLACE('" + "a" * 20_000
    + "', '(a?)*', 'bbbbbbbbbbbbbbbbbb') AS ?y) WHERE { ?a ?b ?c . ?d ?e ?f }",
]  # fmt: skip


def test_thirty_hostile_queries_leave_nothing_behind(web: Client) -> None:
    """Each ends with an answer or a problem; meanwhile others are served; then processor and memory are as before."""
    assert wait_for(lambda: web.get("/ready").status_code == 200)
    before = sum(p.memory_info().rss for p in family(web.pid))
    codes: list[int] = []

    def attack(text: str) -> None:
        with httpx.Client(base_url=web.base_url, timeout=120) as client:
            answer = client.post("/sparql", content=text, headers={"Content-Type": "application/sparql-query"})
            codes.append(answer.status_code)
            if answer.status_code == 503:
                assert int(answer.headers["retry-after"]) > 0

    attackers = [threading.Thread(target=attack, args=(text,)) for text in islice(cycle(HOSTILE), 30)]
    for thread in attackers:
        thread.start()
    served = []
    while any(thread.is_alive() for thread in attackers):
        served.append(web.get("/health").status_code)
        served.append(web.get("/about/limits").status_code)
        asked = web.get("/sparql", params={"query": f"SELECT ({len(served)} AS ?n) {{}}"})
        assert asked.status_code == 200 or (asked.status_code == 503 and "retry-after" in asked.headers)
        time.sleep(0.3)
    for thread in attackers:
        thread.join()
    assert len(codes) == 30 and set(codes) <= {200, 400, 413, 503}, codes
    assert set(served) == {200}
    assert wait_for(lambda: web.get("/ready").status_code == 200)
    assert wait_for(lambda: _used(web.pid) < 0.1, 120), "work was left behind"
    assert wait_for(lambda: sum(p.memory_info().rss for p in family(web.pid)) < before + 300_000_000)
    # Two workers, whatever happened; those that stood in for others are gone.
    assert wait_for(lambda: "migkg_workers_alive 2" in web.get("/metrics").text)


def _used(pid: int) -> float:
    """Return which part of a processor a server and all below it used within a second."""

    def seconds() -> dict[int, float]:
        found = {}
        for process in family(pid):
            try:
                times = process.cpu_times()
                found[process.pid] = times.user + times.system
            except psutil.NoSuchProcess:
                continue
        return found

    before, start = seconds(), time.monotonic()
    time.sleep(1)
    after = seconds()
    return sum(after[one] - before.get(one, 0) for one in after) / (time.monotonic() - start)


def test_a_client_that_leaves_takes_its_query_along(web: Client) -> None:
    """Twenty clients ask something long and leave at once: soon nothing works for them any more."""
    for _ in range(20):
        try:
            httpx.get(f"{web.base_url}sparql", params={"query": SLOW}, timeout=0.3)
        except httpx.TimeoutException:
            continue
    assert wait_for(lambda: "migkg_queries_in_flight 0" in web.get("/metrics").text)
    assert wait_for(lambda: _used(web.pid) < 0.1, 120)
