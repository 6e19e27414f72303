"""A server as a `Store`: the same questions give the same answers, although servers differ in what they merge.

A query without dataset clauses must see each statement once. Some servers merge their graphs themselves; in others the
merge stands in the default graph, or in a graph of its own that each query names (`layouts.Layout.merged`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pyoxigraph as ox

from migkg.errors import InputError, LimitReached, QueryError, Refused, RemoteFailed, TimedOut, UsageError
from migkg.stores import Answer
from migkg.stores.guard import bare
from migkg.stores.remote.address import DEFAULT, SERVER, read
from migkg.stores.remote.client import ask
from migkg.stores.remote.layouts import PUSHED, Layout, guessed, known
from migkg.stores.remote.wire import Reply, Wire

PIECE = 40_000  # statements in one request: some megabytes
_FORM = re.compile(r"\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.I)
_NAMED = re.compile(r"\bGRAPH\b", re.I)
_OPEN = re.compile(r"\bVALUES\s+\?\w+\s*\{\s*UNDEF\s*\}", re.I)
_WHETHER = re.compile(r"[*+]\s*/\s*\([^()]*\)\?|\w\?\s*/")
_TRIPLES = "application/n-triples, text/turtle;q=0.5"  # Virtuoso's queries have the second only


class RemoteStore:
    """A `Store` behind HTTP. The layout of the server and the names of its graphs are asked for once."""

    def __init__(self, where: str) -> None:
        """Take an address as `address.read` does; nothing is sent before the first question. Raises UsageError."""
        self.address = read(where)
        self.wire = Wire(self.address)
        self.name = self.wire.name
        self._layout: Layout | None = None
        self._names: list[str] | None = None

    @property
    def layout(self) -> Layout:
        """Return where this server answers: said, known by its address, or asked for. Raises RemoteFailed, TimedOut."""
        if self._layout is None:
            self._layout = known(self.address) or self._asked()
        return self._layout

    def _asked(self) -> Layout:
        reply = self.wire.head(self.address.url)
        return known(self.address, reply.headers) or guessed(self.address, reply.body if reply.ok else b"")

    def graphs(self) -> list[str]:
        """Return the IRIs of the graphs, sorted, without those that the server or `push` keep for themselves."""
        return sorted(set(self.counts()) - {PUSHED, self.layout.merged, *self.layout.hidden})

    def counts(self) -> dict[str, int]:
        """Return how many statements each graph has, in one question, which takes Virtuoso less than DISTINCT does."""
        found: Any = self._query("SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g", {})
        return {row["g"].value: int(row["n"].value) for row in found if row["g"] is not None}

    def count(self) -> int:
        """Return how many statements a query without dataset clauses sees."""
        found: Any = self.query("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
        return int(next(iter(found))["n"].value)

    def get(self, graph: str) -> list[ox.Triple]:
        """Return the triples of one graph."""
        if self.layout.whole:
            reply = self.wire.read("GET", self.layout.graphs, params={"graph": graph}, headers={"Accept": _TRIPLES})
            if reply.status == 404:
                return []
            if not reply.ok:
                raise RemoteFailed(f"{self.name} does not give {graph}: {reply.words()}")
            return list(self._triples(reply.body))
        text = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH {ox.NamedNode(graph)} {{ ?s ?p ?o }} }}"
        return list(self._query(text, {}))  # type: ignore[arg-type]

    def put(self, graph: str, triples: Iterable[ox.Triple]) -> None:
        """Make these triples the whole content of the graph, and keep the merge true. Raises RemoteFailed."""
        self.unmerge(graph)
        self.replace(graph, triples)
        self.merge(graph)

    def drop(self, graph: str) -> None:
        """Remove the graph; a server that does not know it is content too."""
        self.unmerge(graph)
        self.remove(graph)

    def replace(self, graph: str | None, triples: Iterable[ox.Triple]) -> None:
        """Make these triples the whole content of a graph (None: the default graph); the merge is the caller's."""
        self._names = None
        unnamed: list[ox.Triple] = []
        rest: list[ox.Triple] = []
        for t in triples:
            blank = isinstance(t.subject, ox.BlankNode) or isinstance(t.object, ox.BlankNode)
            (unnamed if blank else rest).append(t)
        if len(unnamed) > PIECE:
            raise InputError(f"{graph} has too many nodes without a name: each request would give them other names.")
        self._put("PUT", graph, [*unnamed, *rest[: PIECE - len(unnamed)]])
        for start in range(PIECE - len(unnamed), len(rest), PIECE):
            self._put("POST", graph, rest[start : start + PIECE])

    def _put(self, method: str, graph: str | None, triples: list[ox.Triple]) -> None:
        body = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
        self._write(method, graph, content=body, headers={"Content-Type": "application/n-triples"})

    def remove(self, graph: str) -> None:
        """Remove a graph and leave the merge as it is."""
        self._names = None
        self._write("DELETE", graph)

    def _write(self, method: str, graph: str | None, **more: Any) -> None:
        if not self.layout.graphs:
            raise UsageError(f"Where {self.name} takes graphs is not known. Say it: …?graphs=/address.")
        params = {"default": ""} if graph is None else {"graph": graph}
        reply = self.wire.write(method, self.layout.graphs, params=params, **more)
        if not reply.ok and not (method == "DELETE" and reply.status == 404):
            raise RemoteFailed(f"{self.name} refused {method} of {graph or 'the default graph'}: {reply.words()}")

    def update(self, text: str, *, merged: bool = False) -> None:
        """Run an update of our own making, with the merge as the default graph of its WHERE if so wished.

        Raises UsageError where no address for updates is known, RemoteFailed.
        """
        if not self.layout.update:
            raise UsageError(f"Where {self.name} takes updates is not known. Say it: …?update=/address.")
        self._names = None
        params = {"using-graph-uri": self.layout.merged} if merged and self._apart else {}
        data = {"update": closed(text), **params}
        reply = self.wire.write("POST", self.layout.update, data=data)
        if not reply.ok:
            raise RemoteFailed(f"{self.name} refused an update: {reply.words()}")

    def make(self, graph: str, construct: str) -> None:
        """Make what a CONSTRUCT of our own gives the whole content of a graph, by the server's own engine.

        Raises RemoteFailed, TimedOut, QueryError, LimitReached; then the graph may be empty. The merge is the caller's.
        """
        if not self.layout.inserts:
            self.replace(graph, set(self.query(construct)))  # type: ignore[arg-type]
            return
        self.remove(graph)
        self.update(inserting(construct, graph), merged=True)

    @property
    def _apart(self) -> bool:
        return self.layout.merged not in (SERVER, DEFAULT)

    def _in_merge(self, pattern: str) -> str:
        return f"GRAPH <{self.layout.merged}> {{ {pattern} }}" if self._apart else pattern

    def merge(self, graph: str) -> None:
        """Add what a graph says to the merge, where the server has none of its own."""
        if self.layout.merged != SERVER:
            self.update(f"INSERT {{ {self._in_merge('?s ?p ?o')} }} WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")

    def unmerge(self, graph: str) -> None:
        """Take out of the merge what only this graph says."""
        if self.layout.merged != SERVER:
            others = " && ".join(f"?other != <{name}>" for name in (graph, self.layout.merged, PUSHED) if ":" in name)
            self.update(
                f"DELETE {{ {self._in_merge('?s ?p ?o')} }} WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} "
                f"FILTER NOT EXISTS {{ GRAPH ?other {{ ?s ?p ?o }} FILTER ({others}) }} }}"
            )

    def query(self, text: str) -> Answer:
        """Run a query and return the same objects as an embedded store.

        Raises QueryError for a mistake, TimedOut, LimitReached for an answer that is too large, RemoteFailed.
        """
        dataset: dict[str, Any] = {"default-graph-uri": self.layout.merged} if self._apart else {}
        if self.layout.named and self.layout.merged != SERVER and _NAMED.search(bare(text)):
            if self._names is None:
                self._names = self.graphs()
            dataset = {"default-graph-uri": self.layout.named.format(merged=self.layout.merged)}
            dataset["named-graph-uri"] = self._names
        return self._query(text, dataset)

    def _query(self, text: str, dataset: dict[str, Any]) -> Answer:
        text = closed(text)
        if not self.layout.whether and _WHETHER.search(bare(text)):
            raise Refused(
                f"{self.name} ({self.layout.name}) is known to answer queries wrongly when a path has an "
                "optional step among others, as p?/q or p*/(q)?. Ask another store."
            )
        form = _FORM.search(bare(text))
        graph = form is not None and form.group(1).upper() in ("CONSTRUCT", "DESCRIBE")
        reply = ask(self.wire, self.layout.query, text, dataset, graph=graph)
        if reply.status == 400:
            raise QueryError(f"{self.name} says: {reply.words()}")
        if not reply.ok:
            raise RemoteFailed(f"{self.name} cannot be asked: {reply.words()}")
        _not_cut(reply, self.name)
        if graph:
            return self._triples(reply.body)
        try:
            said = _whole(ox.parse_query_results(reply.body, format=ox.QueryResultsFormat.JSON))
            body = reply.body if said is None else b'{"head": {}, "boolean": %s}' % said
            return ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
        except (SyntaxError, ValueError) as error:
            raise RemoteFailed(f"{self.name} answered something that is no result: {error}") from None

    def _triples(self, body: bytes) -> ox.QueryTriples:
        store = ox.Store()
        try:
            store.load(input=body, format=ox.RdfFormat.TURTLE)  # which N-Triples is part of
        except (SyntaxError, ValueError) as error:
            raise RemoteFailed(f"{self.name} answered something that is no graph: {error}") from None
        return store.query("CONSTRUCT WHERE { ?s ?p ?o }")  # type: ignore[return-value]


