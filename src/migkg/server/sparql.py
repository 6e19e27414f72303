"""The SPARQL 1.1 Protocol, for queries only. Every query from outside runs in a worker that can be killed.

GET  /sparql?query=…        POST form query=…        POST application/sparql-query
GET  /sparql                the service description, or the query page in a browser
/sparql.csv?query=…         the ending decides the form, whatever the browser accepts
"""

from __future__ import annotations

from urllib.parse import quote

from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from migkg.server import world
from migkg.server.catalog import service
from migkg.server.negotiate import (
    GRAPH_TYPES,
    GRAPHS,
    HTML,
    RESULT_ENDINGS,
    RESULTS,
    NotAcceptable,
    best_of,
    choose,
)
from migkg.server.protocol import Asked, hints_for, needless_for, read, run
from migkg.server.querypage import query_page
from migkg.server.render import form_of, kept, unchanged
from migkg.server.streamed import Streamed, watched
from migkg.stores.guard import volatile
from migkg.stores.stream import Stream

PLAIN = " !#$&'()*+,/:;=?@[]"  # what a header may have beside letters, digits and _.-~


async def sparql(request: Request) -> Response:
    """Answer one request of the protocol."""
    return await _answer(request, None)


async def sparql_as(request: Request) -> Response:
    """Answer in the form that the ending names."""
    ending = request.path_params["ending"]
    if ending not in RESULT_ENDINGS and ending not in GRAPHS:
        raise HTTPException(404)
    return await _answer(request, ending)


async def _answer(request: Request, ending: str | None) -> Response:
    asked = await read(request)
    if asked.query is None:
        return await _bare(request)
    accept = request.headers.get("accept")
    if ending is None and best_of(accept, (*RESULTS, *GRAPH_TYPES, HTML)) == HTML:
        return await to_thread.run_sync(lambda: query_page(request, asked))
    rows, graph = _forms(accept, ending, asked.query)
    headers = {"Cache-Control": "no-store"}
    if not volatile(asked.query):
        tag = world.of(request).etag(request.url.path, request.url.query, repr((asked, rows, graph)))
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        # Whether a query has an answer at all is known only when it ran: `*` is no tag of one.
        if "*" not in request.headers.get("if-none-match", "") and unchanged(request, tag):
            return Response(None, 304, headers)
    with watched(request):
        reply = await run(request, asked, RESULTS[rows or "text/csv"], graph or "text/turtle")
    chosen = graph if reply.kind == "graph" else rows
    if chosen is None:
        if isinstance(reply, Stream):
            await reply.close()
        raise NotAcceptable(GRAPH_TYPES if reply.kind == "graph" else RESULTS)
    if not needless_for(request, asked) and (said := await to_thread.run_sync(lambda: hints_for(request, asked))):
        headers["Migkg-Hint"] = quote(" ".join(said), safe=PLAIN)
    if chosen in ("text/csv", "text/tab-separated-values"):
        # The cells stay as the standard wants them, so a browser saves the file and does not show it.
        headers["Content-Disposition"] = f'attachment; filename="result.{"csv" if chosen == "text/csv" else "tsv"}"'
    if isinstance(reply, Stream):
        return Streamed(reply, chosen, headers)
    return Response(reply.body, 200, headers, media_type=chosen)


def _forms(accept: str | None, ending: str | None, query: str) -> tuple[str | None, str | None]:
    """Return the media types for rows and for a graph; None where the client takes none. Raises NotAcceptable."""
    if ending in RESULT_ENDINGS:
        return RESULT_ENDINGS[ending], "application/ld+json" if ending == "json" else None
    if ending is not None:
        return None, GRAPHS[ending]
    rows, graph = best_of(accept, tuple(RESULTS)), best_of(accept, GRAPH_TYPES)
    form = form_of(query)
    if rows is None and (graph is None or form in ("SELECT", "ASK")):
        raise NotAcceptable(RESULTS if form in ("SELECT", "ASK") else (*RESULTS, *GRAPH_TYPES))
    if graph is None and form in ("CONSTRUCT", "DESCRIBE"):
        raise NotAcceptable(GRAPH_TYPES)
    return rows, graph


async def _bare(request: Request) -> Response:
    chosen = choose(request.headers.get("accept"), (*GRAPHS.values(), HTML))
    if chosen == HTML:
        return await to_thread.run_sync(lambda: query_page(request, Asked(None)))
    return kept(request, chosen, lambda: service(world.of(request), chosen))


# Plain routes: what reads the arguments of functions for other routes costs more than a lookup does here.
routes = [
    Route("/sparql", sparql, methods=["GET", "POST"]),
    Route("/sparql/", sparql, methods=["GET", "POST"]),
    Route("/sparql.{ending}", sparql_as, methods=["GET", "POST"]),
]
