"""Where the ontology, shapes, queries and data are: in a checkout or inside the installed wheel."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

FOLDERS = ("ontology", "shapes", "queries", "data")


@cache
def root() -> Path:
    """Return the folder that holds `ontology/ shapes/ queries/ data/`."""
    package = Path(__file__).resolve().parent
    inside = package / "_assets"
    return inside if inside.is_dir() else package.parent.parent


@cache
def checkout() -> Path | None:
    """Return the checkout this code runs from, or None for an installed wheel."""
    return None if (Path(__file__).resolve().parent / "_assets").is_dir() else root()


def files(folder: str, *suffixes: str, at: Path | None = None) -> list[Path]:
    """Return the files below `folder` with one of the suffixes, in the order of their paths.

    Names that start with `_` (templates) or `.` are left out.
    """
    top = (at or root()) / folder
    return sorted(
        path
        for path in top.rglob("*")
        if path.is_file() and path.name.endswith(suffixes) and not path.name.startswith(("_", "."))
    )


def fingerprint(at: Path | None = None) -> str:
    """Return a SHA-256 over the names and bytes of all assets: the key of what is built from them."""
    digest = hashlib.sha256()
    top = at or root()
    for folder in FOLDERS:
        for path in files(folder, "", at=at):
            digest.update(f"{path.relative_to(top).as_posix()}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
