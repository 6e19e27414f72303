"""The graphs that the server of these tests holds."""

from __future__ import annotations

FIRST, SECOND, THIRD = GRAPHS = tuple(f"http://example.org/data/{name}" for name in ("first", "second", "third"))
ABSENT = "http://example.org/data/absent"
SHARED = "http://example.org/shared"
DOCUMENT = "http://example.org/Document"
