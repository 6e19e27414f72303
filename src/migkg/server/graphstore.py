"""Graphs are put and deleted by the Graph Store Protocol, with a token: PUT and DELETE /graph?graph=IRI.

A graph is written whole or not at all. POST, which would add to a graph, is refused: then nobody could say who says so.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import uuid
from datetime import UTC
from email.message import Message
from email.utils import parsedate_to_datetime
from hmac import compare_digest
from pathlib import Path, PurePath
from typing import cast

import anyio
import pyoxigraph as ox
from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from migkg.body import TYPES, Sent
from migkg.errors import LimitReached, TooLarge, UsageError
from migkg.server import problems, world
from migkg.server.api import dump
from migkg.server.negotiate import GRAPH_TYPES, JSON
from migkg.server.problems import MediaType
from migkg.server.protocol import precondition, said_tags
from migkg.server.scribe import Scribe, Written
from migkg.writing import Change, refuse

router = APIRouter(include_in_schema=False)

MAX_IRI = 2_000
# Schemes that a browser would run: a graph of such a name could become a link somewhere.
_RUN = re.compile(r"(javascript|vbscript|data):", re.I)
_turn = anyio.Lock()


@router.put("/graph")
async def put(request: Request) -> Response:
    """Make the document that is sent the whole content of a graph."""
    iri = _named(request)
    media = _media(request)
    scribe = _scribe(request)
    refuse(world.of(request).release, iri)
    _preconditions(request, iri)
    folder = scribe.folder / uuid.uuid4().hex
    folder.mkdir()
    try:
        sent = await _receive(request, folder / "body", media)
        done = await _write(request, scribe, Change(iri, sent), iri)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    form = media if media in GRAPH_TYPES else GRAPH_TYPES[0]
    said = {
        "graph": iri,
        "release": done.world.release.id,
        "statements": done.draft.triples,
        "created": done.draft.created,
        "findings": problems.errors(done.draft.findings),
    }
    headers = {"Migkg-Release": done.world.release.id, "ETag": done.world.graph_tag(iri, form) or '""'}
    if done.draft.created:
        headers["Location"] = done.world.settings.url(f"graph?{_query(iri)}")
    return Response(dump(said), 201 if done.draft.created else 200, headers, JSON)


@router.delete("/graph")
async def delete(request: Request) -> Response:
    """Remove a graph that was put."""
    iri = _named(request)
    _preconditions(request, iri)
    done = await _write(request, _scribe(request), Change(iri), iri)
    return Response(None, 204, {"Migkg-Release": done.world.release.id})


@router.api_route("/graph", methods=["POST", "PATCH"])
async def change(request: Request) -> Response:
    """Refuse to add to a graph, or to change a part of it."""
    allowed = "GET, PUT, DELETE" if world.of(request).settings.token else "GET"
    raise HTTPException(405, "A graph is put whole, never added to or changed in part: use PUT", {"Allow": allowed})


def _named(request: Request) -> str:
    """Return the IRI of the graph to write, for someone who may. Raises HTTPException or UsageError."""
    settings = world.of(request).settings
    asked = request.query_params
    if settings.token is None:
        raise HTTPException(405, "This server only reads, since it was started without MIGKG_TOKEN", {"Allow": "GET"})
    if "default" in asked:
        raise HTTPException(405, "The merge of all graphs is only read; name one graph", {"Allow": "GET"})
    scheme, _, said = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not compare_digest(said.strip().encode(), settings.token.encode()):
        wrong = ', error="invalid_token"' if scheme.lower() == "bearer" else ""
        raise HTTPException(
            401,
            "This token is not the one" if wrong else "Writing needs `Authorization: Bearer` and the token",
            {"WWW-Authenticate": f'Bearer realm="migkg"{wrong}'},
        )
    found = asked.getlist("graph")
    if len(found) != 1:
        raise UsageError("Name one graph with ?graph=IRI.")
    iri = found[0]
    try:
        if len(iri) > MAX_IRI or _RUN.match(iri):
            raise ValueError
        return str(ox.NamedNode(iri).value)
    except ValueError:
        raise UsageError(f"“{iri[:120]}” is not an absolute IRI that a graph can have.") from None


def _media(request: Request) -> str:
    """Return the media type of the body. Raises MediaType."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise MediaType("Compressed bodies are not read here.")
    kind, _, rest = request.headers.get("content-type", "").partition(";")
    media = kind.strip().lower()
    if media not in TYPES:
        raise MediaType(f"Send one of: {', '.join(TYPES)}.")
    if "charset" in rest.lower() and not re.search(r'charset\s*=\s*"?(utf-?8|us-ascii)\b', rest, re.I):
        raise MediaType("Only UTF-8 is read here.")
    return media


def _scribe(request: Request) -> Scribe:
    return cast(Scribe, request.app.state.scribe)


async def _receive(request: Request, path: Path, media: str) -> Sent:
    """Write the body into a file as it comes. Raises TooLarge, UsageError or HTTPException."""
    settings = world.of(request).settings
    digest, size = hashlib.sha256(), 0
    try:
        with anyio.fail_after(settings.put_seconds), path.open("wb") as file:
            async for part in request.stream():
                size += len(part)
                if size > settings.put_bytes:
                    raise TooLarge(f"The body may have {settings.put_bytes:,} bytes at most.")
                digest.update(part)
                file.write(part)
    except TimeoutError:
        raise HTTPException(408, f"The body did not come within {settings.put_seconds:g} seconds") from None
    except ClientDisconnect:
        raise UsageError("The body broke off.") from None
    return Sent(path, media, digest.hexdigest(), _filename(request), settings.token_name, _moment(request))


def _filename(request: Request) -> str:
    """Return the name that the sender gives the file (Content-Disposition), made harmless."""
    said = Message()
    said["Content-Disposition"] = request.headers.get("content-disposition", "")
    name = PurePath((said.get_filename() or "").replace("\\", "/")).name
    return "".join(sign for sign in name if sign.isprintable())[:120]


def _moment(request: Request) -> str:
    """Return the time that the sender gives (Date); no clock of ours enters a release."""
    try:
        said = parsedate_to_datetime(request.headers.get("date", ""))
    except ValueError:
        return ""
    return said.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def _write(request: Request, scribe: Scribe, change: Change, iri: str) -> Written:
    """Have the change made when its turn comes. Raises LimitReached when others take too long."""
    try:
        with anyio.fail_after(scribe.settings.write_patience):
            await _turn.acquire()
    except TimeoutError:
        raise LimitReached("Other graphs are being written. Try again in a few seconds.") from None
    try:
        _preconditions(request, iri, latest=True)
        return await to_thread.run_sync(lambda: scribe.write(change))
    finally:
        _turn.release()


def _preconditions(request: Request, iri: str, *, latest: bool = False) -> None:
    """Refuse when the graph is not the one that the client means. Raises HTTPException."""
    here = request.app.state.world if latest else world.of(request)
    tags = {tag for media in GRAPH_TYPES if (tag := here.graph_tag(iri, media))}
    precondition(request, tags)
    unwanted = said_tags(request, "if-none-match")
    if unwanted is not None and (tags if "*" in unwanted else tags & {tag.removeprefix("W/") for tag in unwanted}):
        raise HTTPException(412, "The graph exists already")


def _query(iri: str) -> str:
    from urllib.parse import urlencode

    return urlencode({"graph": iri})
