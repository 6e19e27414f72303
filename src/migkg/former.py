"""What a former release said: looked up in its files, which are sorted, without loading them."""

from __future__ import annotations

from migkg.release import MERGED, Release, beside
from migkg.sorted_file import starts


def described_in(made: Release, iri: str) -> Release | None:
    """Return a release beside this one that says something about the IRI, the latest first; None where none does."""
    start = f"<{iri}> ".encode()
    return next((one for one in beside(made) if starts(one.path / MERGED, start)), None)
