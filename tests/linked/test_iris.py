"""Every IRI of the project answers: kind of IRI by Accept by method, signs for machines, and help where nothing is."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import httpx
import pytest
import rdflib

from tests.linked.conftest import BASE, GONE

ID = "https://w3id.org/migkg/"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
# What the IRI ends in: the kind of thing, and what stands behind /page/ and /data/.
IRIS = {
    "id/river": "thing",
    "id/XAA": "country",
    "def/Indicator": "class",
    "def/tracesTo": "property",
    "code/force-treaty": "code",
    "code/forces": "list of codes",
    "shape/FrameworkPart": "shape",
    "graph/data/mechanisms/river": "graph",
    "graph/infer/mappings": "derived graph",
}
ACCEPTS = {
    "": "ttl",
    "*/*": "ttl",
    BROWSER: "html",
    "text/turtle": "ttl",
    "application/ld+json": "jsonld",
    "application/n-triples": "nt",
    "application/rdf+xml": "rdf",
    "application/rdf+xml;q=0.4, application/ld+json;q=0.9": "jsonld",
    "text/html;q=0.1, text/turtle": "ttl",
    "application/*": "jsonld",
    "text/turtle;q=0, application/n-triples": "nt",
    "text/turtle;q=0": "",
    "image/png": "",
}
READ = {"ttl": "turtle", "jsonld": "json-ld", "nt": "nt", "rdf": "xml"}
ROUTES = ("/id/river", "/page/river", "/data/river.ttl", "/linkset/river", "/ontology", "/catalog", "/downloads")


def below(iri: str) -> str:
    """Return what stands behind /page/ and /data/."""
    return iri.removeprefix("id/")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("accept", ACCEPTS)
@pytest.mark.parametrize("iri", IRIS)
def test_each_kind_of_iri_leads_to_the_form_that_was_asked_for(
    here: httpx.Client, iri: str, accept: str, method: str
) -> None:
    """One redirect by 303, to a document in that form, which is about the IRI; 406 where there is none."""
    answer = here.request(method, "/" + iri, headers={"Accept": accept})
    form = ACCEPTS[accept]
    assert "Accept" in answer.headers["vary"]
    if not form:
        assert answer.status_code == 406
        return
    wanted = f"/page/{below(iri)}" if form == "html" else f"/data/{below(iri)}.{form}"
    assert (answer.status_code, answer.headers["location"]) == (303, wanted)
    assert f'<{ID}{iri}>; rel="cite-as"' in answer.headers["link"]
    found = here.request(method, wanted, headers={"Accept": accept})
    assert found.status_code == 200 and re.fullmatch(r'"[^"]+"', found.headers["etag"])
    if method == "HEAD":
        assert found.content == b""
    elif form != "html":
        said = rdflib.Graph().parse(data=found.text, format=READ[form])
        assert (rdflib.URIRef(ID + iri), None, None) in said or iri.startswith("graph/")
    else:
        assert ID + iri in found.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ROUTES)
def test_documents_are_only_read(here: httpx.Client, path: str, method: str) -> None:
    """Other methods are refused, and told which are allowed; OPTIONS lists them too."""
    answer = here.request(method, path)
    assert answer.status_code == 405
    assert {"GET", "HEAD", "OPTIONS"} <= set(re.split(r",\s*", answer.headers["allow"]))
    assert here.options(path).headers["allow"].startswith("GET, HEAD, OPTIONS")


@pytest.mark.parametrize("path", [*ROUTES[1:], "/data/graph/data/mechanisms/river.nt", "/page/def/Indicator"])
def test_an_unchanged_document_is_not_sent_twice(here: httpx.Client, path: str) -> None:
    """304 with the same signs, for the very form that is held and no other."""
    accept = {"Accept": BROWSER if path == "/downloads" else "text/turtle;q=0.9, */*;q=0.1"}
    first = here.get(path, headers=accept)
    tag = first.headers["etag"]
    for held in (tag, f'"other", {tag}', "*"):
        again = here.get(path, headers={**accept, "If-None-Match": held})
        assert (again.status_code, again.content) == (304, b""), held
        assert again.headers["etag"] == tag and again.headers.get("link") == first.headers.get("link")
    assert here.get(path, headers={**accept, "If-None-Match": '"other"'}).status_code == 200


def test_forms_have_tags_of_their_own(here: httpx.Client) -> None:
    """A cache never takes one form for another."""
    tags = {here.get(f"/data/river.{ending}").headers["etag"] for ending in READ}
    tags |= {here.get("/data/river", headers={"Accept": a}).headers["etag"] for a in ("text/turtle", "text/html, */*")}
    assert len(tags) >= 5


# ---- Namespaces, the ontology -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "accept", "target"),
    [
        ("/def/", "text/turtle", "/ontology"),
        ("/code/", BROWSER, "/ontology"),
        ("/shape/", "text/turtle", "/ontology"),
        ("/id/", BROWSER, "/browse"),
        ("/id/", "text/turtle", "/catalog"),
        ("/graph/", "text/turtle", "/catalog"),
        ("/graph/", BROWSER, "/downloads"),
        ("/", "text/turtle", "/catalog"),
    ],
)
def test_a_namespace_leads_to_what_lists_its_names(here: httpx.Client, path: str, accept: str, target: str) -> None:
    """The IRI that a prefix stands for is no dead end."""
    answer = here.get(path, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["location"]) == (303, target)
    assert here.get(target, headers={"Accept": accept}).status_code == 200


@pytest.mark.parametrize("accept", [a for a, form in ACCEPTS.items() if form])
def test_the_ontology_and_its_version_answer_at_once(here: httpx.Client, accept: str) -> None:
    """No redirect: ontology tools do not follow chains. The ontology names the version that answers."""
    owl = rdflib.OWL
    for path in ("/ontology", "/ontology/0.1.0"):
        answer = here.get(path, headers={"Accept": accept})
        assert answer.status_code == 200
        if (form := ACCEPTS[accept]) != "html":
            said = rdflib.Graph().parse(data=answer.text, format=READ[form])
            assert (rdflib.URIRef(ID + "ontology"), owl.versionIRI, rdflib.URIRef(ID + "ontology/0.1.0")) in said
    assert here.get("/ontology.ttl").content == here.get("/ontology/0.1.0.ttl").content
    missing = here.get("/ontology/9.9.9")
    assert missing.status_code == 404 and "0.1.0" in missing.json()["detail"]


# ---- Signs ------------------------------------------------------------------------------------------------------


def signs(answer: httpx.Response) -> dict[str, list[tuple[str, str]]]:
    """Return the Link header: relation to addresses with their media types."""
    made: dict[str, list[tuple[str, str]]] = {}
    for address, rels, media in re.findall(r'<([^>]+)>; rel="([^"]+)"(?:; type="([^"]+)")?', answer.headers["link"]):
        for rel in rels.split():
            made.setdefault(rel, []).append((address, media))
    return made


def test_a_page_says_how_to_cite_it_and_where_its_data_are(here: httpx.Client) -> None:
    """Signposting: permanent name, data, kinds, licence, link set; each address answers in the form that is told."""
    found = signs(here.get("/page/def/Indicator", headers={"Accept": BROWSER}))
    assert [a for a, _ in found["cite-as"]] == [ID + "def/Indicator"]
    assert ("https://creativecommons.org/licenses/by/4.0/", "") in found["license"]
    assert ("https://schema.org/AboutPage", "") in found["type"]
    for address, media in found["describedby"] + found["linkset"]:
        answer = here.get(address)
        assert answer.status_code == 200 and answer.headers["content-type"].split(";")[0] == media
    data = signs(here.get("/data/river.ttl"))
    assert [a for a, _ in data["describes"]] == [a for a, _ in data["cite-as"]] == [ID + "id/river"]
    assert ("/page/river", "text/html") in data["alternate"]


def test_the_link_set_has_every_sign_at_one_address(here: httpx.Client) -> None:
    """Each thing has one JSON document (RFC 9264) with absolute addresses."""
    answer = here.get("/linkset/river", headers={"Accept": "application/linkset+json"})
    assert answer.headers["content-type"] == "application/linkset+json"
    about = answer.json()["linkset"][0]
    assert about["anchor"] == ID + "id/river" and about["cite-as"] == [{"href": ID + "id/river"}]
    assert {one["type"] for one in about["describedby"]} >= {"text/html", "text/turtle", "application/ld+json"}
    assert {one["anchor"] for one in answer.json()["linkset"][1:]} == {one["href"] for one in about["describedby"]}
    assert here.get("/linkset/river", headers={"Accept": "text/turtle"}).status_code == 406
    assert here.get("/linkset/nonesuch").status_code == 404


class Scripts(HTMLParser):
    """Collects JSON-LD in a page."""

    found: str = ""
    inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin at a script with data."""
        self.inside = tag == "script" and dict(attrs).get("type") == "application/ld+json"

    def handle_data(self, data: str) -> None:
        """Keep its text."""
        self.found += data if self.inside else ""

    def handle_endtag(self, tag: str) -> None:
        """End."""
        self.inside = False


