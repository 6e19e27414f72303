"""The knowledge bases that tests ask: the tiny made-up one, the real one, and copies that a test may change."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from migkg import build, load, release
from migkg.release import Release
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import graph

ROOT = Path(__file__).parent.parent
CONTEXT = ("sdg-related.csv", "unhcr-population.csv", "undesa-migrant-stock.csv", "iom-missing-migrants.csv")
SMALL = ROOT / "tests" / "small" / "data"


def folder_of(data: Path) -> Path:
    """Return a fresh folder with the project's ontology, shapes and queries, and this data; gone with the process."""
    made = tempfile.TemporaryDirectory(prefix="migkg-base-")
    _KEPT.append(made)
    top = Path(made.name)
    for name in ("ontology", "shapes", "queries"):
        shutil.copytree(ROOT / name, top / name)
    shutil.copytree(data, top / "data")
    return top


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


@cache
def small_top() -> Path:
    """Return the folder of the tiny base."""
    return folder_of(SMALL)


@cache
def small_store() -> OxigraphStore:
    """Return the tiny base with everything derived. Do not write to it; take a `copy`."""
    store = build.assemble(small_top())
    build.derive(store, small_top())
    return store


class Shared:
    """Where the processes of one test run find what is built once; each call of `python -m` has a place of its own."""

    place: Path | None = None


@cache
def built() -> release.Release:
    """Return the release of the real graph: the first process that needs it builds it, the others wait for it."""
    if Shared.place is None:
        made = tempfile.TemporaryDirectory(prefix="migkg-shared-")
        _KEPT.append(made)
        Shared.place = Path(made.name)
    home = Shared.place / "shared"
    home.mkdir(exist_ok=True)
    with (home / "lock").open("w") as handle, pytest.MonkeyPatch.context() as patch:
        fcntl.flock(handle, fcntl.LOCK_EX)
        patch.setenv("MIGKG_HOME", str(home))
        return release.current() or build.build()[0]


@cache
def small_release() -> Release:
    """Return a release of the tiny base, in a folder that is gone with the process."""
    made = tempfile.TemporaryDirectory(prefix="migkg-release-")
    _KEPT.append(made)
    return release_of(small_store(), Path(made.name))


def release_of(store: OxigraphStore, folder: Path) -> Release:
    """Write a store as a release into an empty folder."""
    manifest = build.write(store, folder)
    disk = OxigraphStore(folder / release.STORE)
    for name in (release.QUADS, release.MERGED):
        disk.read_dump(folder / name)
    disk.flush()
    del disk
    build.describe(manifest, folder)
    return release.read(folder)


@cache
def real_store() -> OxigraphStore:
    """Return the real graph with everything derived, as the release has it. Do not write to it; take a `copy`."""
    return OxigraphStore.from_dump(built().path / release.QUADS, built().path / release.MERGED)


def slim() -> OxigraphStore:
    """Return the real graph without the tables of context figures, which a test may write to."""
    store = real_store()
    names = {graph(f"data/observations/{Path(name).stem}").value for name in CONTEXT}
    made = store.copy(name for name in store.graphs() if name not in names)
    made.merge()
    return made


def copy(store: OxigraphStore) -> OxigraphStore:
    """Return a store with the same graphs that a test may write to."""
    made = OxigraphStore()
    made.engine.bulk_extend(store.engine)
    return made


def with_files(store: OxigraphStore, *paths: Path, family: str = "observations") -> OxigraphStore:
    """Return a copy with more files in it, each in a graph of its own below `data/`, and everything derived anew.

    A file that says `@base` and describes the graph `graph/data/bad/file` is put there; the quads of a TriG file go
    where they say.
    """
    made = copy(store)
    build.underive(made)
    for path in paths:
        if path.suffix in load.TABLES:
            into = f"https://w3id.org/migkg/graph/data/{family}/{path.stem}"
            triples = load.facts(load.read_table(path), family, into, small_top())
            made.put(into, [t for t in triples if "/row/" not in t.predicate.value])
            continue
        quads = load.read_rdf(path)
        names = {q.graph_name for q in quads}
        for name in names:
            into = name.value if isinstance(name, ox.NamedNode) else "https://w3id.org/migkg/graph/data/bad/file"
            made.put(into, [q.triple for q in quads if q.graph_name == name])
    build.derive(made, small_top())
    return made
