"""Any SPARQL server: queries by the protocol, graphs by the Graph Store Protocol.

The endpoint given answers queries. Graphs are put to the same address with `/sparql` or `/query` replaced by
`/graph`, unless another is named. A server must answer queries over the merge of its graphs, as migkg's own does; of
one that counts a triple once for each graph it stands in (Virtuoso), name the graph that holds the merge, as in
`http://host/sparql?default-graph-uri=…`. A user name and a password in an address are sent as such and never shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit, urlunsplit

import pyoxigraph as ox

from migkg.errors import LimitReached, QueryError, RemoteFailed, TimedOut, UsageError
from migkg.stores import Answer
from migkg.stores.guard import bare

TIMEOUT = 60
MAX_BYTES = 200_000_000
_FORM = re.compile(r"\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.I)


class RemoteStore:
    """A `Store` behind HTTP. Nothing is kept between calls; redirects to other hosts are refused."""

    def __init__(self, endpoint: str, *, graphs_at: str | None = None, timeout: int = TIMEOUT) -> None:
        """Name the query endpoint, and the address of its graphs where it is another. Raises UsageError."""
        parts = urlsplit(endpoint)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"“{self.masked(endpoint)}” is not an http(s) address.")
        self.endpoint, self.user = _bare(endpoint)
        self.timeout = timeout
        self._plain = urlunsplit(urlsplit(self.endpoint)._replace(query=""))
        self.graphs_at, writer = _bare(graphs_at or re.sub(r"/(sparql|query)/?$", "/graph", self._plain))
        self.writer = writer or self.user

    @staticmethod
    def masked(address: str) -> str:
        """Return the address without user name and password."""
        parts = urlsplit(address)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))

    def graphs(self) -> list[str]:
        """Return the IRIs of the graphs, sorted."""
        found = self._query("SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }", self._plain)
        return sorted(row["g"].value for row in found)  # type: ignore[union-attr]

    def get(self, graph: str) -> list[ox.Triple]:
        """Return the triples of one graph."""
        text = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH {ox.NamedNode(graph)} {{ ?s ?p ?o }} }}"
        return list(self._query(text, self._plain))  # type: ignore[arg-type]

    def put(self, graph: str, triples: Iterable[ox.Triple]) -> None:
        """Make these triples the whole content of the graph. Raises RemoteFailed."""
        body = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
        self._send("PUT", graph, body)

    def drop(self, graph: str) -> None:
        """Remove the graph; a server that does not know it is content too."""
        self._send("DELETE", graph, None)

    def query(self, text: str) -> Answer:
        """Run a query and return the same objects as an embedded store.

        Raises QueryError for a mistake, TimedOut, LimitReached for an answer that is too large, RemoteFailed.
        """
        return self._query(text, self.endpoint)

    def _query(self, text: str, endpoint: str) -> Answer:
        form = _FORM.search(bare(text))
        graph = form is not None and form.group(1).upper() in ("CONSTRUCT", "DESCRIBE")
        body = self._ask(text, graph, endpoint)
        try:
            if graph:
                return ox.Store().query("CONSTRUCT WHERE { ?s ?p ?o }") if not body.strip() else self._triples(body)
            found = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
            _whole(ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON))
            return found
        except (SyntaxError, ValueError) as error:
            raise RemoteFailed(f"{self.masked(self.endpoint)} answered something that is no result: {error}") from None

    def _triples(self, body: bytes) -> Answer:
        store = ox.Store()
        store.load(input=body, format=ox.RdfFormat.TURTLE)  # which N-Triples is part of
        return store.query("CONSTRUCT WHERE { ?s ?p ?o }")

    def _ask(self, text: str, graph: bool, endpoint: str) -> bytes:
        from SPARQLWrapper import CONSTRUCT, JSON, POST, SELECT, TURTLE, URLENCODED, SPARQLWrapper
        from SPARQLWrapper.SPARQLExceptions import EndPointInternalError, QueryBadFormed, SPARQLWrapperException

        name = self.masked(self.endpoint)
        client = SPARQLWrapper(endpoint)
        if self.user:
            client.setCredentials(*self.user)
        client.setMethod(POST)
        client.setRequestMethod(URLENCODED)
        client.setTimeout(self.timeout)
        client.setQuery(text)
        # SPARQLWrapper guesses the form from the words of comments too, and would send an update.
        client.queryType = CONSTRUCT if graph else SELECT
        if graph:
            client.setReturnFormat(TURTLE)
            client.addCustomHttpHeader(
                "Accept", "application/n-triples, text/turtle;q=0.5"
            )  # Virtuoso has the second only
        else:
            client.setReturnFormat(JSON)
        try:
            answer = client.query().response
            if urlsplit(answer.geturl()).hostname != urlsplit(self.endpoint).hostname:
                raise RemoteFailed(f"{name} sent us on to another host; name that host instead.")
            body: bytes = answer.read(MAX_BYTES + 1)
        except QueryBadFormed as error:
            raise QueryError(f"{name} says: {_words(error)}") from None
        except TimeoutError:
            raise TimedOut(f"{name} did not answer within {self.timeout} seconds.") from None
        except (HTTPError, URLError, EndPointInternalError, SPARQLWrapperException, OSError) as error:
            raise RemoteFailed(f"{name} cannot be asked: {_words(error)}") from None
        if len(body) > MAX_BYTES:
            raise LimitReached(f"{name} sent more than {MAX_BYTES // 1_000_000} MB. Ask for less.")
        return body

    def _send(self, method: str, graph: str, body: bytes | None) -> None:
        import httpx

        headers = {"Content-Type": "application/n-triples"} if body is not None else {}
        name = self.masked(self.graphs_at)
        try:
            answer = httpx.request(
                method,
                self.graphs_at,
                params={"graph": graph},
                content=body,
                headers=headers,
                timeout=self.timeout,
                auth=httpx.DigestAuth(*self.writer) if self.writer else None,
            )
        except httpx.TimeoutException:
            raise TimedOut(f"{name} did not answer within {self.timeout} seconds.") from None
        except httpx.HTTPError as error:
            raise RemoteFailed(f"{name} cannot be reached: {_words(error)}") from None
        if answer.status_code >= 300 and not (method == "DELETE" and answer.status_code == 404):
            raise RemoteFailed(f"{name} refused {method} of {graph}: {answer.status_code} {answer.reason_phrase}.")


def _bare(address: str) -> tuple[str, tuple[str, str] | None]:
    """Return an address without user name and password, and these where both are given."""
    parts = urlsplit(address)
    user = (unquote(parts.username), unquote(parts.password)) if parts.username and parts.password else None
    return RemoteStore.masked(address), user


def _whole(found: ox.QuerySolutions | ox.QueryBoolean) -> None:
    """Read all rows once, so that half an answer is an error here and not a short list later."""
    if isinstance(found, ox.QuerySolutions):
        for _row in found:
            pass


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
