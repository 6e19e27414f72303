"""What one server holds: its settings, one immutable release, the trusted store, the pool for queries from outside."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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

T = TypeVar("T")


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

    def url(self, path: str) -> str:
        """Return the public address of a path of this server."""
        return self.base.rstrip("/") + "/" + path.lstrip("/")


class World:
    """All that handlers need; made once, shared by all threads, never changed but for caches and counters."""

    def __init__(self, made: Release, settings: Settings) -> None:
        self.release = made
        self.settings = settings
        self.store = OxigraphStore.from_dump(made.path / release.QUADS, made.path / release.MERGED)
        self.index = Index(self.store)
        self.counts: Counter[tuple[str, str]] = Counter()
        self.folder = Path(tempfile.mkdtemp(prefix="migkg-"))
        self._pool: Pool | None = None
        self._lock = threading.Lock()
        self._in_flight = 0
        self._cache: OrderedDict[str, object] = OrderedDict()

    def open(self) -> None:
        """Start the workers."""
        s = self.settings
        self._pool = Pool(self.release.path, s.workers, memory_mb=s.memory_mb)

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
    """Return the world of the app that serves this request."""
    return cast(World, request.app.state.world)


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
