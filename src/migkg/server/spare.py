"""A second copy of the release, for the next one to begin with: a difference of some lines is quicker than loading all.

What a world leaves behind, once its last request is answered, is brought up to the release of its successor and waits
for the one after that. Whatever of it is missing is loaded anew, behind everybody's back.
"""

from __future__ import annotations

import threading
from contextlib import suppress

from migkg import release
from migkg.errors import ResourceMissing
from migkg.release import Release
from migkg.server.world import World
from migkg.splice import Delta
from migkg.stores.oxigraph import OxigraphStore
from migkg.stores.worker import Worker

PATIENCE = 5


class Spare:
    """A store and a worker that hold the release of `world`; made of what `last` leaves behind, where there is one."""

    def __init__(self, world: World, last: World | None = None, delta: Delta | None = None) -> None:
        self._made = world.release
        self._store: OxigraphStore | None = None
        self._worker: Worker | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._prepare, args=(world, last, delta), name="spare", daemon=True)
        self._thread.start()

    def _prepare(self, world: World, last: World | None, delta: Delta | None) -> None:
        left = last.retire(PATIENCE) if last is not None else None
        if last is not None and left is not None and delta is not None:
            last.store.change(delta.gone, delta.added)
            self._store = last.store
            left = [worker for worker in left if worker.change(delta.gone, delta.added)]
        elif left is not None:
            for worker in left:
                worker.stop()
            left = None
        extra = world.fill(left or [])
        for worker in extra[1:]:
            worker.stop()
        self._worker = extra[0] if extra else None
        with suppress(OSError, ResourceMissing):  # without it the next change only takes longer
            if self._store is None and not self._closed:
                files = (self._made.path / name for name in (release.QUADS, release.MERGED))
                self._store = OxigraphStore.from_dump(*files)
            if self._worker is None and not self._closed:
                self._worker = Worker(self._made.path, memory_mb=world.settings.memory_mb, in_memory=True)
                self._worker.wait_ready()

    def advance(self, made: Release, delta: Delta | None) -> tuple[OxigraphStore | None, Worker | None]:
        """Give store and worker away, brought from the release `made` to the next one; None for what cannot be."""
        self._thread.join()
        store, worker = self._store, self._worker
        if delta is None or made.id != self._made.id:
            self.close()
            return None, None
        if store is not None:
            store.change(delta.gone, delta.added)
        if worker is not None and not (worker.alive and worker.change(delta.gone, delta.added)):
            worker = None
        return store, worker

    def close(self) -> None:
        """Stop the worker."""
        self._closed = True
        self._thread.join()
        if self._worker is not None:
            self._worker.stop()
