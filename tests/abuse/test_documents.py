"""What is sent to be stored, what is asked of files, who may write, and what pages show."""

from __future__ import annotations

import gzip
import io
import json
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest

from migkg.body import TYPES
from tests.abuse.conftest import Raw, wait_for
from tests.writing import FOREIGN, TOKEN, Client

RDF = "application/rdf+xml"
XML = '<?xml version="1.0"?>'
END = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:d="http://purl.org/dc/terms/">%s</rdf:RDF>'
)
ONE = "<rdf:Description rdf:about='a:b'><d:title>%s</d:title></rdf:Description>"
LAUGHS = (
    "<!DOCTYPE x [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 12)) + "]>"
)
SECRET = "root:x:0"
BROWSER = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def canary() -> Iterator[tuple[str, list[int]]]:
    """Two places of this machine that nobody may reach; the list fills when somebody does."""
    seen: list[int] = []
    places = [socket.create_server((host, 0)) for host in ("127.0.0.1", "127.0.0.2")]
    port = places[0].getsockname()[1]

    def watch(place: socket.socket) -> None:
        while True:
            try:
                place.accept()[0].close()
                seen.append(1)
            except OSError:
                return

    for place in places:
        threading.Thread(target=watch, args=(place,), daemon=True).start()
    yield f"http://127.0.0.1:{port}/x http://127.0.0.2:{places[1].getsockname()[1]}/x", seen
    time.sleep(0.3)
    assert seen == [], "somebody called"
    for place in places:
        place.close()


