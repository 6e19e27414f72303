"""One API operation per question: each file of `queries/ask/` is described by its own header.

In: the header and the parameters of a request. Out: rows with labels beside ids.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response

from migkg import queries
from migkg.ask import FOLDER, ask
from migkg.errors import UsageError
from migkg.server import models, world
from migkg.server.api import dump
from migkg.server.negotiate import CSV, JSON, choose
from migkg.server.render import kept
from migkg.tables import table

_SCHEMAS: dict[str, dict[str, str]] = {
    "integer": {"type": "integer"},
    "year": {"type": "string", "pattern": "^[0-9]{4}$"},
    "date": {"type": "string", "pattern": "^[0-9]{4}(-[0-9]{2}){0,2}$"},
}
_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemModel"}}}


def install(app: FastAPI) -> None:
    """Add the list of questions and an operation for each of them."""
    router = APIRouter(prefix="/api/v1/ask", tags=["ask"])
    router.add_api_route("", _list, summary="List the questions", response_model=list[models.QuestionModel])
    for query in queries.folder(FOLDER):
        router.add_api_route(
            f"/{query.short}",
            _answer(query),
            name=f"ask-{query.short}",
            operation_id=f"ask_{query.short.replace('-', '_')}",
            summary=query.summary,
            description=query.description or query.summary,
            openapi_extra=described(query),
            response_class=Response,
        )
    router.add_api_route("/{name}", _unknown, include_in_schema=False)
    app.include_router(router)


def described(query: queries.Query) -> dict[str, Any]:
    """Return the parameters and the answers of a question, as OpenAPI has them."""
    parameters = [
        {
            "name": param.name,
            "in": "query",
            "required": param.required,
            "description": f"{param.doc} ({param.type})",
            "schema": _SCHEMAS.get(param.type, {"type": "string"}),
            **({"example": param.example} if param.example else {}),
        }
        for param in query.params
    ]
    form = {
        "name": "format",
        "in": "query",
        "description": "The form of the answer, instead of the Accept header.",
        "schema": {"type": "string", "enum": ["json", "csv"]},
    }
    columns = query.extra.get("columns") or {}
    cells = {
        name: {"type": ["string", "null"], "description": str(doc)}
        for name, doc in (columns.items() if isinstance(columns, dict) else ((c, c) for c in columns))
    }
    rows = {"type": "array", "items": {"type": "object", "properties": cells}}
    schema = {"type": "object", "properties": {"question": {"type": "string"}, "rows": rows}}
    return {
        "parameters": [*parameters, form],
        "responses": {
            "200": {"description": "The rows.", "content": {JSON: {"schema": schema}, CSV: {}}},
            "300": {"description": "Several things have this code.", "content": _PROBLEM},
            "400": {"description": "A parameter is not right.", "content": _PROBLEM},
            "404": {"description": "Nothing has this name.", "content": _PROBLEM},
        },
    }


def values(query: queries.Query, request: Request, extra: tuple[str, ...] = ("format",)) -> dict[str, str]:
    """Return the parameters of a request by name. Raises UsageError for one given twice."""
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in extra:
            continue
        if name in found:
            raise UsageError(f"The parameter {name[:80]} is given twice.")
        found[name] = value
    return found


def _answer(query: queries.Query) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        form = request.query_params.get("format")
        if form not in (None, "", "json", "csv"):
            raise UsageError("The format is json or csv.")
        accept = request.headers.get("accept", "")
        media = {"json": JSON, "csv": CSV}.get(form or "") or (
            JSON if "text/html" in accept else choose(accept, (JSON, CSV))
        )
        found = ask(world.of(request).store, query.short, values(query, request))
        if media == CSV:
            headers = {"Content-Disposition": f'attachment; filename="{query.short}.csv"'}
            return kept(request, CSV, lambda: table(found.table(), found.columns), headers=headers)
        said = {"question": query.summary, "columns": list(found.columns), "rows": found.table()}
        return kept(request, JSON, lambda: dump(said))

    return endpoint


def _list(request: Request) -> Response:
    """Return every question with its parameters and its address."""
    before = world.of(request).settings.prefix
    said = [
        {
            "name": q.short,
            "summary": q.summary,
            "description": q.description,
            "reader": q.extra.get("reader", ""),
            "tags": list(q.tags),
            "params": [
                {"name": p.name, "type": p.type, "doc": p.doc, "example": p.example, "required": p.required}
                for p in q.params
            ],
            "href": f"{before}/api/v1/ask/{q.short}",
        }
        for q in queries.folder(FOLDER)
    ]
    return kept(request, JSON, lambda: dump(said))


def _unknown(request: Request, name: str) -> Response:
    ask(world.of(request).store, name, {})
    raise AssertionError(f"the question {name} has no route of its own")
