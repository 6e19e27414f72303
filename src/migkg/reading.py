"""Tables as text, read so that everything wrong in them is found at once, each fault with its place.

What cannot be read at all (not UTF-8, a quote never closed, no header) is an InputError; what can be read and is
wrong is a `Fault`, and the rest of the table is still there.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from migkg.errors import InputError
from migkg.texts import say

Row: TypeAlias = tuple[int, dict[str, str]]  # the line, and the cells by column
MAX_BYTES = 200_000_000
MAX_CELL = 20_000
LONGEST_QUOTE = 50
SHOWN = 80
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SPACES = dict.fromkeys(map(ord, "\xa0\u202f\u2007\u2009\u200a\u3000"), " ")
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_OTHER = {
    b"PK\x03\x04": "a zip file (an .xlsx workbook?)",
    b"\xd0\xcf\x11\xe0": "an old Excel file, or one that a password protects",
    b"%PDF": "a PDF",
    b"<!doc": "a web page",
    b"<html": "a web page",
}


class _Words(yaml.BaseLoader):
    """YAML in which everything is the text it is written as: no numbers, dates or truth values, and no aliases."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse aliases, by which a few lines grow to gigabytes."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not read")
        return super().compose_node(parent, index)


@dataclass(frozen=True)
class Fault:
    """One thing wrong in a table: which rule (a key of the texts), where, which value, what the text needs."""

    check: str
    line: int
    column: str = ""
    value: str = ""
    severity: str = "error"
    said: tuple[tuple[str, str], ...] = ()
    fix: str = ""

    @property
    def values(self) -> dict[str, str]:
        """What the text of the fault is filled with."""
        return {"line": str(self.line), "column": self.column, "value": self.value, **dict(self.said)}


@dataclass(frozen=True)
class Spot:
    """Where a row stands in a workbook: sheet, row, and the letter of each column."""

    sheet: str
    row: int
    letters: dict[str, str]

    def letter(self, column: str) -> str:
        """The letter of a column; that of the value for what is about the row as a whole."""
        return self.letters.get(column) or self.letters.get("value", "A")


@dataclass(frozen=True)
class Table:
    """A table as read: `meta` from a YAML head, `columns`, and `rows` with the line each stands in."""

    meta: dict[str, Any]
    columns: list[str]
    rows: list[Row]


@dataclass
class Reading:
    """A table with what was wrong in it, where its rows stand, how many lines were empty and how many no row at all.

    `heads` leads from what a form says of itself to a line of `spots`; `shown` is what people see of it.
    """

    table: Table
    faults: list[Fault] = field(default_factory=list)
    spots: dict[int, Spot] = field(default_factory=dict)
    blank: int = 0
    refused: int = 0
    heads: dict[str, int] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)


def bytes_of(path: Path) -> bytes:
    """Return the bytes of a regular file. Raises InputError."""
    regular(path)
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None


def regular(path: Path) -> int:
    """Return the size of a file. Raises InputError unless it can be read and is neither empty nor too large."""
    try:
        if not path.is_file():
            raise InputError(f"{path} is not a file." if path.exists() else f"There is no file {path}.")
        if (size := path.stat().st_size) > MAX_BYTES:
            raise InputError(f"{path} is larger than {MAX_BYTES // 1_000_000} MB. Split it.")
        path.open("rb").close()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    if not size:
        raise InputError(f"{path} is empty.")
    return size


def refuse_other(path: Path, start: bytes) -> None:
    """Raise InputError for what is no text whatever its name says; `start` is how the file begins."""
    start = start[:5].lower()
    if kind := next((name for sign, name in _OTHER.items() if start.startswith(sign.lower())), None):
        raise InputError(f"{path} is {kind}, not text, whatever its name says.")


def decoded(path: Path, encoding: str | None = None, *, other: bool = True) -> str:
    """Read a file as text, UTF-8 unless told otherwise, without a byte order mark. Raises InputError.

    `other` says whether the caller takes other encodings, so that the message may name the way.
    """
    data = bytes_of(path)
    refuse_other(path, data[:5])
    try:
        return data.decode(encoding or "utf-8-sig").removeprefix("\ufeff")
    except LookupError:
        raise InputError(f"There is no encoding “{encoding}”. Try utf-8, latin-1, cp1252 or utf-16.") from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        guess = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252"
        way = f", or name what it is, such as --encoding {guess}" if other else ""
        raise InputError(
            f"{path}, line {line}, byte {error.start}: this is not {(encoding or 'utf-8').upper()}. "
            f"Save the file as UTF-8{way}."
        ) from None


def head(path: Path, text: str) -> tuple[dict[str, Any], int]:
    """Return what the YAML behind # at the top says, and how many lines it takes. Raises InputError."""
    said = []
    for line in text.split("\n"):
        if line.startswith('"#'):  # a spreadsheet quotes a line that holds a comma
            line = next(csv.reader([line.rstrip("\r")]))[0]
        elif not line.startswith("#"):
            break
        said.append(line[1:].rstrip("\r").rstrip(",;\t"))
    if not said:
        return {}, 0
    try:
        meta = yaml.load("\n".join(said), Loader=_Words)
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError(f"{path}: the head behind # is not YAML: {error}") from None
    return (meta if isinstance(meta, dict) else {}), len(said)


