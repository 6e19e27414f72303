"""Everything that can go wrong over HTTP: RFC 9457 problem documents, or a page when a browser asks.

In: any error of the library, of the framework, or none of both. Out: a response that says what is wrong and
what to do, never a path, a stack trace or the content of a file.
"""

from __future__ import annotations

import json
import logging
import re
import uuid
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from migkg.errors import AmbiguousName, MigkgError, QueryError, UnknownName
from migkg.findings import Finding
from migkg.server import world
from migkg.server.negotiate import HTML, PROBLEM, NotAcceptable, wants_page
from migkg.writing import NotConform

log = logging.getLogger("migkg.server")

RETRY_SECONDS = 5
SHOWN = 100
NUMBER = "migkg.number"
# The kinds of problem: title and what a person can do. Their addresses are anchors of the page /about.
KINDS = {
    "usage-error": ("The question cannot be understood", "Check the parameters."),
    "unknown-name": ("Nothing has this name", "Use one of the suggestions, or search."),
    "gone-name": ("A former release had this", "See what changed from release to release, or search."),
    "ambiguous-name": ("Several things have this code", "Use the id of the one you mean."),
    "input-error": ("This cannot be read", "Check what was sent."),
    "query-error": ("The query has a mistake", "The line and column say where."),
    "refused": ("This is not allowed here", "The service only reads, and never calls other servers."),
    "too-large": ("Too long or too deep", "Send less."),
    "rule-broken": ("The data break a rule", "The message says which."),
    "not-conform": ("The data do not conform", "The list says what is wrong, where, and what to do."),
    "unauthorized": ("Writing needs a token", "Send the token that the server was started with."),
    "precondition-failed": ("The graph is another than you thought", "Read it again, then decide."),
    "request-timeout": ("The request took too long to arrive", "Send it again."),
    "resource-missing": ("Something is in the way", "Try again later."),
    "timed-out": ("The time limit was reached", "Narrow the query, or download the data."),
    "limit-reached": ("A limit was reached", "Ask for less, or download the data."),
    "remote-failed": ("Another server failed", "Try again later."),
    "not-found": ("There is no such page", "Start from the first page."),
    "method-not-allowed": ("This method is not allowed here", "The Allow header lists those that are."),
    "not-acceptable": ("None of the formats fits", "Ask for one of those that are listed."),
    "unsupported-media-type": ("This kind of content is not read here", "Use one of those that are listed."),
    "invalid-parameters": ("A parameter is not right", "The list says which."),
    "internal-error": ("The server made a mistake", "Tell us the instance, so that we can find it."),
    "problem": ("The request failed", ""),
}


class MediaType(Exception):
    """The body of a request is of a kind that is not read here."""


def install(app: FastAPI) -> None:
    """Make the app answer each kind of error with a problem."""
    app.add_exception_handler(MigkgError, _library)
    app.add_exception_handler(NotAcceptable, _not_acceptable)
    app.add_exception_handler(MediaType, _media_type)
    app.add_exception_handler(ClientDisconnect, _broken_off)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(RequestValidationError, _invalid)


def unexpected(request: Request, error: Exception) -> Response:
    """Return the answer to a fault of ours: no detail for the client, everything for the log."""
    instance = number(request)
    log.error("%s %s failed (%s)", request.method, request.url.path[:200], instance, exc_info=error)
    return respond(request, 500, "internal-error", "This is our fault, and it was written down.", instance=instance)


def number(request: Request) -> str:
    """Return the number of a request, which the access log has too."""
    return f"urn:uuid:{request.scope.get(NUMBER) or uuid.uuid4()}"


def respond(
    request: Request,
    status: int,
    kind: str,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    instance: str | None = None,
    **more: Any,
) -> Response:
    """Return one problem, as JSON or as a page."""
    said = {
        "type": world.of(request).settings.url(f"about#{kind}"),
        "title": KINDS[kind][0],
        "status": status,
        "detail": detail,
        "instance": instance or number(request),
        **more,
    }
    sent = {"Cache-Control": "no-store", **(headers or {})}
    if status == 503:
        sent.setdefault("Retry-After", str(RETRY_SECONDS))
    if wants_page(request.headers.get("accept")):
        from migkg.server.render import html

        body = html(request, "problem.html", problem=said, advice=KINDS[kind][1], words=request.url.path)
        return Response(body, status, sent, HTML)
    return Response(json.dumps(said, ensure_ascii=False), status, sent, PROBLEM)


def kind_of(error: MigkgError) -> str:
    """Return the kind of a library error, such as `unknown-name`."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()
    return name if name in KINDS else "problem"


def details(error: MigkgError) -> dict[str, Any]:
    """Return what an error knows beyond its sentence: candidates, or line and column."""
    if isinstance(error, UnknownName | AmbiguousName):
        listed = [{"id": c.id, "label": c.label, "kind": c.kind} for c in error.candidates]
        return {"name": error.name, "candidates": listed}
    if isinstance(error, NotConform):
        return {"errors": errors(error.findings), "count": len(error.findings)}
    if isinstance(error, QueryError):
        return {"line": error.line, "column": error.column, "excerpt": error.excerpt, "hint": error.hint}
    return {}


def errors(findings: list[Finding]) -> list[dict[str, Any]]:
    """Return findings for machines and people, errors first, as many as one wants to read."""
    first = sorted(findings, key=lambda f: f.severity != "error")[:SHOWN]
    return [{"field": f.path, **{k: v for k, v in f.to_dict().items() if k != "path"}} for f in first]


def sentence(error: MigkgError) -> str:
    """Return the sentence of an error, without advice that only fits the command line, and without an excerpt."""
    said = str(error).partition("\n")[0] if isinstance(error, QueryError) else str(error)
    return re.sub(r" ?`migkg find WORDS` searches labels and codes\.", "", said)


async def _library(request: Request, error: Exception) -> Response:
    assert isinstance(error, MigkgError)
    return respond(request, error.http_status, kind_of(error), sentence(error), **details(error))


async def _not_acceptable(request: Request, error: Exception) -> Response:
    assert isinstance(error, NotAcceptable)
    detail = f"{error} On offer: {', '.join(error.offered)}."
    return respond(request, 406, "not-acceptable", detail, offered=error.offered)


async def _media_type(request: Request, error: Exception) -> Response:
    return respond(request, 415, "unsupported-media-type", str(error))


async def _broken_off(request: Request, error: Exception) -> Response:
    return respond(request, 400, "input-error", "The body broke off.")  # for the log: nobody reads it


async def _framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kinds = {
        401: "unauthorized",
        404: "not-found",
        405: "method-not-allowed",
        406: "not-acceptable",
        408: "request-timeout",
        412: "precondition-failed",
        413: "too-large",
    }
    kind = kinds.get(error.status_code, "problem")
    if error.status_code not in set(HTTPStatus):
        return Response(None, error.status_code)  # the client has gone: nobody reads this
    phrase = HTTPStatus(error.status_code).phrase
    sent = dict(error.headers or {})
    if "GET" in sent.get("Allow", ""):
        sent["Allow"] += ", HEAD, OPTIONS"
    what = KINDS[kind][0] if error.detail == phrase else str(error.detail)
    return respond(request, error.status_code, kind, f"{what}: {request.method} {request.url.path[:200]}", headers=sent)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        {"field": ".".join(map(str, e["loc"])), "message": str(e["msg"]), "value": str(e.get("input"))[:200]}
        for e in error.errors()
    ]
    first = "; ".join(f"{e['field']}: {e['message']}" for e in errors[:3])
    return respond(request, 422, "invalid-parameters", first, errors=errors)