def closed(text: str) -> str:
    """Return a query without parameters that were not given, which say nothing.

    Jena drops every row where a filter looks at such a variable, Virtuoso finds nothing that joins with one.
    """
    blank = list(text)
    for found in _OPEN.finditer(bare(text)):
        blank[found.start() : found.end()] = " " * (found.end() - found.start())
    return "".join(blank)


def inserting(text: str, graph: str) -> str:
    """Return a CONSTRUCT as an update that writes what it makes into a graph. Raises UsageError."""
    plain = bare(text)
    start = plain.find("CONSTRUCT")
    opened = plain.find("{", start)
    end = next(_closing(plain, opened), -1)
    if min(start, opened, end) < 0 or not plain[end + 1 :].lstrip().startswith("WHERE"):
        raise UsageError("This query is no CONSTRUCT { … } WHERE { … }.")
    return f"{text[:start]}INSERT {{ GRAPH <{graph}> {text[opened : end + 1]} }}{text[end + 1 :]}"


def _closing(plain: str, opened: int) -> Iterator[int]:
    depth = 0
    for at in range(max(opened, 0), len(plain)):
        depth += {"{": 1, "}": -1}.get(plain[at], 0)
        if depth == 0:
            yield at


def _whole(found: ox.QuerySolutions | ox.QueryBoolean) -> bytes | None:
    """Read all rows once, so that half an answer is an error here and not a short list later.

    Returns `true` or `false` for the table that Virtuoso answers an ASK with, and None for all else.
    """
    if isinstance(found, ox.QueryBoolean):
        return None
    count = sum(1 for _row in found)
    if [v.value for v in found.variables] == ["__ASK_RETVAL"]:
        return b"true" if count else b"false"
    return None


def _not_cut(reply: Reply, name: str) -> None:
    """Raise LimitReached or TimedOut for the ways in which Virtuoso says that it gave a part only."""
    if reply.headers.get("x-sql-state", "").startswith("S1TAT"):
        raise TimedOut(f"{name} stopped the query at its time limit and gave a part only.")
    if limit := reply.headers.get("x-sparql-maxrows"):
        raise LimitReached(
            f"{name} gives {limit} rows at most, and the answer has more. Ask for less, or raise its limit."
        )
