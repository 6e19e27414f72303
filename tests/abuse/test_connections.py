"""Connections: slow, half, many, malformed, smuggled."""

from __future__ import annotations

import json
import socket
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from tests.abuse.conftest import LIMITS, Raw, running, wait_for
from tests.writing import FOREIGN, TOKEN, Client

HEAD = b"GET /health HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
AUTH = f"Authorization: Bearer {TOKEN}\r\n".encode()


def status(answer: bytes) -> int:
    """Return the status of an answer; 0 when the connection was closed without one."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def problem(answer: bytes) -> dict[str, object]:
    """Return the problem document of a raw answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head.lower(), answer[:500]
    said: dict[str, object] = json.loads(body)
    assert said["status"] == status(answer)
    return said


def connect(web: Client) -> socket.socket:
    """Open a connection."""
    place = urlsplit(str(web.base_url))
    return socket.create_connection((place.hostname or "", place.port or 0), timeout=30)


@pytest.mark.parametrize(
    "begin",
    [b"", b"GET /he", HEAD, HEAD + b"X-A: ", b"\r\n\r\n", HEAD + b"\r\n" + HEAD],
    ids=["nothing", "line", "headers", "header", "empty lines", "second request"],
)
def test_a_head_that_does_not_come_whole_ends_the_connection(web: Client, begin: bytes) -> None:
    """Slow loris: whatever trickles in, without a whole head in time the connection is closed by the server."""
    with connect(web) as line:
        line.sendall(begin)
        line.settimeout(0.5)
        closed, end = False, time.monotonic() + 60
        while not closed and time.monotonic() < end:
            try:
                line.sendall(b"\r\n" if begin == b"\r\n\r\n" else b"x" if begin else b"")
                got = line.recv(65536)
                closed = not got
            except TimeoutError:
                continue
            except OSError:
                closed = True
        assert closed


def test_others_are_served_while_many_are_slow(web: Client) -> None:
    """With nearly all connections held open by half requests, health, a page and a query are answered."""
    lines = [connect(web) for _ in range(int(LIMITS["CONNECTIONS"]) - 10)]
    try:
        for line in lines:
            line.sendall(HEAD)
        assert web.get("/health").status_code == 200
        assert web.get("/about/limits").status_code == 200
        assert web.get("/sparql", params={"query": "ASK {}"}).status_code in (200, 503)
    finally:
        for line in lines:
            line.close()


def test_too_many_connections_are_told_to_come_back(web: Client) -> None:
    """Above the cap: 503 with Retry-After, as a problem document; when the slow ones are let go, all is well."""
    lines = [connect(web) for _ in range(int(LIMITS["CONNECTIONS"]))]
    try:
        with connect(web) as more:
            got = b""
            while part := more.recv(65536):
                got += part
        assert status(got) == 503 and b"retry-after" in got.lower()
        assert "connections" in str(problem(got)["detail"])
        # They are let go for having sent nothing, although nobody closes them.
        assert wait_for(lambda: _answers(web))
    finally:
        for line in lines:
            line.close()


def _answers(web: Client) -> bool:
    with httpx.Client(base_url=web.base_url, timeout=30) as fresh:
        try:
            return fresh.get("/health").status_code == 200
        except httpx.HTTPError:
            return False


@pytest.mark.parametrize(
    "head",
    [
        POST + b"Content-Length: 5000\r\n\r\nASK {}",
        POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nASK\r\n",
        b"PUT /graph?graph=http://example.org/slow HTTP/1.1\r\nHost: x\r\nContent-Type: text/turtle\r\n"
        + AUTH
        + b"Content-Length: 5000\r\n\r\n<a:b>",
    ],
    ids=["post", "chunked", "put"],
)
def test_a_body_that_does_not_come_is_not_waited_for(raw: Raw, web: Client, head: bytes) -> None:
    """408 after the time for bodies; nothing is written."""
    answer = raw(head)
    assert status(answer) == 408 and "2 seconds" in str(problem(answer)["detail"])
    assert web.get("/graph", params={"graph": "http://example.org/slow"}).status_code == 404


def test_a_body_that_breaks_off_changes_nothing(web: Client) -> None:
    """A client that leaves in the middle of an upload: the old graph is whole."""
    assert web.put(FOREIGN, "<a:b> <a:b> 'old' .").status_code in (200, 201)
    for _ in range(5):
        with connect(web) as line:
            line.sendall(f"PUT /graph?graph={FOREIGN} HTTP/1.1\r\nHost: x\r\nContent-Type: text/turtle\r\n".encode())
            line.sendall(AUTH + b"Content-Length: 1000\r\n\r\n<a:b> <a:b> 'new' .\n<a:b> <a:c> ")
    with connect(web) as line:
        line.sendall(POST + b"Content-Length: 1000\r\n\r\nASK")
    assert web.get("/health").status_code == 200
    assert '"old"' in web.read(FOREIGN).text and web.count(FOREIGN) == 1


