"""The graphs that a query from outside chooses: by parameters of the protocol, or by its own FROM clauses.

The engine counts a triple twice that stands in two of several default graphs, where the standard wants their merge;
so the clauses are read here, and several default graphs are merged before the query runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urljoin

import pyoxigraph as ox

from migkg.terms import BASE

# Strings and comments are passed over; what is left is an IRI, a brace or a word. Possessive, so no text makes it slow.
_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*+\'\'\''
    r'|"(?:[^"\\\n\r]|\\.)*+"|\'(?:[^\'\\\n\r]|\\.)*+\'|\#[^\n\r]*+'
    r'|(?P<iri><[^<>"{}|^`\\\s]*+>)|(?P<brace>[{}])|(?P<word>(?:\\.|[^\s{}<>"\'#()\\])++)|.',
    re.S,
)

Graphs = tuple[list[str], list[str]]


def chosen(text: str, default: Sequence[str] | None, named: Sequence[str] | None) -> Graphs | None:
    """Return the default and the named graphs of a query; None when it sees everything.

    What the protocol says goes before what the query says.
    """
    if default or named:
        return list(default or ()), list(named or ())
    return clauses(text) if "from" in text.lower() else None


def clauses(text: str) -> Graphs | None:
    """Return the graphs of the FROM and FROM NAMED clauses; None when there are none, or one that cannot be read."""
    base, prefixes = BASE, {}
    default: list[str] = []
    named: list[str] = []
    words = _outer(text)
    for word in words:
        match word.upper():
            case "BASE":
                base = urljoin(base, next(words, "")[1:-1])
            case "PREFIX":
                name = next(words, "").rstrip(":")
                prefixes[name] = urljoin(base, next(words, "")[1:-1])
            case "FROM":
                graphs, graph = default, next(words, "")
                if graph.upper() == "NAMED":
                    graphs, graph = named, next(words, "")
                iri = _resolve(graph, base, prefixes)
                if iri is None:
                    return None  # the engine says what is wrong with it
                graphs.append(iri)
    return (default, named) if default or named else None


def _outer(text: str) -> Iterator[str]:
    """Give the words and IRIs that stand outside braces, where prefixes are declared and graphs chosen."""
    depth = 0
    for token in _TOKEN.finditer(text):
        if brace := token.group("brace"):
            depth += 1 if brace == "{" else -1
        elif depth == 0 and (word := token.group("iri") or token.group("word")):
            yield word


def _resolve(graph: str, base: str, prefixes: dict[str, str]) -> str | None:
    prefix, colon, rest = graph.partition(":")
    try:
        if graph.startswith("<"):
            return str(ox.NamedNode(urljoin(base, graph[1:-1])).value)
        if not colon:
            return None
        return str(ox.NamedNode(prefixes[prefix] + re.sub(r"\\(.)", r"\1", rest)).value)
    except (KeyError, ValueError):
        return None
