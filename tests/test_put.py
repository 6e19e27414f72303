"""Graphs put into a running server over real HTTP: who may, in which forms, all or nothing, and what stays."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pyoxigraph as ox
import pytest
import rdflib

from migkg import release
from migkg.build import build
from tests import bases
from tests.writing import FOREIGN, TOKEN, TURTLE, Client, writable

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib.*")

GRAPH = "https://w3id.org/migkg/graph/"
FORM = GRAPH + "data/observations/movers-XCC-2020"
TABLE = "area,element,period,value,status,unit,source,note\nXCC,series-movers,2020,{},normal,persons,src-paper,\n"
ONE = "<http://example.org/a> <http://purl.org/dc/terms/title> 'one' ."
LIMITS = json.dumps({"put_bytes": 200_000, "write_seconds": 30, "writer_mb": 1_500, "workers": 1, "put_seconds": 3})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place with a release of the tiny base."""
    made = tmp_path_factory.mktemp("place")
    before = os.environ.get("MIGKG_HOME")
    os.environ["MIGKG_HOME"] = str(made)
    try:
        build(bases.small_top())
    finally:
        if before is None:
            del os.environ["MIGKG_HOME"]
        else:
            os.environ["MIGKG_HOME"] = before
    return made


@pytest.fixture(scope="module")
def web(home: Path) -> Iterator[Client]:
    """A server that may be written to."""
    with writable(home, LIMITS) as client:
        yield client


def problem(answer: httpx.Response, status: int) -> dict[str, object]:
    """Check that an answer is a problem document that tells no secret and no path, and return it."""
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert TOKEN not in answer.text and "/tmp" not in answer.text and "Traceback" not in answer.text
    said: dict[str, object] = answer.json()
    assert said["status"] == status
    return said


# ---- Who may ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize(
    "said", [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", TOKEN, "Bearer \xe9"]
)
def test_without_the_token_nothing_is_written(web: Client, method: str, said: str | None) -> None:
    """Each of them is 401 and says how to ask; the body is not even read."""
    before = web.release()
    headers = {"Content-Type": TURTLE} | ({"Authorization": said.encode("latin-1")} if said is not None else {})
    answer = web.request(method, "/graph", params={"graph": FOREIGN}, content=ONE, headers=headers)
    problem(answer, 401)
    assert answer.headers["www-authenticate"].startswith('Bearer realm="migkg"')
    assert web.release() == before


def test_a_server_without_a_token_only_reads(home: Path) -> None:
    """It says so, and the Allow header too."""
    with writable(home, token=None) as client:
        for answer in (client.put(FOREIGN, ONE), client.drop(FOREIGN)):
            assert "MIGKG_TOKEN" in str(problem(answer, 405)["detail"])
            assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
        assert "PUT" not in client.options("/graph").headers["allow"]


@pytest.mark.parametrize("token", ["short", "with spaces in the middle", "ünicode-is-no-token-here"])
def test_a_poor_token_is_refused_at_the_start(home: Path, token: str) -> None:
    """A token that could be guessed, or that no header carries, starts no server."""
    code = "from migkg.cli import main; import sys; sys.argv=['migkg','serve','--port','1']; main()"
    env = {**os.environ, "MIGKG_HOME": str(home), "MIGKG_TOKEN": token}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=60)
    assert done.returncode == 2 and "MIGKG_TOKEN" in done.stderr and token not in done.stderr


def test_a_token_comes_with_the_current_release_only(home: Path) -> None:
    """A change makes the next release out of the current one, so a server over another folder may not write."""
    copy = home / "elsewhere"
    subprocess.run(["cp", "-r", str((home / "release").resolve()), str(copy)], check=True)
    code = f"from migkg.cli import main; import sys; sys.argv=['migkg','serve','--port','1','--store','{copy}']; main()"
    env = {**os.environ, "MIGKG_HOME": str(home), "MIGKG_TOKEN": TOKEN}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=60)
    assert done.returncode == 2 and "current release" in done.stderr


def test_other_sites_may_not_write(web: Client) -> None:
    """A preflight hears of reading only; the Allow header tells others the truth."""
    asked = web.options("/graph", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "PUT"})
    assert "PUT" not in asked.headers["access-control-allow-methods"]
    assert "PUT" in asked.headers["allow"] and "access-control-allow-credentials" not in asked.headers
    assert "authorization" not in asked.headers["access-control-allow-headers"].lower()


