"""Files of sorted lines, read without loading them: where a line stands, and the same file with other lines."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def mapped(path: Path) -> Iterator[mmap.mmap | bytes]:
    """Give the bytes of a file, as they are needed."""
    with path.open("rb") as file:
        if not path.stat().st_size:  # an empty file cannot be mapped
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
            yield text


def place(text: mmap.mmap | bytes, line: bytes, low: int = 0) -> int:
    """Return where the first line stands, from `low` on, that does not come before this one."""
    high = len(text)
    while low < high:
        middle = (low + high) // 2
        start = text.rfind(b"\n", low, middle) + 1 or low
        end = text.find(b"\n", start)
        if text[start:end] < line:
            low = end + 1
        else:
            high = start
    return low


def starts(path: Path, start: bytes) -> bool:
    """Return whether a line begins so."""
    with mapped(path) as text:
        at = place(text, start)
        return text[at : at + len(start)] == start


def beginning(text: mmap.mmap | bytes, start: bytes) -> Iterator[bytes]:
    """Yield the lines that begin so, without their ends."""
    at = place(text, start)
    while text[at : at + len(start)] == start:
        end = text.find(b"\n", at)
        yield text[at:end]
        at = end + 1


def differences(one: Path, other: Path) -> Iterator[tuple[bytes, bool]]:
    """Yield the lines that only one of two files has, without their ends, in order; True for those of the other."""
    with one.open("rb") as a, other.open("rb") as b:
        old, new = a.readline(), b.readline()
        while old or new:
            if old == new:
                old, new = a.readline(), b.readline()
            elif old and (not new or old < new):
                yield old[:-1], False
                old = a.readline()
            else:
                yield new[:-1], True
                new = b.readline()


def changed(path: Path, gone: Iterable[bytes], added: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the file without some lines and with others, sorted, in pieces.

    Raises ValueError when a line that shall go is not there.
    """
    changes = sorted([(line, False) for line in gone] + [(line, True) for line in added])
    with mapped(path) as text:
        at = 0
        for line, is_new in changes:
            here = place(text, line, at)
            yield from _copied(text, at, here)
            if is_new:
                yield line + b"\n"
                at = here
            else:
                at = here + len(line) + 1
                if text[here:at] != line + b"\n":
                    raise ValueError(f"the release has no line {line[:200]!r}")
        yield from _copied(text, at, len(text))


def _copied(text: mmap.mmap | bytes, start: int, end: int, piece: int = 1 << 22) -> Iterator[bytes]:
    for at in range(start, end, piece):
        yield text[at : min(end, at + piece)]
