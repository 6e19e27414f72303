"""The process that a worker drives: it answers queries over one release until it is killed.

Run as `python -m migkg.stores.child FOLDER MEGABYTES [memory]`. It reads length-prefixed JSON requests from
standard input and writes a length-prefixed JSON head, the pieces of the body, an empty block and a JSON tail for each.
It has no state to lose.
"""

from __future__ import annotations

import io
import json
import os
import resource
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import pyoxigraph as ox

from migkg import release
from migkg.errors import LimitReached, MigkgError
from migkg.stores import mistakes
from migkg.stores.oxigraph import OxigraphStore

RESULT_FORMATS = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
GRAPH_FORMATS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/n-quads": ox.RdfFormat.N_QUADS,
    "application/trig": ox.RdfFormat.TRIG,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}
HELD = 4_000_000  # an answer up to this size is whole before its first byte leaves
PIECE = 262_144
# What ends or starts one row in each syntax, and how many more of these there are than rows; the engine does not count
# them for us.
_ROW_MARK = {
    ox.QueryResultsFormat.JSON: (b"}},{", -1),
    ox.QueryResultsFormat.XML: (b"<result>", 0),
    ox.QueryResultsFormat.CSV: (b"\r\n", 1),
    ox.QueryResultsFormat.TSV: (b"\n", 1),
}


class Sink(io.BytesIO):
    """Where an answer is written: its first bytes are held, so that a small answer is whole before it is sent.

    Raises LimitReached past a number of bytes or rows; what comes after then is an error and no shorter answer.
    """

    def __init__(
        self,
        stream: BinaryIO,
        head: dict[str, Any],
        mark: tuple[bytes, int] = (b"", 0),
        max_rows: int | None = None,
        max_bytes: int = 0,
    ) -> None:
        super().__init__()
        self.size = 0
        self.begun = False  # has the head been sent?
        self._held: list[bytes] = []
        self._holding = 0
        self._mark, more = mark
        self.rows = -more
        self._tail = b""
        self._stream, self._head = stream, head
        self._max_rows, self._max_bytes = max_rows, max_bytes

    def write(self, data: Any) -> int:
        """Take the data; raises LimitReached."""
        part = bytes(data)
        if self._mark:  # a mark may be cut in two between one piece and the next
            seen = self._tail + part
            self.rows += seen.count(self._mark)
            self._tail = seen[max(0, len(seen) - len(self._mark) + 1) :]
        self.size += len(part)
        if self.size > self._max_bytes:
            raise LimitReached(f"The answer is larger than {self._max_bytes // 1_000_000:,} MB. Ask for less.")
        if self._max_rows is not None and self.rows > self._max_rows:
            raise LimitReached(f"The answer has more than {self._max_rows:,} rows. Ask for less, or add LIMIT.")
        self._held.append(part)
        self._holding += len(part)
        if self._holding >= (PIECE if self.begun else HELD):
            self._send()
        return len(part)

    def end(self) -> None:
        """Send what is left, and that it was all."""
        blocks = [] if self.begun else [json.dumps({**self._head, "size": self.size}).encode()]
        if self._held:
            blocks.append(b"".join(self._held))
        self._stream.write(b"".join(map(framed, [*blocks, b"", b"{}"])))
        self._stream.flush()

    def fail(self, said: dict[str, Any]) -> None:
        """Send an error: instead of the answer, or where it has begun, as its tail."""
        error = json.dumps(said).encode()
        self._stream.write(b"".join(map(framed, [b"", error] if self.begun else [error])))
        self._stream.flush()

    def _send(self) -> None:
        blocks = [] if self.begun else [json.dumps(self._head).encode()]
        self._stream.write(b"".join(map(framed, [*blocks, b"".join(self._held)])))
        self._stream.flush()
        self.begun, self._holding = True, 0
        self._held.clear()


