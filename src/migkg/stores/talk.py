"""One question to a worker and its answer, read from the event loop, piece by piece, until a deadline."""

from __future__ import annotations

import asyncio
import os
import struct
from typing import Any

from migkg.errors import MigkgError
from migkg.stores.worker import Request, Worker, heard, late, message

AT_ONCE = 262_144


class Talk:
    """`begin`, then `rest` or `piece` until it is empty. `over` says whether the worker may be asked again.

    All of them raise TimedOut and LimitReached, after which the process is gone.
    """

    def __init__(self, worker: Worker, request: Request, seconds: float) -> None:
        self.worker, self.over = worker, False
        self._request, self._seconds = request, seconds
        self._deadline = 0.0
        self._come = bytearray()
        self._read = 0  # bytes of `_come` that were given out

    async def begin(self) -> dict[str, Any]:
        """Send the question and return the head of the answer. Raises what the head says too."""
        if not self.worker.ready:
            await asyncio.to_thread(self.worker.wait_ready)
        self._deadline = asyncio.get_running_loop().time() + self._seconds
        try:
            self.worker.send(message(self._request))
        except BrokenPipeError:
            raise await asyncio.to_thread(self.worker.died) from None
        return self._heard(await self._block())

    async def piece(self) -> bytes:
        """Return the next piece of the body; nothing at the end. Raises what the tail says too."""
        piece = await self._block()
        if not piece:
            self._heard(await self._block())
            self.over = True
        return piece

    async def rest(self) -> bytes:
        """Return the whole body."""
        parts = []
        while part := await self.piece():
            parts.append(part)
        return b"".join(parts)

    def _heard(self, block: bytes) -> dict[str, Any]:
        try:
            return heard(block, self._request.query)
        except MigkgError:
            self.over = True
            raise

    async def _block(self) -> bytes:
        (size,) = struct.unpack(">Q", await self._bytes(8))
        return await self._bytes(size)

    async def _bytes(self, size: int) -> bytes:
        while len(self._come) - self._read < size:
            await self._more()
        found = bytes(self._come[self._read : self._read + size])
        self._read += size
        if self._read == len(self._come):
            self._come.clear()
            self._read = 0
        return found

    async def _more(self) -> None:
        stream = self.worker.process.stdout
        assert stream is not None
        try:
            await _readable(stream.fileno(), self._deadline)
            part = os.read(stream.fileno(), AT_ONCE)
        except TimeoutError:
            await asyncio.to_thread(self.worker.stop)
            raise late(self._seconds) from None
        if not part:
            raise await asyncio.to_thread(self.worker.died)
        self._come += part


async def _readable(number: int, deadline: float) -> None:
    """Wait until there is something to read. Raises TimeoutError at the deadline."""
    loop = asyncio.get_running_loop()
    come = loop.create_future()

    def ready() -> None:
        if not come.done():
            come.set_result(None)

    loop.add_reader(number, ready)
    try:
        async with asyncio.timeout_at(deadline):
            await come
    finally:
        loop.remove_reader(number)
