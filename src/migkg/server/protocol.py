"""Requests of the SPARQL 1.1 Protocol: read strictly, and run in a worker."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

import pyoxigraph as ox
from starlette.exceptions import HTTPException
from starlette.requests import Request

from migkg.errors import Refused, TooLarge, UsageError
from migkg.hints import hints, needless
from migkg.names import Names
from migkg.server import world
from migkg.server.problems import MediaType
from migkg.stores.guard import check
from migkg.stores.stream import Stream
from migkg.stores.worker import Reply
from migkg.stores.worker import Request as Question

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
MAX_GRAPHS = 100


@dataclass(frozen=True)
class Asked:
    """What a protocol request says: the query, and the graphs it chose; no query means a bare request."""

    query: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()


async def read(request: Request) -> Asked:
    """Read a request of the protocol. Raises UsageError, Refused, TooLarge, MediaType, or HTTPException for 405."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise MediaType("Compressed bodies are not read here.")
    pairs = _pairs(request.url.query)
    if request.method == "POST":
        kind, _, rest = request.headers.get("content-type", "").partition(";")
        kind = kind.strip().lower()
        if kind == UPDATE:
            raise Refused("Updates are refused; this service only reads.")
        if kind not in (FORM, QUERY):
            raise MediaType(f"Send {FORM} or {QUERY}.")
        if "charset" in rest.lower() and not re.search(r'charset\s*=\s*"?utf-?8\b', rest, re.I):
            raise MediaType("Only UTF-8 is read here.")
        text = await _body(request)
        if kind == FORM:
            pairs += _pairs(text)
            if not any(name in ("query", "update") for name, _ in pairs):
                raise UsageError("The form has no field “query”.")
        else:
            if any(name == "query" for name, _ in pairs):
                raise UsageError("There is a query in the address and another in the body. Send one.")
            pairs.append(("query", text))
    return _asked(pairs)


def _asked(pairs: list[tuple[str, str]]) -> Asked:
    names = [name for name, _ in pairs]
    if "update" in names or "using-graph-uri" in names or "using-named-graph-uri" in names:
        raise Refused("Updates are refused; this service only reads.")
    found = [value for name, value in pairs if name == "query"]
    if len(found) > 1:
        raise UsageError("There are several queries. Send one.")
    default = tuple(graph_iri(value) for name, value in pairs if name == "default-graph-uri")
    named = tuple(graph_iri(value) for name, value in pairs if name == "named-graph-uri")
    if len(default) + len(named) > MAX_GRAPHS:
        raise TooLarge(f"A query may choose {MAX_GRAPHS} graphs at most.")
    if not found:
        if default or named:
            raise UsageError("The parameter “query” is missing.")
        return Asked(None)
    if found[0].strip():
        check(found[0])
    elif "query" in names:
        raise UsageError("The query is empty.")
    return Asked(found[0], default, named)


def graph_iri(text: str) -> str:
    """Return the IRI of a graph; it is looked up in the store and never fetched. Raises UsageError."""
    try:
        return str(ox.NamedNode(text).value)
    except ValueError:
        raise UsageError(f"“{text[:120]}” is not an absolute IRI of a graph.") from None


def precondition(request: Request, tags: set[str]) -> None:
    """Refuse when If-Match names none of these tags, which a graph that does not exist has none of. Raises 412."""
    wanted = said_tags(request, "if-match")
    if wanted is not None and not (tags if "*" in wanted else tags & wanted):
        raise HTTPException(412, f"The graph {'is another than the one you read' if tags else 'does not exist'}")


def said_tags(request: Request, header: str) -> set[str] | None:
    """Return the tags of a header, in one line or several; None without it."""
    said = request.headers.getlist(header)
    return {part.strip() for line in said for part in line.split(",")} if said else None


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=4 * MAX_GRAPHS)
    except UnicodeDecodeError:
        raise UsageError("The parameters are not UTF-8.") from None
    except ValueError:
        raise UsageError("There are too many parameters.") from None


async def _body(request: Request) -> str:
    limit = world.of(request).settings.body_bytes
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit:
            raise TooLarge(f"The body may have {limit:,} bytes at most.")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"The body is not UTF-8 (byte {error.start + 1}).") from None


async def run(request: Request, asked: Asked, rows: str, graph: str) -> Reply | Stream:
    """Run what was asked in a worker. `rows` and `graph` are the media types of the answer.

    A small answer is whole, and kept for the next who asks; a large one comes as a stream, which must be closed.
    """
    here = world.of(request)
    question = Question(
        asked.query or "",
        rows,
        graph,
        max_rows=here.settings.rows,
        default_graphs=asked.default_graphs,
        named_graphs=asked.named_graphs,
    )
    return await here.ask(question)


def needless_for(request: Request, asked: Asked) -> bool:
    """Return whether there is no hint to give; there is none while the release is still being read."""
    here, graphs = world.of(request), (*asked.default_graphs, *asked.named_graphs)
    return not here.is_open or needless(here.store, asked.query or "", graphs)


def hints_for(request: Request, asked: Asked) -> list[str]:
    """Return what to say of names in a query that the graph does not know."""
    here = world.of(request)
    if needless_for(request, asked):
        return []
    graphs = (*asked.default_graphs, *asked.named_graphs)
    names = here.cached("names", lambda: Names(here.store))
    return hints(here.store, names, asked.query or "", graphs)
