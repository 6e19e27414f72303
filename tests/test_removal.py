"""What is shown comes from the statement and from nothing else: take it away, and it is gone everywhere."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import httpx
import pytest

from migkg import assets
from migkg.build import make, publish
from migkg.release import Release, workshop
from tests import bases
from tests.serving import serving

ROOT = Path(__file__).parent.parent
STATEMENT = "mgd:lb-migof--adoptedBy--iom-council-res-1310"
HOP = ("migof", "iom-council-res-1310")


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of the project, without context figures, in which one legal-basis statement is missing."""
    top = tmp_path_factory.mktemp("project")
    for folder in assets.FOLDERS:
        shutil.copytree(ROOT / folder, top / folder, ignore=shutil.ignore_patterns(*bases.CONTEXT))
    path = top / "data/frameworks/migof.ttl"
    text = path.read_text(encoding="utf-8")
    start = text.index(STATEMENT + " a ")
    end = text.index(" .\n", start) + 3
    path.write_text(text[:start] + text[end:], encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIGKG_HOME", str(tmp_path_factory.mktemp("home")))
        with workshop() as folder:  # the checks rightly refuse such a graph; here they are passed over
            return publish(make(top).store, folder, top)


def hops(said: dict) -> set[tuple[str, str]]:
    """All hops of a trace as JSON."""
    return {(hop["from"], hop["to"]) for path in said["paths"] for hop in path["hops"]}


def test_the_hop_is_gone_from_the_command_line(run, without):
    """`migkg trace --store` of the other release."""
    assert HOP in hops(json.loads(run("trace", "10.7.2", "--format", "json").stdout))
    assert HOP not in hops(json.loads(run("trace", "10.7.2", "--format", "json", "--store", str(without.path)).stdout))


@pytest.mark.soak  # long; what it walks through is tested piece by piece elsewhere
def test_the_hop_is_gone_from_the_api_and_from_the_pages(release, without):
    """The same, over HTTP: the API, the trace page and the page of the thing."""
    for made, there in ((release, True), (without, False)):
        with serving(made.path) as (url, _pid):
            api = httpx.get(f"{url}/api/v1/trace/10.7.2", timeout=30).json()
            assert (HOP in hops(api)) is there
            page = httpx.get(f"{url}/trace", params={"q": "migof"}, headers={"Accept": "text/html"}, timeout=30).text
            assert ("/page/iom-council-res-1310" in page) is there
            thing = httpx.get(f"{url}/page/migof", headers={"Accept": "text/html"}, timeout=30).text
            drawn = [part.split("</svg>")[0] for part in thing.split("<svg ")[1:] if 'role="img"' in part]
            assert any("/page/iom-council-res-1310" in part for part in drawn) is there
