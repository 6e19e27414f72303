"""Workers for a server: a fixed number, asked from one event loop without a thread each, replaced when killed."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections import deque
from pathlib import Path

from migkg.errors import LimitReached, ResourceMissing
from migkg.stores.guard import check
from migkg.stores.stream import Stream
from migkg.stores.talk import Talk
from migkg.stores.worker import MEMORY_MB, Reply, Request, Worker

log = logging.getLogger("migkg.server")


class Pool:
    """The workers over one release. They may come and go from any thread; questions come from one event loop.

    A worker that holds the release in memory needs seconds to open it. Until it is ready, one that reads the release
    from disk stands in for it: slower, but there at once.
    """

    def __init__(
        self,
        folder: Path,
        size: int,
        *,
        memory_mb: int = MEMORY_MB,
        in_memory: bool = True,
        first: Worker | None = None,
    ) -> None:
        """Start the workers, and wait for none; or begin with `first` alone, until `fill` brings the others."""
        self._folder, self._memory_mb, self._in_memory, self._size = folder, memory_mb, in_memory, size
        self._idle: list[Worker] = []
        self._waiting: deque[asyncio.Future[Worker]] = deque()
        self._lock = threading.Lock()
        self._closed = False
        self._all: set[Worker] = set()
        self._standing_in: set[Worker] = set()
        self._ready_for_them = 0  # how many stand-ins are no longer needed, once they have answered
        self.fill([] if first is None else [first], start=first is None)

    def fill(self, workers: list[Worker], *, start: bool = True) -> list[Worker]:
        """Take these workers over, and start those that are still missing; return those that are too many."""
        extra = []
        for worker in workers:
            with self._lock:
                taken = not self._closed and worker.alive and self._missing() > 0
                if taken:
                    self._all.add(worker)
            if taken:
                self._free(worker)
            else:
                extra.append(worker)
        for _ in range(self._missing() if start else 0):
            self._add()
        return extra

    @property
    def alive(self) -> int:
        """How many processes live, with those that stand in."""
        with self._lock:
            return sum(worker.alive for worker in self._all)

    def give(self) -> list[Worker]:
        """Close, and give the idle workers that hold the release away; the others are stopped."""
        with self._lock:
            self._closed = True
            given = [worker for worker in self._idle if worker.ready and worker not in self._standing_in]
            self._idle = []
            self._all -= set(given)
        self.close()
        return [worker for worker in given if worker.alive]

    def close(self) -> None:
        """Stop all workers."""
        with self._lock:
            self._closed = True
            for worker in self._all:
                worker.stop()

    async def ask(self, request: Request, timeout: float, patience: float = 2) -> Reply | Stream:
        """Answer with the next free worker.

        Raises what `Worker.ask` raises; LimitReached when no worker was free within `patience` seconds.
        """
        check(request.query)
        talk = Talk(await self._take(patience), request, timeout)
        streams = False
        try:
            head = await talk.begin()
            if "size" in head:
                return Reply(str(head["type"]), await talk.rest(), str(head["kind"]))
            streams = True
            return Stream(head, talk, self._done)
        finally:
            if not streams:
                await self._done(talk)

    async def _done(self, talk: Talk) -> None:
        """Free the worker; or replace it, when it is gone or still busy with an answer that nobody waits for."""
        if talk.over and talk.worker.alive:
            self._free(talk.worker)
        else:
            await asyncio.shield(asyncio.to_thread(self._replace, talk.worker))

    async def _take(self, patience: float) -> Worker:
        with self._lock:
            if self._idle:
                return self._idle.pop()
            place: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
        try:
            async with asyncio.timeout(patience):
                return await asyncio.shield(place)
        except TimeoutError:
            raise LimitReached("All query workers are busy. Try again in a few seconds.") from None
        finally:
            if not place.done():
                place.cancel()
            elif not place.cancelled() and sys.exc_info()[0] is not None:
                self._free(place.result())  # it came at the very moment when nobody waited any more

    def _free(self, worker: Worker) -> None:
        """Give the worker to whoever waits longest, or keep it; from any thread."""
        with self._lock:
            if worker in self._standing_in and self._ready_for_them:
                self._ready_for_them -= 1
                self._drop(worker)
                return
            while self._waiting:
                place = self._waiting.popleft()
                if not place.done():
                    break
            else:
                self._idle.append(worker)
                return
        loop = place.get_loop()
        if asyncio._get_running_loop() is loop:
            self._hand(place, worker)
        else:
            loop.call_soon_threadsafe(self._hand, place, worker)

    def _hand(self, place: asyncio.Future[Worker], worker: Worker) -> None:
        if place.done():
            self._free(worker)
        else:
            place.set_result(worker)

    def _replace(self, worker: Worker) -> None:
        worker.stop()
        with self._lock:
            stood_in = worker in self._standing_in
            self._drop(worker)
            if stood_in and self._ready_for_them:
                self._ready_for_them -= 1
                return
        if stood_in:
            self._stand_in()
        else:
            self._add()

    def _missing(self) -> int:
        return self._size - len(self._all - self._standing_in)

    def _add(self) -> None:
        """Start a worker; where it has to read the release into memory first, another stands in for it."""
        worker = self._start(self._in_memory)
        if worker is not None and self._in_memory:
            self._stand_in()
            threading.Thread(target=self._bring_in, args=(worker,), name="worker", daemon=True).start()
        elif worker is not None:
            self._free(worker)

    def _stand_in(self) -> None:
        if (worker := self._start(in_memory=False)) is not None:
            with self._lock:
                self._standing_in.add(worker)
            self._free(worker)

    def _bring_in(self, worker: Worker) -> None:
        """Wait until a worker holds the release, then let it take the place of one that stands in."""
        try:
            worker.wait_ready()
        except ResourceMissing as error:
            with self._lock:
                self._drop(worker)
                closed = self._closed
            if not closed:
                log.error("A query process could not be started: %s", error)
            return
        self._free(worker)
        with self._lock:
            done = next((other for other in self._idle if other in self._standing_in), None)
            if done is None:
                self._ready_for_them += 1
            else:
                self._idle.remove(done)
                self._drop(done)

    def _start(self, in_memory: bool) -> Worker | None:
        with self._lock:
            if self._closed:
                return None
            worker = Worker(self._folder, memory_mb=self._memory_mb, in_memory=in_memory)
            self._all.add(worker)
            return worker

    def _drop(self, worker: Worker) -> None:
        self._all.discard(worker)
        self._standing_in.discard(worker)
        worker.stop()