def answer(store: OxigraphStore, request: dict[str, Any], stream: BinaryIO) -> None:
    """Run one request and write its answer to a stream as blocks.

    A request has `query`, `results` and `graph` (media types), `max_rows` (or null), `max_bytes`, and may have
    `default_graphs` and `named_graphs`, the dataset of the protocol.
    """
    sink = Sink(stream, {})
    try:
        found = store.dataset_query(request["query"], request.get("default_graphs"), request.get("named_graphs"))
        if isinstance(found, ox.QueryTriples):
            head = {"kind": "graph", "type": request["graph"]}
            sink = Sink(stream, head, max_bytes=request["max_bytes"])
            used = request.get("prefixes") or {}
            triples = _triples(found, request["max_rows"])
            ox.serialize(triples, output=sink, format=GRAPH_FORMATS[request["graph"]], prefixes=used)
        else:
            form = RESULT_FORMATS[request["results"]]
            kind = "boolean" if isinstance(found, ox.QueryBoolean) else "solutions"
            head = {"kind": kind, "type": request["results"]}
            sink = Sink(stream, head, _ROW_MARK[form], request["max_rows"], request["max_bytes"])
            found.serialize(output=sink, format=form)
    except BrokenPipeError:
        raise
    except SyntaxError as error:
        wrong = mistakes.explain(str(error), request["query"])
        place = [wrong.line, wrong.column]
        sink.fail({"error": "QueryError", "message": wrong.said, "place": place, "hint": wrong.hint})
    except MigkgError as error:
        sink.fail({"error": type(error).__name__, "message": str(error)})
    except MemoryError:
        sink.fail({"error": "LimitReached", "message": "The query needs more memory than it may use."})
    except Exception as error:  # a fault of the engine must not look like an empty answer
        sink.fail({"error": "InputError", "message": f"The query cannot be answered: {error}"})
    else:
        sink.end()


def _triples(found: ox.QueryTriples, most: int | None) -> list[ox.Triple]:
    """Return the triples, each once: Oxigraph's CONSTRUCT repeats one for each solution that makes it."""
    triples: dict[ox.Triple, None] = {}
    for triple in found:
        triples[triple] = None
        if most is not None and len(triples) > most:
            raise LimitReached(f"The answer has more than {most:,} triples. Ask for less.")
    return list(triples)


def _limit_memory(megabytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if megabytes:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 1_000_000, megabytes * 1_000_000))


def _holds_open(folder: Path) -> bool:
    """Return whether every file of the store's data is open already, so that it will need no other."""
    opened = set()
    for entry in Path("/dev/fd").iterdir():
        with suppress(OSError):
            opened.add(os.fstat(int(entry.name)).st_ino)
    return all(file.stat().st_ino in opened for file in folder.glob("*.sst"))


def _close_the_door() -> None:
    """Let no further file and no socket be opened, so no query reaches outside, whatever its text hides."""
    highest = max(int(entry.name) for entry in Path("/dev/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, highest + 1))
    with suppress(OSError):  # a number below the highest may be free: take them all
        while True:
            os.dup(0)


def read_block(stream: BinaryIO) -> bytes | None:
    """Read one length-prefixed block; None at the end of the stream."""
    head = stream.read(8)
    if len(head) < 8:
        return None
    (size,) = struct.unpack(">Q", head)
    data = stream.read(size)
    return data if len(data) == size else None


def framed(data: bytes) -> bytes:
    """Return one block with its length before it."""
    return struct.pack(">Q", len(data)) + data


def write_block(stream: BinaryIO, data: bytes) -> None:
    """Write one length-prefixed block."""
    stream.write(framed(data))


def main(folder: str, megabytes: str, mode: str = "disk") -> None:
    """Open the store and answer until standard input ends."""
    _limit_memory(int(megabytes))
    path = Path(folder)
    on_disk = path / release.STORE if (path / release.STORE).is_dir() else path
    store = OxigraphStore.read_only(on_disk) if mode == "disk" else None
    if store is None or ((path / release.QUADS).is_file() and not _holds_open(on_disk)):
        store = OxigraphStore.from_dump(path / release.QUADS, path / release.MERGED)
    mistakes.grammar()  # a file, so before the door is closed
    _close_the_door()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    write_block(sink, b"ready")
    sink.flush()
    while (block := read_block(source)) is not None:
        asked = json.loads(block)
        if "gone" in asked:
            store.change(asked["gone"].encode(), asked["added"].encode())
            write_block(sink, b"{}")
            write_block(sink, b"")
            sink.flush()
        else:
            answer(store, asked, sink)


if __name__ == "__main__":
    main(*sys.argv[1:])
