"""The pages in a real browser: what a person does, with the keyboard, on a small screen, in the dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from migkg.release import Release
from tests.browser import chromium_or_skip
from tests.serving import serving

LOOK_AT = Path(__file__).parent.parent / "build" / "screenshots"
SIZES = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark"), (360, "light")]
PAGES = {
    "home": "/",
    "thing": "/page/sdg-indicator-10-7-2",
    "mechanism": "/page/bali-process",
    "country": "/page/KEN",
    "trace": "/trace?q=10.7.2",
    "related": "/trace?q=10.7.2&related=1",
    "state": "/trace?q=10.7.2&for=Kenya&as_of=2010&related=1",
    "built": "/built?q=icrmw&related=1",
    "coverage": "/coverage",
    "query": "/sparql",
    "questions": "/ask",
    "scores": "/scores/sdg-10-7-2-regional",
    "compared": "/scores/sdg-10-7-2-regional?compare=1",
    "map": "/map?left=migof&right=mgi-2016",
    "composed": "/map?left=gcm&right=mgi&composed=1",
    "search": "/search?q=smuggling",
    "browse": "/browse/Instrument",
    "ontology": "/ontology",
    "api": "/api",
    "downloads": "/downloads",
    "about": "/about",
    "limits": "/about/limits",
}
# WCAG contrast of every text on the page against what is painted behind it; returns those below AA.
CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const d = canvas.getImageData(0, 0, 1, 1).data;
    return [d[0], d[1], d[2], d[3] / 255];
  };
  const linear = v => v / 255 <= .03928 ? v / 255 / 12.92 : ((v / 255 + .055) / 1.055) ** 2.4;
  const light = c => .2126 * linear(c[0]) + .7152 * linear(c[1]) + .0722 * linear(c[2]);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = rgba(getComputedStyle(e).backgroundColor);
      if (c[3] > .9) return c;
    }
    return rgba('Canvas');
  };
  const bad = [];
  for (const e of document.querySelectorAll('body *')) {
    const text = [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.data.trim()).join('');
    if (e.closest('svg') || !e.checkVisibility() || !text) continue;
    const s = getComputedStyle(e), size = parseFloat(s.fontSize);
    const big = size >= 24 || (size >= 18.66 && s.fontWeight >= 700);
    const a = light(rgba(s.color)), b = light(behind(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < (big ? 3 : 4.5)) bad.push(`${e.tagName}.${e.className} ${ratio.toFixed(2)} ${text.slice(0, 40)}`);
  }
  return [...new Set(bad)].slice(0, 10);
}"""

TABLES = "[...document.querySelectorAll('table')].every(t => t.caption && t.querySelector('th[scope]'))"
FIELDS = "[...document.querySelectorAll('input:not([type=hidden]), textarea')].every(i => i.labels.length)"