def test_no_process_for_strangers_and_no_log_knows_the_token(web: Client, home: Path) -> None:
    """The token is in the environment of the server alone."""
    import psutil

    web.put(FOREIGN, "<a>")
    children = psutil.Process(web.pid).children(recursive=True)
    assert children
    for child in children:
        assert TOKEN not in str(child.environ()) and TOKEN not in " ".join(child.cmdline())
    assert TOKEN not in (home / "server.log").read_text()


# ---- What is sent ------------------------------------------------------------------------------------------

DOCUMENTS = {
    TURTLE: ONE,
    "application/n-triples": ONE.replace("'", '"'),
    "application/n-quads": ONE.replace("'", '"').replace(" .", f" <{FOREIGN}> ."),
    "application/trig": f"<{FOREIGN}> {{ {ONE} }}",
    "application/ld+json": '{"@id": "http://example.org/a", "http://purl.org/dc/terms/title": "one"}',
    "application/rdf+xml": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:d="http://purl.org/dc/terms/"><rdf:Description rdf:about="http://example.org/a"><d:title>one</d:title>'
    "</rdf:Description></rdf:RDF>",
}


@pytest.mark.parametrize("media", DOCUMENTS)
def test_each_syntax_is_put_and_read_back(web: Client, media: str) -> None:
    """Data that use none of our classes conform; the graph comes back with the tag that PUT gave."""
    web.drop(FOREIGN)
    answer = web.put(FOREIGN, DOCUMENTS[media], f"{media}; charset=UTF-8")
    assert answer.status_code == 201, answer.text
    assert answer.json()["statements"] == 1 and answer.json()["release"] == answer.headers["migkg-release"]
    assert web.release() == answer.headers["migkg-release"]
    back = web.read(FOREIGN)
    assert back.text.strip() == ONE.replace("'", '"')
    assert web.count(FOREIGN) == 1, "the workers answer from the same release"
    same = web.read(FOREIGN, media)
    assert same.headers["etag"] == answer.headers["etag"]
    assert web.put(FOREIGN, DOCUMENTS[media], media).status_code == 200


def test_a_form_becomes_a_graph_that_says_from_which_file(web: Client) -> None:
    """A table is read as a build reads it; who, when and from which file come from the request."""
    answer = web.put(
        FORM,
        TABLE.format(777),
        "text/csv",
        Content_Disposition='attachment; filename="../../ken form.csv"',
        Date="Sat, 21 Nov 2026 10:00:00 GMT",
    )
    assert answer.status_code == 201, answer.text
    read = rdflib.Graph().parse(data=web.read(FORM).text, format="nt")
    names = {str(s) for s in read.subjects()}
    assert any(re.search(r"/id/ob-movers-xcc-2020-XCC-series-movers-2020$", name, re.I) for name in names), names
    said = rdflib.Graph().parse(data=web.read(GRAPH + "put").text, format="nt")
    prov, terms = rdflib.Namespace("http://www.w3.org/ns/prov#"), rdflib.Namespace("http://purl.org/dc/terms/")
    source = said.value(rdflib.URIRef(FORM), prov.wasDerivedFrom)
    assert str(source).startswith("ni:///sha-256;") and str(said.value(source, terms.title)) == "ken form.csv"
    assert 'created> "2026-11-21T10:00:00Z"^^' in web.read(GRAPH + "put").text
    assert str(said.value(rdflib.URIRef(FORM), terms.contributor)) == "Ann"
    asked = "SELECT ?v WHERE { ?o <https://w3id.org/migkg/def/area> <https://w3id.org/migkg/id/XCC> ; "
    asked += "<https://w3id.org/migkg/def/value> ?v }"
    assert '"777"' in web.get("/sparql", params={"query": asked}).text
    assert web.get("/page/XCC").status_code == 200
    assert web.drop(FORM).status_code == 204 and web.read(FORM).status_code == 404
    assert '"777"' not in web.get("/sparql", params={"query": asked}).text


