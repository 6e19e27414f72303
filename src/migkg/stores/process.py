"""A child process that is asked by length-prefixed blocks and can be killed: the only bound on what an engine does."""

from __future__ import annotations

import os
import select
import struct
import subprocess
import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

from migkg.errors import ResourceMissing

SECRETS = ("MIGKG_TOKEN",)  # no process that reads what strangers send knows them


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
        self.ready = False  # has it said that its store is open?

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
        if self.ready:
            return
        try:
            said = self.read(time.monotonic() + timeout)
        except TimeoutError:
            said = None
        if said != b"ready":
            self.stop()
            raise ResourceMissing(
                f"A process could not open the store within {self.memory_mb} MB of memory. Run `migkg build`."
            )
        self.ready = True

    def exchange(self, data: bytes, timeout: float) -> tuple[bytes, bytes] | None:
        """Send one block and return the two that come back; None when the process died. Raises TimeoutError."""
        deadline = time.monotonic() + timeout
        try:
            self.send(data)
            head, body = self.read(deadline), self.read(deadline)
        except BrokenPipeError:
            return None
        return None if head is None or body is None else (head, body)

    def send(self, data: bytes) -> None:
        """Send one block. Raises BrokenPipeError when the process is gone."""
        stdin = self.process.stdin
        assert stdin is not None
        stdin.write(struct.pack(">Q", len(data)) + data)

    def stop(self) -> None:
        """Kill the process and wait until it is gone."""
        if self.alive:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()

    def read(self, deadline: float) -> bytes | None:
        """Return the next block, None at the end. Raises TimeoutError at the deadline (of the monotonic clock)."""
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
