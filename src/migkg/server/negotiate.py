"""Which form an answer takes: by the ending of the path, else by the Accept header, else the first choice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import mimeparse

HTML = "text/html"
JSON = "application/json"
PROBLEM = "application/problem+json"
SVG = "image/svg+xml"
CSV = "text/csv"
TSV = "text/tab-separated-values"
MARKDOWN = "text/markdown"
BIBTEX = "application/x-bibtex"
CSL = "application/vnd.citationstyles.csl+json"

# Ending -> media type of a graph, best first.
GRAPHS = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
}
GRAPH_TYPES = (*GRAPHS.values(), "application/n-quads", "application/trig")
# Media type of solutions -> what the query engine calls it. The short names are asked for by many clients.
RESULTS = {
    "application/sparql-results+json": "application/sparql-results+json",
    "application/json": "application/sparql-results+json",
    "application/sparql-results+xml": "application/sparql-results+xml",
    "application/xml": "application/sparql-results+xml",
    "text/csv": "text/csv",
    "text/tab-separated-values": "text/tab-separated-values",
}
RESULT_ENDINGS = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}


class NotAcceptable(Exception):
    """None of the forms on offer is one that the client accepts; `offered` lists them."""

    def __init__(self, offered: Iterable[str]) -> None:
        self.offered = list(offered)
        super().__init__("None of the formats on offer is among those that were asked for.")


def choose(accept: str | None, offered: Sequence[str]) -> str:
    """Return the best of `offered` (best first, which decides ties). Raises NotAcceptable."""
    best = best_of(accept, offered)
    if best is None:
        raise NotAcceptable(offered)
    return best


def best_of(accept: str | None, offered: Iterable[str]) -> str | None:
    """Return the best of `offered` for this Accept header, or None; a header nobody can read counts as absent."""
    return _best_of(accept, tuple(offered))


@lru_cache(maxsize=1_000)
def _best_of(accept: str | None, offered: tuple[str, ...]) -> str | None:
    if not accept or not accept.strip():
        return offered[0]
    try:
        ranges = [part.strip() for part in accept[:2000].lower().split(",") if part.strip()]
        found = mimeparse.best_match(list(reversed(offered)), ", ".join(ranges))
    except (mimeparse.MimeTypeParseException, ValueError):
        return offered[0]
    return found or None


def wants_page(accept: str | None) -> bool:
    """Return whether a browser asks, or anybody who likes HTML better than JSON."""
    return best_of(accept, (PROBLEM, JSON, HTML)) == HTML and "html" in (accept or "")


def split_ending(path: str, endings: Iterable[str]) -> tuple[str, str | None]:
    """Split `KEN.ttl` into `KEN` and `ttl` when the ending is one of these; else give the path and None."""
    stem, dot, ending = path.rpartition(".")
    if dot and stem and ending in set(endings):
        return stem, ending
    return path, None
