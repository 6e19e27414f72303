"""Queries from outside run in a process of their own, with a time and a memory limit, and are killed at the deadline.

The engine cannot be interrupted and can be crashed by its input; a process that ends is the only bound.
"""

from __future__ import annotations

import json
import os
import queue
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from migkg.errors import InputError, LimitReached, QueryError, Refused, ResourceMissing, TimedOut, TooLarge
from migkg.stores.guard import check

MEMORY_MB = 1_000
MAX_BYTES = 200_000_000
SECRETS = ("MIGKG_TOKEN",)  # no process that reads what strangers send knows them
_ERRORS = {"LimitReached": LimitReached, "Refused": Refused, "TooLarge": TooLarge}


@dataclass(frozen=True)
class Request:
    """One query and the form its answer shall have (media types for SELECT/ASK and for CONSTRUCT/DESCRIBE)."""

    query: str
    results: str = "application/sparql-results+json"
    graph: str = "text/turtle"
    max_rows: int | None = None
    max_bytes: int = MAX_BYTES
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reply:
    """A whole answer: its media type, its bytes, and whether it is solutions, a boolean or a graph."""

    type: str
    body: bytes
    kind: str


class Process:
    """One child process that is asked by length-prefixed blocks, and killed when it takes too long.

    Use as a context manager, from one thread at a time.
    """

    def __init__(self, *words: str, memory_mb: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            # Without MALLOC_ARENA_MAX the C library reserves 64 MB of address space a thread, which counts against the
            # memory limit: the same process then needs 270 or 680 MB, as chance has it, and sometimes more than it may.
            env={**{k: v for k, v in os.environ.items() if k not in SECRETS}, "MALLOC_ARENA_MAX": "2"},
            bufsize=0,
        )
        self.memory_mb = memory_mb
        self._ready = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def wait_ready(self, timeout: float = 60) -> None:
        """Wait until the store is open. Raises ResourceMissing when it does not open."""
        if self._ready:
            return
        try:
            said = self._read(time.monotonic() + timeout)
        except TimeoutError:
            said = None
        if said != b"ready":
            self.stop()
            raise ResourceMissing(
                f"A process could not open the store within {self.memory_mb} MB of memory. Run `migkg build`."
            )
        self._ready = True

    def exchange(self, data: bytes, timeout: float) -> tuple[bytes, bytes] | None:
        """Send one block and return the two that come back; None when the process died. Raises TimeoutError."""
        deadline = time.monotonic() + timeout
        stdin = self.process.stdin
        assert stdin is not None
        try:
            stdin.write(struct.pack(">Q", len(data)) + data)
            head, body = self._read(deadline), self._read(deadline)
        except BrokenPipeError:
            return None
        return None if head is None or body is None else (head, body)

    def stop(self) -> None:
        """Kill the process and wait until it is gone."""
        if self.alive:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()

    def _read(self, deadline: float) -> bytes | None:
        head = self._read_exactly(8, deadline)
        return None if head is None else self._read_exactly(struct.unpack(">Q", head)[0], deadline)

    def _read_exactly(self, size: int, deadline: float) -> bytes | None:
        stream = self.process.stdout
        assert stream is not None
        parts: list[bytes] = []
        while size:
            ready, _, _ = select.select([stream], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError
            part = os.read(stream.fileno(), min(size, 1 << 20))
            if not part:
                return None
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


class Worker(Process):
    """A process that answers queries over one release (or store folder)."""

    def __init__(self, folder: Path, *, memory_mb: int = MEMORY_MB, in_memory: bool = False) -> None:
        mode = "memory" if in_memory else "disk"
        super().__init__("migkg.stores.child", str(folder), str(memory_mb), mode, memory_mb=memory_mb)

    def ask(self, request: Request, timeout: float) -> Reply:
        """Answer one request within `timeout` seconds.

        Raises QueryError, Refused, TooLarge for a bad query; TimedOut or LimitReached when a limit was
        reached: then the process is gone and the worker must not be used again.
        """
        check(request.query)
        self.wait_ready()
        try:
            blocks = self.exchange(json.dumps(asdict(request)).encode(), timeout)
        except TimeoutError:
            self.stop()
            raise TimedOut(
                f"The query was stopped after {timeout:g} seconds, the time limit. Narrow it, or add LIMIT inside."
            ) from None
        if blocks is None:
            raise self._died()
        head, body = blocks
        said = json.loads(head)
        if "error" in said:
            if said["error"] == "QueryError":
                line, column = said["place"]
                raise QueryError(said["message"], line, column, request.query, said["hint"])
            raise _ERRORS.get(said["error"], InputError)(said["message"])
        return Reply(said["type"], body, said["kind"])

    def change(self, gone: bytes, added: bytes, timeout: float = 60) -> bool:
        """Bring the copy in memory from one release to the next, by lines of N-Quads; return whether that went well."""
        request = json.dumps({"gone": gone.decode(), "added": added.decode()}).encode()
        try:
            self.wait_ready()
            done = self.exchange(request, timeout) is not None
        except (TimeoutError, ResourceMissing):
            done = False
        if not done:
            self.stop()
        return done

    def _died(self) -> Exception:
        code = self.process.wait()
        self.stop()
        if code == -signal.SIGSEGV:
            return TooLarge("The query is nested too deeply for the engine.")
        return LimitReached(
            f"The query needed more than its {self.memory_mb} MB of memory and was stopped. Ask for less."
        )


class Pool:
    """Workers for a server: a fixed number at once, each replaced when it was killed."""

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
        self._idle: queue.LifoQueue[Worker] = queue.LifoQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._all: set[Worker] = set()
        self.fill([] if first is None else [first], start=first is None)

    def fill(self, workers: list[Worker], *, start: bool = True) -> list[Worker]:
        """Take these workers over, and start those that are still missing; return those that are too many."""
        extra = []
        for worker in workers:
            with self._lock:
                taken = not self._closed and worker.alive and len(self._all) < self._size
                if taken:
                    self._all.add(worker)
            if taken:
                self._idle.put(worker)
            else:
                extra.append(worker)
        for _ in range(self._size - len(self._all) if start else 0):
            self._add()
        return extra

    def give(self) -> list[Worker]:
        """Close, and give the idle workers away; the others are stopped."""
        given = []
        with self._lock, suppress(queue.Empty):
            self._closed = True
            while True:
                given.append(self._idle.get_nowait())
        with self._lock:
            self._all -= set(given)
        self.close()
        return [worker for worker in given if worker.alive]

    def _new(self) -> Worker | None:
        with self._lock:
            if self._closed:
                return None
            worker = Worker(self._folder, memory_mb=self._memory_mb, in_memory=self._in_memory)
            self._all.add(worker)
            return worker

    def _add(self) -> None:
        if (worker := self._new()) is not None:
            self._idle.put(worker)

    def ask(self, request: Request, timeout: float, patience: float = 2) -> Reply:
        """Answer with the next free worker.

        Raises what `Worker.ask` raises; LimitReached when no worker was free within `patience` seconds.
        """
        check(request.query)
        try:
            worker = self._idle.get(timeout=patience)
        except queue.Empty:
            raise LimitReached("All query workers are busy. Try again in a few seconds.") from None
        try:
            return worker.ask(request, timeout)
        finally:
            if worker.alive:
                self._idle.put(worker)
            else:
                with self._lock:
                    self._all.discard(worker)
                self._add()

    def close(self) -> None:
        """Stop all workers."""
        with self._lock:
            self._closed = True
            for worker in self._all:
                worker.stop()
