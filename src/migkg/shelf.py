"""The files of a release that people take home: in each syntax, compressed, with checksums; each made once.

    <release>/files/migkg.ttl  migkg.ttl.gz …  SHA256SUMS

N-Quads and N-Triples are the release itself; the others are written from it when somebody asks, by a process of their
own (`python -m migkg.shelf RELEASE FILE SPARE`), since that takes seconds. A file appears whole, by one rename. The
same release gives the same bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from migkg import release
from migkg.errors import ResourceMissing, UnknownName
from migkg.export import export
from migkg.release import Release
from migkg.sorted_file import mapped
from migkg.stores.oxigraph import OxigraphStore
from migkg.syntax import reading_order, written

FOLDER, SUMS, COMPRESSED = "files", "SHA256SUMS", ".gz"
LEVEL = 6


@dataclass(frozen=True)
class File:
    """A file of the whole release: its name, media type, what it is in words, and the export format it has."""

    name: str
    media: str
    words: str
    form: str
    graphs: bool = False


FILES = {
    one.name: one
    for one in (
        File("migkg.nq", "application/n-quads", "N-Quads: every statement with the file that says so", "nq", True),
        File("migkg.trig", "application/trig", "TriG: the same, for reading", "trig", True),
        File("migkg.jsonld", "application/ld+json", "JSON-LD: the same, as JSON", "jsonld", True),
        File("migkg.ttl", "text/turtle", "Turtle: all files merged into one graph", "ttl"),
        File("migkg.nt", "application/n-triples", "N-Triples: the same, one statement a line", "nt"),
        File("migkg.rdf", "application/rdf+xml", "RDF/XML: the same, for older tools", "rdfxml"),
        File("migkg.csv", "text/csv", "CSV: figures and scores as one table, for a spreadsheet", "csv"),
        File(
            "migkg.sssom.tsv",
            "text/tab-separated-values",
            "SSSOM: all mappings between frameworks as one table",
            "sssom",
        ),
    )
}
RDF = {
    "ttl": ox.RdfFormat.TURTLE,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "trig": ox.RdfFormat.TRIG,
    "jsonld": ox.RdfFormat.JSON_LD,
}


def names() -> list[str]:
    """Return the names of all files, each followed by its compressed form, then the list of checksums."""
    return [*(name + end for name in FILES for end in ("", COMPRESSED)), SUMS]


def place(made: Release, spare: Path | None = None) -> Path:
    """Return the folder of the files: beside the release, or `spare` where nobody may write there."""
    own = made.path / FOLDER
    return spare if spare is not None and not os.access(own if own.is_dir() else made.path, os.W_OK) else own


def find(made: Release, name: str, spare: Path | None = None) -> Path | None:
    """Return where a file of a release is; None when it has not been made."""
    own = {"migkg.nq": made.path / release.QUADS, "migkg.nt": made.path / release.MERGED}.get(name)
    return next((p for p in (own or made.path / FOLDER / name, place(made, spare) / name) if p.is_file()), None)


def take(made: Release, name: str, spare: Path | None = None) -> Path:
    """Return the path of a file, made when it is not there.

    Raises UnknownName for a file that no release has, ResourceMissing when the disk refuses.
    """
    if name not in names():
        raise UnknownName(name, hint=f"There are: {', '.join(names())}.")
    if (path := find(made, name, spare)) is not None:
        return path
    folder = place(made, spare)
    try:
        folder.mkdir(exist_ok=True)
        if name == SUMS:
            content = sums(made, spare).encode()
            return _put(folder / name, lambda path: path.write_bytes(content))
        if name.endswith(COMPRESSED):
            plain = take(made, name.removesuffix(COMPRESSED), spare)
            return _put(folder / name, lambda path: compress(plain, path))
        return _put(folder / name, lambda path: _write(made, FILES[name], path))
    except OSError as error:
        raise ResourceMissing(f"Cannot write {folder / name}: {error.strerror}.") from error


def checksum(made: Release, name: str, spare: Path | None = None) -> str | None:
    """Return the SHA-256 of a file as far as it is known without making the file."""
    if name == "migkg.nq":
        return str(made.manifest["hash"])
    if name == "migkg.nt":
        return made.manifest.get("merged")
    listed = find(made, SUMS, spare)
    if listed is None:
        return None
    said = (line.split("  ", 1) for line in listed.read_text(encoding="utf-8").splitlines())
    return {path: digest for digest, path in said}.get(name)


def sums(made: Release, spare: Path | None = None) -> str:
    """Return the checksums of all files, as `sha256sum --check` reads them; makes the files that are not there."""
    return "".join(f"{digest(take(made, name, spare))}  {name}\n" for name in names() if name != SUMS)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def compress(source: Path, target: Path) -> None:
    """Write a file compressed, without a name or a time in it."""
    with (
        source.open("rb") as read,
        target.open("wb") as out,
        gzip.GzipFile("", "wb", LEVEL, out, mtime=0) as packed,
    ):
        shutil.copyfileobj(read, packed, 1 << 20)


def _put(path: Path, write: Callable[[Path], object]) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    os.close(handle)
    waiting = Path(name)
    try:
        write(waiting)
        waiting.chmod(0o644)
        return waiting.replace(path)
    finally:
        waiting.unlink(missing_ok=True)


def _write(made: Release, file: File, path: Path) -> None:
    """Write a file from the sorted lines of the release, or from its store where it is a table."""
    if file.form not in RDF:
        in_memory = file.form == "csv"  # it looks everything up, which pays the loading; others ask for little
        dump = made.path / release.QUADS, made.path / release.MERGED
        store = OxigraphStore.from_dump(*dump) if in_memory else OxigraphStore.read_only(made.path / release.STORE)
        path.write_bytes(export(store, file.form))
        return
    with mapped(made.path / (release.QUADS if file.graphs else release.MERGED)) as text:
        lines: Iterable[bytes] = text[:].splitlines()
    path.write_bytes(written(sorted(lines, key=_by_graph if file.graphs else reading_order), RDF[file.form]))


def _by_graph(line: bytes) -> tuple[bytes, tuple[bytes, bool, bytes, bytes]]:
    rest, graph, _ = line.rsplit(b" ", 2)
    return graph[1:-1], reading_order(rest + b" .")


if __name__ == "__main__":
    take(release.read(Path(sys.argv[1])), sys.argv[2], Path(sys.argv[3]))
