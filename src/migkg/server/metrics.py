"""What one request did: counted for `/metrics`, and one line in the access log."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

from starlette.types import Message, Scope

from migkg.server.problems import NUMBER
from migkg.server.world import World

# Upper ends of the classes of the histogram, in seconds.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
CLASSES = ("sparql", "graph", "api", "page", "data", "id", "trace", "search", "ask", "downloads", "static", "health")


class Watch:
    """Watches one request from its first byte to the end of its answer."""

    def __init__(self, here: World, scope: Scope) -> None:
        self._here, self._scope = here, scope
        self._began = time.perf_counter()
        self._status = self._size = 0
        here.count("flight", "now")

    def saw(self, message: Message) -> None:
        """Note what is sent."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
        else:
            self._size += len(message.get("body", b""))

    def end(self) -> None:
        """Count the request, and write its line where there is a log."""
        here, took = self._here, time.perf_counter() - self._began
        kind = class_of(self._scope["path"])
        here.count("flight", "now", -1)
        here.count("http", f"{self._status // 100}xx" if self._status else "none")
        here.count("took", f"{kind} {next((end for end in BUCKETS if took <= end), '+Inf')}")
        here.count("microseconds", kind, round(took * 1_000_000))
        if (log := self._scope["app"].state.log) is not None:
            number = str(self._scope[NUMBER])
            began, release = self._began, here.release.id
            log.write(self._scope, status=self._status, size=self._size, began=began, release=release, request=number)


def class_of(path: str) -> str:
    """Return the class of a request: the first part of its path, where it is one that we count."""
    first = path[1:].partition("/")[0].partition(".")[0]
    return first if first in CLASSES else "other"


def lines(here: World, memory: int) -> Iterator[str]:
    """Give the lines of `/metrics` in the text format of Prometheus."""
    with_kind: dict[str, Counter[str]] = {}
    for (what, kind), count in sorted(here.counts.copy().items()):
        with_kind.setdefault(what, Counter())[kind] = count
    none: Counter[str] = Counter()
    yield from _head("http_responses_total", "counter", "Answers by class of status.")
    for kind, count in with_kind.get("http", none).items():
        yield f'migkg_http_responses_total{{status="{kind}"}} {count}'
    yield from _histogram(with_kind.get("took", none), with_kind.get("microseconds", none))
    yield from _head("http_requests_in_flight", "gauge", "Requests that are being answered.")
    yield f"migkg_http_requests_in_flight {max(0, with_kind.get('flight', none)['now'])}"
    yield from _head("queries_total", "counter", "Queries by outcome; kept ones were answered before.")
    for kind, count in with_kind.get("query", none).items():
        yield f'migkg_queries_total{{outcome="{kind}"}} {count}'
    for name, count in here.load().items():
        yield from _head(name, "gauge", name.replace("_", " ").capitalize() + ".")
        yield f"migkg_{name} {count}"
    yield from _head("statements", "gauge", "Statements in the release.")
    yield f'migkg_statements{{release="{here.release.id}"}} {here.release.manifest["quads"]}'
    yield from _head("memory_bytes", "gauge", "Memory of this process, without its workers.")
    yield f"migkg_memory_bytes {memory}"


def _histogram(took: Counter[str], microseconds: Counter[str]) -> Iterator[str]:
    name = "http_request_seconds"
    yield from _head(name, "histogram", "How long requests took, by the first part of their path.")
    for kind in sorted(microseconds):
        so_far = 0
        for end in (*BUCKETS, "+Inf"):
            so_far += took[f"{kind} {end}"]
            yield f'migkg_{name}_bucket{{class="{kind}",le="{end}"}} {so_far}'
        yield f'migkg_{name}_sum{{class="{kind}"}} {microseconds[kind] / 1_000_000:.6f}'
        yield f'migkg_{name}_count{{class="{kind}"}} {so_far}'


def _head(name: str, kind: str, words: str) -> list[str]:
    return [f"# HELP migkg_{name} {words}", f"# TYPE migkg_{name} {kind}"]