def test_a_form_with_mistakes_is_told_each_place(web: Client) -> None:
    """422 with the file, the line and the field of each; the old graph is there as before."""
    assert web.put(FORM, TABLE.format(5), "text/csv").status_code in (200, 201)
    before, tag = web.release(), web.read(FORM).headers["etag"]
    bad = TABLE.format(5) + "XCX,series-movers,2020,7,normal,persons,src-paper,\n"
    bad += "XBB,series-movers,2021,8,normal,persns,src-paper,\n"
    said = problem(web.put(FORM, bad, "text/csv", Content_Disposition="attachment; filename=ken.csv"), 422)
    errors = [one for one in said["errors"] if one["severity"] == "error"]  # type: ignore[attr-defined]
    assert said["count"] == len(said["errors"])  # type: ignore[arg-type]
    assert {one["line"] for one in errors} == {3, 4}
    assert {one["file"] for one in errors} == {"ken.csv"}
    assert all(one["message"] and one["field"] for one in errors)
    assert {"column", "value", "fix"} <= set(errors[0])
    assert (web.release(), web.read(FORM).headers["etag"]) == (before, tag)
    assert web.drop(FORM).status_code == 204


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        ("", TURTLE, 400),
        ("# nothing\n", TURTLE, 400),
        ("<http://example.org/a> <http://example.org/b> ", TURTLE, 400),
        ("<http://example.org/a> <http://example.org/b> \xff .".encode("latin-1"), TURTLE, 400),
        ("<http://e.org/a> <http://e.org/b> 1 <http://e.org/g> .", "application/n-quads", 400),
        (f"<{FOREIGN}> {{ {ONE} }} <http://example.org/other> {{ {ONE} }}", "application/trig", 400),
        ("{'a': 1}", "application/ld+json", 400),
        ('{"@context": "http://127.0.0.1:9/c", "a": 1}', "application/ld+json", 400),
        ('{"@context": "file:///etc/passwd", "a": 1}', "application/ld+json", 400),
        ('<!DOCTYPE x [<!ENTITY a "aaa">]><x>&a;</x>', "application/rdf+xml", 400),
        ('<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x"><x/>', "application/rdf+xml", 400),
        ("<rdf:RDF>", "application/rdf+xml", 400),
        ("<a>" * 5_000, "application/rdf+xml", 413),
        ("[" * 5_000, TURTLE, 400),
        ("<<(" * 18_400, TURTLE, 400),
        ('{"a":' * 5_000, "application/ld+json", 400),
        ('area,element,period,value\nXCC,"series', "text/csv", 400),
        ("area;element;period;value\n", "text/csv", 400),
        (ONE, "text/html", 415),
        (ONE, "multipart/form-data; boundary=x", 415),
        (ONE, "text/turtle; charset=latin-1", 415),
        (ONE, "", 415),
        ("#" * 300_000, TURTLE, 413),
        (
            "@prefix m: <https://w3id.org/migkg/def/> . <https://w3id.org/migkg/id/x-new> a m:Indicatr .",
            TURTLE,
            422,
        ),
    ],
)
def test_what_cannot_be_a_graph_is_refused(web: Client, body: str | bytes, media: str, status: int) -> None:
    """One clear sentence each; nothing changes, and the server goes on."""
    before = web.release()
    problem(web.put("http://example.org/bad", body, media), status)
    assert web.release() == before
    assert web.get("/health").status_code == 200


