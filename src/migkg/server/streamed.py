"""Answers that leave piece by piece, and requests whose client may be gone before there is an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from migkg.stores.stream import Stream

AFTER = 0.25  # seconds, after which it is worth to look whether anybody still waits
GONE = 499


class Streamed(Response):
    """A stream as a response: without a length, so that an answer that breaks off is seen to be no whole one."""

    def __init__(self, stream: Stream, media: str, headers: Mapping[str, str]) -> None:
        super().__init__(None, 200, headers, media)
        del self.headers["content-length"]
        self.stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the pieces. Raises what broke the answer off; then the last piece is never said to be the last."""
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            async for piece in self.stream.pieces():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await self.stream.close()


@contextmanager
def watched(request: Request) -> Iterator[None]:
    """Cancel what is done in this block when the client goes away. Raises HTTPException then, which nobody reads."""
    doing = asyncio.current_task()
    gone = False
    watch: list[asyncio.Task[None]] = []

    async def wait() -> None:
        nonlocal gone
        while (await request.receive())["type"] != "http.disconnect":
            pass
        gone = True
        if doing is not None:
            doing.cancel()

    later = asyncio.get_running_loop().call_later(AFTER, lambda: watch.append(asyncio.ensure_future(wait())))
    try:
        yield
    except asyncio.CancelledError:
        if gone and doing is not None:
            doing.uncancel()
            raise HTTPException(GONE) from None
        raise
    finally:
        later.cancel()
        for task in watch:
            task.cancel()
