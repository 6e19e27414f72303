"""Files from elsewhere as rows of text: encoding, separator, quotes. Nothing is kept in memory but the row at hand."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from migkg.errors import InputError, UsageError

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
MAX_LINE = 1_000_000
MAX_LINES_IN_CELL = 50
HEAD = 20
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

Rows = Iterator[tuple[int, list[str]]]


@dataclass(frozen=True)
class Raw:
    """A file as rows of cells: each row with the number of its line (or of its observation, by `counts`)."""

    path: Path
    form: str
    size: int
    sha256: str
    rows: Callable[[Callable[[int], None]], Rows]
    counts: str = "line"
    sheet: str = ""

    def head(self) -> list[tuple[int, list[str]]]:
        """Return the first rows, among which the header is looked for."""
        found = []
        for one in self.rows(lambda _done: None):
            found.append(one)
            if len(found) == HEAD:
                break
        return found


def checksum(path: Path) -> tuple[int, str]:
    """Return the size and the SHA-256 of a regular file. Raises InputError."""
    try:
        if not path.is_file():
            raise InputError(f"{path} is not a file." if path.exists() else f"There is no file {path}.")
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        size = path.stat().st_size
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    if not size:
        raise InputError(f"{path} is empty.")
    return size, digest


def table(path: Path, encoding: str | None = None, delimiter: str | None = None) -> Raw:
    """Open a separated table. Raises InputError when it cannot be one, UsageError for a separator of several signs."""
    size, digest = checksum(path)
    start = _start(path)
    if start.startswith(b"PK"):
        raise InputError(
            f"{path} is a zip or a spreadsheet, not a table of text. Save it as .xlsx, or the sheet as CSV UTF-8."
        )
    if start.startswith(b"%PDF"):
        raise InputError(
            f"{path} is a PDF. Copy its table into a spreadsheet, look it over, and save that as .xlsx or CSV."
        )
    if start.lstrip().startswith((b"<", b"\xef\xbb\xbf<")):
        raise InputError(
            f"{path} is a web page or XML, not a table. Download the data as CSV, or as SDMX-ML with .xml."
        )
    known = _encoding(path, start, encoding)
    line = _first(path, known)
    if delimiter is not None and len(delimiter.replace("\\t", "\t")) != 1:
        raise UsageError(f"--delimiter is one sign, such as ; or \\t, not “{delimiter}”.")
    sign = delimiter.replace("\\t", "\t") if delimiter else _separator(line)
    form = (
        f"{known.upper()}, separated by {SEPARATORS.get(sign, repr(sign))}" if sign else f"{known.upper()}, one column"
    )
    return Raw(path, form, size, digest, lambda told: _rows(path, known, sign, told))


def _start(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(4096)


def _encoding(path: Path, start: bytes, wanted: str | None) -> str:
    """Return the encoding: the one that was asked for, the one of the byte order mark, or UTF-8."""
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    if wanted is None and marked == "utf-16":
        raise InputError(f"{path}, byte 0: this is UTF-16. Save it as UTF-8, or say --encoding utf-16.")
    try:
        return codecs.lookup(wanted or "utf-8").name
    except LookupError:
        raise UsageError(
            f"--encoding {wanted} is not known here. Common ones: utf-8, cp1252, latin-1, utf-16."
        ) from None


def _first(path: Path, encoding: str) -> list[str]:
    """Return the first lines that are neither empty nor behind #."""
    found: list[str] = []
    open_since = [0]
    for line in _lines(path, encoding, lambda _done: None, open_since):
        open_since[0] += 1
        if line.strip() and not line.startswith("#"):
            found.append(line)
        if len(found) == HEAD:
            break
    return found


def _separator(lines: list[str]) -> str:
    """Return the sign that separates the cells of the first lines, outside quotes; empty for one column."""
    counts = {sign: [line.count(sign) for line in map(_unquoted, lines)] for sign in SEPARATORS}
    best = max(SEPARATORS, key=lambda sign: (_steady(counts[sign]), max(counts[sign], default=0)))
    used = [number > 0 for number in counts[best]]
    if not any(used):
        return ""
    table = used[used.index(True) :]  # titles may stand above it; a name with a comma in a list is no table
    return best if 2 * sum(used) >= len(used) or (len(table) > 1 and sum(table) >= 0.8 * len(table)) else ""


def _steady(counts: list[int]) -> int:
    """Return how many lines share the most common count above zero."""
    return max((counts.count(number) for number in set(counts) if number), default=0)


def _unquoted(line: str) -> str:
    return "".join(line.split('"')[::2])


def _lines(path: Path, encoding: str, told: Callable[[int], None], open_since: list[int]) -> Iterator[str]:
    """Yield the lines of a file; `open_since` is set by the reader of rows to the line where its row began."""
    name = "utf-8-sig" if encoding == "utf-8" else encoding
    with path.open("rb") as binary:
        text = io.TextIOWrapper(binary, encoding=name, newline="")
        number = 0
        while True:
            try:
                line = text.readline(MAX_LINE)
            except UnicodeError:
                raise InputError(_broken(path, name)) from None
            if not line:
                return
            number += 1
            if len(line) >= MAX_LINE:
                raise InputError(f"{path}, line {number}: longer than {MAX_LINE:,} characters.")
            if "\0" in line:
                raise InputError(f"{path}, line {number}: a NUL character stands there.")
            if number - open_since[0] > MAX_LINES_IN_CELL:
                raise InputError(f"{path}, line {open_since[0] + 1}: a quote opened here is not closed.")
            if not number % 5000:
                told(binary.tell())
            yield line


def _broken(path: Path, encoding: str) -> str:
    """Say at which byte a file stops being what its encoding claims."""
    offset, line = 0, 1
    shown = encoding.removesuffix("-sig").upper()
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with path.open("rb") as stream:
        while block := stream.read(1 << 16):
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(block)
            except UnicodeError as error:
                at = max(0, getattr(error, "start", 0) - pending)
                line += block.count(b"\n", 0, at)
                return (
                    f"{path}, line {line}, byte {offset + at}: this is not {shown}. "
                    "Save it as UTF-8, or name what it is: --encoding cp1252."
                )
            offset += len(block)
            line += block.count(b"\n")
    at = offset - len(decoder.getstate()[0])
    return (
        f"{path}, line {line}, byte {at}: the file ends within a character. It is cut off, or not {shown}: --encoding."
    )


def _rows(path: Path, encoding: str, delimiter: str, told: Callable[[int], None]) -> Rows:
    """Yield the rows with the line in which each begins; comment lines at the top are left out."""
    open_since = [0]
    lines = _lines(path, encoding, told, open_since)
    skipped = 0
    first = next(lines, "")
    while first.startswith("#"):
        skipped += 1
        open_since[0] = skipped
        first = next(lines, "")

    def all_lines() -> Iterator[str]:
        yield first
        yield from lines

    csv.field_size_limit(MAX_LINE)
    # One column: no sign separates, and a unit separator stands in no text.
    reader = csv.reader(all_lines(), delimiter=delimiter or "\x1f", strict=True)
    try:
        for cells in reader:
            yield open_since[0] + 1, cells
            open_since[0] = skipped + reader.line_num
    except csv.Error as error:
        raise InputError(f"{path}, line {open_since[0] + 1}: {error}. Check the quotes.") from None
