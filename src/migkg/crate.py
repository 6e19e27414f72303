"""All files of a release in one folder, described as a research object (RO-Crate), for people without a server.

migkg.nq  migkg.nq.gz …  SHA256SUMS  manifest.json  ro-crate-metadata.json
migkg.csv-metadata.json  catalog.ttl  void.ttl  sparql-examples.ttl  context.jsonld  frameworks/<id>.ttl
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox

from migkg import describe, release, shelf
from migkg.errors import ResourceMissing, UsageError
from migkg.release import Release
from migkg.stores.oxigraph import OxigraphStore
from migkg.syntax import serialize, turtle
from migkg.terms import ID, PREFIXES, RDF_TYPE

METADATA, TABLE = "ro-crate-metadata.json", "migkg.csv-metadata.json"
DESCRIPTIONS = {"catalog": "catalog.ttl", "void": "void.ttl", "examples": "sparql-examples.ttl"}


def write(made: Release, target: Path, progress: Callable[[str, int, int], None]) -> list[str]:
    """Write a new folder, whole or not at all, and return the names of its files.

    Raises UsageError when the folder is there, ResourceMissing when the disk refuses.
    """
    if target.exists():
        raise UsageError(f"{target} is there already. Name a new folder.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        waiting = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        try:
            names = list(_files(made, waiting, progress))
            waiting.chmod(0o755)
            waiting.replace(target)
        finally:
            shutil.rmtree(waiting, ignore_errors=True)
    except OSError as error:
        raise ResourceMissing(f"Cannot write {target}: {error.strerror}.") from error
    return sorted(names)


def _files(made: Release, folder: Path, progress: Callable[[str, int, int], None]) -> Iterator[str]:
    wanted = shelf.names()
    for done, name in enumerate(wanted):
        progress(name, done, len(wanted) + 1)
        source = shelf.take(made, name, folder)
        if source != folder / name:  # a copy, and no link: who edits it must not edit the release
            shutil.copyfile(source, folder / name)
        yield name
    store = OxigraphStore.from_dump(made.path / release.QUADS, made.path / release.MERGED)
    known = describe.facts(store, made, files=folder)
    texts: dict[str, str | bytes] = {
        METADATA: describe.text(describe.crate(known)),
        TABLE: describe.text(describe.csvw(made, "migkg.csv")),
        "context.jsonld": describe.text(describe.context(store)),
        "manifest.json": (made.path / release.MANIFEST).read_bytes(),
    }
    for what, name in DESCRIPTIONS.items():
        texts[name] = serialize(describe.triples(known, what), ox.RdfFormat.TURTLE)
    for framework in _frameworks(store):
        texts[f"frameworks/{framework[len(ID) :]}.ttl"] = turtle(describe.skos(store, framework))
    (folder / "frameworks").mkdir()
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
        yield name
    progress(METADATA, len(wanted) + 1, len(wanted) + 1)


def _frameworks(store: OxigraphStore) -> list[str]:
    node = ox.NamedNode(PREFIXES["mg"] + "Framework")
    found = store.engine.quads_for_pattern(None, RDF_TYPE, node, ox.DefaultGraph())
    return sorted(
        q.subject.value for q in found if isinstance(q.subject, ox.NamedNode) and q.subject.value.startswith(ID)
    )
