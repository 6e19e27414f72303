"""The process that a worker drives: it answers queries over one release until it is killed.

Run as `python -m migkg.stores.child FOLDER MEGABYTES [memory]`. It reads length-prefixed JSON requests from
standard input and writes a length-prefixed JSON head and body for each. It has no state to lose.
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
# What ends or starts one row in each syntax, and how many more of these there are than rows; the engine does not count
# them for us.
_ROW_MARK = {
    ox.QueryResultsFormat.JSON: (b"}},{", -1),
    ox.QueryResultsFormat.XML: (b"<result>", 0),
    ox.QueryResultsFormat.CSV: (b"\r\n", 1),
    ox.QueryResultsFormat.TSV: (b"\n", 1),
}


class Bounded(io.BytesIO):
    """A buffer that refuses to grow past a number of bytes or rows, so that no answer is ever cut short."""

    def __init__(self, mark: bytes, max_rows: int | None, max_bytes: int, more: int = 0) -> None:
        super().__init__()
        self.rows = -more
        self._tail = b""
        self._mark, self._max_rows, self._max_bytes = mark, max_rows, max_bytes

    def write(self, data: Any) -> int:
        """Keep the data; raises LimitReached."""
        part = bytes(data)
        if self._mark:  # a mark may be cut in two between one piece and the next
            seen = self._tail + part
            self.rows += seen.count(self._mark)
            self._tail = seen[max(0, len(seen) - len(self._mark) + 1) :]
        if self.tell() + len(part) > self._max_bytes:
            raise LimitReached(f"The answer is larger than {self._max_bytes // 1_000_000} MB. Ask for less.")
        if self._max_rows is not None and self.rows > self._max_rows:
            raise LimitReached(f"The answer has more than {self._max_rows:,} rows. Ask for less, or add LIMIT.")
        return super().write(part)


def answer(store: OxigraphStore, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Run one request and return its head and its body.

    A request has `query`, `results` and `graph` (media types), `max_rows` (or null), `max_bytes`, and may have
    `default_graphs` and `named_graphs`, the dataset of the protocol.
    """
    found = store.dataset_query(request["query"], request.get("default_graphs"), request.get("named_graphs"))
    if isinstance(found, ox.QueryTriples):
        rdf = GRAPH_FORMATS[request["graph"]]
        out = Bounded(b"", None, request["max_bytes"])
        triples = []
        for count, triple in enumerate(found, 1):
            if request["max_rows"] is not None and count > request["max_rows"]:
                raise LimitReached(f"The answer has more than {request['max_rows']:,} triples. Ask for less.")
            triples.append(triple)
        # Oxigraph's CONSTRUCT repeats a triple for each solution that makes it.
        triples = list(dict.fromkeys(triples))
        used = request.get("prefixes") or {}
        ox.serialize(triples, output=out, format=rdf, prefixes=used)
        return {"kind": "graph", "type": request["graph"], "rows": len(triples)}, out.getvalue()
    form = RESULT_FORMATS[request["results"]]
    mark, more = _ROW_MARK[form]
    out = Bounded(mark, request["max_rows"], request["max_bytes"], more)
    kind = "boolean" if isinstance(found, ox.QueryBoolean) else "solutions"
    found.serialize(output=out, format=form)
    return {"kind": kind, "type": request["results"]}, out.getvalue()


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


def write_block(stream: BinaryIO, data: bytes) -> None:
    """Write one length-prefixed block."""
    stream.write(struct.pack(">Q", len(data)))
    stream.write(data)


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
        body = b""
        asked = json.loads(block)
        if "gone" in asked:
            store.change(asked["gone"].encode(), asked["added"].encode())
            write_block(sink, b"{}")
            write_block(sink, body)
            sink.flush()
            continue
        try:
            head, body = answer(store, asked)
        except SyntaxError as error:
            wrong = mistakes.explain(str(error), asked["query"])
            head = {
                "error": "QueryError",
                "message": wrong.said,
                "place": [wrong.line, wrong.column],
                "hint": wrong.hint,
            }
        except MigkgError as error:
            head = {"error": type(error).__name__, "message": str(error)}
        except MemoryError:
            head = {"error": "LimitReached", "message": "The query needs more memory than it may use."}
        except Exception as error:  # a fault of the engine must not look like an empty answer
            head = {"error": "InputError", "message": f"The query cannot be answered: {error}"}
        write_block(sink, json.dumps(head).encode())
        write_block(sink, body)
        sink.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
