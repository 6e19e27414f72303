"""Clients that people use, unmodified, against a real server: SPARQLWrapper, rdflib, Oxigraph, curl, Comunica.

npm fetches Comunica once, at the versions of `comunica/package-lock.json`, into build/comunica. Without Node, npm or a
network its tests are skipped, and say so.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pyoxigraph as ox
import pytest
import rdflib
import SPARQLWrapper as sw
from rdflib.plugins.stores.sparqlstore import SPARQLStore, SPARQLUpdateStore

from tests.bases import ROOT
from tests.protocol.graphs import DOCUMENT, FIRST, GRAPHS, SECOND, SHARED
from tests.writing import TOKEN, Client

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib.*"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:SPARQLWrapper.*"),
]

SELECT = f"SELECT ?s WHERE {{ ?s a <{DOCUMENT}> }} ORDER BY ?s"
ASK = f"ASK {{ <{FIRST}> a <{DOCUMENT}> }}"
CONSTRUCT = f"CONSTRUCT {{ ?s a <{DOCUMENT}> }} WHERE {{ ?s a <{DOCUMENT}> }}"
DESCRIBE = f"DESCRIBE <{FIRST}>"
ALL = {*GRAPHS, SHARED}
COMUNICA = ROOT / "build" / "comunica"


@pytest.fixture
def endpoint(web: Client) -> str:
    """Return the address that people would type."""
    return str(web.base_url).rstrip("/") + "/sparql"


# ---- SPARQLWrapper -----------------------------------------------------------------------------------------


def wrapper(endpoint: str, query: str, form: str, method: str, request: str) -> sw.SPARQLWrapper:
    """Return a wrapper as the manual of SPARQLWrapper makes it."""
    made = sw.SPARQLWrapper(endpoint)
    made.setTimeout(60)
    made.setReturnFormat(form)
    made.setMethod(method)
    made.setRequestMethod(request)
    made.setQuery(query)
    return made


WAYS = [(sw.GET, sw.URLENCODED), (sw.POST, sw.URLENCODED), (sw.POST, sw.POSTDIRECTLY)]


@pytest.mark.parametrize(("method", "request_method"), WAYS)
def test_sparqlwrapper_reads_rows(endpoint: str, method: str, request_method: str) -> None:
    """In each way to ask and each format it knows."""

    def ask(form: str, query: str = SELECT) -> Any:
        return wrapper(endpoint, query, form, method, request_method).query().convert()

    assert {row["s"]["value"] for row in ask(sw.JSON)["results"]["bindings"]} == ALL
    assert {node.firstChild.data for node in ask(sw.XML).getElementsByTagName("uri")} == ALL
    assert set(ask(sw.CSV).decode().split()[1:]) == ALL
    assert {cell.strip("<>") for cell in ask(sw.TSV).decode().split()[1:]} == ALL
    assert ask(sw.JSON, ASK)["boolean"] is True


@pytest.mark.parametrize(("method", "request_method"), WAYS)
@pytest.mark.parametrize("form", [sw.TURTLE, sw.N3, sw.RDFXML, sw.JSONLD, sw.XML])
def test_sparqlwrapper_reads_graphs(endpoint: str, method: str, request_method: str, form: str) -> None:
    """CONSTRUCT and DESCRIBE, in each form that it knows."""
    for query, subjects in ((CONSTRUCT, ALL), (DESCRIBE, {FIRST})):
        found = wrapper(endpoint, query, form, method, request_method).query().convert()
        graph = found if isinstance(found, rdflib.Graph) else rdflib.Graph().parse(data=found, format="turtle")
        assert {str(s) for s in graph.subjects(rdflib.RDF.type, rdflib.URIRef(DOCUMENT))} == subjects


def test_sparqlwrapper_chooses_graphs_and_hears_of_mistakes(endpoint: str) -> None:
    """It chooses by addDefaultGraph; a mistake is QueryBadFormed with the line; an update is refused."""
    made = wrapper(endpoint, SELECT, sw.JSON, sw.GET, sw.URLENCODED)
    made.addDefaultGraph(FIRST)
    made.addDefaultGraph(SECOND)
    assert len(made.query().convert()["results"]["bindings"]) == 3
    with pytest.raises(sw.SPARQLExceptions.QueryBadFormed, match="line 1, column 10"):
        wrapper(endpoint, "SELECT * WERE {}", sw.JSON, sw.POST, sw.URLENCODED).query()
    with pytest.raises(HTTPError, match="403"):
        wrapper(endpoint, "CLEAR ALL", sw.JSON, sw.POST, sw.URLENCODED).query()


# ---- rdflib and Oxigraph -----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
@pytest.mark.parametrize("form", ["xml", "json"])
def test_rdflib_reads_as_if_it_were_its_own(endpoint: str, method: str, form: str) -> None:
    """Queries, patterns, the number of triples, named graphs."""
    store = SPARQLStore(endpoint, method=method, returnFormat=form)
    whole = rdflib.Graph(store=store)
    assert {str(row.s) for row in whole.query(SELECT)} == ALL  # type: ignore[union-attr]
    assert whole.query(ASK).askAnswer is True
    if form == "xml":  # with "json" it accepts rows alone, and a graph is 406
        assert len(whole.query(CONSTRUCT).graph or ()) == 4
    assert {str(s) for s in whole.subjects(rdflib.RDF.type, rdflib.URIRef(DOCUMENT))} == ALL
    assert (rdflib.URIRef(FIRST), rdflib.RDF.type, rdflib.URIRef(DOCUMENT)) in whole
    one = rdflib.Graph(SPARQLStore(endpoint, method=method, returnFormat=form), identifier=rdflib.URIRef(FIRST))
    assert len(one) == 2 and {str(s) for s in one.subjects()} == {FIRST, SHARED}


def test_rdflib_cannot_write_by_update(endpoint: str, web: Client) -> None:
    """SPARQLUpdateStore is refused, and the graphs stay."""
    before = web.release()
    store = SPARQLUpdateStore(endpoint, endpoint, headers={"Authorization": f"Bearer {TOKEN}"})
    with pytest.raises(HTTPError, match="403"):
        store.update(f"INSERT DATA {{ GRAPH <{FIRST}> {{ <a:b> <a:b> <a:b> }} }}")
    with pytest.raises(HTTPError, match="403"):
        rdflib.Graph(store, identifier=rdflib.URIRef(FIRST)).add((rdflib.RDF.type, rdflib.RDF.type, rdflib.RDF.type))
    assert web.release() == before and web.count(FIRST) == 2


def test_oxigraph_joins_what_lies_here_with_what_lies_there(endpoint: str) -> None:
    """SERVICE of another store, which asks this one."""
    mine = ox.Store()
    mine.add(ox.Quad(ox.NamedNode(FIRST), ox.NamedNode("a:is"), ox.Literal("mine")))
    found = mine.query(f"SELECT ?s {{ ?s <a:is> 'mine' SERVICE <{endpoint}> {{ ?s a <{DOCUMENT}> }} }}")
    assert [row["s"].value for row in found] == [FIRST]  # type: ignore[union-attr]


# ---- curl --------------------------------------------------------------------------------------------------


def curl(*words: str) -> subprocess.CompletedProcess[str]:
    """Run curl, silent but for errors."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    command = ["curl", "-sS", "--noproxy", "*", "--max-time", "60", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=90)


