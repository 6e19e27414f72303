"""The same scores by every store: in memory, in a folder, by rdflib, and by a server of another make."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib

from migkg import convert, queries
from migkg.stores.oxigraph import OxigraphStore
from migkg.stores.remote import RemoteStore
from tests import bases
from tests.virtuoso import PROGRAM, USER, virtuoso

QUERIES = [q.name for q in queries.folder("score")]
NUMBERS = ("decimal", "integer", "double")
MERGED = "urn:migkg:merged"


def comparable(found: Iterable[Any]) -> set[tuple[str, str, str]]:
    """Return triples so that engines can be compared: numbers to nine digits, which all of them keep."""
    made = set()
    for s, p, o in (
        (str(t.value if isinstance(t, ox.NamedNode | ox.Literal) else t) for t in triple) for triple in found
    ):
        try:
            made.add((s, p, f"{float(o):.9f}" if "T" not in o and "-" not in o[1:] else o))
        except ValueError:
            made.add((s, p, o))
    return made


def wanted(name: str) -> set[tuple[str, str, str]]:
    """Return what the store in memory answers over the tiny base."""
    return comparable((t.subject, t.predicate, t.object) for t in queries.construct(bases.small_store(), name))


@pytest.mark.parametrize("name", QUERIES)
def test_a_folder_gives_the_same_scores(name: str, tmp_path: Path) -> None:
    """Oxigraph on disk."""
    disk = OxigraphStore(tmp_path / "store")
    disk.engine.bulk_extend(bases.small_store().engine)
    found = queries.construct(disk, name)
    assert comparable((t.subject, t.predicate, t.object) for t in found) == wanted(name)


@pytest.mark.parametrize("name", QUERIES)
def test_rdflib_gives_the_same_scores(name: str) -> None:
    """Another engine, written by others, in another language."""
    merged = convert.graph(
        q.triple for q in bases.small_store().engine.quads_for_pattern(None, None, None, ox.DefaultGraph())
    )
    found = merged.query(queries.load(name).text)
    assert comparable(rdflib.Graph() + found.graph) == wanted(name)  # type: ignore[operator]


@pytest.mark.skipif(PROGRAM is None, reason="virtuoso-t is not installed")
def test_a_server_of_another_make_gives_the_same_scores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Virtuoso, put and asked over HTTP; also what a view reads from it."""
    small = bases.small_store()
    with virtuoso(tmp_path) as address:
        monkeypatch.setenv("MIGKG_STORE_PASSWORD", USER)
        far = RemoteStore(f"{address}/sparql?default-graph-uri={MERGED}")
        far.replace(MERGED, [q.triple for q in small.engine.quads_for_pattern(None, None, None, ox.DefaultGraph())])
        for name in QUERIES:
            found = queries.construct(far, name)
            assert comparable((t.subject, t.predicate, t.object) for t in found) == wanted(name), name
        near = queries.rows(small, "view/scores")
        assert [r["score"] for r in queries.rows(far, "view/scores")] == [r["score"] for r in near]
        assert MERGED in far.counts()
        far.remove(MERGED)
        assert MERGED not in far.counts()
