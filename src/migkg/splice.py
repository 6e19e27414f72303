"""The files of the next release, made of those of this one: what has not changed is copied, not made again."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from migkg import canonical, overlay, release
from migkg.build import describe, entry
from migkg.derive import Triples, Turn
from migkg.release import Release
from migkg.sorted_file import changed
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import RDF_TYPE, local


@dataclass(frozen=True)
class Delta:
    """What two releases differ in, as lines of N-Quads; lines without a graph are those of the merge."""

    gone: bytes
    added: bytes


def write(made: Release, store: OxigraphStore, turns: Mapping[str, Turn], puts: dict[str, Any], folder: Path) -> Delta:
    """Write a release in which each graph has lost and won what `turns` says.

    `store` holds the next content; `puts` is what the manifest says about graphs that were put.
    """
    changes = [name for name, turn in sorted(turns.items()) if turn.gone or turn.added]
    come, went = _merge(store, {name: turns[name] for name in changes})
    graphs = {one["iri"]: one for one in made.manifest["graphs"]}
    for name in changes:
        graphs.pop(name, None)
        if content := store.lines(name):
            graphs[name] = entry(name, sorted(content))
    out, into = (
        [line[:-1] + b"<%b> ." % name.encode() for name in changes for line in lines(getattr(turns[name], part))]
        for part in ("gone", "added")
    )
    lost, won = lines(went), lines(come)
    quads = splice(made.path / release.QUADS, out, into, folder / release.QUADS)
    merge = splice(made.path / release.MERGED, lost, won, folder / release.MERGED)
    delta = Delta(b"\n".join([*out, *lost, b""]), b"\n".join([*into, *won, b""]))
    _write_store(made, delta, folder)
    before = made.manifest
    described = {
        **{key: value for key, value in before.items() if key != overlay.FOLDER},
        "hash": quads,
        "merged": merge,
        "canonical": {"algorithm": canonical.ALGORITHM, "sha256": canonical.digest(folder / release.QUADS)},
        "quads": before["quads"] + len(into) - len(out),
        "triples": before["triples"] + len(come) - len(went),
        "graphs": [graphs[name] for name in sorted(graphs)],
        "types": _types(before["types"], come, went),
        **puts,
    }
    describe(described, folder)
    return delta


def _merge(store: OxigraphStore, turns: Mapping[str, Turn]) -> tuple[Triples, Triples]:
    """Return what comes to the merge of all graphs, and what leaves it: each triple is there once."""
    gone = set().union(*(turn.gone for turn in turns.values()))
    added = set().union(*(turn.added for turn in turns.values()))

    def holders(t: ox.Triple) -> list[str]:
        held = store.engine.quads_for_pattern(t.subject, t.predicate, t.object, None)
        return [q.graph_name.value for q in held if isinstance(q.graph_name, ox.NamedNode)]

    def is_new_to(name: str, t: ox.Triple) -> bool:
        return name in turns and t in turns[name].added

    come = {t for t in added - gone if all(is_new_to(name, t) for name in holders(t))}
    went = {t for t in gone if not holders(t)}
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
