"""Releases and dumps by what people call them: a folder, an id, a file. Each as one file of sorted N-Quads."""

from __future__ import annotations

import gzip
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox

from migkg import release
from migkg.errors import InputError, TooLarge, UsageError
from migkg.release import QUADS, Release

MOST = 4_000_000_000
_FORMS = {
    ".nq": ox.RdfFormat.N_QUADS,
    ".trig": ox.RdfFormat.TRIG,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".ttl": ox.RdfFormat.TURTLE,
    ".jsonld": ox.RdfFormat.JSON_LD,
}


def previous(made: Release | None) -> Release:
    """Return the release made before this one. Raises UsageError where there is none."""
    found = release.beside(made) if made is not None else []
    if not found:
        raise UsageError("There is no other release beside the current one. Name two releases or dumps to compare.")
    return found[0]


def find(name: str) -> Release | None:
    """Return the release in the folder of this name, or of this id among those kept; None for anything else."""
    path = Path(name)
    if (path / release.MANIFEST).is_file():
        return release.read(path)
    kept = release.place() / "releases" / name
    if "/" not in name and (kept / release.MANIFEST).is_file():
        return release.read(kept)
    return None


@contextmanager
def lines(name: str) -> Iterator[tuple[Path, str]]:
    """Give a release or a dump as a file of sorted N-Quads, and what to call it.

    Raises InputError for what is neither, or cannot be read.
    """
    made = find(name)
    if made is not None:
        yield made.path / QUADS, made.id
        return
    path = Path(name)
    if not path.is_file():
        raise InputError(f"{name} is neither the folder or id of a release nor a dump. `migkg info` names the release.")
    with tempfile.TemporaryDirectory(prefix="migkg-diff-") as folder:
        made_of = Path(folder) / "sorted.nq"
        made_of.write_bytes(_sorted(path))
        yield made_of, path.name


def _sorted(path: Path) -> bytes:
    plain = path.with_suffix("") if path.suffix == ".gz" else path
    form = _FORMS.get(plain.suffix.lower())
    if form is None:
        raise InputError(f"{path}: a dump ends in {', '.join(_FORMS)}, or in one of these and .gz.")
    try:
        text = _unpacked(path) if path.suffix == ".gz" else path.read_bytes()
        made = ox.serialize(ox.parse(text, format=form, lenient=True), format=ox.RdfFormat.N_QUADS) or b""
    except (SyntaxError, ValueError) as error:
        raise InputError(f"{path}: {error}") from None
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} cannot be read: {error}.") from None
    return b"".join(line + b"\n" for line in sorted(set(made.splitlines())))


def _unpacked(path: Path) -> bytes:
    with gzip.open(path) as file:
        text = file.read(MOST + 1)
    if len(text) > MOST:
        raise TooLarge(f"{path} unpacks to more than {MOST:,} bytes. Unpack it, and name the folder of a release.")
    return text