def delimited(path: Path, text: str, delimiter: str | None = None) -> Reading:
    """Read a table separated by commas, tabs, semicolons or bars; the header decides which. Raises InputError."""
    meta, skipped = head(path, text)
    body = text.split("\n", skipped)[-1] if skipped else text
    reading = Reading(Table(meta, [], []))
    lines = io.StringIO(body, newline="")
    reading.table.rows.extend(rows_of(path, lines, skipped, delimiter, reading))
    return reading


def rows_of(path: Path, lines: Iterable[str], skipped: int, delimiter: str | None, reading: Reading) -> Iterator[Row]:
    """Yield the rows that stand behind the head; faults and the names of the columns go into the reading."""
    lines, last = iter(lines), ""
    top: list[str] = []
    while not (top and top[-1].strip()):
        if (first := next(lines, None)) is None:
            raise InputError(f"{path} has no header line.")
        top.append(first)

    def every() -> Iterator[str]:
        nonlocal last
        for one in chain(top, lines):
            last = one
            yield one

    usual = "\t" if path.suffix.lower() == ".tsv" else ","
    used = delimiter or _delimiter(top[-1], usual)
    faults, columns = reading.faults, reading.table.columns
    csv.field_size_limit(max(MAX_CELL * 4, 131_072))
    reader = csv.reader(every(), delimiter=used, strict=True)
    start, named = skipped + 1, False
    try:
        for cells in reader:
            line, start = start, skipped + reader.line_num + 1
            if start - line > LONGEST_QUOTE:
                raise InputError(f"{path}, line {line}: a quote opened here is not closed.")
            if not columns:
                columns += header(cells, line, faults)
                named = not any(column.startswith(" ") for column in columns)
            elif not any(cell.strip() for cell in cells):
                reading.blank += 1
            elif len(cells) != len(columns):
                cut = len(cells) < len(columns) and not last.endswith(("\n", "\r"))  # the file ends within this row
                numbers = (("found", str(len(cells))), ("expected", str(len(columns))))
                faults.append(Fault("file-cut" if cut else "wrong-number-of-cells", line, said=numbers))
                reading.refused += 1
            elif named and (whole := "".join(cells)).isascii() and whole.isprintable() and len(whole) <= MAX_CELL:
                yield line, dict(zip(columns, [cell.strip() for cell in cells], strict=True))
            else:
                yield line, clean(columns, cells, line, faults)
    except csv.Error as error:
        said = "a quote opened here is not closed" if "end of data" in str(error) else str(error)
        raise InputError(f"{path}, line {start}: {said}. Check the quotes.") from None
    if used != usual and delimiter is None and len(columns) > 1:
        names = (("found", DELIMITERS[used]), ("usual", DELIMITERS[usual]))
        faults.append(Fault("delimiter", skipped + 1, severity="info", said=names))


def header(cells: Sequence[str], line: int, faults: list[Fault]) -> list[str]:
    """Return the names of the columns; a column without a name or with one that is taken gets a name of its own."""
    columns: list[str] = []
    for number, cell in enumerate(cells, 1):
        name = tidy(cell)
        if not name:
            faults.append(Fault("column-without-name", line, said=(("number", str(number)),)))
        elif name in columns:
            faults.append(Fault("column-twice", line, name, name))
        elif _CONTROL.search(name):
            faults.append(Fault("control-character", line, "", escaped(name)))
            name = ""
        columns.append(name if name and name not in columns else f" {number}")
    return columns


def clean(columns: Sequence[str], cells: Sequence[str], line: int, faults: list[Fault]) -> dict[str, str]:
    """Return the cells of a row by column, trimmed and in one Unicode form; what may not stand there is a fault."""
    values = {}
    for column, cell in zip(columns, cells, strict=False):
        if column.startswith(" "):
            continue
        text = tidy(cell)
        if len(text) > MAX_CELL:
            faults.append(Fault("cell-too-long", line, column, text[:20] + "…", said=(("most", f"{MAX_CELL:,}"),)))
            text = ""
        elif _CONTROL.search(text):
            faults.append(Fault("control-character", line, column, escaped(text)))
            text = _CONTROL.sub("", text)
        values[column] = text
    return values


def tidy(text: str) -> str:
    """Return text in Unicode's composed form, special spaces made plain, without spaces around it."""
    return text.strip() if text.isascii() else unicodedata.normalize("NFC", text.translate(_SPACES)).strip()


def escaped(text: str) -> str:
    """Write a value for people: short, and with what cannot be seen spelled out."""
    shown = "".join(
        c if c.isprintable() and unicodedata.category(c) not in ("Cf", "Cc") else f"\\u{ord(c):04x}" for c in text
    )
    return shown if len(shown) <= SHOWN else shown[: SHOWN - 1] + "…"


def strict(path: Path, reading: Reading) -> Table:
    """Return the table when nothing in it is wrong. Raises InputError with the first fault."""
    for fault in reading.faults:
        if fault.severity == "error" or fault.check == "delimiter":
            column = f", column {fault.column}" if fault.column else ""
            raise InputError(f"{path}, line {fault.line}{column}: {say(fault.check, **fault.values)}")
    return reading.table


def _delimiter(first: str, usual: str) -> str:
    """Return what separates the columns of the first line that is not empty."""
    counts = {sign: first.count(sign) for sign in DELIMITERS}
    return usual if counts[usual] else max(counts, key=lambda sign: (counts[sign], sign == usual))