def test_curl_as_the_manuals_show_it(endpoint: str, tmp_path: Path) -> None:
    """-G, a form, a file, Accept, HEAD, -f; the ending of the path decides where there is one."""
    file = tmp_path / "q.rq"
    file.write_text(SELECT)
    direct = ["-H", "Content-Type: application/sparql-query"]
    accept = ["-H", "Accept: text/csv"]
    for words in (
        [*accept, "-G", "--data-urlencode", f"query={SELECT}", endpoint],
        [*accept, "--data-urlencode", f"query={SELECT}", endpoint],
        [*accept, "--data-urlencode", f"query@{file}", endpoint],
        [*accept, *direct, "--data-binary", f"@{file}", endpoint],
        [*accept, *direct, "-T", str(file), "-X", "POST", endpoint],
        ["-G", "--data-urlencode", f"query@{file}", endpoint + ".csv"],
        ["--http1.0", *accept, *direct, "--data-binary", f"@{file}", endpoint],
        ["-H", "Transfer-Encoding: chunked", *accept, *direct, "--data-binary", f"@{file}", endpoint],
    ):
        done = curl(*words)
        assert done.returncode == 0 and set(done.stdout.split()[1:]) == ALL, (words, done.stdout, done.stderr)
    head = curl("-I", "-G", "--data-urlencode", f"query={SELECT}", endpoint)
    assert head.stdout.startswith("HTTP/1.1 200") and "sparql-results+json" in head.stdout
    bad = curl("-f", "--data-urlencode", "query=SELECT", endpoint)
    assert bad.returncode == 22 and bad.stdout == ""
    described = curl("-H", "Accept: text/turtle", endpoint)
    assert len(rdflib.Graph().parse(data=described.stdout, format="turtle")) > 10


