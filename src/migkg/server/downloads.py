"""Files to take home: the whole in each syntax, each graph, each framework in SKOS, tables with their meaning.

A file of the whole is written by a process of its own on first request and kept with the release (`shelf.py`).
"""

from __future__ import annotations

import atexit
import gzip
import json
import subprocess
import sys
import threading
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from migkg import describe, lookup, shelf
from migkg.errors import LimitReached, ResourceMissing, UnknownName
from migkg.export import export
from migkg.server import world
from migkg.server.catalog import JSONLD, facts, summed
from migkg.server.negotiate import GRAPHS, HTML, JSON, best_of, split_ending
from migkg.server.render import Links, header, kept, page, unchanged
from migkg.server.signposts import script
from migkg.server.world import World
from migkg.syntax import turtle
from migkg.terms import GRAPH, ID

router = APIRouter(include_in_schema=False)

PATIENCE = 50
CSVW = "migkg.csv-metadata.json"
CRATE = "ro-crate-metadata.json"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
ENDINGS = {**GRAPHS, "nq": "application/n-quads", "trig": "application/trig"}

_making: dict[tuple[Path, str], subprocess.Popen[bytes]] = {}
_lock = threading.Lock()


@atexit.register
def _stop() -> None:
    """A server that ends leaves nobody behind."""
    for process in _making.values():
        process.kill()


@router.get("/downloads")
def downloads(request: Request) -> Response:
    """List the files; the catalogue for a program."""
    if best_of(request.headers.get("accept"), (HTML, *GRAPHS.values())) not in (HTML, None):
        return Response(None, 303, {"Location": "/catalog"})
    here = world.of(request)
    files = [
        {"file": one, "sum": shelf.checksum(here.release, name, here.folder), "bytes": _bytes(here, name)}
        for name, one in shelf.FILES.items()
    ]
    links: Links = {
        "/catalog": 'describedby"; type="text/turtle',
        f"/downloads/{CRATE}": f'describedby"; type="{JSONLD}',
    }
    return page(
        request,
        "downloads.html",
        links=links,
        files=files,
        frameworks=_frameworks(here),
        canonical=here.release.manifest.get("canonical"),
        graphs=here.release.manifest["graphs"],
        also=" ".join(name for name in shelf.FILES if _bytes(here, name)),
        schema=script(describe.markup(facts(here), here.settings.url("downloads/"))),
    )


@router.get("/downloads/manifest.json")
def manifest(request: Request) -> Response:
    """Return what the release is: hashes of the whole and of each graph, and counts."""
    here = world.of(request)
    return kept(request, JSON, lambda: json.dumps(here.release.manifest, indent=1, ensure_ascii=False) + "\n")


@router.get(f"/downloads/{CSVW}")
def csvw(request: Request) -> Response:
    """Say what the columns of the table mean (CSV on the Web)."""
    here = world.of(request)
    made = describe.csvw(here.release, here.settings.url("downloads/migkg.csv"))
    return kept(request, "application/csvm+json", lambda: describe.text(made))


@router.get(f"/downloads/{CRATE}")
def crate(request: Request) -> Response:
    """Describe the files as a research object."""
    here = world.of(request)
    return kept(request, JSONLD, lambda: describe.text(describe.crate(facts(here))), also=str(summed(here)))


@router.get("/downloads/frameworks/{name}")
def framework(request: Request, name: str) -> Response:
    """Return a framework in SKOS alone."""
    here = world.of(request)
    stem, ending = split_ending(name, ("ttl",))
    made = here.cached(f"skos {stem}", lambda: describe.skos(here.store, lookup.resolve(here.store, stem).value))
    if ending is None or not made:
        raise UnknownName(name, hint="Frameworks are listed at /downloads.")
    links = {f"{ID}{stem}": "describes", LICENCE: "license"}
    return kept(request, GRAPHS["ttl"], lambda: turtle(made), links=links, headers=_saved(name))


@router.get("/downloads/graphs/{path:path}")
def one_graph(request: Request, path: str) -> Response:
    """Return one graph in one syntax, compressed where the address ends so."""
    here = world.of(request)
    packed = path.endswith(shelf.COMPRESSED)
    stem, ending = split_ending(path.removesuffix(shelf.COMPRESSED), ENDINGS)
    if ending is None:
        raise HTTPException(404)
    if GRAPH + stem not in here.store.graphs():
        raise UnknownName(stem[:300], hint="Graphs are listed at /downloads.")
    form = "rdfxml" if ending == "rdf" else ending

    def made() -> bytes:
        text = export(here.store, form, [stem])
        return gzip.compress(text, shelf.LEVEL, mtime=0) if packed else text

    media = describe.GZIP if packed else ENDINGS[ending]
    return kept(request, media, made, links={GRAPH + stem: "describes"}, headers=_saved(path.replace("/", "-")))


@router.get("/downloads/{name}")
def download(request: Request, name: str) -> Response:
    """Send one file of the whole."""
    if name not in shelf.names():
        raise HTTPException(404)
    here = world.of(request)
    plain = shelf.FILES.get(name.removesuffix(shelf.COMPRESSED))
    links: Links = {"/catalog": "describedby", LICENCE: "license"}
    if name == "migkg.csv":
        links[f"/downloads/{CSVW}"] = 'describedby"; type="application/csvm+json'
    tag = here.etag(request.url.path)
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Link": header(links)}
    if unchanged(request, tag):
        return Response(None, 304, headers)
    media = "text/plain" if plain is None else describe.GZIP if name.endswith(shelf.COMPRESSED) else plain.media
    return FileResponse(fetch(here, name), media_type=media, filename=name, headers=headers)


def fetch(here: World, name: str) -> Path:
    """Return the path of a file, made by another process where it is not there yet.

    Raises LimitReached while that takes long, ResourceMissing when it fails.
    """
    made = here.release
    if (path := shelf.find(made, name, here.folder)) is not None:
        return path
    key = (made.path, name)
    command = [sys.executable, "-m", "migkg.shelf", str(made.path), name, str(here.folder)]
    with _lock:
        if key not in _making:
            _making[key] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        process = _making[key]
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        raise LimitReached("This file is being made, which can take a minute. Ask for it again.") from None
    with _lock:
        _making.pop(key, None)
    if (path := shelf.find(made, name, here.folder)) is None:
        raise ResourceMissing("This file could not be made; the server has written down why.")
    return path


def _bytes(here: World, name: str) -> int | None:
    path = shelf.find(here.release, name, here.folder)
    return path.stat().st_size if path is not None else None


def _frameworks(here: World) -> list[dict[str, str]]:
    kinds, wanted = here.index.kinds, "https://w3id.org/migkg/def/Framework"
    found = [iri for iri, classes in kinds.items() if wanted in classes and iri.startswith(ID)]
    made = [{"id": iri[len(ID) :], "label": here.index.label(iri)} for iri in found]
    return sorted(made, key=lambda one: one["label"].casefold())


def _saved(name: str) -> dict[str, str]:
    safe = "".join(c if c.isalnum() or c in "-_." else "-" for c in name)
    return {"Content-Disposition": f'attachment; filename="{safe}"'} if safe.isascii() else {}
