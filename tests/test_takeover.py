"""Two server processes over one folder of releases: each new release is taken over, and no request fails."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from migkg import build, release
from migkg.release import Release
from tests import bases
from tests.serving import serving

ASK = "SELECT (COUNT(*) AS ?n) WHERE { ?s <https://example.org/step> ?o }"


def published(steps: int) -> Release:
    """Make a release with some statements more the current one, as a build does."""
    store = bases.copy(bases.small_store())
    s, p = (ox.NamedNode(f"https://example.org/{name}") for name in ("s", "step"))
    store.put("https://example.org/g", [ox.Triple(s, p, ox.Literal(step)) for step in range(steps)])
    with release.alone(), release.workshop() as folder:
        return build.publish(store, folder)


def wait_for(url: str, made: Release, seconds: float = 60) -> None:
    """Wait until a server serves this release."""
    end = time.monotonic() + seconds
    while httpx.get(f"{url}/ready", timeout=20).json().get("release") != made.id:
        assert time.monotonic() < end, f"{url} still serves another release"
        time.sleep(0.1)


def test_releases_change_and_no_request_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients ask both servers all the time, pages and SPARQL, while two releases follow."""
    monkeypatch.setenv("MIGKG_HOME", str(tmp_path))
    monkeypatch.delenv("MIGKG_TOKEN", raising=False)
    first = published(1)
    failed: list[str] = []
    seen: list[list[int]] = [[], []]
    over = threading.Event()

    def ask(url: str, counts: list[int]) -> None:
        with httpx.Client(base_url=url, timeout=30) as web:
            while not over.is_set():
                for answer in (
                    web.post("/sparql", data={"query": ASK}, headers={"Accept": "application/sparql-results+json"}),
                    web.get("/health"),
                    web.get("/page/sdg-indicator-10-7-2"),
                ):
                    if answer.status_code != 200:
                        failed.append(f"{answer.status_code} {answer.text[:200]}")
                    elif answer.request.method == "POST":
                        counts.append(int(answer.json()["results"]["bindings"][0]["n"]["value"]))

    with serving(first.path, seconds=20) as (one, _), serving(first.path, seconds=20) as (two, _):
        clients = [
            threading.Thread(target=ask, args=(url, counts))
            for url, counts in zip((one, two), seen, strict=True)
            for _ in range(2)
        ]
        for client in clients:
            client.start()
        try:
            for steps in (2, 3):
                made = published(steps)
                for url in (one, two):
                    wait_for(url, made)
        finally:
            over.set()
            for client in clients:
                client.join()
    assert failed == []
    for counts in seen:
        assert {1, 3} <= set(counts) <= {1, 2, 3} and counts[-1] == 3


def test_a_server_of_another_release_stays_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who names a folder gets that release, whatever is built."""
    monkeypatch.setenv("MIGKG_HOME", str(tmp_path))
    first = published(1)
    published(2)
    with serving(first.path) as (url, _):
        published(3)
        time.sleep(1.5)
        assert httpx.get(f"{url}/ready", timeout=20).json()["release"] == first.id