def test_a_page_speaks_to_search_engines(here: httpx.Client) -> None:
    """The words of schema.org in the page, by a query; its permanent name is that of the thing."""
    reader = Scripts()
    reader.feed(here.get("/page/XAA", headers={"Accept": BROWSER}).text)
    said = json.loads(reader.found)
    assert said["@context"] == "https://schema.org/" and said["@id"] == ID + "id/XAA"
    assert said["@type"] == "Country" and said["name"]


# ---- Nothing there ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/id/{}", "/page/{}", "/data/{}.ttl", "/linkset/{}"])
def test_what_a_former_release_had_is_gone_and_not_unknown(here: httpx.Client, path: str) -> None:
    """410 names the release that had it; 404 is for what never was."""
    gone = here.get(path.format(GONE))
    assert gone.status_code == 410 and gone.headers["content-type"] == "application/problem+json"
    assert "Release 0.1.0-" in gone.json()["detail"] and GONE in gone.json()["detail"]
    assert here.get(path.format("never-was-there")).status_code == 404
    shown = here.get(path.format(GONE), headers={"Accept": BROWSER})
    assert shown.status_code == 410 and "text/html" in shown.headers["content-type"] and "/search" in shown.text


def test_a_name_with_a_slip_is_told_what_is_near(here: httpx.Client) -> None:
    """404 with help, as data and as a page."""
    said = here.get("/data/rivr.ttl").json()
    assert "river" in [one["id"] for one in said["candidates"]]
    shown = here.get("/page/rivr", headers={"Accept": BROWSER})
    assert shown.status_code == 404 and 'href="/page/river"' in shown.text


