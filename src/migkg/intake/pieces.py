"""A long table is checked in pieces, so that checking takes no more memory for a longer one.

The rows of a table of figures stand each for itself, and what stands twice is found while the table is made; so the
findings are those of the whole.
"""

from __future__ import annotations

import csv
import itertools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from migkg.findings import Finding

ROWS = 20_000
FAMILY = "observations"


def checked(check: Callable[[Sequence[Path]], Sequence[Finding]], paths: Sequence[Path]) -> list[Finding]:
    """Return what `check` finds in these files together; those of long tables come piece by piece, in order."""
    long = [path for path in paths if _is_long(path)]
    short = [path for path in paths if path not in long]
    found = list(check(short)) if short or not long else []
    for path in long:
        with tempfile.TemporaryDirectory(prefix="migkg-piece-") as folder:
            piece = Path(folder) / FAMILY / path.name  # the same name: things are named after their table
            piece.parent.mkdir()
            for lines in _cut(path, piece):
                told = check([piece, *short])
                mine = (one for one in told if Path(one.file) == piece)
                found += [replace(one, file=str(path), line=lines.get(one.line or 0, one.line)) for one in mine]
    return found


def _is_long(path: Path) -> bool:
    if path.parent.name != FAMILY or path.suffix != ".csv":
        return False
    with path.open("rb") as stream:
        return next(itertools.islice(stream, ROWS + 100, None), None) is not None


def _cut(path: Path, piece: Path) -> Iterator[dict[int, int]]:
    """Write one piece after the other, with head and header; give for each the lines of its rows in the whole table."""
    with path.open(encoding="utf-8", newline="") as stream:
        head = []
        for line in stream:
            head.append(line)
            if not line.startswith("#"):
                break
        rows = csv.reader(stream)
        first = len(head) + 1
        while part := list(itertools.islice(rows, ROWS)):
            lines = {}
            at = len(head) + 1
            with piece.open("w", encoding="utf-8", newline="") as out:
                out.writelines(head)
                writer = csv.writer(out, lineterminator="\n")
                for row in part:
                    writer.writerow(row)
                    taken = 1 + sum(cell.count("\n") for cell in row)
                    lines[at] = first
                    at, first = at + taken, first + taken
            yield lines