@pytest.fixture(scope="module")
def site(release: Release) -> Iterator[str]:
    """The address of a real server."""
    with serving(release.path) as (address, _):
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, or a skip by name."""
    path = chromium_or_skip()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """A page that fails the test when the console complains or another host is asked for anything."""
    context = browser.new_context(base_url=site, viewport={"width": 1280, "height": 900})
    made = context.new_page()
    complaints = watch(made, site)
    yield made
    context.close()
    assert complaints == []


def watch(page: Page, site: str) -> list[str]:
    """Collect what must not happen: messages of the console, requests to other hosts, failed requests."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"console {message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on("request", lambda r: None if r.url.startswith(site) else complaints.append(f"request to {r.url}"))
    page.on("requestfailed", lambda r: complaints.append(f"failed: {r.url}"))
    return complaints


def test_from_the_first_page_to_a_thing_by_keyboard_alone(page: Page) -> None:
    """The skip link comes first, the search is reached by Tab, Enter searches, and focus is always visible."""
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    for _ in range(15):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name === 'q'"):
            break
    expect(page.locator("input[name=q]")).to_be_focused()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.type("bali process")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/search"))
    page.get_by_role("link", name="Bali Process on People Smuggling").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bali Process")
    expect(page.get_by_role("heading", name="Members, observers and offices")).to_be_visible()


def test_a_trace_is_drawn_told_and_answered(page: Page) -> None:
    """The picture, the two-part answer on binding law, and each way as steps with force, date, basis and source."""
    page.goto("/trace")
    page.get_by_label("What to trace").fill("10.7.2")
    page.get_by_role("button", name="Trace").click()
    expect(page.get_by_role("heading", name="Does it rest on binding law?")).to_be_visible()
    expect(page.locator(".answer")).to_contain_text("No way binds throughout")
    expect(page.locator(".answer")).to_contain_text("Through a weaker text")
    expect(page.locator(".picture svg")).to_be_visible()
    first = page.locator(".way").first
    expect(first.locator(".hop.start")).to_be_visible()
    step = first.locator(".hop").nth(1)
    expect(step.locator(".force")).to_have_text(re.compile("recommendation or endorsement"))
    expect(step.locator(".cited")).to_contain_text("Source")
    expect(page.get_by_text("date unknown").first).to_be_visible()
    ways = page.locator(".way").count()
    page.get_by_label("As it was on").fill("2016")
    page.get_by_role("button", name="Trace").click()
    expect(page.locator(".answer")).to_contain_text("As of 2016")
    assert page.locator(".way").count() < ways
    page.locator(".picture svg a").first.click()
    expect(page).to_have_url(re.compile("/page/"))


def test_a_query_is_asked_and_a_mistake_is_shown(browser: Browser, site: str) -> None:
    """Without JavaScript: a table with links and files, then the line and the mark of a mistake."""
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/sparql")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("table")).to_contain_text("Migration Governance Framework")
    expect(page.get_by_role("link", name="CSV")).to_be_visible()
    page.get_by_label("Query").fill("SELECT * WHERE {\n  ?s mg:name ?o\n}")
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".problem")).to_contain_text("line 2, column 6")
    expect(page.locator(".problem mark")).to_have_text("m")
    assert page.get_by_label("Query").input_value().startswith("SELECT * WHERE {")
    context.close()


def test_a_question_is_filtered(page: Page) -> None:
    """A question has a form, an answer as a table, and its query."""
    page.goto("/ask")
    page.locator(".card").first.click()
    expect(page.get_by_role("heading", name="The query")).to_be_visible()
    page.goto("/ask/members-in-group")
    for field in page.locator("form.panel input").all():
        field.fill(field.get_attribute("placeholder") or "")
    page.get_by_role("button", name="Answer").click()
    expect(page.get_by_role("heading", name="Answer")).to_be_visible()


def test_an_unknown_name_offers_what_is_near(browser: Browser, site: str) -> None:
    """A mistyped name leads to a page with suggestions that work."""
    context = browser.new_context(base_url=site)
    page = context.new_page()
    answer = page.goto("/page/migoff")
    assert answer is not None and answer.status == 404
    page.locator(".card", has=page.locator("code", has_text=re.compile("^migof$"))).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Migration Governance Framework")
    context.close()


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_every_page_fits_and_can_be_read(browser: Browser, site: str, width: int, scheme: str) -> None:
    """No page is wider than the screen, contrast meets WCAG AA, structure is there; pictures are kept to look at."""
    context = browser.new_context(
        base_url=site, viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    complaints = watch(page, site)
    LOOK_AT.mkdir(parents=True, exist_ok=True)
    for name, path in PAGES.items():
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than {width}"
        assert page.evaluate(CONTRAST) == [], name
        assert page.locator("h1").count() == 1 and page.locator("main").count() == 1, name
        assert page.evaluate(TABLES) and page.evaluate(FIELDS), name
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
        assert len(ids) == len(set(ids)), f"{name} has an id twice"
        page.screenshot(path=LOOK_AT / f"{name}-{width}-{scheme}.png")
    context.close()
    assert complaints == []
