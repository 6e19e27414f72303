"""The server over real HTTP on loopback: the protocols, linked data, the API, and what attackers try."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import cycle
from urllib.parse import quote, urljoin, urlsplit

import httpx
import psutil
import pytest
import rdflib
from SPARQLWrapper import JSON as WRAPPER_JSON
from SPARQLWrapper import POST as WRAPPER_POST
from SPARQLWrapper import SPARQLWrapper

from migkg.errors import ResourceMissing
from migkg.release import Release
from migkg.server import listen
from tests.serving import serving

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib.*")

JSON = "application/sparql-results+json"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DIRECT = {"Content-Type": "application/sparql-query"}
ONE = "SELECT (1 AS ?n) WHERE {}"
SLOW = "SELECT (COUNT(*) AS ?n) WHERE { ?a a ?b . ?c a ?d . ?e a ?f }"  # long, and within the memory of a worker
KENYA = "CONSTRUCT WHERE { <https://w3id.org/migkg/id/KEN> ?p ?o }"


@pytest.fixture(scope="session")
def server(release: Release) -> Iterator[tuple[str, int]]:
    """One server for all tests: two seconds a query, five thousand rows, two workers."""
    with serving(release.path) as made:
        yield made


@pytest.fixture(scope="session")
def web(server: tuple[str, int]) -> Iterator[httpx.Client]:
    """A client that follows no redirects."""
    with httpx.Client(base_url=server[0], timeout=120) as client:
        yield client


def problem(answer: httpx.Response, status: int) -> dict[str, object]:
    """Check that an answer is a problem document with this status, and return it."""
    assert answer.status_code == status, answer.text[:300]
    assert answer.headers["content-type"].startswith("application/problem+json")
    said: dict[str, object] = answer.json()
    assert {"type", "title", "status", "detail", "instance"} <= set(said)
    assert said["status"] == status
    assert "Traceback" not in answer.text and "/src/" not in answer.text and "site-packages" not in answer.text
    return said


# ---- The SPARQL protocol -----------------------------------------------------------------------------------


def test_the_three_ways_to_ask_give_the_same_answer(web: httpx.Client) -> None:
    """GET, a form and a direct POST are one protocol."""
    ways = [
        web.get("/sparql", params={"query": ONE}),
        web.post("/sparql", data={"query": ONE}),
        web.post("/sparql", content=ONE, headers=DIRECT),
        web.post("/sparql", content=ONE, headers={"Content-Type": "application/sparql-query; charset=UTF-8"}),
    ]
    for answer in ways:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(JSON)
        assert answer.json()["results"]["bindings"][0]["n"]["value"] == "1"


def test_head_and_options(web: httpx.Client) -> None:
    """HEAD gives the headers of GET without a body; OPTIONS says what may be done, and CORS allows reads only."""
    for path in ("/sparql?query=" + quote(ONE), "/", "/page/KEN", "/data/KEN.ttl", "/api/v1/trace/10.7.2", "/health"):
        full, head = web.get(path), web.head(path)
        assert head.status_code == full.status_code == 200
        assert head.content == b"" and head.headers["content-type"] == full.headers["content-type"]
        assert head.headers["content-length"] == str(len(full.content))
        assert head.headers.get("etag") == full.headers.get("etag")
    asked = web.options("/sparql", headers={"Origin": "https://example.org", "Access-Control-Request-Method": "PUT"})
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == "*"
    assert "PUT" not in asked.headers["access-control-allow-methods"]
    assert "access-control-allow-credentials" not in asked.headers


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("application/json", "application/json"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/csv", "text/csv"),
        ("text/tab-separated-values", "text/tab-separated-values"),
        ("text/csv;q=0.3, application/sparql-results+xml;q=0.9", "application/sparql-results+xml"),
        ("application/sparql-results+json;q=0, text/csv", "text/csv"),
        ("text/html", "text/html"),
        (BROWSER, "text/html"),
        ("text/turtle, */*;q=0.1", JSON),
        ("garbage", JSON),
    ],
)
def test_results_come_as_the_accept_header_says(web: httpx.Client, accept: str | None, media: str) -> None:
    """q-values decide; a header that nobody can read counts as none."""
    headers = {"Accept": accept} if accept is not None else {}
    answer = web.get("/sparql", params={"query": ONE}, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].split(";")[0] == media
    assert "Accept" in answer.headers["vary"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("accept", ["image/png", "text/turtle", "application/sparql-results+json;q=0"])
def test_rows_in_a_form_that_is_not_on_offer_give_406(web: httpx.Client, accept: str) -> None:
    """A client that takes no result format is told which there are."""
    said = problem(web.get("/sparql", params={"query": ONE}, headers={"Accept": accept}), 406)
    assert JSON in said["offered"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("media", "name"),
    [
        ("text/turtle", "turtle"),
        ("application/n-triples", "nt"),
        ("application/rdf+xml", "xml"),
        ("application/ld+json", "json-ld"),
    ],
)
def test_graphs_come_back_the_same_in_every_syntax(web: httpx.Client, media: str, name: str) -> None:
    """Rdflib reads each syntax, and finds the same triples."""
    answer = web.get("/sparql", params={"query": KENYA}, headers={"Accept": media})
    assert answer.headers["content-type"].startswith(media)
    plain = rdflib.Graph().parse(data=web.get("/data/KEN.nt").text, format="nt")
    wanted = {t for t in plain if t[0] == rdflib.URIRef("https://w3id.org/migkg/id/KEN")}
    assert set(rdflib.Graph().parse(data=answer.text, format=name)) == wanted


def test_the_usual_client_works(server: tuple[str, int]) -> None:
    """SPARQLWrapper, which sends parameters of its own, gets its rows by GET and by POST."""
    for method in (None, WRAPPER_POST):
        wrapper = SPARQLWrapper(server[0] + "/sparql")
        wrapper.setTimeout(20)
        wrapper.setReturnFormat(WRAPPER_JSON)
        if method:
            wrapper.setMethod(method)
        wrapper.setQuery("PREFIX mg: <https://w3id.org/migkg/def/> SELECT ?f WHERE { ?f a mg:Framework } ORDER BY ?f")
        rows = wrapper.query().convert()["results"]["bindings"]
        assert "https://w3id.org/migkg/id/migof" in {row["f"]["value"] for row in rows}


def test_the_graphs_of_the_protocol_are_used_and_never_fetched(web: httpx.Client) -> None:
    """default-graph-uri and named-graph-uri choose graphs of the store; an unknown one is empty."""
    count = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
    graph = "https://w3id.org/migkg/graph/data/frameworks/migof"

    def number(**more: object) -> int:
        answer = web.get("/sparql", params={"query": count, **more})
        assert answer.status_code == 200, answer.text
        return int(answer.json()["results"]["bindings"][0]["n"]["value"])

    only = number(**{"default-graph-uri": graph})
    assert 0 < only < number()
    assert number(**{"default-graph-uri": [graph, graph]}) == only
    assert number(**{"default-graph-uri": "file:///etc/passwd"}) == 0
    assert number(**{"named-graph-uri": graph}) == 0
    named = web.post(
        "/sparql?named-graph-uri=" + quote(graph, safe=""),
        headers=DIRECT,
        content="SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }",
    )
    assert [b["g"]["value"] for b in named.json()["results"]["bindings"]] == [graph]


@pytest.mark.parametrize(
    "text", ["SELECT * WHERE { ?s ?p }", "", "SELEKT", "SELECT * WHERE { ?s mg:name ?o }", "\x00", "é"]
)
def test_a_query_with_a_mistake_gives_400_and_says_where(web: httpx.Client, text: str) -> None:
    """Mistakes are told with line and column where the engine knows them."""
    said = problem(web.post("/sparql", content=text.encode(), headers=DIRECT), 400)
    if text.startswith("SELECT"):
        assert said["line"] == 1 and isinstance(said["column"], int)


@pytest.mark.parametrize(
    ("send", "status"),
    [
        ({"url": "/sparql", "content": "INSERT DATA { <a:b> <a:b> <a:b> }", "headers": DIRECT}, 403),
        ({"url": "/sparql", "content": "x", "headers": {"Content-Type": "application/sparql-update"}}, 403),
        ({"url": "/sparql", "data": {"update": "CLEAR ALL"}}, 403),
        ({"url": "/sparql", "data": {"query": ONE, "update": "CLEAR ALL"}}, 403),
        ({"url": "/sparql", "data": {"query": "DROP ALL"}}, 403),
        ({"url": "/sparql", "data": {"query": "LOAD <file:///etc/passwd>"}}, 403),
        ({"url": "/sparql?query=" + quote(ONE), "content": ONE, "headers": DIRECT}, 400),
        ({"url": "/sparql", "content": "query=a&query=b", "headers": FORM}, 400),
        ({"url": "/sparql", "content": "nothing=here", "headers": FORM}, 400),
        ({"url": "/sparql", "content": b"query=%ff%fe", "headers": FORM}, 400),
        ({"url": "/sparql", "content": ONE.encode("utf-16"), "headers": DIRECT}, 400),
        (
            {"url": "/sparql", "content": ONE, "headers": {"Content-Type": "application/sparql-query; charset=utf-16"}},
            415,
        ),
        ({"url": "/sparql", "content": ONE, "headers": {"Content-Type": "text/plain"}}, 415),
        ({"url": "/sparql", "content": ONE}, 415),
        ({"url": "/sparql", "json": {"query": ONE}}, 415),
        ({"url": "/sparql", "content": ONE, "headers": {**DIRECT, "Content-Encoding": "gzip"}}, 415),
        ({"url": "/sparql?default-graph-uri=" + quote("not an iri>"), "content": ONE, "headers": DIRECT}, 400),
        ({"url": "/sparql", "content": "x" * 2_000_000, "headers": DIRECT}, 413),
        ({"url": "/sparql", "content": "#" * 70_000, "headers": DIRECT}, 413),
        ({"url": "/sparql", "content": "&".join(f"a{i}=b" for i in range(5000)), "headers": FORM}, 400),
    ],
)
def test_what_is_not_a_query_is_refused(web: httpx.Client, send: dict[str, object], status: int) -> None:
    """Updates, other media types, other encodings, double and missing queries, and what is too long."""
    problem(web.post(**send), status)  # type: ignore[arg-type]


def test_a_body_without_a_length_is_capped_while_it_comes(web: httpx.Client) -> None:
    """A chunked body is cut off at the limit, not kept."""
    said = problem(web.post("/sparql", content=(b"#" * 10_000 for _ in range(100)), headers=DIRECT), 413)
    assert "bytes" in str(said["detail"])


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/sparql", "/graph?default", "/page/KEN", "/api/v1/info"])
def test_nothing_can_be_written(web: httpx.Client, method: str, path: str) -> None:
    """Other methods get 405 and the list of those that work."""
    answer = web.request(method, path)
    problem(answer, 405)
    assert "GET" in answer.headers["allow"]


def test_a_bare_request_describes_the_service(web: httpx.Client) -> None:
    """Machines get the service description, browsers the query page; neither has the attacker's host in it."""
    answer = web.get("/sparql", headers={"Accept": "text/turtle", "Host": "evil.example"})
    described = rdflib.Graph().parse(data=answer.text, format="turtle")
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    assert set(described.objects(None, sd.endpoint)) == {rdflib.URIRef("https://w3id.org/migkg/sparql")}
    assert (None, sd.supportedLanguage, sd.SPARQL11Query) in described
    shown = web.get("/sparql", headers={"Accept": BROWSER})
    assert shown.headers["content-type"].startswith("text/html") and "<textarea" in shown.text


