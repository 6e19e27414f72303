"""The files of the next release, made of those of this one: what has not changed is copied, not made again."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pyoxigraph as ox

from migkg import canonical, overlay, release
from migkg.build import describe, entry
from migkg.release import Release
from migkg.sorted_file import changed
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import RDF_TYPE, local

Graphs: TypeAlias = dict[str, set[ox.Triple]]


@dataclass(frozen=True)
class Delta:
    """What two releases differ in, as lines of N-Quads; lines without a graph are those of the merge."""

    gone: bytes
    added: bytes


def write(made: Release, store: OxigraphStore, old: Graphs, new: Graphs, puts: dict[str, Any], folder: Path) -> Delta:
    """Write a release that differs from `made` in the graphs that differ between `old` and `new`.

    `store` holds the next content; `puts` is what the manifest says about graphs that were put.
    """
    none: set[ox.Triple] = set()
    changes = [name for name in sorted({*old, *new}) if old.get(name, none) != new.get(name, none)]
    added = {name: new.get(name, none) - old.get(name, none) for name in changes}
    gone = {name: old.get(name, none) - new.get(name, none) for name in changes}
    come, went = _merge(store, changes, old, new, added, gone)
    graphs = {one["iri"]: one for one in made.manifest["graphs"]}
    for name in changes:
        graphs.pop(name, None)
        if new.get(name):
            graphs[name] = entry(name, sorted(lines(new[name])))
    out, into = (
        [line[:-1] + b"<%b> ." % name.encode() for name in changes for line in lines(part[name])]
        for part in (gone, added)
    )
    lost, won = lines(went), lines(come)
    quads = splice(made.path / release.QUADS, out, into, folder / release.QUADS)
    merge = splice(made.path / release.MERGED, lost, won, folder / release.MERGED)
    delta = Delta(b"\n".join([*out, *lost, b""]), b"\n".join([*into, *won, b""]))
    _write_store(made, delta, folder)
    before = made.manifest
    more = {name: sum(map(len, part.values())) for name, part in (("added", added), ("gone", gone))}
    described = {
        **{key: value for key, value in before.items() if key != overlay.FOLDER},
        "hash": quads,
        "merged": merge,
        "canonical": {"algorithm": canonical.ALGORITHM, "sha256": canonical.digest(folder / release.QUADS)},
        "quads": before["quads"] + more["added"] - more["gone"],
        "triples": before["triples"] + len(come) - len(went),
        "graphs": [graphs[name] for name in sorted(graphs)],
        "types": _types(before["types"], come, went),
        **puts,
    }
    describe(described, folder)
    return delta


def _merge(
    store: OxigraphStore, changed: list[str], old: Graphs, new: Graphs, added: Graphs, gone: Graphs
) -> tuple[set[ox.Triple], set[ox.Triple]]:
    """Return what comes to the merge of all graphs, and what leaves it: each triple is there once."""
    mine = {ox.DefaultGraph(), *map(ox.NamedNode, changed)}
    before = set().union(*(old.get(name, set()) for name in changed))
    after = set().union(*(new.get(name, set()) for name in changed))

    def elsewhere(t: ox.Triple) -> bool:
        holders = store.engine.quads_for_pattern(t.subject, t.predicate, t.object, None)
        return any(q.graph_name not in mine for q in holders)

    come = {t for part in added.values() for t in part if t not in before and not elsewhere(t)}
    went = {t for part in gone.values() for t in part if t not in after and not elsewhere(t)}
    return come, went


def _types(before: dict[str, int], come: set[ox.Triple], went: set[ox.Triple]) -> dict[str, int]:
    counts = Counter(before)
    for part, sign in ((come, 1), (went, -1)):
        for t in part:
            if t.predicate == RDF_TYPE and isinstance(t.object, ox.NamedNode):
                counts[local(t.object.value)] += sign
    return {name: count for name, count in sorted(counts.items()) if count}


def _write_store(made: Release, delta: Delta, folder: Path) -> None:
    """Write the store on disk: links to the old one's files, and the difference."""
    OxigraphStore.read_only(made.path / release.STORE).engine.backup(str(folder / release.STORE))
    disk = OxigraphStore(folder / release.STORE)
    disk.change(delta.gone, delta.added)
    disk.engine.flush()


def lines(triples: Iterable[ox.Triple]) -> list[bytes]:
    """Return triples as lines of N-Triples."""
    return (ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"").splitlines()


def splice(source: Path, gone: Iterable[bytes], added: Iterable[bytes], target: Path) -> str:
    """Write the sorted lines of `source` without some and with others, sorted; return the hash of the file.

    Raises ValueError when a line that shall go is not there.
    """
    digest = hashlib.sha256()
    with target.open("wb") as out:
        for part in changed(source, gone, added):
            digest.update(part)
            out.write(part)
    return digest.hexdigest()
