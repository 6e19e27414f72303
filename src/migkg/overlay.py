"""Graphs that were put into a server: what the release holds besides the files of the project.

Each is kept as one file of sorted N-Triples in `<place>/put/`, named after its content. The manifest of the current
release lists those that belong to it, so that one rename decides on a graph and on all that follows from it, and
`migkg build` finds them again. What a request said about a graph (from which file, who, when) is the graph `put`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from migkg import release
from migkg.errors import InputError
from migkg.release import Release
from migkg.terms import GRAPH, PREFIXES, PROV_DERIVED, RDF_TYPE, XSD_STRING, graph

FOLDER = "put"
SAYING = graph("put").value
# Graphs that only files and queries of the project make.
RESERVED = tuple(GRAPH + name for name in ("ontology/", "shapes/", "infer/", "score/"))
_PROV, _DCTERMS = PREFIXES["prov"], PREFIXES["dcterms"]


@dataclass(frozen=True)
class Put:
    """One graph that was put: its file, and what the request said. `by`, `at` and `name` are empty when not said."""

    graph: str
    file: str
    triples: int
    sha256: str
    type: str
    name: str = ""
    by: str = ""
    at: str = ""


def listed(made: Release) -> list[Put]:
    """Return the graphs put into a release, by IRI."""
    return [Put(**one) for one in made.manifest.get(FOLDER, [])]


def current() -> list[Put]:
    """Return the graphs put into the current release, however damaged the rest of it is.

    Raises InputError rather than lose them.
    """
    path = release.place() / "release" / release.MANIFEST
    try:
        said = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return [Put(**one) for one in said.get(FOLDER, [])]
    except (OSError, ValueError, TypeError, AttributeError):
        if not any((release.place() / FOLDER).glob("*.nt")):
            return []
    raise InputError(
        f"{path} cannot be read, so it is not known which of the graphs in {release.place() / FOLDER} belong to the "
        "release. Bring the manifest back from a copy, or move that folder away to build without them."
    )


def manifest(puts: Iterable[Put]) -> dict[str, Any]:
    """Return what the manifest says about them: nothing where there are none."""
    found = [asdict(one) for one in sorted(puts, key=lambda one: one.graph)]
    return {FOLDER: found} if found else {}


def keep(triples: Sequence[ox.Triple]) -> str:
    """Write the triples beside the releases, durably, and return the name of the file."""
    text = b"".join(sorted((ox.serialize([t], format=ox.RdfFormat.N_TRIPLES) or b"") for t in set(triples)))
    name = hashlib.sha256(text).hexdigest() + ".nt"
    folder = release.place() / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / name).is_file():
        waiting = folder / f".{name}-{os.getpid()}"
        with waiting.open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        waiting.replace(folder / name)
    return name


def read(one: Put) -> list[ox.Triple]:
    """Return the triples of a graph; nodes without a name keep their labels. Raises InputError."""
    path = where(one)
    try:
        text = path.read_bytes()
    except OSError:
        raise InputError(
            f"{path} is missing: it holds the graph {one.graph}, which was put into the current release. "
            "Bring it back from a copy."
        ) from None
    if hashlib.sha256(text).hexdigest() + ".nt" != one.file:
        raise InputError(f"{path} has been changed: its content does not fit its name. Bring it back from a copy.")
    return [q.triple for q in ox.parse(text, format=ox.RdfFormat.N_TRIPLES, lenient=True)]


def where(one: Put) -> Path:
    """Return the file that holds the graph."""
    return release.place() / FOLDER / one.file


def tidy(kept: Iterable[Release]) -> None:
    """Remove files that no release lists any more."""
    names = {one.file for made in kept for one in listed(made)}
    for path in (release.place() / FOLDER).glob("*.nt"):
        if path.name not in names:
            path.unlink(missing_ok=True)


def saying(puts: Iterable[Put]) -> list[ox.Triple]:
    """Return what the requests said, as provenance: from which file (by its checksum), who, when."""
    made: list[ox.Triple] = []
    for one in puts:
        node, sent = ox.NamedNode(one.graph), _entity(one.sha256)
        made += [
            ox.Triple(node, PROV_DERIVED, sent),
            ox.Triple(sent, RDF_TYPE, ox.NamedNode(_PROV + "Entity")),
            ox.Triple(sent, ox.NamedNode(_DCTERMS + "identifier"), ox.Literal(f"sha256:{one.sha256}")),
        ]
        if one.name:
            made.append(ox.Triple(sent, ox.NamedNode(_DCTERMS + "title"), ox.Literal(one.name)))
        if one.by:
            said = ox.Literal(one.by, datatype=ox.NamedNode(XSD_STRING))
            made.append(ox.Triple(node, ox.NamedNode(_DCTERMS + "contributor"), said))
        if one.at:
            day = ox.Literal(one.at, datatype=ox.NamedNode(PREFIXES["xsd"] + "dateTime"))
            made.append(ox.Triple(node, ox.NamedNode(_DCTERMS + "created"), day))
    return sorted(set(made), key=str)


def _entity(sha256: str) -> ox.NamedNode:
    """Return the name of some bytes by their checksum (RFC 6920)."""
    digest = base64.urlsafe_b64encode(bytes.fromhex(sha256)).rstrip(b"=").decode()
    return ox.NamedNode(f"ni:///sha-256;{digest}")
