"""What one server holds: its settings, one immutable release, the trusted store, the pool for queries from outside."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

from starlette.requests import Request

from migkg import release
from migkg.errors import LimitReached, MigkgError, ResourceMissing, UsageError
from migkg.release import Release
from migkg.server.words import Index
from migkg.stores.oxigraph import OxigraphStore
from migkg.stores.worker import Pool, Reply
from migkg.stores.worker import Request as Question
from migkg.terms import BASE

HERE = Path(__file__).resolve().parent
WAITING = 16
KEPT = 200
LONG = 16
PINNED = "migkg.world"
log = logging.getLogger("migkg.server")

T = TypeVar("T")


def _token() -> str | None:
    """Return the token that allows to write, from the environment only. Raises UsageError for one that is no secret."""
    token = os.environ.get("MIGKG_TOKEN")
    if not token:
        return None
    if len(token) < LONG or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(f"MIGKG_TOKEN must have at least {LONG} letters, digits or signs, and no spaces.")
    return token


@dataclass(frozen=True)
class Settings:
    """How a server behaves. `base` is its public address; nothing is ever taken from the Host header."""

    base: str = BASE
    seconds: float = 10
    rows: int = 1_000_000
    memory_mb: int = 1_000
    workers: int = 2
    body_bytes: int = 256_000
    patience: float = 2
    put_bytes: int = 50_000_000
    put_seconds: float = 60
    write_seconds: float = 120
    write_patience: float = 30
    writer_mb: int = 4_000
    token: str | None = field(default_factory=_token, repr=False)
    token_name: str = field(default_factory=lambda: os.environ.get("MIGKG_TOKEN_NAME", ""))

    def url(self, path: str) -> str:
        """Return the public address of a path of this server."""
        return self.base.rstrip("/") + "/" + path.lstrip("/")


class World:
    """All that handlers need; made once, shared by all threads, never changed but for caches and counters.

    A quick world is there at once and reads the disk until its copy in memory is whole.
    """

    def __init__(
        self,
        made: Release,
        settings: Settings,
        *,
        quick: bool = False,
        counts: Counter[tuple[str, str]] | None = None,
    ) -> None:
        self.release = made
        self.settings = settings
        self._quick = quick
        self.store = OxigraphStore.read_only(made.path / release.STORE) if quick else self._in_memory()
        self.index = Index(self.store)
        self.counts: Counter[tuple[str, str]] = Counter() if counts is None else counts
        self._visits = 0
        self._retired = False
        self.folder = Path(tempfile.mkdtemp(prefix="migkg-"))
        self._pool: Pool | None = None
        self._lock = threading.Lock()
        self._in_flight = 0
        self._cache: OrderedDict[str, object] = OrderedDict()

    def _in_memory(self) -> OxigraphStore:
        return OxigraphStore.from_dump(self.release.path / release.QUADS, self.release.path / release.MERGED)

    def open(self) -> None:
        """Start the workers. Raises ResourceMissing."""
        s = self.settings
        self._pool = Pool(self.release.path, s.workers, memory_mb=s.memory_mb, one_first=self._quick)
        if self._quick:
            threading.Thread(target=self._warm, name="warm", daemon=True).start()

    def _warm(self) -> None:
        """Take the copy in memory in the place of the disk: the content is the same."""
        try:
            self.store = self._in_memory()
        except OSError:
            log.warning("Release %s stays on disk: its files are gone.", self.release.id)

    @contextmanager
    def visit(self) -> Iterator[None]:
        """Keep this world alive for the length of one request."""
        with self._lock:
            self._visits += 1
        try:
            yield
        finally:
            with self._lock:
                self._visits -= 1
                last = self._retired and not self._visits
            if last:
                self._close_later()

    def retire(self) -> None:
        """Close this world when its last request is answered: another has taken its place."""
        with self._lock:
            self._retired = True
            last = not self._visits
        if last:
            self._close_later()

    def _close_later(self) -> None:
        threading.Thread(target=self.close, name="close", daemon=True).start()

    def close(self) -> None:
        """Stop the workers and remove the files of this process."""
        import shutil

        if self._pool is not None:
            self._pool.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, question: Question) -> Reply:
        """Answer a query from outside in a worker. Raises what the pool raises; sheds load when too many wait."""
        if self._pool is None:
            raise ResourceMissing("The query workers are not running.")
        with self._seat():
            try:
                reply = self._pool.ask(question, self.settings.seconds, self.settings.patience)
            except MigkgError as error:
                self.count("query", type(error).__name__)
                raise
        self.count("query", "answered")
        return reply

    def count(self, what: str, kind: str) -> None:
        """Count one event for `/metrics`."""
        with self._lock:
            self.counts[what, kind] += 1

    def cached(self, key: str, make: Callable[[], T]) -> T:
        """Return what `make` gives, made once per release; the least used of many is forgotten."""
        with self._lock:
            if key in self._cache:
                self._cache.move_to_end(key)
                return cast(T, self._cache[key])
        made = make()
        with self._lock:
            self._cache[key] = made
            while len(self._cache) > KEPT:
                self._cache.popitem(last=False)
        return made

    def etag(self, *parts: str) -> str:
        """Return the strong ETag of an answer: the release, this program, and what was asked in which form."""
        said = "\0".join((program(), *parts))
        return f'"{self.release.id}-{hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:20]}"'

    def graph_tag(self, iri: str, media: str) -> str | None:
        """Return the strong ETag of one graph in a form, which stays while other graphs change; None without it."""
        digest = next((one["sha256"] for one in self.release.manifest["graphs"] if one["iri"] == iri), None)
        said = "\0".join((program(), media))
        return digest and f'"{digest[:20]}-{hashlib.sha256(said.encode()).hexdigest()[:8]}"'

    @contextmanager
    def _seat(self) -> Iterator[None]:
        with self._lock:
            if self._in_flight >= self.settings.workers + WAITING:
                raise LimitReached("Too many queries are waiting. Try again in a few seconds.")
            self._in_flight += 1
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1


def of(request: Request) -> World:
    """Return the world that this request began in: it sees one release, whatever is put meanwhile."""
    return cast(World, request.scope.get(PINNED) or request.app.state.world)


def choose_release(place: Release | Path | None) -> Release:
    """Return the release itself, the one in a folder, or the current one. Raises UsageError or InputError."""
    if isinstance(place, Release):
        return place
    found = release.read(place) if place is not None else release.current()
    if found is None:
        raise UsageError("Nothing is built yet. Run `migkg build`.")
    return found


@cache
def program() -> str:
    """Return a short hash of the files of the package, so that a new program never answers “not changed”."""
    digest = hashlib.sha256()
    for path in sorted(HERE.parent.rglob("*")):
        if path.suffix in (".py", ".html", ".css", ".js", ".rq", ".svg"):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
