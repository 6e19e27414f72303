"""What a former release said: looked up in its files, which are sorted, without loading them."""

from __future__ import annotations

import mmap
from pathlib import Path

from migkg.release import MERGED, Release, beside


def described_in(made: Release, iri: str) -> Release | None:
    """Return a release beside this one that says something about the IRI, the latest first; None where none does."""
    return next((one for one in beside(made) if says(one.path / MERGED, iri)), None)


def says(path: Path, iri: str) -> bool:
    """Return whether a file of sorted N-Triples has the IRI as a subject."""
    wanted = f"<{iri}> ".encode()
    with path.open("rb") as file:
        if not path.stat().st_size:
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
            low, high = 0, len(text)  # the first line not below what is wanted starts in between
            while low < high:
                middle = text.rfind(b"\n", low, (low + high) // 2) + 1 or low
                end = text.find(b"\n", middle) + 1 or len(text)
                if text[middle:end] < wanted:
                    low = end
                else:
                    high = middle
            return text[low : low + len(wanted)] == wanted