def test_an_answer_is_known_again(web: httpx.Client) -> None:
    """ETags are per form; the same question gives 304, another form or another question does not."""
    for path, accept in (
        ("/sparql?query=" + quote(ONE), JSON),
        ("/page/KEN", "text/html"),
        ("/data/KEN.ttl", "*/*"),
        ("/api/v1/trace/10.7.2", "*/*"),
        ("/.well-known/void", "text/turtle"),
        ("/downloads/migkg.nt", "*/*"),
    ):
        first = web.get(path, headers={"Accept": accept})
        tag = first.headers["etag"]
        again = web.get(path, headers={"Accept": accept, "If-None-Match": f'"other", W/{tag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = web.get("/sparql?query=" + quote(ONE), headers={"Accept": "text/csv"})
    assert other.headers["etag"] != web.get("/sparql?query=" + quote(ONE)).headers["etag"]
    failed = web.get("/sparql?query=" + quote("SELECT"), headers={"If-None-Match": "*"})
    assert failed.status_code == 400


# ---- What attackers try ------------------------------------------------------------------------------------


@pytest.fixture
def canary() -> Iterator[tuple[int, list[int]]]:
    """A port that nothing must ever connect to, and the list of connections it saw."""
    seen: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def watch() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                seen.append(1)
                connection.close()

        threading.Thread(target=watch, daemon=True).start()
        yield listener.getsockname()[1], seen


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * WHERE { SERVICE <URL> { ?s ?p ?o } }",
        "SELECT * WHERE { SERVICE SILENT <URL> { ?s ?p ?o } }",
        "SELECT * WHERE { BIND(<URL> AS ?u) SERVICE ?u { ?s ?p ?o } }",
        "SELECT * WHERE { \\u0053ERVICE <URL> { ?s ?p ?o } }",
        "SELECT * WHERE { # a comment ends at a carriage return\r SERVICE <URL> { ?s ?p ?o } \n}",
        "PREFIX e: <http://e/> SELECT * WHERE { OPTIONAL { ?s e:a\\# ?o } SERVICE <URL> { ?s ?p ?o } \n}",
        "PREFIX e: <http://e/> SELECT * WHERE { OPTIONAL { ?s e:a\\' ?o } SERVICE <URL> { ?s ?p 'z' } }",
        "SELECT * FROM <URL> WHERE { ?s ?p ?o }",
        "SELECT * FROM NAMED <URL> WHERE { GRAPH ?g { ?s ?p ?o } }",
        "LOAD <URL>",
        "LOAD SILENT <URL> INTO GRAPH <a:b>",
    ],
)
def test_no_query_reaches_another_server(web: httpx.Client, canary: tuple[int, list[int]], text: str) -> None:
    """SERVICE, LOAD and FROM make no connection, however they are written."""
    port, seen = canary
    answer = web.post("/sparql", content=text.replace("URL", f"http://127.0.0.1:{port}/"), headers=DIRECT)
    assert answer.status_code in (200, 400, 403)
    if answer.status_code == 200:
        assert answer.json()["results"]["bindings"] == []
    chosen = web.get("/sparql", params={"query": "ASK {?s ?p ?o}", "default-graph-uri": f"http://127.0.0.1:{port}/"})
    assert chosen.json()["boolean"] is False
    time.sleep(0.05)
    assert seen == []


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * WHERE " + "{" * 2_400 + "}" * 2_400,
        "SELECT * WHERE { FILTER(" + "(" * 5_000 + "1" + ")" * 5_000 + ") }",
        "SELECT (" + "+".join(["1"] * 8_000) + " AS ?x) WHERE {}",
        "SELECT * WHERE { FILTER(" + "!" * 10_000 + "true) }",
        "SELECT * WHERE { ?s " + "/".join(["a"] * 2_000) + " ?o }",
        "SELECT * WHERE { " + "[ ?p " * 200 + "?o" + " ]" * 200 + " }",
        "SELECT * WHERE {" + "'\\" * 30_000,
        "SELECT * WHERE { ?s ?p " + "a" * 60_000 + " }",
        "<a" * 20_000,
    ],
)
def test_a_bomb_is_refused_at_once_and_the_server_lives(web: httpx.Client, server: tuple[str, int], text: str) -> None:
    """Nesting and repetition that would crash or stall the engine never reach it."""
    answer = web.post("/sparql", content=text, headers=DIRECT)
    assert answer.status_code in (400, 413, 503), answer.status_code
    assert web.get("/health").json() == {"status": "ok"}
    assert psutil.pid_exists(server[1])


