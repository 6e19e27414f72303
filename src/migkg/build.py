"""Make a release: load, infer, score, check, publish.

The same files give the same bytes: no clock, no blank-node label of a parser, sorted lines. Nothing
replaces the old release before everything has passed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from migkg import assets, candidate, canonical, load, overlay, queries, release
from migkg._version import __version__
from migkg.derive import Progress, derive, quiet, underive
from migkg.errors import InputError, QueryError, RuleBroken
from migkg.findings import Finding
from migkg.shacl import over_all
from migkg.stores import Store
from migkg.stores import open_store as open_existing
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import ID, RDF_TYPE, expand, local
from migkg.validate import check

SHOWN = 20
__all__ = ["Built", "assemble", "build", "derive", "ensure", "make", "open_store", "publish", "underive", "write"]


@dataclass
class Built:
    """What a build made: the store in memory, the graphs by origin, and what the checks found."""

    store: OxigraphStore
    findings: list[Finding] = field(default_factory=list)


def assemble(top: Path | None = None, progress: Progress = quiet) -> OxigraphStore:
    """Load all files of the project (or of the folder `top`) into a store in memory. Raises InputError."""
    base = top or assets.root()
    if lacking := [folder for folder in assets.FOLDERS if not (base / folder).is_dir()]:
        raise InputError(f"{base} is no migkg project: it has no {', '.join(f'{name}/' for name in lacking)}.")
    store = OxigraphStore()
    paths = load.project_files(top)
    if not any(path.is_relative_to(base / "data") for path in paths):
        raise InputError(f"{base}/data holds no file to build from.")
    for count, path in enumerate(paths, 1):
        progress("load", count, len(paths))
        load.load_into(store, path, top, partial(progress, f"load {path.name}"))
    return store


def make(top: Path | None = None, progress: Progress = quiet, put: Sequence[overlay.Put] = ()) -> Built:
    """Load, infer, score and check. Raises InputError for a file that cannot be read.

    `put` are the graphs that were put into a server and stay beside the files.
    """
    store = assemble(top, progress)
    add(store, put)
    derive(store, top, progress)
    empty = OxigraphStore()  # to be read is all that is wanted here; the answers come when somebody asks
    for query in queries.folder("ask", top):  # a question that cannot be asked must not be published
        try:
            empty.query(query.text)
        except QueryError as error:
            raise InputError(f"queries/{query.name}.rq: {error}") from None
    findings = check(store, top, lambda done, total: progress("check", done, total))
    progress("shapes", 0, 1)
    findings += over_all(store, top)
    progress("shapes", 1, 1)
    return Built(store, findings)


def add(store: OxigraphStore, put: Sequence[overlay.Put]) -> None:
    """Add graphs that were put to those of the files. Raises InputError when a file has become the same graph."""
    known = set(store.graphs())
    for one in put:
        if one.graph in known:
            raise InputError(
                f"The graph {one.graph} is a file of the project and was also put into the release "
                f"({overlay.where(one)}). Take the file away, build, and DELETE the graph; or rename the file."
            )
        store.put(one.graph, overlay.read(one))
    if put:
        store.put(overlay.SAYING, overlay.saying(put))


def publish(
    store: OxigraphStore,
    folder: Path,
    top: Path | None = None,
    progress: Progress = quiet,
    put: Sequence[overlay.Put] = (),
) -> release.Release:
    """Write the store into the folder of a workshop and make it the current release. Raises ResourceMissing."""
    progress("write", 1, 3)
    manifest = {**write(store, folder), "assets": assets.fingerprint(top), **overlay.manifest(put)}
    progress("write", 2, 3)
    disk = OxigraphStore(folder / release.STORE)
    for name in (release.QUADS, release.MERGED):  # not in pieces as into memory: on disk that takes three times as long
        disk.engine.bulk_extend(ox.parse(path=str(folder / name), format=ox.RdfFormat.N_QUADS, lenient=True))
    disk.flush()
    del disk
    describe(manifest, folder)
    progress("write", 3, 3)
    return release.publish(folder)


def describe(manifest: dict[str, Any], folder: Path) -> None:
    """Write the manifest: the last thing, which makes a folder a release."""
    text = json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    (folder / release.MANIFEST).write_text(text, encoding="utf-8")


def write(store: OxigraphStore, folder: Path) -> dict[str, Any]:
    """Write the sorted dump and the sorted merge into the folder; return the manifest."""
    lines: list[bytes] = []  # bytes: UTF-8 sorts as its characters do, and takes a third of the space of text
    graphs: list[dict[str, Any]] = []
    merged: set[bytes] = set()
    for name in store.graphs():
        dump = store.engine.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.NamedNode(name)) or b""
        triples = sorted(dump.splitlines())
        merged.update(triples)
        end = f"<{name}> .".encode()
        lines += [line[:-1] + end for line in triples]
        graphs.append(entry(name, triples))
    count = len(merged)
    merge = _write_lines(folder / release.MERGED, merged)
    merged.clear()
    quads = _write_lines(folder / release.QUADS, lines)
    return {
        "version": __version__,
        "hash": quads,
        "merged": merge,
        "canonical": {"algorithm": canonical.ALGORITHM, "sha256": canonical.digest(folder / release.QUADS)},
        "quads": len(lines),
        "triples": count,
        "graphs": graphs,
        "types": _types(store),
        **_date(),
    }


def entry(name: str, triples: list[bytes]) -> dict[str, Any]:
    """Return what the manifest says about a graph, whose sorted lines these are."""
    digest = hashlib.sha256(b"\n".join(triples)).hexdigest()
    return {"graph": local(name), "iri": name, "triples": len(triples), "sha256": digest}


def _types(store: OxigraphStore) -> dict[str, int]:
    """Return how many things of each class the store describes."""
    every = store.engine.quads_for_pattern(None, RDF_TYPE, None, ox.DefaultGraph())
    found: Counter[str] = Counter(local(q.object.value) for q in every if isinstance(q.object, ox.NamedNode))
    return dict(sorted(found.items()))


def _write_lines(path: Path, lines: Iterable[bytes]) -> str:
    """Write the lines, sorted, each with its end, and return the hash of the file."""
    digest = hashlib.sha256()
    ordered = sorted(lines)
    with path.open("wb") as file:
        for start in range(0, len(ordered), 10_000):  # in pieces: a copy of the whole would double the memory
            piece = b"\n".join(ordered[start : start + 10_000]) + b"\n"
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def _date() -> dict[str, str]:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return {"date": datetime.fromtimestamp(int(epoch), UTC).date().isoformat()} if epoch else {}


def build(top: Path | None = None, progress: Progress = quiet) -> tuple[release.Release, list[Finding]]:
    """Make and publish a release; return it with the warnings of the checks.

    Raises InputError for a file that cannot be read, RuleBroken when a check of severity error finds
    something, ResourceMissing when the disk refuses. The old release stays in each of these cases. Graphs that were
    put into the release before it stay in the next one.
    """
    # A disk that refuses is found out before the work, not after it.
    with release.alone(), release.workshop() as folder:
        put = overlay.current()
        built = make(top, progress, put)
        errors = [f for f in built.findings if f.severity == "error"]
        if errors:
            places = _places(built.store, [f.focus for f in errors[:SHOWN]], top, put)
            shown = "\n".join(f"  {places[f.focus]}{f.path} {f.value}: {f.message} ({f.check})" for f in errors[:SHOWN])
            more = f"\n  … and {len(errors) - SHOWN} more" if len(errors) > SHOWN else ""
            raise RuleBroken(
                f"{len(errors)} problem{'' if len(errors) == 1 else 's'}, nothing was published:\n{shown}{more}"
            )
        return publish(built.store, folder, top, progress, put), built.findings


def _places(
    store: OxigraphStore, things: list[str], top: Path | None, put: Sequence[overlay.Put] = ()
) -> dict[str, str]:
    """Return for each thing the file that describes it, with the line in a table."""
    base = top or assets.root()
    files = {load.graph_of(path, top): path for path in load.project_files(top)}
    files.update({one.graph: overlay.where(one) for one in put})
    read: dict[Path, dict[str, list[int]]] = {}
    found: dict[str, str] = {}
    for name in things:
        node = ox.NamedNode(expand(name) or ID + name)
        quads = store.engine.quads_for_pattern(node, None, None, None)
        graphs = [q.graph_name.value for q in quads if isinstance(q.graph_name, ox.NamedNode)]
        path = next((files[graph] for graph in graphs if graph in files), None)
        if path is None:
            found[name] = f"{name}: "
            continue
        if path.suffix in load.TABLES and path not in read:
            read[path] = candidate.read(path, top).lines
        lines = read.get(path, {}).get(name, [])
        place = f", line {', '.join(str(n) for n in lines)}" if lines else ""
        found[name] = f"{path.relative_to(base) if path.is_relative_to(base) else path}{place}: {name} "
    return found


def ensure(progress: Progress = quiet) -> release.Release:
    """Return the current release, and build it first where there is none or the assets have changed its place."""
    found = release.current()
    return found if found is not None else build(assets.root(), progress)[0]


def open_store(where: str | None = None) -> Store:
    """Open a store as `migkg.stores.open_store` does; without a name the current release, built where there is none."""
    if where is None:
        ensure()
    return open_existing(where)