def test_bodies_are_capped_while_they_come_and_never_unpacked(web: Client) -> None:
    """No length given, a compressed body, a body that stops: 413, 415, 408; the old graph stays."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": TURTLE}
    parts = (b"#" * 10_000 for _ in range(40))
    problem(web.request("PUT", "/graph", params={"graph": FOREIGN}, content=parts, headers=headers), 413)
    packed = {**headers, "Content-Encoding": "gzip"}
    problem(web.request("PUT", "/graph", params={"graph": FOREIGN}, content=b"x", headers=packed), 415)
    host, port = urlsplit(str(web.base_url)).hostname, urlsplit(str(web.base_url)).port
    with socket.create_connection((host, port), timeout=10) as plain:
        plain.sendall(
            f"PUT /graph?graph={FOREIGN} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
            f"Content-Type: {TURTLE}\r\nContent-Length: 1000\r\n\r\n<http://".encode()
        )
        assert b" 408 " in plain.recv(4096).split(b"\r\n")[0]


@pytest.mark.parametrize(
    "graph",
    ["", "relative", "/graph", "http://e.org/a b", "http://e.org/a>", "http://e.org/{a}", "javascript:alert(1)",
     "data:text/html,x", "http://e.org/\n", "_:b", "http://e.org/" + "x" * 3_000, "http://e.org/a> } DROP ALL #"],
)  # fmt: skip
def test_a_graph_needs_an_absolute_iri(web: Client, graph: str) -> None:
    """Nothing that is no IRI, and nothing that a browser would run, becomes a name."""
    problem(web.put(graph, ONE), 400)
    problem(web.drop(graph), 400)


@pytest.mark.parametrize(
    "name",
    ["data/frameworks/gcm", "data/observations/movers", "ontology/migkg", "ontology/new", "score/regional-share",
     "infer/anything", "put", "shapes/x"],
)  # fmt: skip
def test_graphs_of_files_and_queries_are_not_written(web: Client, name: str) -> None:
    """A build would bring them back; the answer says what to do instead."""
    problem(web.put(GRAPH + name, ONE), 403)
    assert web.drop(GRAPH + name).status_code in (403, 404)
    problem(web.put("https://w3id.org/migkg/id/KEN", ONE), 403)


def test_only_whole_named_graphs_are_written(web: Client) -> None:
    """POST would add to a graph; the default graph is the merge of all."""
    answer = web.post("/graph", params={"graph": FOREIGN}, content=ONE, headers={"Authorization": f"Bearer {TOKEN}"})
    assert "whole" in str(problem(answer, 405)["detail"]) and "PUT" in answer.headers["allow"]
    default = web.request("PUT", "/graph?default", content=ONE, headers={"Authorization": f"Bearer {TOKEN}"})
    problem(default, 405)
    two = web.request(
        "DELETE", "/graph?graph=http://a.b/&graph=http://a.c/", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    problem(two, 400)


def test_a_change_that_leaves_others_hanging_is_refused(web: Client) -> None:
    """A graph that another one needs stays, and cannot lose what is needed."""
    base, kept = "@base <https://w3id.org/migkg/> . @prefix dcterms: <http://purl.org/dc/terms/> .", GRAPH + "data/kept"
    head = " a <http://www.w3.org/ns/prov#Entity> ; dcterms:title 'x'@en ; dcterms:publisher 'x' ; dcterms:rights 'x' ;"
    label = "<http://www.w3.org/2004/02/skos/core#prefLabel> 'A source of its own'@en ; dcterms:title 'x'@en"
    source = f"{base} <graph/data/kept> {head} dcterms:source <id/src-own> . <id/src-own> a <def/Source> ; {label} ; "
    source += "dcterms:publisher 'x' ; dcterms:type <code/source-kind-official> ; dcterms:rights 'x' ."
    needed = web.put(kept, source)
    assert needed.status_code == 201, needed.text
    assert web.put(FORM, TABLE.format(5).replace("src-paper", "src-own"), "text/csv").status_code == 201
    said = problem(web.drop(kept), 422)
    assert any("src-own" in one["message"] or "src-own" in one["value"] for one in said["errors"])  # type: ignore
    assert web.read(kept).status_code == 200
    assert web.drop(FORM).status_code == 204 and web.drop(kept).status_code == 204


# ---- Preconditions -----------------------------------------------------------------------------------------


def test_preconditions_keep_writers_from_overwriting_each_other(web: Client) -> None:
    """If-Match needs the tag that GET gave, of this graph only; If-None-Match: * creates only."""
    graph, other = "http://example.org/one", "http://example.org/two"
    problem(web.put(graph, ONE, If_Match="*"), 412)
    made = web.put(graph, ONE, If_None_Match="*")
    assert made.status_code == 201 and made.headers["location"]
    problem(web.put(graph, ONE, If_None_Match="*"), 412)
    tag = web.read(graph).headers["etag"]
    assert web.put(other, ONE).status_code == 201, "another graph changes, this one's tag stays"
    problem(web.put(graph, ONE, If_Match='"other"'), 412)
    assert web.put(graph, ONE.replace("one", "two"), If_Match=f'"x", {tag}').status_code == 200
    problem(web.drop(graph, If_Match=tag), 412)
    assert web.get("/graph", params={"graph": graph}, headers={"If-None-Match": tag}).status_code == 200
    assert web.drop(graph, If_Match=web.read(graph).headers["etag"]).status_code == 204
    problem(web.drop(graph), 404)
    last = web.drop(other)
    assert last.status_code == 204, last.text


def test_of_many_writers_one_wins_and_the_others_are_told(web: Client) -> None:
    """Six at once, all sure that they are first: one 201, five 412; the graph is that of the winner."""
    graph, codes = "http://example.org/race", []
    address = str(web.base_url)

    def run(number: int) -> None:
        with Client(base_url=address, timeout=60) as client:
            answer = client.put(graph, ONE.replace("one", f"writer {number}"), If_None_Match="*")
            codes.append((answer.status_code, number))

    threads = [threading.Thread(target=run, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(code for code, _ in codes) == [201, *[412] * 5]
    winner = next(number for code, number in codes if code == 201)
    assert f"writer {winner}" in web.read(graph).text
    assert web.drop(graph).status_code == 204


# ---- All or nothing ----------------------------------------------------------------------------------------


def graph_of(number: int, size: int = 60) -> str:
    """A graph whose statements all carry the same number."""
    return "".join(f"<http://example.org/{n}> <http://purl.org/dc/terms/title> '{number}' .\n" for n in range(size))


def test_a_reader_never_sees_half_a_graph(web: Client) -> None:
    """While a graph is put again and again, every answer is one of the versions, whole; no request is dropped."""
    graph, stop, seen = "http://example.org/loop", threading.Event(), []
    assert web.put(graph, graph_of(0)).status_code == 201
    address = str(web.base_url)

    def reader(ask: bool) -> None:
        query = f"SELECT ?t (COUNT(*) AS ?n) WHERE {{ GRAPH <{graph}> {{ ?s ?p ?t }} }} GROUP BY ?t"
        with Client(base_url=address, timeout=60) as client:
            while not stop.is_set():
                answer = (
                    client.get("/sparql", params={"query": query}, headers={"Accept": "text/csv"})
                    if ask
                    else client.read(graph)
                )
                seen.append((answer.status_code, ask, answer.text))
                time.sleep(0.02)

    threads = [threading.Thread(target=reader, args=(ask,)) for ask in (True, False)]
    for thread in threads:
        thread.start()
    for number in range(1, 5):
        assert web.put(graph, graph_of(number)).status_code == 200
    stop.set()
    for thread in threads:
        thread.join()
    assert {status for status, _, _ in seen} == {200}
    for _, ask, text in seen:
        if ask:
            assert re.fullmatch(r"t,n\r\n\d,60\r\n", text), text
        else:
            assert len(set(re.findall(r'"(\d)"', text))) == 1 and text.count("\n") == 60
    assert len({text for _, _, text in seen}) > 2, "the readers saw several versions"
    assert web.drop(graph).status_code == 204


def test_killing_the_server_in_the_middle_keeps_what_was_acknowledged(home: Path) -> None:
    """Kill -9 at odd moments: what was answered 2xx is there after the restart, and each graph is whole."""
    graph, known, sent = "http://example.org/killed", -1, -1
    for pause in (0.3, 0.8, 1.4, 2.5):
        with writable(home, LIMITS) as client:
            if known >= 0:
                there = set(re.findall(r'"(\d+)"', client.read(graph).text))
                assert len(there) == 1 and client.count(graph) == 60
                assert known <= int(there.pop()) <= sent
            killer = threading.Timer(pause, os.kill, (client.pid, signal.SIGKILL))
            killer.start()
            try:
                while True:
                    sent += 1
                    assert client.put(graph, graph_of(sent)).status_code in (200, 201)
                    known = sent
            except httpx.HTTPError:
                killer.join()
    with writable(home, LIMITS) as client:
        if known >= 0:
            assert client.count(graph) == 60
            assert client.drop(graph).status_code == 204


def test_a_killed_process_of_the_writer_costs_one_change_only(web: Client) -> None:
    """Too much memory or time, or a crash: 503, nothing written, and the next change works."""
    import psutil

    writer = next(c for c in psutil.Process(web.pid).children() if "migkg.writer" in " ".join(c.cmdline()))
    before = web.release()
    writer.kill()
    answer = web.put(FOREIGN, ONE)
    assert answer.status_code in (200, 201, 503)
    if answer.status_code == 503:
        assert web.release() == before and "Nothing was written" in str(problem(answer, 503)["detail"])
    assert web.put(FOREIGN, ONE).status_code in (200, 201)


def test_a_second_server_or_a_build_and_this_one_do_not_lose_each_others_work(
    web: Client, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build keeps what was put; a server that finds a newer release goes on from that one."""
    monkeypatch.setenv("MIGKG_HOME", str(home))
    graph = "http://example.org/kept"
    assert web.put(graph, "<http://example.org/a> <http://purl.org/dc/terms/title> 'kept', [ ] .").status_code == 201
    served = release.current()
    assert served is not None and served.id == web.release()
    top = bases.folder_of(bases.SMALL)
    built, _ = build(top)
    assert built.id == served.id, "a build of the same files and graphs is the same release"
    for name in ("migkg.nq", "merged.nt"):
        assert (built.path / name).read_bytes() == (served.path / name).read_bytes()
    labels = top / "data/labels/made-up.csv"
    labels.write_text(labels.read_text().replace("(inventé)", "(made up again)", 1))
    newer, _ = build(top)
    assert newer.id != built.id and graph in {one["iri"] for one in newer.manifest["graphs"]}
    assert web.put("http://example.org/after", ONE).status_code == 201
    last = release.current()
    assert last is not None and web.release() == last.id
    assert b"made up again" in (last.path / "migkg.nq").read_bytes()
    assert web.drop("http://example.org/after").status_code == 204 and web.drop(graph).status_code == 204


