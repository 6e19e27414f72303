"""The canonical hash of a release: the same for the same statements, whatever labels its nodes without a name have.

RDF Dataset Canonicalization (RDFC-1.0) gives such nodes labels by what is said about them, sorts the lines of N-Quads,
and the hash is taken over these. Labels depend on the lines with such nodes alone, so only these are canonicalised;
all others stand in the release as they will stand in the end. The hash is that of the whole, made in a second.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyoxigraph as ox

from migkg.sorted_file import changed, mapped

ALGORITHM = "RDFC-1.0"


def digest(path: Path) -> str:
    """Return the SHA-256 of the canonical form of a file of sorted N-Quads."""
    nameless = list(_nameless(path))
    dataset = ox.Dataset(ox.parse(b"\n".join(nameless), format=ox.RdfFormat.N_QUADS, lenient=True))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    named = (ox.serialize(dataset, format=ox.RdfFormat.N_QUADS) or b"").splitlines()
    made = hashlib.sha256()
    for part in changed(path, nameless, named):
        made.update(part)
    return made.hexdigest()


def _nameless(path: Path) -> list[bytes]:
    """Return the lines with a node without a name."""
    found = []
    with mapped(path) as text:
        at = text.find(b"_:")
        while at >= 0:
            start, end = text.rfind(b"\n", 0, at) + 1, text.find(b"\n", at)
            line = text[start:end]
            if line.startswith(b"_:") or (b"> _:" in line and _has(line)):
                found.append(line)
            at = text.find(b"_:", end)
    return found


def _has(line: bytes) -> bool:
    """Return whether a line has such a node as its object: the two signs may also stand in words."""
    quad = next(iter(ox.parse(line, format=ox.RdfFormat.N_QUADS, lenient=True)))
    return isinstance(quad.object, ox.BlankNode)
