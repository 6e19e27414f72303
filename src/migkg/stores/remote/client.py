"""A query by the SPARQL protocol: SPARQLWrapper writes the request, our own connection carries it.

SPARQLWrapper would send it by urllib, which follows redirects to any host with the password and knows no deadline for
the whole of an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from migkg.stores.remote.wire import Reply, Wire


def ask(wire: Wire, endpoint: str, text: str, dataset: Mapping[str, str | Sequence[str]], *, graph: bool) -> Reply:
    """Send a query as a form and return what came, whatever its status.

    `dataset` are `default-graph-uri` and `named-graph-uri`; `graph` says that triples are expected and not rows.
    Raises RemoteFailed, TimedOut, LimitReached.
    """
    from SPARQLWrapper import CONSTRUCT, JSON, POST, SELECT, TURTLE, URLENCODED, SPARQLWrapper

    class Client(SPARQLWrapper):
        def _query(self) -> tuple[Any, str]:  # a reply of ours in the place of urllib's
            request = self._createRequest()
            headers = {name: value for name, value in request.header_items() if name.lower() != "user-agent"}
            sent = wire.read(request.get_method(), request.full_url, content=request.data, headers=headers)
            return sent, self.returnFormat

    client = Client(endpoint)
    client.setMethod(POST)
    client.setRequestMethod(URLENCODED)
    client.setOnlyConneg(True)
    client.setQuery(text)
    # SPARQLWrapper guesses the form from the words of comments too, and would send an update.
    client.queryType = CONSTRUCT if graph else SELECT
    client.setReturnFormat(TURTLE if graph else JSON)
    if graph:  # Virtuoso's queries have Turtle only
        client.addCustomHttpHeader("Accept", "application/n-triples, text/turtle;q=0.5")
    for name, value in dataset.items():
        for one in [value] if isinstance(value, str) else value:
            client.addParameter(name, one)
    return cast(Reply, client.query().response)