def test_a_client_that_does_not_read_is_let_go(web: Client, home: Path) -> None:
    """Many answers asked for and none read: the connection ends, and memory is not taken without bound."""
    ask = b"GET /static/style.css HTTP/1.1\r\nHost: x\r\n\r\n"
    before = psutil.Process(web.pid).memory_info().rss
    with connect(web) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.settimeout(0.5)
        ended, end, sent = False, time.monotonic() + 90, 0
        while not ended and time.monotonic() < end:
            try:
                line.sendall(ask * 50)
                sent += 50
            except TimeoutError:
                time.sleep(0.2)
            except OSError:
                ended = True
        assert ended and sent < 1_000_000
    assert psutil.Process(web.pid).memory_info().rss - before < 200_000_000
    assert web.get("/health").status_code == 200


@pytest.mark.parametrize(
    "request_",
    [
        POST + b"Content-Length: 6\r\nContent-Length: 7\r\n\r\nASK {}",
        POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\nHost: x\r\n\r\n",
        POST + b"Content-Length: -1\r\n\r\n",
        POST + b"Content-Length: +6\r\n\r\nASK {}",
        POST + b"Content-Length: 6, 6\r\n\r\nASK {}",
        POST + b"Content-Length: 99999999999999999999999\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nASK {}\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n6\r\nASK {}XX0\r\n\r\n",
        POST + b"Transfer-Encoding: xchunked\r\n\r\n6\r\nASK {}\r\n0\r\n\r\n",
        POST + b"Content-Length : 6\r\n\r\nASK {}",
        b"GET /health HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /health\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /h\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GE\x01T /health HTTP/1.1\r\nHost: x\r\n\r\n",
        HEAD + b"X-Evil: a\x00b\r\n\r\n",
        HEAD + b"no colon here\r\n\r\n",
        HEAD + b" folded: line\r\n\r\n",
        b"CONNECT example.org:80 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n",
        b"BREW /coffee HTTP/1.1\r\nHost: x\r\n\r\n",
        b"TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"PROPFIND / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100,
        b"{\"method\": \"GET\"}\r\n\r\n",
        b"\xff" * 1000,
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused(raw: Raw, web: Client, request_: bytes) -> None:
    """One refusal and an end of the connection: no second answer, no 500, nothing hidden behind a first request."""
    answer = raw(request_)
    assert status(answer) in (0, 400, 404, 405, 408, 413, 501), answer[:300]
    assert answer.count(b"HTTP/1.1 ") <= 1 and b"/evil" not in answer and b"Traceback" not in answer
    assert web.get("/health").status_code == 200


@pytest.mark.parametrize(
    "upgrade",
    [
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n",
        b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n",
    ],
)
def test_no_other_protocol_is_spoken(raw: Raw, upgrade: bytes) -> None:
    """An offer to change the protocol is passed over."""
    assert status(raw(HEAD + upgrade + b"\r\n", silence=5)) in (200, 400)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (b"GET /search?q=" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET /" + b"x" * 30_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (HEAD + b"X-A: " + b"x" * 100_000 + b"\r\n\r\n", 431),
        (HEAD + b"".join(b"X-%d: %s\r\n" % (i, b"x" * 100) for i in range(1000)) + b"\r\n", 431),
        (HEAD + b"Cookie: " + b"x" * 10_000_000 + b"\r\n\r\n", 431),
    ],
    ids=["query", "path", "header", "headers", "endless"],
)
def test_long_addresses_and_headers_are_refused(raw: Raw, request_: bytes, expected: int) -> None:
    """414 for the address, 431 for the headers, with the limit; what comes after is not kept."""
    pieces = [request_[i : i + 50_000] for i in range(0, len(request_), 50_000)]
    answer = raw(*pieces)
    # Where more was under way than was read, the system may drop the answer; the connection is closed all the same.
    assert status(answer) in (0, expected)
    if answer:
        assert "20,000 bytes" in str(problem(answer)["detail"])


def test_headers_of_others_do_not_become_ours(raw: Raw, web: Client) -> None:
    """Line ends in a path, a parameter or a header never start a header of the answer."""
    for target in (
        "/id/%0d%0aSet-Cookie:%20a=b",
        "/id/KEN%0aX-Evil:1",
        "/sparql?query=ASK%7B%7D&x=%0d%0aX-Evil:1",
        "/graph?graph=http://example.org/%0d%0aX-Evil:1",
        "/downloads/%0d%0aX-Evil:1",
    ):
        for accept in ("text/html", "*/*", "text/turtle\tX-Evil: 1"):
            answer = web.get(target, headers={"Accept": accept})
            assert "x-evil" not in answer.headers and "set-cookie" not in answer.headers
            assert answer.status_code < 500


def test_the_log_is_lines_of_json_without_secrets(web: Client, home: Path) -> None:
    """Each request is one line; control characters are escaped, long text is cut, no token and no header is there."""
    mark = "findme" + str(time.monotonic_ns())
    web.get(f"/search?q={mark}%0a%1b%5b31m%7f%e2%80%ae" + "y" * 1000, headers={"Authorization": f"Bearer {TOKEN}"})
    failed = web.get(f"/nothing/{mark}%0d%0aX")
    assert wait_for(lambda: (home / "server.log").read_bytes().count(mark.encode()) == 2)
    text = (home / "server.log").read_text("ascii")
    assert TOKEN not in text and "Bearer" not in text and "\x1b" not in text
    found = [json.loads(line) for line in text.splitlines() if mark in line]
    first, second = found
    assert set(first) == {"time", "method", "path", "query", "status", "bytes", "ms", "release", "request"}
    assert first["status"] == 422 and first["bytes"] > 100 and first["ms"] > 0 and len(first["query"]) <= 200
    assert second["status"] == 404 and failed.json()["instance"] == "urn:uuid:" + second["request"]


def test_the_counters_tell_what_happened(web: Client) -> None:
    """Classes of status, times, load: in the form that Prometheus reads, and growing."""

    def read() -> dict[str, float]:
        text = web.get("/metrics").text
        return {k: float(v) for k, _, v in (x.rpartition(" ") for x in text.splitlines() if x[0] != "#")}

    before = read()
    web.get("/about/limits"), web.get("/nothing-there"), web.get("/sparql", params={"query": "ASK { ?counted ?b ?c }"})
    after = read()
    for name in ('migkg_http_responses_total{status="2xx"}', 'migkg_http_responses_total{status="4xx"}',
                 'migkg_queries_total{outcome="answered"}', 'migkg_http_request_seconds_count{class="sparql"}',
                 'migkg_http_request_seconds_bucket{class="sparql",le="+Inf"}',
                 'migkg_http_request_seconds_sum{class="sparql"}'):  # fmt: skip
        assert after[name] > before.get(name, 0), name
    assert after["migkg_http_requests_in_flight"] >= 1 and after["migkg_workers_alive"] >= 2
    assert after["migkg_answers_kept"] >= 1 and after["migkg_answers_kept_bytes"] > 0


def test_the_limits_are_shown(web: Client) -> None:
    """As JSON and as a page, with what this server was told; the token is not among them."""
    said = {one["name"]: one["value"] for one in web.get("/about/limits").json()["limits"]}
    assert all(said[name.lower()] == value for name, value in LIMITS.items() if name != "BASE")
    shown = web.get("/about/limits", headers={"Accept": "text/html"}).text
    assert all(f"MIGKG_{name}" in shown for name in LIMITS if name != "BASE") and "TOKEN" not in shown
    assert '"/about/limits"' in web.get("/about", headers={"Accept": "text/html"}).text


def test_a_server_that_is_stopped_ends_what_it_does(home: Path) -> None:
    """After SIGTERM a running query is answered, new connections are refused, and no process is left behind."""
    with running(home, SECONDS=4, STOP_SECONDS=10) as client:
        pids = [client.pid]
        got: list[int] = []
        slow = "SELECT (COUNT(*) AS ?n) WHERE { ?a a ?b . ?c a ?d . ?e a ?f . ?g a ?h }"
        assert client.get("/ready").status_code == 200

        def ask() -> None:
            got.append(httpx.get(f"{client.base_url}sparql", params={"query": slow}, timeout=60).status_code)

        asking = threading.Thread(target=ask)
        asking.start()
        assert wait_for(lambda: "queries_in_flight 1" in client.get("/metrics").text, 30)
        pids += [child.pid for child in psutil.Process(client.pid).children(recursive=True)]
        psutil.Process(client.pid).terminate()
        asking.join()
        assert got and got[0] in (200, 503)
        assert wait_for(lambda: not any(_lives(pid) for pid in pids))


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