def test_what_was_put_outlives_the_server(home: Path, tmp_path: Path) -> None:
    """Started again, the server has the graph, and its store on disk holds what the files of the release hold."""
    with writable(home, LIMITS) as client:
        assert client.put(FOREIGN, ONE).status_code in (200, 201)
        tag = client.read(FOREIGN).headers["etag"]
    with writable(home, LIMITS) as client:
        assert client.read(FOREIGN).headers["etag"] == tag
    made = release.read(home / "release")
    disk, dump = ox.Store.read_only(str(made.path / release.STORE)), ox.Store()
    for name in (release.QUADS, release.MERGED):
        dump.bulk_extend(ox.parse(path=str(made.path / name), format=ox.RdfFormat.N_QUADS))
    assert set(disk) == set(dump)


# ---- The command -------------------------------------------------------------------------------------------


def command(home: Path, *words: str, token: str | None = TOKEN) -> subprocess.CompletedProcess[str]:
    """Run `migkg put`."""
    env = {k: v for k, v in os.environ.items() if k != "MIGKG_TOKEN"} | {"MIGKG_HOME": str(home), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-m", "migkg.cli", "put", *words],
        capture_output=True,
        text=True,
        timeout=120,
        env=env | ({"MIGKG_TOKEN": token} if token else {}),
    )


