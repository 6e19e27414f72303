"""The files of the next release, made of those of this one: what has not changed is copied, not made again."""

from __future__ import annotations

import hashlib
import mmap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from migkg import overlay, release
from migkg.build import describe, entry
from migkg.derive import Triples, Turn
from migkg.release import Release
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
    changed = [name for name, turn in sorted(turns.items()) if turn.gone or turn.added]
    come, went = _merge(store, {name: turns[name] for name in changed})
    graphs = {one["iri"]: one for one in made.manifest["graphs"]}
    for name in changed:
        graphs.pop(name, None)
        if content := store.lines(name):
            graphs[name] = entry(name, sorted(content))
    out, into = (
        [line[:-1] + b"<%b> ." % name.encode() for name in changed for line in lines(getattr(turns[name], part))]
        for part in ("gone", "added")
    )
    lost, won = lines(went), lines(come)
    quads = splice(made.path / release.QUADS, out, into, folder / release.QUADS)
    splice(made.path / release.MERGED, lost, won, folder / release.MERGED)
    delta = Delta(b"\n".join([*out, *lost, b""]), b"\n".join([*into, *won, b""]))
    _write_store(made, delta, folder)
    before = made.manifest
    described = {
        **{key: value for key, value in before.items() if key != overlay.FOLDER},
        "hash": quads,
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
    changes = sorted([(line, False) for line in gone] + [(line, True) for line in added])
    with (
        source.open("rb") as file,
        target.open("wb") as out,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text,
    ):
        for part in _parts(text, changes):
            digest.update(part)
            out.write(part)
    return digest.hexdigest()


def _parts(text: mmap.mmap, changes: list[tuple[bytes, bool]]) -> Iterator[bytes]:
    at = 0
    for line, is_new in changes:
        place = _place(text, line, at)
        yield from _copied(text, at, place)
        if is_new:
            yield line + b"\n"
            at = place
        else:
            at = place + len(line) + 1
            if text[place:at] != line + b"\n":
                raise ValueError(f"the release has no line {line[:200]!r}")
    yield from _copied(text, at, len(text))


def _copied(text: mmap.mmap, start: int, end: int, piece: int = 1 << 22) -> Iterator[bytes]:
    for at in range(start, end, piece):
        yield text[at : min(end, at + piece)]


def _place(text: mmap.mmap, line: bytes, low: int) -> int:
    """Return where the first line stands, from `low` on, that does not come before this one."""
    high = len(text)
    while low < high:
        middle = (low + high) // 2
        start = text.rfind(b"\n", low, middle) + 1 or low
        end = text.find(b"\n", start)
        if text[start:end] < line:
            low = end + 1
        else:
            high = start
    return low