def workers(pid: int) -> set[int]:
    """Return the ids of the query processes of a server."""
    found = psutil.Process(pid).children()
    return {child.pid for child in found if "migkg.stores.child" in " ".join(child.cmdline())}


def busy(pid: int) -> float:
    """Return how many per cent of a processor a process uses; one that is gone uses none."""
    try:
        return float(psutil.Process(pid).cpu_percent(0.3))
    except psutil.NoSuchProcess:
        return 0.0


def test_a_cartesian_product_ends_at_the_deadline_with_its_worker(web: httpx.Client, server: tuple[str, int]) -> None:
    """503 with Retry-After after the limit, and not before; the process is gone and another answers."""
    web.get("/sparql", params={"query": ONE})
    before = workers(server[1])
    start = time.monotonic()
    answer = web.get("/sparql", params={"query": SLOW})
    took = time.monotonic() - start
    said = problem(answer, 503)
    assert took > 1.5 and "2 seconds" in str(said["detail"])
    assert int(answer.headers["retry-after"]) > 0
    after = workers(server[1])
    assert len(before - after) == 1 and len(after) >= 2
    assert not any(psutil.pid_exists(pid) for pid in before - after)
    assert web.get("/sparql", params={"query": ONE}).status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?x WHERE { BIND('aaaaaaaaaaaaaaaa' AS ?x0) "
        + " ".join(f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(40))
        + " BIND(?x40 AS ?x) }",
        "SELECT ?a (GROUP_CONCAT(?c) AS ?all) WHERE { ?a ?b ?c . ?d ?e ?f } GROUP BY ?a",
        "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f",
        "CONSTRUCT { ?a ?b ?f } WHERE { ?a ?b ?c . ?d ?e ?f }",
        "DESCRIBE * WHERE { ?a ?b ?c }",
    ],
)
def test_memory_and_size_are_bounded(web: httpx.Client, server: tuple[str, int], text: str) -> None:
    """A query that would take all memory or give too much is stopped, and no part of its answer is given."""
    answer = web.post("/sparql", content=text, headers=DIRECT)
    problem(answer, 503)
    assert psutil.Process(server[1]).memory_info().rss < 900_000_000