# ---- Comunica ----------------------------------------------------------------------------------------------


@cache
def missing() -> str:
    """Make Comunica ready; return why it cannot be, or nothing."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            return f"{program} is not installed (Comunica needs it)"
    lock = Path(__file__).parent / "comunica"
    mark = COMUNICA / "ready"
    if mark.is_file() and mark.read_text() == (lock / "package-lock.json").read_text():
        return ""
    shutil.rmtree(COMUNICA, ignore_errors=True)
    shutil.copytree(lock, COMUNICA)
    words = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(
            words, cwd=COMUNICA, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return "npm did not get Comunica within 300 s"
    if done.returncode != 0:
        return f"npm could not get Comunica: {done.stderr.strip().splitlines()[-1:] or 'no reason given'}"
    shutil.copyfile(lock / "package-lock.json", mark)
    return ""


def comunica(
    source: str, query: str, form: str = "application/sparql-results+json"
) -> subprocess.CompletedProcess[str]:
    """Run the command of Comunica."""
    if reason := missing():
        pytest.skip(reason)
    program = COMUNICA / "node_modules" / "@comunica" / "query-sparql" / "bin" / "query.js"
    return subprocess.run(
        ["node", str(program), source, query, *(["-t", form] if form else [])],
        capture_output=True,
        text=True,
        timeout=180,
        cwd=COMUNICA,
    )


@pytest.mark.soak  # npm needs a minute to fetch Comunica
@pytest.mark.parametrize("kind", ["", "sparql@"])
def test_comunica_finds_out_and_reads(endpoint: str, kind: str) -> None:
    """From the address alone, by the service description, or told that it is SPARQL."""
    done = comunica(kind + endpoint, SELECT)
    assert {row["s"]["value"] for row in json.loads(done.stdout)["results"]["bindings"]} == ALL, done.stderr
    made = comunica(kind + endpoint, CONSTRUCT, "application/n-triples")
    assert len(made.stdout.splitlines()) == 4, made.stderr


@pytest.mark.soak  # npm needs a minute to fetch Comunica
def test_comunica_joins_cannot_write_and_reads_graphs(endpoint: str, web: Client) -> None:
    """An update is refused; a graph of the Graph Store Protocol is a source like any document."""
    before = web.release()
    refused = comunica("sparql@" + endpoint, "INSERT DATA { <a:b> <a:b> <a:b> }", "")
    assert refused.returncode != 0 and "403" in refused.stderr + refused.stdout
    assert web.release() == before
    done = comunica(endpoint.replace("/sparql", f"/graph?graph={FIRST}"), SELECT)
    assert {row["s"]["value"] for row in json.loads(done.stdout)["results"]["bindings"]} == {FIRST, SHARED}
