"""The page on the ontology: complete, every anchor leads somewhere, nothing from elsewhere, and readable as a list."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser

import httpx
import pyoxigraph as ox
import pytest

from migkg import plot, queries
from migkg.release import Release
from migkg.terms import BASE, PREFIXES, local
from tests import bases
from tests.serving import serving

PERSON = {"Accept": "text/html"}


class Reader(HTMLParser):
    """Collects what a page has: tags, ids, links, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.styled = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one tag."""
        said = dict(attrs)
        self.tags.append(tag)
        self.styled += "style" in said or any(name.startswith("on") for name in said)
        if said.get("id"):
            self.ids.append(said["id"] or "")
        if tag == "a":
            self.links.append(said.get("href") or "")
        elif said.get("src") or (tag == "link" and said.get("rel") in ("stylesheet", "icon")):
            self.loads.append(said.get("src") or said.get("href") or "")


@pytest.fixture(scope="module")
def web(release: Release) -> Iterator[httpx.Client]:
    """A client of a real server."""
    with serving(release.path) as (address, _), httpx.Client(base_url=address, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def page(web: httpx.Client) -> Reader:
    """The page, read."""
    answer = web.get("/ontology", headers=PERSON)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    return Reader(answer.text)


def subjects(kind: str) -> set[str]:
    """Return the local names of all terms of a kind that the ontology defines."""
    found = bases.real_store().query(
        f"SELECT ?s {{ ?s a <{kind}> ; <{PREFIXES['rdfs']}isDefinedBy> <{BASE}ontology> }}"
    )
    assert isinstance(found, ox.QuerySolutions)
    return {local(row[0].value) for row in found}


def test_every_class_property_code_and_shape_has_its_place(page: Reader) -> None:
    """Nothing of the ontology is left out, and no place is there twice."""
    owl = PREFIXES["owl"]
    terms = {
        t
        for kind in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")
        for t in subjects(owl + kind)
    }
    codes = {
        q.subject.value.removeprefix(PREFIXES["mgc"])  # type: ignore[union-attr]
        for q in bases.real_store().engine.quads_for_pattern(
            None, ox.NamedNode(PREFIXES["skos"] + "inScheme"), None, ox.DefaultGraph()
        )
        if q.subject.value.startswith(PREFIXES["mgc"])  # type: ignore[union-attr]
    }
    rows = queries.rows(bases.real_store(), "view/ontology-shapes")
    shapes = {f"shape-{row[key]}" for row in rows for key in ("shape", "rule")}
    assert len(terms) > 200 and len(codes) > 100 and len(shapes) > 150
    assert terms | {f"code-{code}" for code in codes} | shapes <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_every_shape_that_has_a_target_is_told() -> None:
    """A node shape that looks at something is on the page, with at least one demand in words."""
    target = " | ".join(f"<{PREFIXES['sh']}{name}>" for name in ("targetClass", "targetSubjectsOf"))
    found = bases.real_store().query(f"SELECT DISTINCT ?s {{ ?s {target} ?c }}")
    assert isinstance(found, ox.QuerySolutions)
    told = {row["shape"] for row in queries.rows(bases.real_store(), "view/ontology-shapes")}
    assert {local(row[0].value) for row in found} == told


def test_every_anchor_leads_somewhere(page: Reader) -> None:
    """A link within the page has its place, and the pages of terms exist."""
    inside = {link[1:] for link in page.links if link.startswith("#")}
    assert len(inside) > 250
    assert inside <= set(page.ids) | {"main"}


def test_the_page_of_a_term_leads_to_its_place(web: httpx.Client, page: Reader) -> None:
    """`/def/X`, `/code/X` and `/shape/X` lead a person to a page, which names the place of the term in the list."""
    for name in ("def/Framework", "def/tracesTo", "code/force-treaty", "code/forces", "shape/Area", "shape/Area-label"):
        answer = web.get("/" + name, headers=PERSON)
        assert answer.status_code == 303
        found = re.search(r'href="/ontology#([^"]+)"', web.get(answer.headers["location"], headers=PERSON).text)
        assert found and found.group(1) in page.ids, name
    helper = web.get(web.get("/shape/English", headers=PERSON).headers["location"], headers=PERSON)
    assert helper.status_code == 200 and "/ontology#" not in helper.text


def test_nothing_comes_from_elsewhere_and_nothing_is_inline(page: Reader) -> None:
    """The strict policy of the server holds: own files only, no style and no script in the page."""
    assert all(load.startswith("/static/") for load in page.loads) and page.loads
    assert "style" not in page.tags and page.styled == 0


def test_programs_still_get_data(web: httpx.Client) -> None:
    """Without a wish for HTML the ontology is RDF."""
    answer = web.get("/ontology", headers={"Accept": "text/turtle"})
    assert answer.headers["content-type"].startswith("text/turtle") and "a owl:Ontology" in answer.text


def test_the_picture_has_a_twin_in_words(web: httpx.Client, page: Reader) -> None:
    """Each box leads to a place of the page, and each arrow's words stand in the list of connections."""
    text = web.get("/ontology", headers=PERSON).text
    picture = text[
        text.index("<svg", text.index('<h2 id="picture"')) : text.index("</svg>", text.index('<h2 id="picture"'))
    ]
    boxes = re.findall(r'<a href="#([^"]+)"', picture)
    assert len(boxes) > 8 and set(boxes) <= set(page.ids)
    told = text[text.index("Connections between kinds of things in this release") :]
    told = told[: told.index("</table>")]
    words = [w.removesuffix(" …") for w in re.findall(r'font-style="italic"[^>]*>([^<]+)<', picture)]
    assert len(words) > 15
    assert all(f">{word}<" in told for word in words)
    assert set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]{6})"', picture)) <= {"#ffffff", "#18181b", "#3f3f46", "#71717a"}


def test_the_changes_are_told(page: Reader, web: httpx.Client) -> None:
    """Who comes back after a version finds what is new."""
    text = web.get("/ontology", headers=PERSON).text
    assert "changes" in page.ids and "first version" in text and "version 0." in text


def test_a_chart_with_loops_is_drawn() -> None:
    """Arrows both ways and round in a circle do not stop the layout, and each is drawn."""
    code = (
        "from migkg.plot import Box, chart\n"
        "arrows = [('a','b','x'),('b','a','y'),('b','c','z'),('c','d','u'),('d','b','v')]\n"
        "print(chart('t', [Box(n, n) for n in 'abcd'], arrows))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert all(f">{word}<" in done.stdout for word in "xyzuv")
    assert done.stdout.count("marker-end") == 5


def test_a_chart_escapes_its_words() -> None:
    """What stands in a box is text, not markup."""
    made = plot.chart("t", [plot.Box("a", "<b>"), plot.Box("b", "&")], [("a", "b", "<i>")])
    assert "<b>" not in made and "&lt;b&gt;" in made and "&lt;i&gt;" in made