def test_too_many_rows_are_an_error_and_never_a_part(web: httpx.Client) -> None:
    """At the limit the answer is whole; above it, none is given, in each format."""
    for accept in (JSON, "application/sparql-results+xml", "text/csv", "text/tab-separated-values"):
        fits = web.get("/sparql", params={"query": "SELECT * { ?s ?p ?o } LIMIT 5000"}, headers={"Accept": accept})
        assert fits.status_code == 200
        over = web.get("/sparql", params={"query": "SELECT * { ?s ?p ?o } LIMIT 5010"}, headers={"Accept": accept})
        assert "5,000 rows" in str(problem(over, 503)["detail"])


def test_slow_queries_do_not_block_others(web: httpx.Client, server: tuple[str, int]) -> None:
    """With thirty slow queries, health and pages answer at once, and an ASK gets 200 or 503 with Retry-After."""
    codes: list[int] = []

    def slow() -> None:
        with httpx.Client(timeout=60) as client:
            codes.append(client.get(server[0] + "/sparql", params={"query": SLOW}).status_code)

    threads = [threading.Thread(target=slow) for _ in range(30)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    assert web.get("/health").status_code == 200
    assert web.get("/page/KEN").status_code == 200
    assert any(thread.is_alive() for thread in threads), "health and the page waited for the slow queries"
    asked = web.get("/sparql", params={"query": "ASK {}"})
    assert asked.status_code == 200 or (asked.status_code == 503 and "retry-after" in asked.headers)
    for thread in threads:
        thread.join()
    assert set(codes) == {503}
    assert web.get("/ready").status_code == 200
    # Each killed process has a successor that opens the release first: idle comes after that.
    for _ in range(60):
        load = sum(busy(pid) for pid in workers(server[1]))
        if load < 20:
            break
    assert load < 20, "thirty slow queries left work behind"


ODD = [
    "", ".", "..", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "../../etc/passwd", "<script>alert(1)</script>",
    "javascript:alert(1)", "a b", "a>b", "{x}", "%00", "%ff", "é", "مثال", "💥", "x" * 3000, "' OR 1=1 --",
    '"} } #', "} UNION {", "10.7.2", "1.3", "A/RES/70/1", "https://w3id.org/migkg/id/KEN", "mgd:KEN",
    "http://[::1", "http://evil.example/x>", "%0d%0aX-Evil:1", "KEN.ttl.ttl", "graph/",
    "graph/data/../../x", "def/", "code/nope", "\\", "|", "^", "`", "null", "NaN", "-1", "1e400", "%F0%9F",
]  # fmt: skip
PATHS = [
    "/page/{}", "/id/{}", "/def/{}", "/code/{}", "/graph/{}", "/data/{}", "/data/{}.ttl", "/trace?q={}",
    "/trace?q=10.7.2&as_of={}", "/search?q={}", "/map?left={}&right=migof", "/scores/{}",
    "/scores/sdg-10-7-2-regional?period={}", "/ask/{}", "/browse/{}", "/downloads/{}", "/static/{}",
    "/sparql?query={}", "/sparql.{}?query=ASK%7B%7D", "/api/v1/trace/{}", "/api/v1/trace/10.7.2?as_of={}",
    "/api/v1/score/{}", "/api/v1/score/sdg-10-7-2-regional?period={}",
    "/api/v1/score/sdg-10-7-2-regional?area={}", "/api/v1/map/{}/migof", "/api/v1/ask/{}",
    "/api/v1/search?q={}", "/graph?graph={}", "/ontology/{}", "/{}",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_no_input_gives_500(web: httpx.Client, path: str) -> None:
    """Whatever stands in a path or a parameter, the answer is one of those that are foreseen, and safe."""
    for turn, odd in enumerate(ODD):
        accept = BROWSER if turn % 2 == len(path) % 2 else "*/*"
        raw = odd if odd.startswith("%") else quote(odd, safe="/:.")
        answer = web.get(path.replace("{}", raw), headers={"Accept": accept})
        assert answer.status_code < 500 or answer.status_code == 503, f"{path} {odd!r}: {answer.text[:300]}"
        assert "x-evil" not in answer.headers
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "root:x:" not in answer.text
        if answer.headers.get("content-type", "").startswith("text/html"):
            links = "".join(re.findall(r'href="([^"]*)', answer.text))
            assert "<script>" not in answer.text and "javascript:" not in links
        elif answer.status_code >= 400:
            problem(answer, answer.status_code)


@pytest.mark.soak  # long; what it walks through is tested piece by piece elsewhere
def test_questions_take_odd_values_too(web: httpx.Client) -> None:
    """Every parameter of every question refuses or answers; none breaks."""
    # What is refused costs nothing; what may be answered is asked in turn, so that each kind of parameter gets each.
    turns: dict[str, Iterator[str]] = defaultdict(lambda: cycle(("99999", "KEN", "")))
    for one in web.get("/api/v1/ask").json():
        for param in one["params"]:
            for odd in ("x>'\"} #", "a" * 400, next(turns[param["type"]])):
                answer = web.get(one["href"], params={param["name"]: odd})
                assert answer.status_code in (200, 300, 400, 404), (
                    f"{one['name']} {param['name']}={odd!r}: {answer.text}"
                )


def test_words_of_others_are_escaped(web: httpx.Client) -> None:
    """Script in a name, a query or a result is shown, never run; only web addresses become links."""
    evil = '<script>alert(1)</script><img src=x onerror=alert(1)>"'
    for path in ("/search", "/trace"):
        shown = web.get(path, params={"q": evil}, headers={"Accept": BROWSER}).text
        assert "<script>" not in shown and "<img" not in shown and "&lt;script" in shown
    query = (
        "SELECT * WHERE { VALUES (?a ?b) { ('<script>alert(1)</script>' <javascript:alert(1)>) "
        "('=1+1' <data:text/html,x>) ('ok' <https://example.org/>) } }"
    )
    shown = web.get("/sparql", params={"query": query}, headers={"Accept": BROWSER})
    assert shown.status_code == 200
    assert "<script>" not in shown.text and 'href="javascript:' not in shown.text and 'href="data:' not in shown.text
    assert 'href="https://example.org/"' in shown.text
    saved = web.get("/sparql.csv", params={"query": query})
    assert saved.headers["content-disposition"].startswith("attachment") and "=1+1" in saved.text


def test_the_host_header_is_never_used(web: httpx.Client) -> None:
    """No link, redirect or description takes the host that a client claims."""
    about = ("/id/KEN", "/page/KEN", "/data/KEN.ttl", "/trace?q=10.7.2", "/nope", "/sparql/")
    whole = (
        "/",
        "/catalog",
        "/.well-known/void",
        "/downloads",
        "/api",
        "/sparql",
        "/api/v1/info",
        "/api/v1/openapi.json",
    )
    for path in (*about, *whole):
        for accept in ("text/turtle, */*;q=0.5", BROWSER):
            headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Accept": accept}
            answer = web.get(path, headers=headers)
            assert "evil.example" not in answer.text + str(answer.headers), path


# ---- Linked data -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "accept", "target"),
    [
        ("/id/KEN", "text/turtle", "/data/KEN.ttl"),
        ("/id/KEN", "application/ld+json", "/data/KEN.jsonld"),
        ("/id/KEN", "application/rdf+xml;q=0.9, text/turtle;q=0.2", "/data/KEN.rdf"),
        ("/id/KEN", BROWSER, "/page/KEN"),
        ("/id/KEN", "*/*", "/data/KEN.ttl"),
        ("/id/KEN.nt", BROWSER, "/data/KEN.nt"),
        ("/id/KEN.html", "text/turtle", "/page/KEN"),
        ("/def/Indicator", "text/turtle", "/data/def/Indicator.ttl"),
        ("/code/force-treaty", BROWSER, "/page/code/force-treaty"),
        ("/graph/data/frameworks/migof", "text/turtle", "/data/graph/data/frameworks/migof.ttl"),
        ("/page/10.7.2", BROWSER, "/page/sdg-indicator-10-7-2"),
        ("/id/10.7.2", BROWSER, "/page/sdg-indicator-10-7-2"),
    ],
)
def test_an_iri_leads_to_its_document(web: httpx.Client, path: str, accept: str, target: str) -> None:
    """303 to the page or the data, and that answers."""
    answer = web.get(path, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["location"]) == (303, target)
    assert "Accept" in answer.headers["vary"]
    assert web.get(target, headers={"Accept": accept}).status_code == 200


def test_data_about_a_thing_holds_both_directions(web: httpx.Client) -> None:
    """The document has what the thing says and what points to it, with Link headers to its other forms."""
    answer = web.get("/data/migof.ttl")
    said = rdflib.Graph().parse(data=answer.text, format="turtle")
    migof = rdflib.URIRef("https://w3id.org/migkg/id/migof")
    assert (migof, None, None) in said and (None, None, migof) in said
    assert 'rel="describes cite-as"' in answer.headers["link"] and "/data/migof.jsonld" in answer.headers["link"]
    assert 'rel="canonical cite-as"' in web.get("/page/migof").headers["link"]
    whole = rdflib.Graph().parse(data=web.get("/data/graph/data/frameworks/migof.nt").text, format="nt")
    stored = web.get("/graph", params={"graph": "https://w3id.org/migkg/graph/data/frameworks/migof"})
    assert len(whole) == len(rdflib.Graph().parse(data=stored.text, format="turtle")) > 50


def test_an_unknown_name_is_told_what_is_near(web: httpx.Client) -> None:
    """404 with candidates, as data and as a page."""
    said = problem(web.get("/data/migoff.ttl"), 404)
    assert "migof" in [c["id"] for c in said["candidates"]]  # type: ignore[attr-defined]
    shown = web.get("/page/migoff", headers={"Accept": BROWSER})
    assert shown.status_code == 404 and 'href="/page/migof"' in shown.text
    several = web.get("/api/v1/trace/1.3")
    assert several.status_code == 300 and len(several.json()["candidates"]) > 1


@pytest.mark.soak  # long; what it walks through is tested piece by piece elsewhere
def test_the_catalogue_and_the_files(web: httpx.Client) -> None:
    """DCAT and VoID name the files; each file comes whole, and the counts agree."""
    dcat = rdflib.Namespace("http://www.w3.org/ns/dcat#")
    for path in ("/catalog", "/.well-known/void"):
        for media, name in (("text/turtle", "turtle"), ("application/ld+json", "json-ld")):
            answer = web.get(path, headers={"Accept": media})
            assert len(rdflib.Graph().parse(data=answer.text, format=name)) > 20
    listed = rdflib.Graph().parse(data=web.get("/catalog").text, format="turtle")
    urls = sorted(str(url) for url in listed.objects(None, dcat.downloadURL))
    assert len(urls) == 16
    info = web.get("/api/v1/info").json()
    for url in urls:
        path = "/downloads/" + url.rsplit("/", 1)[-1]
        answer = web.get(path)
        assert answer.status_code == 200 and len(answer.content) > 1000, path
        if path.endswith(".nt"):
            assert len(answer.text.splitlines()) == info["triples"]
        if path.endswith(".nq"):
            assert len(answer.text.splitlines()) == info["statements"]
    assert web.get("/downloads/migkg.nt", headers={"Range": "bytes=0-99"}).status_code == 206


def test_the_ontology_comes_as_data_and_as_a_page(web: httpx.Client) -> None:
    """One address, every form."""
    said = rdflib.Graph().parse(data=web.get("/ontology").text, format="turtle")
    assert (rdflib.URIRef("https://w3id.org/migkg/ontology"), None, rdflib.OWL.Ontology) in said
    assert web.get("/ontology", headers={"Accept": BROWSER}).headers["content-type"].startswith("text/html")
    assert web.get("/ontology.jsonld").headers["content-type"].startswith("application/ld+json")


class Links(HTMLParser):
    """Collects the links of a page, and what a page must not have."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one tag."""
        said = dict(attrs)
        if tag == "a" and said.get("href"):
            self.found.append(str(said["href"]))
        if tag in ("iframe", "object", "embed") or "style" in said or any(k.startswith("on") for k in said):
            self.bad.append(f"<{tag} {said}>")
        data = said.get("type") == "application/ld+json" and "src" not in said  # read, never run
        if (
            tag in ("img", "link", "script")
            and not data
            and not str(said.get("src") or said.get("href")).startswith(("/", "https://w3id.org/"))
        ):
            self.bad.append(f"<{tag} {said}>")


def test_every_link_of_the_pages_answers(web: httpx.Client) -> None:
    """From the first page on, two hundred pages and files answer, and none loads from elsewhere."""
    waiting = ["/", "/page/sdg-indicator-10-7-2", "/page/bali-process", "/page/KEN", "/page/m49-001", "/page/migof"]
    waiting += ["/scores/ratification", "/trace?q=10.7.2&related=1", "/map?left=migof&right=mgi-2016", "/about"]
    seen: set[str] = set()
    while waiting and len(seen) < 200:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        answer = web.get(path, headers={"Accept": BROWSER}, follow_redirects=True)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        if answer.headers["content-type"].startswith("text/html"):
            parser = Links()
            parser.feed(answer.text)
            assert parser.bad == [], path
            found = [urljoin(path, link) for link in parser.found]
            kinds: dict[str, int] = {}
            for link in found:
                kind = link.split("?")[0].split("/")[1] if link.startswith("/") else ""
                kinds[kind] = kinds.get(kind, 0) + 1
                if urlsplit(link).netloc == "" and kinds[kind] <= 12:
                    waiting.append(link.split("#")[0] or "/")
    assert len(seen) == 200


# ---- The API -----------------------------------------------------------------------------------------------


def test_a_trace_has_each_form(web: httpx.Client) -> None:
    """JSON with the published keys, a picture, a table, Markdown; names with slashes work."""
    said = web.get("/api/v1/trace/10.7.2").json()
    assert said["start"]["id"] == "sdg-indicator-10-7-2" and said["paths"]
    assert {"from", "relation", "to", "force", "date", "basis", "sources"} <= set(said["paths"][0]["hops"][0])
    assert said["binding_throughout"] + said["binding_through_weaker_text"] <= len(said["paths"])
    assert web.get("/api/v1/trace/A/RES/70/1").json()["start"]["id"] == "un-res-a-70-1"
    picture = web.get("/api/v1/trace/10.7.2", headers={"Accept": "image/svg+xml"})
    assert picture.headers["content-type"].startswith("image/svg+xml") and "<svg" in picture.text
    assert web.get("/api/v1/trace/10.7.2?format=csv").text.startswith("path,hop,from")
    assert web.get("/api/v1/trace/10.7.2?format=md").text.startswith("# Legal basis of")
    earlier = web.get("/api/v1/trace/10.7.2?as_of=2016").json()
    assert len(earlier["paths"]) < len(said["paths"])
    assert len(web.get("/api/v1/trace/10.7.2?related=true").json()["paths"]) > len(said["paths"])
    problem(web.get("/api/v1/trace/10.7.2?as_of=soon"), 400)
    problem(web.get("/api/v1/trace/10.7.2?related=perhaps"), 422)
    problem(web.get("/api/v1/trace/10.7.2?format=exe"), 422)


def test_scores_and_mappings(web: httpx.Client) -> None:
    """Scores by area and year, the comparison with published figures, and a crosswalk with its gaps."""
    scores = web.get("/api/v1/score/sdg-10-7-2-regional?period=2021&area=m49-001").json()["scores"]
    assert scores and all(s["area"] == "m49-001" and s["period"] == "2021" for s in scores)
    compared = web.get("/api/v1/score/sdg-10-7-2-regional?compare=true").json()["comparison"]
    assert {c["verdict"] for c in compared} >= {"match"}
    problem(web.get("/api/v1/score/sdg-10-7-2-regional?period=1999"), 400)
    mapped = web.get("/api/v1/map/migof/mgi-2016").json()
    assert mapped["left"]["id"] == "migof" and mapped["mappings"] and mapped["gaps"]
    problem(web.get("/api/v1/map/migof/migof"), 400)


def test_composed_mappings_come_only_when_asked_for(web: httpx.Client) -> None:
    """JSON, CSV, SSSOM and the page mark them and show their path; without the option nothing of them is there."""
    assert "composed" not in web.get("/api/v1/map/gcm/mgi").json()
    said = web.get("/api/v1/map/gcm/mgi?composed=true").json()["composed"]
    assert said and all(len(one["path"]) == 2 and one["justification"] == "MappingChaining" for one in said)
    csv = web.get("/api/v1/map/gcm/mgi?composed=true&format=csv").text
    assert csv.splitlines()[0].endswith(",path") and "map-110 map-003" in csv
    table = web.get("/api/v1/map/gcm/mgi?composed=true&format=sssom")
    assert table.headers["content-type"].startswith("text/tab-separated-values")
    assert "mgd:map-110|mgd:map-003" in table.text
    assert "semapv:MappingChaining" not in web.get("/api/v1/map/gcm/mgi?format=sssom").text
    page = "/map?left=gcm&right=mgi"
    assert "nobody has looked at" in web.get(page + "&composed=1").text and "map-110" not in web.get(page).text


def test_every_question_is_an_operation(web: httpx.Client) -> None:
    """OpenAPI 3.1 describes each question with its parameters, and each answers with its examples."""
    described = web.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    listed = web.get("/api/v1/ask").json()
    assert listed
    for one in listed:
        operation = described["paths"][one["href"]]["get"]
        names = {p["name"] for p in operation["parameters"]}
        assert {p["name"] for p in one["params"]} <= names
        answer = web.get(one["href"], params={p["name"]: p["example"] for p in one["params"] if p["example"]})
        assert answer.status_code == 200, f"{one['name']}: {answer.text[:200]}"
        said = answer.json()
        assert all(set(said["columns"]) <= set(row) for row in said["rows"])
        needed = {p["name"]: p["example"] for p in one["params"] if p["required"]}
        table = web.get(one["href"], params={"format": "csv", **needed})
        assert table.headers["content-type"].startswith("text/csv")
        if needed:
            problem(web.get(one["href"]), 400)
    problem(web.get(listed[0]["href"], params={"nonsense": "1"}), 400)
    problem(web.get("/api/v1/ask/nonsense"), 404)
    json.dumps(described, allow_nan=False)


def test_health_and_metrics(web: httpx.Client) -> None:
    """The process says that it lives, that it answers, and what it did."""
    assert web.get("/health").json() == {"status": "ok"}
    assert web.get("/ready").json()["status"] == "ready"
    assert 'migkg_queries_total{outcome="answered"}' in web.get("/metrics").text


def test_a_port_in_use_is_told_in_one_sentence() -> None:
    """The error names the port and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ResourceMissing, match=f"Port {port} on 127.0.0.1 is in use"):
            listen("127.0.0.1", port)
