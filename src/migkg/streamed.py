"""Tables read row by row, for files that are long."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import TypeAlias

from migkg import reading
from migkg.reading import Reading, Row, Table

Told: TypeAlias = Callable[[int, int], None]
OFTEN = 2_000


def quiet(_done: int, _total: int) -> None:
    """Report nothing."""


def stream(path: Path, told: Told = quiet) -> tuple[Table, Iterator[Row]]:
    """Read a table strictly and row by row, in memory that does not grow with it: the table without rows, and its rows.

    Raises InputError; for a row only when it is read, after the rows before it. `told` hears how many bytes of how many
    are read.
    """
    size = reading.regular(path)
    with path.open("rb") as file:
        reading.refuse_other(path, file.read(5))
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while block := file.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            reading.decoded(path)  # says where
            raise
        begun, top = 0, []
        while file.seek(begun) == begun and file.read(3) == codecs.BOM_UTF8:
            begun += 3
        file.seek(begun)
        while (line := file.readline()).startswith((b"#", b'"#')):
            top.append(line)
    meta, skipped = reading.head(path, b"".join(top).decode())
    found = Reading(Table(meta, [], []))

    def rows() -> Iterator[Row]:
        with path.open("rb") as file:
            file.seek(begun + sum(map(len, top)))
            lines = io.TextIOWrapper(file, "utf-8", newline="")
            for count, row in enumerate(reading.rows_of(path, lines, skipped, None, found)):
                if found.faults:
                    reading.strict(path, found)
                if count and count % OFTEN == 0:
                    told(file.tell(), size)
                yield row
        reading.strict(path, found)

    made = rows()
    first = next(made, None)  # so that the names of the columns are known
    return found.table, made if first is None else chain([first], made)
