"""A large answer: put aside on disk as fast as the worker makes it, read from there as slowly as the client likes.

The server holds none of it in memory, and a slow client holds no worker.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

from migkg.errors import LimitReached, MigkgError
from migkg.stores.talk import Talk

PIECE = 262_144


class Stream:
    """A large answer on its way: `type` and `kind` as in a `Reply`; read its `pieces` once, then `close` it."""

    def __init__(self, head: dict[str, Any], talk: Talk, done: Callable[[Talk], Awaitable[None]]) -> None:
        self.type, self.kind = str(head["type"]), str(head["kind"])
        self._file = tempfile.TemporaryFile(prefix="migkg-")  # noqa: SIM115 - closed by `close`
        self._more = asyncio.Event()
        self._ended = False
        self._error: MigkgError | OSError | None = None
        self._task = asyncio.create_task(self._fill(talk, done))

    async def _fill(self, talk: Talk, done: Callable[[Talk], Awaitable[None]]) -> None:
        try:
            while piece := await talk.piece():
                self._file.write(piece)
                self._file.flush()
                self._more.set()
        except (MigkgError, OSError) as error:
            self._error = error
        finally:
            self._ended = True
            self._more.set()
            await done(talk)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the bytes. Raises what broke the answer off, after the last good piece."""
        place = 0
        while True:
            ended = self._ended
            self._more.clear()
            while piece := os.pread(self._file.fileno(), PIECE, place):
                place += len(piece)
                yield piece
            if ended and self._error is not None:
                raise LimitReached(f"The answer broke off: {self._error}") from self._error
            if ended:
                return
            await self._more.wait()

    async def close(self) -> None:
        """Stop what is still under way, and forget the rest."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._file.close()
