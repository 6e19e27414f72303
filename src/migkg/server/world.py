"""What one server holds: one immutable release, the trusted store, the pool for queries from outside."""

from __future__ import annotations

import hashlib
import logging
import tempfile
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

from starlette.requests import Request

from migkg import release
from migkg.errors import LimitReached, MigkgError, ResourceMissing, UsageError
from migkg.release import Release
from migkg.server.settings import Settings
from migkg.server.shelf import Shelf
from migkg.server.words import Index
from migkg.stores.guard import volatile
from migkg.stores.oxigraph import OxigraphStore
from migkg.stores.pool import Pool
from migkg.stores.stream import Stream
from migkg.stores.worker import Reply, Worker
from migkg.stores.worker import Request as Question

log = logging.getLogger("migkg.server")

HERE = Path(__file__).resolve().parent
KEPT = 200
PINNED = "migkg.world"

T = TypeVar("T")


class World:
    """All that handlers need; made once, shared by all threads, never changed but for caches and counters.

    `store` is a copy of the release in memory, where there is one already.
    """

    def __init__(
        self,
        made: Release,
        settings: Settings,
        *,
        store: OxigraphStore | None = None,
        counts: Counter[tuple[str, str]] | None = None,
    ) -> None:
        self.release = made
        self.settings = settings
        self._opened: Future[tuple[OxigraphStore, Index]] = Future()
        threading.Thread(target=self._load, args=(store,), name="load", daemon=True).start()
        self.counts: Counter[tuple[str, str]] = Counter() if counts is None else counts
        self._visits = 0
        self._retired = self._late = False
        self._empty = threading.Event()
        self.folder = Path(tempfile.mkdtemp(prefix="migkg-"))
        self._pool: Pool | None = None
        self._lock = threading.Lock()
        self._in_flight = 0
        self._cache: OrderedDict[str, object] = OrderedDict()
        self._answers: Shelf[Question, Reply] = Shelf(settings.kept_bytes)

    def _load(self, store: OxigraphStore | None) -> None:
        try:
            files = (self.release.path / name for name in (release.QUADS, release.MERGED))
            made = store or OxigraphStore.from_dump(*files)
            made.unchanging = True  # as long as this world is the one that is served
            self._opened.set_result((made, Index(made)))
        except BaseException as error:
            log.error("The release cannot be opened: %s", error)
            self._opened.set_exception(error)

    @property
    def is_open(self) -> bool:
        """Whether the release has been read, so that `store` and `index` need no waiting."""
        return self._opened.done() and self._opened.exception() is None

    @property
    def store(self) -> OxigraphStore:
        """The release in memory, for questions of our own; waits until it is open. Raises ResourceMissing."""
        return self._whole()[0]

    @property
    def index(self) -> Index:
        """The words for all things; waits until the release is open. Raises ResourceMissing."""
        return self._whole()[1]

    def _whole(self) -> tuple[OxigraphStore, Index]:
        try:
            return self._opened.result()
        except Exception:
            raise ResourceMissing("The release cannot be opened.") from None

    def open(self, first: Worker | None = None) -> None:
        """Start the workers, or begin with one that is ready."""
        s = self.settings
        self._pool = Pool(self.release.path, s.workers, memory_mb=s.memory_mb, first=first)

    def fill(self, workers: list[Worker]) -> list[Worker]:
        """Take over workers that hold this release, and start those that are missing; return those too many."""
        return self._pool.fill(workers) if self._pool is not None else workers

    def enter(self) -> bool:
        """Keep this world alive for one request; False when another has taken its place."""
        with self._lock:
            if not self._retired:
                self._visits += 1
            return not self._retired

    def leave(self) -> None:
        """Say that the request is answered."""
        with self._lock:
            self._visits -= 1
            last = self._retired and not self._visits
            late = self._late
        if last:
            self._empty.set()
        if last and late:
            threading.Thread(target=self.close, name="close", daemon=True).start()

    def retire(self, patience: float) -> list[Worker] | None:
        """Wait until the last request is answered, then close; return the workers, which live on.

        When that takes longer than `patience` seconds, return None: then the last request closes this world.
        """
        with self._lock:
            self._retired = True
            if not self._visits:
                self._empty.set()
        if not self._empty.wait(patience):
            with self._lock:
                self._late = self._visits > 0
                if self._late:
                    return None
        workers = self._pool.give() if self._pool is not None else []
        self.close()
        return workers

    def close(self) -> None:
        """Stop the workers and remove the files of this process."""
        import shutil

        if self._pool is not None:
            self._pool.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def ask(self, question: Question) -> Reply | Stream:
        """Answer a query from outside in a worker. Raises what the pool raises; sheds load when too many wait."""
        if (kept := self._answers.get(question)) is not None:
            self.count("query", "kept")
            return kept
        if self._pool is None:
            raise ResourceMissing("The query workers are not running.")
        with self._seat():
            try:
                reply = await self._pool.ask(question, self.settings.seconds, self.settings.patience)
            except MigkgError as error:
                self.count("query", type(error).__name__)
                raise
        self.count("query", "answered")
        if isinstance(reply, Reply) and not volatile(question.query):
            self._answers.put(question, reply, len(reply.body) + len(question.query))
        return reply

    def count(self, what: str, kind: str, number: int = 1) -> None:
        """Count an event for `/metrics`, or so many."""
        with self._lock:
            self.counts[what, kind] += number

    def load(self) -> dict[str, int]:
        """Return how busy this server is: query processes alive, queries in them or waiting, answers kept."""
        return {
            "workers_alive": self._pool.alive if self._pool is not None else 0,
            "queries_in_flight": self._in_flight,
            "answers_kept": len(self._answers),
            "answers_kept_bytes": self._answers.size,
        }

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
        said = "\0".join((program(), self.settings.base, *parts))
        return f'"{self.release.id}-{hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:20]}"'

    def graph_tag(self, iri: str, media: str) -> str | None:
        """Return the strong ETag of one graph in a form, which stays while other graphs change; None without it."""
        digest = next((one["sha256"] for one in self.release.manifest["graphs"] if one["iri"] == iri), None)
        said = "\0".join((program(), media))
        return digest and f'"{digest[:20]}-{hashlib.sha256(said.encode()).hexdigest()[:8]}"'

    @contextmanager
    def _seat(self) -> Iterator[None]:
        with self._lock:
            if self._in_flight >= self.settings.workers + self.settings.waiting:
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