# ---- Served elsewhere -------------------------------------------------------------------------------------------

INSIDE = urlsplit(BASE).path.rstrip("/")


@pytest.mark.parametrize("before", ["", INSIDE])
def test_served_elsewhere_links_lead_there_and_names_stay(elsewhere: httpx.Client, before: str) -> None:
    """With a proxy that hands the whole path on or takes its prefix away: pages link within, data keep their names."""
    lead = elsewhere.get(before + "/id/river", headers={"Accept": "text/turtle"})
    assert lead.headers["location"] == f"{INSIDE}/data/river.ttl"
    assert f"<{INSIDE}/page/river>" in lead.headers["link"] and f"<{ID}id/river>" in lead.headers["link"]
    data = elsewhere.get(before + "/data/river.ttl")
    assert data.status_code == 200 and "example.org" not in data.text and ID + "id/" in data.text
    page = elsewhere.get(before + "/page/river", headers={"Accept": BROWSER})
    paths = re.findall(r'\s(?:href|src|action)="(/[^"]*)"', page.text)
    assert paths and all(one.startswith(INSIDE + "/") for one in paths)
    for path in sorted({one for one in paths if "/page/" in one or "/static/" in one})[:15]:
        assert elsewhere.get(path, headers={"Accept": BROWSER}, follow_redirects=False).status_code == 200, path
    signs = elsewhere.get(before + "/linkset/river").json()["linkset"][0]
    assert signs["anchor"] == ID + "id/river" and all(one["href"].startswith(BASE) for one in signs["describedby"])


@pytest.mark.parametrize("base", ["data.example.org", "ftp://example.org/", "https://example.org/?x=1"])
def test_a_public_address_that_is_none_is_refused(base: str) -> None:
    """One sentence, before anything is served."""
    from migkg.errors import UsageError
    from migkg.server import Settings

    with pytest.raises(UsageError, match="is no public address"):
        Settings(base=base)
