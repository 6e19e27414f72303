"""The query page: a form that works without JavaScript, answers as a table, mistakes with line and caret."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from anyio import from_thread
from starlette.requests import Request
from starlette.responses import Response

from migkg import queries
from migkg.ask import FOLDER, example
from migkg.errors import MigkgError, QueryError
from migkg.server import problems, world
from migkg.server.protocol import Asked, hints_for, run
from migkg.server.render import html, outline, page
from migkg.server.words import Link
from migkg.stores import Store
from migkg.stores.stream import Stream
from migkg.terms import short

SHOWN = 500
START = """PREFIX mg: <https://w3id.org/migkg/def/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

SELECT ?framework ?name (COUNT(?part) AS ?parts) WHERE {
  ?framework a mg:Framework ; skos:prefLabel ?name .
  ?part skos:inScheme ?framework .
  FILTER(LANG(?name) = "en")
} GROUP BY ?framework ?name ORDER BY DESC(?parts)
"""


def query_page(request: Request, asked: Asked) -> Response:
    """Return the page with the form and, where a query was sent, its answer or its mistake."""
    said: dict[str, Any] = {
        "query": asked.query or START,
        "asked": asked,
        "examples": examples(world.of(request).store),
        "answer": None,
        "error": None,
        "hints": [],
    }
    if asked.query is None:
        links = {"/.well-known/void": "describedby"}
        return page(request, "sparql.html", links=links, **said)
    try:
        said["answer"] = answer(request, asked)
        said["hints"] = hints_for(request, asked)
    except MigkgError as error:
        said["error"] = mistake(error, asked.query)
        status = error.http_status
        headers = {"Retry-After": str(problems.RETRY_SECONDS)} if status == 503 else {}
        body = html(request, "sparql.html", **said)
        return Response(body, status, {"Cache-Control": "no-store", **headers}, "text/html")
    return page(request, "sparql.html", **said)


def answer(request: Request, asked: Asked) -> dict[str, Any]:
    """Run the query and return its answer for the page: cells, a word, or the text of a graph."""
    reply = from_thread.run(run, request, asked, "application/sparql-results+json", "text/turtle")
    more = [("query", asked.query or "")]
    more += [("default-graph-uri", g) for g in asked.default_graphs]
    more += [("named-graph-uri", g) for g in asked.named_graphs]
    said: dict[str, Any] = {"kind": reply.kind, "graph": False, "parameters": urlencode(more)}
    if isinstance(reply, Stream):
        from_thread.run(reply.close)
        return {**said, "kind": "large", "graph": reply.kind == "graph"}
    if reply.kind == "graph":
        text = reply.body.decode()
        lines = text.splitlines()
        return {**said, "text": "\n".join(lines[:SHOWN]), "shown": min(len(lines), SHOWN), "total": len(lines)}
    found = json.loads(reply.body)
    if reply.kind == "boolean":
        return {**said, "boolean": bool(found["boolean"])}
    columns = found["head"]["vars"]
    bindings = found["results"]["bindings"]
    rows = [[_cell(request, one.get(c)) for c in columns] for one in bindings[:SHOWN]]
    return {**said, "columns": columns, "rows": rows, "shown": len(rows), "total": len(bindings)}


def mistake(error: MigkgError, text: str) -> dict[str, Any]:
    """Return what to show of an error: its sentence and, for a query, the line with a mark below it."""
    message = str(error).split("\n")[0]
    said: dict[str, Any] = {"message": message, "line": None, "before": "", "at": "", "after": ""}
    if isinstance(error, QueryError) and error.line is not None and error.column is not None:
        lines = text.splitlines()
        if 0 < error.line <= len(lines):
            line, column = lines[error.line - 1], max(error.column, 1)
            said |= {"line": error.line, "before": line[: column - 1], "at": line[column - 1 : column] or " "}
            said["after"] = line[column:]
    return said


def examples(store: Store) -> list[dict[str, str]]:
    """Return the questions of the project as examples: name, summary and the text to edit, with the values it needs."""
    return [{"name": q.short, "summary": q.summary, "text": outline(example(store, q))} for q in queries.folder(FOLDER)]


def _cell(request: Request, term: dict[str, Any] | None) -> Link:
    if term is None:
        return Link("")
    if term["type"] == "uri":
        index = world.of(request).index
        link = index.link(term["value"])
        return Link(short(term["value"]), link.href, link.text if link.text != term["value"] else "", term["value"])
    if term["type"] == "literal":
        return Link(term["value"], None, term.get("xml:lang", ""))
    return Link(f"_:{term['value']}" if term["type"] == "bnode" else json.dumps(term, ensure_ascii=False))
