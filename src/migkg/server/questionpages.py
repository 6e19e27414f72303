"""The pages of questions: all of them by subject, and each with its form, its answer and its query."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from migkg import queries
from migkg.ask import READERS, Answer, ask, bound, by_reader, examples, find
from migkg.errors import AmbiguousName, MigkgError, UnknownName, UsageError
from migkg.server import problems, world
from migkg.server.asks import values
from migkg.server.render import html, outline, page
from migkg.server.words import Index, Link
from migkg.terms import PREFIXES

router = APIRouter(include_in_schema=False)

SHOWN = 500


@router.get("/ask")
def questions(request: Request) -> Response:
    """List the questions by who asks them."""
    groups = {READERS[reader]: group for reader, group in by_reader().items() if group}
    return page(request, "asks.html", groups=groups)


@router.get("/ask/{name}")
def question(request: Request, name: str) -> Response:
    """Show one question; it is answered as soon as it can be."""
    query = find(name)
    needed = [p for p in query.params if p.required]
    here = world.of(request)
    said: dict[str, Any] = {"query": query, "given": {}, "answer": None, "problem": None, "candidates": []}
    said |= {"text": outline(bound(here.store, query, examples(query))), "parameters": ""}
    try:
        given = values(query, request, ())
        said["given"] = given
        said["parameters"] = urlencode({k: v for k, v in given.items() if v.strip()})
        if all(given.get(p.name, "").strip() for p in needed):
            said["text"] = outline(bound(here.store, query, given))
            said["answer"] = shown(ask(here.store, query.short, given), here.index)
        elif given:
            empty = [p.name for p in needed if not given.get(p.name, "").strip()]
            raise UsageError(f"Please fill in: {', '.join(empty)}.")
    except MigkgError as error:
        said["problem"] = problems.sentence(error)
        if isinstance(error, UnknownName | AmbiguousName):
            said["candidates"] = error.candidates
        body = html(request, "ask.html", **said)
        return Response(body, error.http_status, {"Cache-Control": "no-store"}, "text/html")
    return page(request, "ask.html", **said)


def shown(found: Answer, index: Index) -> dict[str, Any]:
    """Return the columns and cells of an answer; a column of labels joins the column of the things it names."""
    columns = [c for c in found.columns if not (c.endswith("_label") and c.removesuffix("_label") in found.columns)]
    rows = [[_cell(found, index, row, column) for column in columns] for row in found.rows[:SHOWN]]
    return {"columns": [c.replace("_", " ") for c in columns], "rows": rows, "total": len(found.rows)}


def _cell(found: Answer, index: Index, row: queries.Row, column: str) -> Link:
    value = row[column]
    if value is None:
        return Link("")
    if value in found.iris:
        link = index.link(found.iris[value])
        label = row.get(f"{column}_label") or found.labels.get(value) or link.text
        coded = link.iri.startswith(PREFIXES["mgc"]) or label == value
        return Link(label, link.href, "" if coded else value, link.iri)
    # Exact figures are in the files; a table for reading shows three decimals.
    return Link(f"{float(value):.3f}".rstrip("0") if re.fullmatch(r"-?[0-9]+\.[0-9]{5,}", value) else value)