def test_the_command_puts_a_form_and_deletes_it(web: Client, home: Path, tmp_path: Path) -> None:
    """A good form is a graph of its own name; a bad one exits 1 and lists the lines; DELETE takes it back."""
    to, form = str(web.base_url), tmp_path / "movers-XDD-2021.csv"
    form.write_text(TABLE.format(778).replace("XCC", "XDD").replace("2020", "2021"))
    done = command(home, str(form), "--to", to)
    assert (done.returncode, done.stderr) == (0, "") and "created" in done.stdout
    graph = done.stdout.split(": ")[0]
    assert (
        graph == GRAPH + "data/observations/movers-XDD-2021" and '"movers-XDD-2021.csv"' in web.read(GRAPH + "put").text
    )
    form.write_text(form.read_text().replace("XDD", "XQQ"))
    bad = command(home, str(form), "--to", to)
    assert bad.returncode == 1 and "movers-XDD-2021.csv" in bad.stderr and "XQQ" in bad.stdout
    assert command(home, "--delete", "--graph", graph, "--to", to).returncode == 0
    assert command(home, "--delete", "--graph", graph, "--to", to).returncode == 2


@pytest.mark.parametrize(
    ("words", "token", "said"),
    [
        (["{form}", "--to", "{to}"], None, "MIGKG_TOKEN"),
        (["{form}", "--to", "{to}"], "not-the-right-token", "token"),
        (["{form}", "--to", "http://example.org"], TOKEN, "unencrypted"),
        (["{form}", "--to", "http://me:secret@localhost"], TOKEN, "without user name"),
        (["{form}", "--to", "ftp://example.org"], TOKEN, "http"),
        (["{form}.ttl", "--to", "{to}"], TOKEN, "--graph"),
        (["{form}.ttl", "--to", "{to}", "--graph", "http://e.org/g"], TOKEN, "cannot be read"),
        (["{form}", "--to", "http://127.0.0.1:9"], TOKEN, "cannot be reached"),
        (["--delete"], TOKEN, "--graph"),
        ([], TOKEN, "one file"),
    ],
)
def test_the_command_says_what_is_in_the_way(
    web: Client, home: Path, tmp_path: Path, words: list[str], token: str | None, said: str
) -> None:
    """One sentence, no traceback, no secret."""
    form = tmp_path / "form.csv"
    form.write_text(TABLE.format(1))
    done = command(home, *[w.format(form=form, to=web.base_url) for w in words], token=token)
    assert done.returncode in (2, 3) and said in done.stderr, done.stderr
    assert "Traceback" not in done.stderr and "secret" not in done.stderr and TOKEN not in done.stderr
