"""Two small releases beside each other, and servers over the later one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pyoxigraph as ox
import pytest

from migkg import build, release
from migkg.release import Release
from migkg.terms import PREFIXES, graph, thing
from tests import bases
from tests.serving import serving

GONE = "river-forum-old"
BASE = "https://data.example.org/graphs/migkg/"


@contextmanager
def setting(name: str, value: str) -> Iterator[None]:
    """Set an environment variable for a while."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Release]]:
    """The tiny base as a former release with one thing more and one other label, and as the current one."""
    place = tmp_path_factory.mktemp("linked")
    skos, label = PREFIXES["skos"], "A forum that was left out later"
    former = bases.copy(bases.small_store())
    extra = [
        ox.Triple(thing(GONE), ox.NamedNode(PREFIXES["rdf"] + "type"), ox.NamedNode(PREFIXES["mg"] + "Body")),
        ox.Triple(thing(GONE), ox.NamedNode(skos + "prefLabel"), ox.Literal(label, language="en")),
    ]
    former.put(graph("data/mechanisms/gone").value, extra)
    home = graph("data/mechanisms/river").value
    said = former.get(home)
    old = next(t for t in said if t.subject == thing("river") and t.predicate.value == skos + "prefLabel")
    new = ox.Triple(old.subject, old.predicate, ox.Literal("River Process of old", language="en"))
    former.put(home, [new if t == old else t for t in said])
    made = []
    with setting("MIGKG_HOME", str(place)):
        for store in (former, bases.small_store()):
            with release.alone(), release.workshop() as folder:
                made.append(build.publish(store, folder, bases.small_top()))
    yield made


@pytest.fixture
def command(releases: list[Release]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command line over the small releases."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        home = {"MIGKG_HOME": str(releases[1].path.parent.parent)}
        line = [sys.executable, "-m", "migkg.cli", *words]
        return subprocess.run(line, capture_output=True, text=True, timeout=120, env={**os.environ, **home})

    return run


@pytest.fixture(scope="session")
def here(releases: list[Release]) -> Iterator[httpx.Client]:
    """A client of a server at its permanent address, following no redirects."""
    with serving(releases[1].path) as (address, _), httpx.Client(base_url=address, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def elsewhere(releases: list[Release]) -> Iterator[httpx.Client]:
    """A client of a server that was told another public address, with a path before all others."""
    with ExitStack() as stack:
        with setting("MIGKG_BASE", BASE):  # for this server alone, not for what other tests start meanwhile
            address, _ = stack.enter_context(serving(releases[1].path))
        yield stack.enter_context(httpx.Client(base_url=address, timeout=60))
