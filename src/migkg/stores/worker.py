"""Queries from outside run in a process of their own, with a time and a memory limit, and are killed at the deadline.

The engine cannot be interrupted and can be crashed by its input; a process that ends is the only bound.
An answer comes as blocks: a head, its pieces, an empty one, and a tail that says whether all went well to the end.
"""

from __future__ import annotations

import json
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migkg.errors import InputError, LimitReached, QueryError, Refused, ResourceMissing, TimedOut, TooLarge
from migkg.stores.guard import check
from migkg.stores.process import Process

MEMORY_MB = 1_000
MAX_BYTES = 1_000_000_000
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
        deadline = time.monotonic() + timeout
        try:
            self.send(message(request))
            head = self.read(deadline)
            said = heard(head, request.query)
            parts = []
            while part := self.read(deadline):
                parts.append(part)
            heard(self.read(deadline), request.query)
        except TimeoutError:
            self.stop()
            raise late(timeout) from None
        except (BrokenPipeError, EOFError):
            raise self.died() from None
        return Reply(said["type"], b"".join(parts), said["kind"])

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

    def died(self) -> Exception:
        """Return the error that tells why the process is gone."""
        code = self.process.wait()
        self.stop()
        if code == -signal.SIGSEGV:
            return TooLarge("The query is nested too deeply for the engine.")
        return LimitReached(
            f"The query needed more than its {self.memory_mb} MB of memory and was stopped. Ask for less."
        )


def message(request: Request) -> bytes:
    """Write a request the way the process reads it."""
    return json.dumps(vars(request)).encode()


def heard(block: bytes | None, text: str) -> dict[str, Any]:
    """Return what a head or a tail says about a query. Raises the error that it names, EOFError without a block."""
    if block is None:
        raise EOFError
    said: dict[str, Any] = json.loads(block)
    if "error" not in said:
        return said
    if said["error"] == "QueryError":
        line, column = said["place"]
        raise QueryError(said["message"], line, column, text, said["hint"])
    raise _ERRORS.get(said["error"], InputError)(said["message"])


def late(seconds: float) -> TimedOut:
    """Return the error for a query that was stopped at the deadline."""
    return TimedOut(f"The query was stopped after {seconds:g} seconds, the time limit. Narrow it, or add LIMIT inside.")
