"""Why a country has its score: the page, the API, and the ways to them; short numbers, and forms called by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from jinja2 import ChainableUndefined

from migkg import candidate, explain, score
from migkg.release import Release
from migkg.server import figurepages, whypage
from migkg.server.facts import Facts
from migkg.server.render import environment
from migkg.server.words import Index
from migkg.terms import ID, PREFIXES
from tests import bases
from tests.serving import serving

FORM = bases.ROOT / "tests" / "scenarios" / "sdg-10-7-2" / "sdg-10-7-2-KEN-2026.csv"


@pytest.fixture(scope="module")
def web(release: Release) -> Iterator[httpx.Client]:
    """A server over the real release."""
    with serving(release.path, seconds=30) as (address, _), httpx.Client(base_url=address, timeout=90) as client:
        yield client


def test_a_score_leads_to_its_answers(web: httpx.Client) -> None:
    """From the country and from the table of scores, to each answer with worth, weight and list it was read off."""
    html = {"Accept": "text/html"}
    for start in ("/page/KEN", "/scores/ratification"):
        assert "/scores/ratification/KEN?period=2013" in web.get(start, headers=html).text
    said = web.get("/scores/ratification/KEN?period=2013", headers=html)
    assert said.status_code == 200
    for words in (
        "17 of 17 questions",
        "70.6 %",
        "1 of 1",
        "11.1 %",
        "neither signed nor party",
        "list of the UN Treaty",
    ):
        assert words in said.text
    assert "70.58" not in said.text, "numbers are short"


def test_published_figures_name_who_published_them(web: httpx.Client) -> None:
    """In the table beside ours, and in the API; the word methods leads to the methods."""
    said = web.get("/scores/sdg-10-7-2-regional?period=2021&compare=1", headers={"Accept": "text/html"}).text
    assert "Published: " in said and "SDG Global Database" in said.split("Published: ")[1][:60]
    rows = web.get("/api/v1/score/sdg-10-7-2-regional?compare=true&period=2021").json()["comparison"]
    assert all(row["source"] for row in rows)
    assert web.get("/methods").headers["location"] == "/scores"


def test_the_api_explains_as_the_command_does(web: httpx.Client) -> None:
    """The same words and figures; a name may be given; what is not there is a problem with a way out."""
    said = web.get("/api/v1/explain/ratification/Kenya").json()
    assert said["parts"][0]["now"]["value"] == 70.58824 and len(said["answers"]) == 17
    assert said["answers"][0]["worth"] == 1.0 and said["answers"][0]["evidence"]
    for address, status in (("ratification/Nowhere", 404), ("nothing/KEN", 404), ("sdg-10-7-2/KEN", 400)):
        assert web.get(f"/api/v1/explain/{address}").status_code == status
    assert "/api/v1/explain/{method}/{area}" in web.get("/api/v1/openapi.json").json()["paths"]


def test_the_page_of_a_form_shows_what_is_missing_and_what_would_lift(release: Release) -> None:
    """By band, bounds and coverage; in words, not in codes."""
    store = bases.real_store()
    found = explain.explain(store, "KEN", "sdg-10-7-2", data=[FORM])

    class Here:
        pass

    here = Here()
    here.store, here.index = store, Index(store)  # type: ignore[attr-defined]
    told = whypage.view(here, found)  # type: ignore[arg-type]
    lenient = environment().overlay(undefined=ChainableUndefined)  # what the frame of all pages needs is not there
    text = " ".join(lenient.get_template("why.html").render(path="/scores", release=release, **told).split())
    for words in ("28 of 30 questions are answered; 2 are missing", "<strong>missing</strong>", "63.3 %", "= yes"):
        assert words in text
    assert "answer1072" not in text and "What would lift it" in text
    assert (told["asked"], told["missing"]) == (30, 2)
    assert told["labels"]["sdg-indicator-10-7-2"] == "10.7.2, whole indicator"
    lift = next(part.lift for part in told["lifts"] if part.now.element == "sdg-indicator-10-7-2")
    assert lift and all((q, a) in told["words"] for q, a in lift.example)
    assert told["groups"][0][0].text == "Migrant rights"


def test_the_table_of_scores_names_the_whole_as_such() -> None:
    """As the page of a country does; a table of groups keeps the label of what it counts."""
    found, _ = score.of(bases.real_store(), "sdg-10-7-2", [FORM])

    class Here:
        index = Index(bases.real_store())

    columns = figurepages.grid(Here(), found)["columns"]  # type: ignore[arg-type]
    assert (columns[0].text, columns[0].code) == ("10.7.2, whole indicator", "")
    assert columns[1].text == "Migrant rights" and columns[1].code


def test_a_single_country_is_not_called_a_number_of_countries() -> None:
    """The label of the indicator says what the world counts."""
    found, _ = score.of(bases.real_store(), "sdg-10-7-2", [FORM], element="sdg-indicator-10-7-2")
    assert found[0].element_label == "10.7.2, whole indicator"
    regional = score.scores(bases.real_store(), "sdg-10-7-2-regional", area="m49-001", element="sdg-indicator-10-7-2")
    assert regional[0].element_label.startswith("Number of countries")


def test_answers_are_published_in_a_form_with_its_office() -> None:
    """Not in the last word of the name of a graph."""
    store = bases.small_store()
    name = "https://w3id.org/migkg/graph/data/observations/sdg-10-7-2-XAA-2021"
    index = Index(store)
    assert index.forms[name] == "Filled form sdg-10-7-2-XAA-2021, Made-up office"
    facts = Facts(store, index, ID + "XAA")
    assert facts.link(ox.NamedNode(name)).text == index.forms[name]
    long = ox.Literal("61.666666666666666666", datatype=ox.NamedNode(PREFIXES["xsd"] + "decimal"))
    assert facts.link(long).text == "61.67"


def test_a_table_in_another_encoding_can_be_scored(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """The option that the message names is there, for each command that reads a file."""
    path = tmp_path / "ken.csv"
    path.write_bytes(FORM.read_text(encoding="utf-8").encode("utf-16"))
    refused = run("score", "sdg-10-7-2", "--data", str(path))
    assert refused.returncode == 2 and "--encoding utf-16" in refused.stderr
    told = ("--data", str(path), "--encoding", "utf-16")
    for words in (
        ("score", "sdg-10-7-2"),
        ("explain", "KEN", "sdg-10-7-2"),
        ("compare", "KEN", "UGA", "-m", "sdg-10-7-2"),
    ):
        done = run(*words, *told)
        assert done.returncode == 0, done.stderr
        assert "10.7.2, whole indicator" in done.stdout
    assert candidate.read(path, encoding="utf-16", store=bases.real_store()).rows == 30