def zipped(size: int) -> bytes:
    """Return a small archive of a large file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/workbook.xml", b"0" * size)
    return out.getvalue()


BOMBS: list[tuple[str, str | bytes, str]] = [
    ("laughs", XML + LAUGHS + END % (ONE % "&a11;"), RDF),
    ("quadratic", f"{XML}<!DOCTYPE x [<!ENTITY a '{'x' * 50_000}'>]>" + END % (ONE % ("&a;" * 50_000)), RDF),
    ("file entity", f"{XML}<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" + END % (ONE % "&a;"), RDF),
    ("web entity", f"{XML}<!DOCTYPE x [<!ENTITY a SYSTEM 'CANARY'>]>" + END % (ONE % "&a;"), RDF),
    ("parameter", f"{XML}<!DOCTYPE x [<!ENTITY % a SYSTEM 'CANARY'> %a;]>" + END % (ONE % "x"), RDF),
    ("external dtd", f"{XML}<!DOCTYPE rdf:RDF SYSTEM 'CANARY'>" + END % (ONE % "x"), RDF),
    ("utf-16 dtd", (XML + LAUGHS + END % (ONE % "&a11;")).encode("utf-16"), RDF),
    ("late dtd", XML + "<!-- " + "x" * 100_000 + " -->" + LAUGHS + END % (ONE % "&a11;"), RDF),
    ("deep xml", XML + END % ("<rdf:Description><d:a>" * 20_000), RDF),
    ("web context", '{"@context": "CANARY", "@id": "a:b", "title": "x"}', "application/ld+json"),
    ("file context", '{"@context": "file:///etc/passwd", "@id": "a:b", "title": "x"}', "application/ld+json"),
    ("import", '{"@context": {"@version": 1.1, "@import": "CANARY"}, "@id": "a:b"}', "application/ld+json"),
    (
        "property context",
        '{"@context": {"p": {"@id": "x:p", "@context": "CANARY"}}, "@id": "a:b", "p": {"p": 1}}',
        "application/ld+json",
    ),
    ("deep json", '{"x:a":' * 50_000 + "1" + "}" * 50_000, "application/ld+json"),
    ("deep array", "[" * 100_000 + "]" * 100_000, "application/ld+json"),
    ("deep turtle", "<a:b> <a:b> " + "[ <a:b> " * 50_000, "text/turtle"),
    ("deep list", "<a:b> <a:b> " + "( " * 100_000, "text/turtle"),
    ("deep triples", "<<( <a:b> <a:b> " * 20_000, "text/turtle"),
    ("long token", "<a:b> <a:b> '" + "x" * 900_000, "text/turtle"),
    ("nul", b"<a:b> <a:b> '\x00\xff' .", "text/turtle"),
    ("zip", zipped(200_000_000), "text/csv"),
    ("gzip", gzip.compress(b"# " * 50_000_000), "text/turtle"),
    ("formula", "area,element,period,value\n=cmd|' /C calc'!A0,@x,-1,+1\n", "text/csv"),
    ("long line", "area,element,period,value\n" + '"' + "x" * 900_000, "text/csv"),
    ("many columns", ",".join("c" * 3 for _ in range(200_000)), "text/csv"),
]


@pytest.mark.parametrize(("name", "body", "media"), BOMBS, ids=[name for name, _, _ in BOMBS])
def test_a_document_that_is_a_bomb_is_refused(
    web: Client, canary: tuple[str, list[int]], name: str, body: str | bytes, media: str
) -> None:
    """4xx with a sentence, or 503 at a limit; nothing is called, no file is read, nothing changes."""
    before = web.release()
    first, second = canary[0].split()
    for place in (first, second):
        sent = body.replace("CANARY", place) if isinstance(body, str) else body
        graph = "http://example.org/bomb"
        answer = web.put(graph, sent, media)
        assert answer.status_code in (400, 413, 415, 422, 503), (name, answer.status_code, answer.text[:300])
        said = answer.json()
        assert said["detail"] and SECRET not in answer.text and "/tmp" not in answer.text
        assert len(answer.content) < 100_000
        if "CANARY" not in str(body):
            break
    assert web.release() == before and web.get("/graph", params={"graph": graph}).status_code == 404


@pytest.mark.parametrize(
    "encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "x-unknown", "GZIP", "identity, gzip"]
)
def test_nothing_is_unpacked(web: Client, encoding: str) -> None:
    """Compressed bodies are 415, whatever they hold, before they are read."""
    body = gzip.compress(b"\0" * 10_000_000)
    assert web.put(FOREIGN, body, **{"Content_Encoding": encoding}).status_code == 415
    headers = {"Content-Type": "application/sparql-query", "Content-Encoding": encoding}
    assert web.post("/sparql", content=body, headers=headers).status_code == 415


def test_every_kind_of_document_survives_noise(web: Client) -> None:
    """Bytes that mean nothing, in each media type that is read: a sentence each, never 500."""
    long = '{"x:a": ' + "9" * 500_000 + "}"  # a number, all the same
    assert web.put("http://example.org/noise", long, "application/ld+json").status_code in (200, 201, 400)
    for media in TYPES:
        for body in (
            b"",
            b"\x00" * 100,
            b"\xff\xfe" * 50,
            b"\xef\xbb\xbf",
            bytes(range(256)),
            b"<",
            b"{",
            b"[",
            b'"',
            b"@",
        ):
            answer = web.put("http://example.org/noise", body, media)
            assert answer.status_code in (200, 201, 204, 400, 413, 415, 422), (media, body[:10], answer.text[:300])
    web.drop("http://example.org/noise")


WAYS_OUT = [
    "../../etc/passwd",
    "..%2f..%2f..%2fetc/passwd",
    "%2e%2e/%2e%2e/etc/passwd",
    "..\\..\\etc\\passwd",
    "....//....//etc/passwd",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "..%252f..%252fetc%252fpasswd",
    "..%c0%af..%c0%afetc/passwd",
    "x/../../../../etc/passwd",
    "%00/etc/passwd",
    "manifest.json%00.ttl",
    "../manifest.json",
    "../server.log",
    "~root/.ssh/id_rsa",
    "C:%5cwindows%5cwin.ini",
    ".",
    "..",
    "a" * 5000,
]


@pytest.mark.parametrize(
    "before",
    [
        "/downloads/",
        "/static/",
        "/data/",
        "/page/",
        "/graph/",
        "/ontology/",
        "/releases/",
        "/downloads/graphs/",
        "/.well-known/",
        "/",
    ],
)
def test_no_path_leads_out(raw: Raw, before: str) -> None:
    """Dumps, pictures, data: what is asked for is looked up by name, and never a path of the machine."""
    for way in WAYS_OUT:
        answer = raw(f"GET {before}{way} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        status = int(answer.split(b" ", 2)[1]) if answer else 0
        assert status in (0, 200, 303, 307, 400, 404, 405, 406, 410, 414), (way, answer[:200])
        assert SECRET.encode() not in answer and b"PRIVATE" not in answer
        if status == 200:  # `.` and `..` of a folder that is there
            assert b"migkg" in answer or b"<svg" in answer


def test_ranges_of_files_are_quick(web: Client) -> None:
    """Many, odd and overlapping ranges: a part, the whole or a refusal, in no time and no larger than the whole."""
    whole = len(web.get("/static/style.css", headers={"Accept-Encoding": "identity"}).content)
    for said in (
        "bytes=0-0",
        "bytes=0-",
        "bytes=-5",
        "bytes=5-1",
        "bytes=99999999-",
        "bytes=a-b",
        "lines=1-2",
        "bytes=" + ",".join("0-" for _ in range(300)),
        "bytes=" + ",".join(f"{i}-{i}" for i in range(1000)),
        "bytes=0-" + "9" * 1000,
        "bytes=" + "0" * 10_000 + "-1",
        "bytes=" + "-" * 10_000,
        "bytes=,,,",
    ):
        for path in ("/static/style.css", "/downloads/migkg.nq.gz", "/downloads/migkg.nq"):
            start = time.process_time()
            answer = web.get(path, headers={"Range": said, "Accept-Encoding": "identity"})
            assert answer.status_code in (200, 206, 400, 404, 416), (said[:40], answer.status_code)
            if path.startswith("/static"):
                assert len(answer.content) <= 2 * whole + 300 * 1000, said[:40]
            assert time.process_time() - start < 30


WRONG = [
    "",
    "Bearer",
    f"Basic {TOKEN}",
    TOKEN,
    f"Bearer {TOKEN[:-1]}",
    f"Bearer {TOKEN}x",
    f"Bearer  x{TOKEN}",
    "Bearer " + "x" * 5_000,
    "Bearer \xff\xfe",
    f"Bearer {TOKEN},Bearer {TOKEN}",
]


@pytest.mark.parametrize("said", WRONG)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_no_other_token_writes(web: Client, method: str, said: str) -> None:
    """401 with the scheme, before the body is read; neither a parameter nor a cookie nor a form stands for it."""
    before = web.release()
    headers = {"Authorization": said.encode("latin-1"), "Content-Type": "text/turtle", "Cookie": f"token={TOKEN}"}
    asked = {"graph": FOREIGN, "token": TOKEN, "access_token": TOKEN}
    answer = web.request(method, "/graph", params=asked, content="<a:b> <a:b> 'evil' .", headers=headers)
    assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Bearer ")
    assert TOKEN not in answer.text + str(answer.headers) and web.release() == before


def test_tokens_are_compared_in_constant_time() -> None:
    """By `compare_digest`, nowhere by `==`."""
    source = (Path(__file__).parents[2] / "src/migkg/server/graphstore.py").read_text()
    assert "compare_digest(said" in source and "== settings.token" not in source


def test_a_form_of_another_site_cannot_write(web: Client) -> None:
    """What a browser sends without asking first (a form, plain text) is refused, also with a foreign origin."""
    before = web.release()
    for media in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"):
        for path in ("/graph?graph=http://e.example/x", "/graph?default", "/sparql"):
            headers = {"Content-Type": media, "Origin": "https://evil.example", "X-HTTP-Method-Override": "PUT"}
            answer = web.post(path, content="update=DROP+ALL&_method=PUT", headers=headers)
            assert answer.status_code in (400, 403, 405, 415)
    assert web.release() == before


def test_other_sites_read_without_credentials(web: Client) -> None:
    """Any origin may read, none with credentials; a preflight of a write hears of reading only."""
    for path in ("/sparql?query=ASK%7B%7D", "/health", "/graph?default", "/nothing", "/about/limits"):
        answer = web.get(path, headers={"Origin": "https://evil.example"})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
    for method in ("PUT", "DELETE", "PATCH"):
        asked = {
            "Origin": "https://evil.example",
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization",
        }
        answer = web.options("/graph", headers=asked)
        assert method not in answer.headers["access-control-allow-methods"]
        assert "authorization" not in answer.headers["access-control-allow-headers"].lower()
        assert "access-control-allow-credentials" not in answer.headers


SCRIPTS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "</title><svg onload=alert(1)>",
    "javascript:alert(1)",
    "{{7*7}}${7*7}",
    "</script><script>alert(1)//",
    "&lt;script&gt;",
    "\u2028alert(1)",
]
SHOWN = [
    "/search?q=%s",
    "/trace?q=%s",
    "/nothing/%s",
    "/page/%s",
    "/map?left=%s&right=x",
    "/ask/%s",
    "/scores/%s",
    "/graph?graph=%s",
    "/sparql?query=%s",
    "/browse/%s",
    "/releases/%s/%s",
    "/downloads/%s",
]


@pytest.mark.parametrize("path", SHOWN)
def test_no_script_of_others_is_in_a_page(web: Client, path: str) -> None:
    """Errors and results show what was asked as text; the policy allows no script but ours."""
    for script in SCRIPTS:
        answer = web.get(path.replace("%s", quote(script, safe="")), headers=BROWSER)
        assert answer.status_code < 500 or answer.status_code == 503
        body = answer.text
        for evil in ("<script>alert", "<img src=x", "<svg onload", 'href="javascript:', "<script>alert(1)//"):
            assert evil not in body, (path, script)
        assert "script-src" not in answer.headers["content-security-policy"]  # so `default-src 'self'` holds for it
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_words_of_a_graph_stay_words(web: Client) -> None:
    """A title that is a script, a link that is one, a cell that is a formula: shown, not run; verbatim for machines."""
    thing, evil = "http://example.org/evil", "</script><script>alert(1)</script>"
    body = (
        f"<{thing}> <http://www.w3.org/2000/01/rdf-schema#label> {json.dumps(evil)} ; "
        f"<http://www.w3.org/2000/01/rdf-schema#seeAlso> <javascript:alert(1)>, <data:text/html,x> ; "
        "<http://purl.org/dc/terms/title> '=HYPERLINK(1)', '+1', '-1', '@x' ."
    )
    made = web.put("http://example.org/evil-graph", body)
    assert made.status_code in (201, 422), made.text
    if made.status_code == 201:
        query = "SELECT * WHERE { GRAPH <http://example.org/evil-graph> { ?s ?p ?o } }"
        shown = web.get("/sparql", params={"query": query}, headers=BROWSER)
        assert shown.status_code == 200 and "<script>alert" not in shown.text
        assert 'href="javascript:' not in shown.text and 'href="data:' not in shown.text
        cells = web.get("/sparql", params={"query": query}, headers={"Accept": "text/csv"})
        assert "=HYPERLINK(1)" in cells.text and cells.headers["content-disposition"].startswith("attachment")
        assert web.drop("http://example.org/evil-graph").status_code == 204


def test_after_all_this_the_server_is_the_same_and_small(web: Client) -> None:
    """No process too many, no memory that grew without bound."""
    assert wait_for(lambda: web.get("/ready").status_code == 200)
    assert psutil.Process(web.pid).memory_info().rss < 1_000_000_000
    assert wait_for(lambda: len(psutil.Process(web.pid).children(recursive=True)) <= 6)


def test_numbers_in_odd_spellings_are_put_read_and_removed(web: Client) -> None:
    """A store writes numbers its own way; what was put can be replaced and removed all the same."""
    graph, xsd = "http://example.org/odd-numbers", "http://www.w3.org/2001/XMLSchema#"
    odd = {
        "integer": ("007", "+1", "-0"),
        "decimal": ("1.50", ".5", "+1.0"),
        "boolean": ("1", "true"),
        "double": ("INF", "+INF", "1E400", "nan", "NaN", "1.0e6", "-0"),
        "dateTime": ("2020-01-01T00:00:00.000Z",),
    }
    said = [f'"{text}"^^<{xsd}{kind}>' for kind, texts in odd.items() for text in texts]
    made = web.put(graph, f"<http://example.org/a> <http://example.org/b> {', '.join(said)} .")
    assert made.status_code == 201, made.text
    assert made.json()["statements"] == web.count(graph) == len(web.read(graph).text.splitlines())
    assert web.put(graph, "<http://example.org/a> <http://example.org/b> 007, 1.50 .").status_code == 200
    assert web.count(graph) == 2
    assert web.drop(graph).status_code == 204
    assert web.read(graph).status_code == 404
