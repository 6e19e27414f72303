"""Labels in six languages: each found by search, each saying whose words it is, none invented as official."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pyoxigraph as ox
import pytest

from migkg import load, lookup
from migkg.release import Release
from migkg.terms import ID, PREFIXES, graph
from tests import bases
from tests.serving import serving

MG, SKOS = PREFIXES["mg"], PREFIXES["skos"]
SIX = {"en", "fr", "es", "ru", "zh", "ar"}
THREE = {"en", "fr", "es"}


def labels(kind: str) -> dict[str, set[str]]:
    """Return the languages of the labels of all things of a class."""
    asked = f"SELECT ?s ?l {{ ?s a <{MG}{kind}> ; <{SKOS}prefLabel> ?x BIND(LANG(?x) AS ?l) }}"
    made: dict[str, set[str]] = {}
    for row in bases.real_store().query(asked):  # type: ignore[union-attr]
        made.setdefault(row[0].value, set()).add(row[1].value)
    return made


@pytest.mark.parametrize("kind", ["Framework", "Domain", "Principle", "Objective", "VisionHeading"])
def test_frameworks_and_their_main_parts_have_three_languages(kind: str) -> None:
    """English, French and Spanish, by a source or by our own translation."""
    found = labels(kind)
    assert found
    assert {thing: languages for thing, languages in found.items() if not languages >= THREE} == {}


@pytest.mark.parametrize("kind", ["Country", "Goal"])
def test_countries_and_goals_have_six_languages(kind: str) -> None:
    """The six languages of the United Nations."""
    found = labels(kind)
    assert len(found) in (17, 249)
    assert {thing: languages for thing, languages in found.items() if languages != SIX} == {}


def test_every_translation_says_whose_it_is() -> None:
    """Each label that is not English is official, ours, or in a file that names its source; never two of these."""
    store = bases.real_store()
    every = store.engine.quads_for_pattern
    prefer, source = ox.NamedNode(SKOS + "prefLabel"), ox.NamedNode(PREFIXES["dcterms"] + "source")
    merged = ox.DefaultGraph()
    marks = {
        name: {(q.subject, q.object) for q in every(None, ox.NamedNode(MG + name), None, merged)}
        for name in ("officialLabel", "ourLabel")
    }
    assert not marks["officialLabel"] & marks["ourLabel"]
    told = marks["officialLabel"] | marks["ourLabel"]
    count = 0
    for q in every(None, prefer, None, None):
        if q.graph_name == merged or q.object.language in (None, "en") or (q.subject, q.object) in told:  # type: ignore[union-attr]
            continue
        count += 1
        assert next(iter(every(q.graph_name, source, None, merged)), None) is not None, q  # type: ignore[arg-type]
    assert count > 1_000 and len(told) > 800


def test_what_is_official_comes_from_the_body_itself() -> None:
    """Official labels stand only in tables that name such a source, and no translation of ours is among them."""
    store = bases.real_store()
    official = ox.NamedNode(MG + "officialLabel")
    graphs = {q.graph_name for q in store.engine.quads_for_pattern(None, official, None, None)} - {ox.DefaultGraph()}
    assert {g.value for g in graphs} == {graph("data/labels/sdg-united-nations").value}  # type: ignore[union-attr]
    for path in sorted((bases.ROOT / "data" / "labels").glob("*.csv")):
        for _, row in load.read_table(path).rows:
            assert (row.get("official") == "no") == (row["source"] == "src-migkg-translations"), (path.name, row)
            assert row.get("official", "") in ("", "yes", "no")


def test_labels_of_terms_and_codes_are_ours() -> None:
    """The words of the ontology are our own in all three languages, and the graph can be asked so."""
    ours = ox.NamedNode(MG + "ourLabel")
    for name in (PREFIXES["mgc"] + "force-treaty", PREFIXES["mgc"] + "forces", MG + "tracesTo", MG + "Framework"):
        found = {
            q.object.language  # type: ignore[union-attr]
            for q in bases.real_store().engine.quads_for_pattern(ox.NamedNode(name), ours, None, ox.DefaultGraph())
        }
        assert found == {"fr", "es"}, name


@pytest.mark.parametrize(
    ("words", "thing"),
    [
        ("Kenia", "KEN"),
        ("肯尼亚", "KEN"),
        ("Кения", "KEN"),
        ("كينيا", "KEN"),
        ("la République du Kenya", "KEN"),
        ("Afrique occidentale", "m49-011"),
        ("Marco de gobernanza de la migración", "migof"),
        ("trafic illicite de migrants", "gcm-o09"),
        ("移徙", "sdg-indicator-10-7-2"),
    ],
)
def test_a_thing_is_found_by_its_name_in_another_language(words: str, thing: str) -> None:
    """Search knows all languages and shows the English label."""
    found = lookup.search(bases.real_store(), words)
    near = [one for one in found[:5] if one.id == thing]
    assert near, [one.id for one in found[:5]]
    assert near[0].label.isascii()


def test_a_whole_name_in_another_language_is_a_name() -> None:
    """What is a thing's label in any language can be given wherever a command takes a thing."""
    for name in ("Alemania", "Allemagne", "德国", "Германия", "ألمانيا", "the Federal Republic of Germany"):
        assert lookup.resolve(bases.real_store(), name).value == ID + "DEU", name


@pytest.fixture(scope="module")
def web(release: Release) -> Iterator[httpx.Client]:
    """A client of a real server."""
    with serving(release.path) as (address, _), httpx.Client(base_url=address, timeout=30) as client:
        yield client


def test_a_page_says_whose_words_a_label_is(web: httpx.Client) -> None:
    """Official, our own, or as in a source: a reader sees it beside each label, in the right direction of writing."""
    person = {"Accept": "text/html"}

    def whose(name: str) -> dict[str, str]:
        text = web.get(f"/page/{name}", headers=person).text
        found = re.findall(
            r'<span lang="(..)"( dir="rtl")?>([^<]*)</span>(?: <span class="whose">([^<]*)</span>)?', text
        )
        assert all(bool(direction) == (tag == "ar") for tag, direction, _, _ in found)
        return {tag: said for tag, _, _, said in found}

    assert whose("sdg-target-10-7") == {
        "fr": "official translation",
        "es": "official translation",
        **dict.fromkeys(("ru", "zh", "ar"), "as in: Open SDG translations of goals, targets and indicators"),
    }
    assert whose("gcm-o09") == {"fr": "our translation", "es": "our translation"}
    assert whose("code/force-treaty") == {"fr": "our translation", "es": "our translation"}
    assert set(whose("KEN").values()) == {"as in: Country codes: ISO 3166, UN M49 and names"}
