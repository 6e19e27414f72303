"""A process that makes next releases: what strangers send is read and checked in it, so it can be killed.

Run as `python -m migkg.writer FOLDER MEGABYTES`. It holds the release of that folder in memory, and after each draft
the next one; a draft that nobody publishes is dropped together with the process.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

from migkg import release
from migkg.body import Sent
from migkg.errors import (
    InputError,
    LimitReached,
    MigkgError,
    Refused,
    ResourceMissing,
    RuleBroken,
    TimedOut,
    TooLarge,
    UnknownName,
)
from migkg.findings import Finding
from migkg.release import Release
from migkg.splice import Delta
from migkg.stores.child import read_block, write_block
from migkg.stores.process import Process
from migkg.writing import Change, Desk, Draft, NotConform

FAULT = "Fault"  # of ours: for the log, not for the client
_ERRORS = {kind.__name__: kind for kind in (InputError, Refused, TooLarge, ResourceMissing, RuleBroken, LimitReached)}


class Writer(Process):
    """The process, seen from the server. `made` is the release that it holds."""

    def __init__(self, made: Release, *, memory_mb: int) -> None:
        super().__init__("migkg.writer", str(made.path), str(memory_mb), memory_mb=memory_mb)
        self.made = made
        self.drafts = 0

    def draft(self, change: Change, folder: Path, seconds: float) -> Draft:
        """Have the next release written into an empty folder.

        Raises what `Desk.draft` raises; TimedOut, LimitReached or TooLarge when the process was killed or died.
        """
        self.wait_ready()
        self.drafts += 1
        sent = {**asdict(change.sent), "path": str(change.sent.path)} if change.sent else None
        request = {"graph": change.graph, "sent": sent, "folder": str(folder)}
        try:
            blocks = self.exchange(json.dumps(request).encode(), seconds)
        except TimeoutError:
            self.stop()
            raise TimedOut(f"Nothing was written: reading and checking took longer than {seconds:g} seconds.") from None
        if blocks is None:
            code = self.process.wait()
            self.stop()
            if code == -signal.SIGSEGV:
                raise TooLarge("Nothing was written: the document is nested too deeply.")
            raise LimitReached(f"Nothing was written: it needs more than the {self.memory_mb} MB of memory allowed.")
        said = json.loads(blocks[0])
        if said.get("error") == FAULT:
            self.stop()
            raise RuntimeError(said["message"])
        if "error" in said:
            raise _error(said)
        delta = Delta(blocks[1][: said["gone"]], blocks[1][said["gone"] :])
        return Draft(said["created"], said["triples"], [Finding(**one) for one in said["findings"]], delta)


def _error(said: dict[str, Any]) -> MigkgError:
    kind, message = said["error"], said["message"]
    if kind == "NotConform":
        return NotConform(message, [Finding(**one) for one in said["findings"]])
    if kind == "UnknownName":
        return UnknownName(said["name"], hint="No such graph was put here.")
    return _ERRORS.get(kind, InputError)(message)


def main(folder: str, megabytes: str) -> None:
    """Hold the release of this folder and answer until standard input ends."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if int(megabytes):
        resource.setrlimit(resource.RLIMIT_AS, (int(megabytes) * 1_000_000,) * 2)
    desk = Desk(release.read(Path(folder)))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    write_block(sink, b"ready")
    sink.flush()
    while (block := read_block(source)) is not None:
        asked = json.loads(block)
        sent = Sent(**{**asked["sent"], "path": Path(asked["sent"]["path"])}) if asked["sent"] else None
        said: dict[str, Any]
        made, delta = None, Delta(b"", b"")
        try:
            done = desk.draft(Change(asked["graph"], sent), Path(asked["folder"]))
            delta = done.delta
            found = [asdict(one) for one in done.findings]
            said = {"created": done.created, "triples": done.triples, "findings": found, "gone": len(delta.gone)}
            drawn = release.read(Path(asked["folder"]))
            made = Release(release.place() / "releases" / drawn.id, drawn.manifest)  # as the server will settle it
        except UnknownName as error:
            said = {"error": "UnknownName", "name": error.name, "message": str(error)}
        except NotConform as error:
            found = [asdict(one) for one in error.findings]
            said = {"error": "NotConform", "message": str(error), "findings": found}
        except MigkgError as error:
            said = {"error": type(error).__name__, "message": str(error)}
        except OSError as error:
            said = {
                "error": "ResourceMissing",
                "message": f"The disk refuses: {error.strerror}. The old release stays.",
            }
        except MemoryError:
            return  # the state is not to be trusted any more; the server starts another process
        except Exception:
            said = {"error": FAULT, "message": traceback.format_exc()}
        write_block(sink, json.dumps(said).encode())
        write_block(sink, delta.gone + delta.added)
        sink.flush()
        if said.get("error") == FAULT:
            return
        # The answer is out; now the desk is cleared for the next change.
        if made is None:
            desk.reject()
        else:
            desk.accept(made)


if __name__ == "__main__":
    main(*sys.argv[1:])
