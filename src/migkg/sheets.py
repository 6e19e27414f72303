"""Workbooks of a spreadsheet as tables: a filled form, or any sheet whose first rows hold the header of a table.

A form has the machine's names of its columns in a hidden row above the visible header, and a hidden sheet that
says which form it is; what people insert, sort or rename leaves both in place. Nothing in a workbook runs.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from migkg.errors import InputError
from migkg.reading import Fault, Reading, Spot, Table, bytes_of, clean, escaped, header

SUFFIX = ".xlsx"
MACHINE = "migkg"
LISTS = "migkg-lists"
INSTRUCTIONS = "migkg-instructions"
# Where the first sheet of a form shows people what the hidden sheet says to the machine.
SHOWN = {"country": "B3", "period": "B4"}
HEADER_WITHIN = 30
MAX_UNPACKED = 60_000_000
MAX_RATIO = 200
MAX_PARTS = 2_000
MAX_CELLS = 5_000_000
_NEEDED = {"element", "value"}
_ERROR = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NUM!|NAME\?|NULL!|SPILL!|CALC!)")
_OLD = b"\xd0\xcf\x11\xe0"


def read(path: Path) -> Reading:
    """Read all tables of a workbook as one. Raises InputError for a file that is no workbook or holds no table."""
    data = bytes_of(path)
    _refuse(path, data)
    book = opened(path, data)
    meta = _meta(book)
    reading = Reading(Table(meta, [], []))
    passed: list[str] = []
    for sheet in book.worksheets:
        if sheet.title in (MACHINE, LISTS) or sheet.title == meta.get("instructions"):
            continue
        if sheet.max_row * sheet.max_column > MAX_CELLS:
            raise InputError(
                f"{path}, sheet “{sheet.title}”: it reaches to row {sheet.max_row:,} and column {sheet.max_column:,}. "
                "Delete the empty rows and columns at its end, or save the table as CSV."
            )
        top = _header_row(sheet)
        if top is None:
            passed += [sheet.title] if sheet.max_row > 1 else []
        else:
            _sheet(sheet, top, reading)
    if "question" in reading.table.columns and not meta.get("method"):
        raise InputError(
            f"{path}: this is a form without its hidden sheet “{MACHINE}”, so nothing says whose answers these "
            "are. Copy the answers into a new form from `migkg template`."
        )
    if not reading.table.columns:
        raise InputError(
            f"{path}: no sheet has a header with at least the columns element and value in its first "
            f"{HEADER_WITHIN} rows. Take a form from `migkg template`; a published table is read by `migkg import`."
        )
    for line, title in enumerate(passed, max(reading.spots) + 1):
        reading.spots[line] = Spot(title, 1, {})
        reading.faults.append(Fault("sheet-passed-over", line, "", title, "info"))
    _heads(book, meta, reading)
    _results(data, reading)
    if meta.get("method"):
        meta.setdefault("from_file", path.name)
        meta.setdefault("sha256", hashlib.sha256(data).hexdigest())
    return reading


def _refuse(path: Path, data: bytes) -> None:
    """Refuse before opening what is no workbook, or unpacks to far more than it is. Raises InputError."""
    if path.suffix.lower() != SUFFIX:
        raise InputError(f"{path}: workbooks with macros or of older kinds are not read. Save it as .xlsx.")
    if data[:4] == _OLD:
        raise InputError(
            f"{path} is protected by a password, or is an old Excel file. Save it as .xlsx without a password."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            whole = sum(part.file_size for part in parts)
            swollen = any(part.file_size > MAX_RATIO * max(part.compress_size, 500) for part in parts)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise InputError(f"{path} is not a whole .xlsx workbook ({error}). It may have been cut.") from None
    if "xl/workbook.xml" not in names:
        raise InputError(f"{path} is a zip file, but not an .xlsx workbook.")
    if any(name.endswith("vbaProject.bin") for name in names):
        raise InputError(f"{path} holds macros, which are not read. Save it as .xlsx without macros.")
    if swollen or whole > MAX_UNPACKED or len(parts) > MAX_PARTS:
        raise InputError(
            f"{path} unpacks to {whole / 1_000_000:,.0f} MB, more than a table needs. Save the table as CSV."
        )


def holds_form(path: Path) -> bool:
    """Return whether a workbook is a form, or has a table with our own columns. Raises InputError for no workbook."""
    data = bytes_of(path)
    _refuse(path, data)
    book = opened(path, data, values=True, fast=True)
    tops = (sheet.iter_rows(max_row=HEADER_WITHIN, values_only=True) for sheet in book.worksheets)
    return MACHINE in book.sheetnames or any({str(v).strip() for v in row} >= _NEEDED for top in tops for row in top)


def opened(path: Path, data: bytes, values: bool = False, fast: bool = False) -> Any:
    """Open a workbook: its formulas, or with `values` the results that the spreadsheet stored; `fast` row by row.

    Raises InputError.
    """
    import warnings

    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that a table does not need
            return openpyxl.load_workbook(io.BytesIO(data), data_only=values, keep_links=False, read_only=fast)
    except Exception as error:  # openpyxl lets through whatever the XML inside makes its parts raise
        raise InputError(
            f"{path} cannot be read as a workbook: {escaped(str(error) or type(error).__name__)}"
        ) from None


def _meta(book: Any) -> dict[str, Any]:
    """Return what the hidden sheet says of the form, with what people wrote on its first sheet."""
    if MACHINE not in book.sheetnames:
        return {}
    said = {str(row[0].value): row[1].value for row in book[MACHINE].iter_rows(max_col=2) if row[0].value}
    meta = {key: text_of(value) for key, value in said.items() if value is not None and not key.startswith("at ")}
    for key, place in said.items():
        title, _, cell = str(place or "").rpartition("!")
        if key.startswith("at ") and title in book.sheetnames and re.fullmatch(r"[A-Z]{1,2}[0-9]{1,4}", cell):
            if (value := book[title][cell].value) not in (None, ""):
                meta[key.removeprefix("at ")] = text_of(value)
            meta["instructions"] = title
    return meta


def _heads(book: Any, meta: dict[str, Any], reading: Reading) -> None:
    """Note where the first sheet says for whom a form is, who filled it in and when, and what people see there."""
    title = str(meta.pop("instructions", ""))
    if title not in book.sheetnames:
        return
    said = {str(row[0].value): str(row[1].value or "") for row in book[MACHINE].iter_rows(max_col=2)}
    at = {key.removeprefix("at "): place.rpartition("!")[2] for key, place in said.items() if key.startswith("at ")}
    for number, (key, cell) in enumerate({**SHOWN, **at}.items(), 1):
        letter, row = re.sub(r"[0-9]", "", cell), re.sub(r"[^0-9]", "", cell)
        if letter and row:
            reading.heads[key] = -number
            reading.spots[-number] = Spot(title, int(row), {key: letter})
    reading.shown |= {key: text_of(book[title][cell].value).strip() for key, cell in SHOWN.items()}


def _header_row(sheet: Any) -> int | None:
    """Return the row of the first header: the machine's names in a form, the columns in a plain table."""
    for row in sheet.iter_rows(max_row=HEADER_WITHIN):
        if {str(cell.value).strip() for cell in row if cell.value is not None} >= _NEEDED:
            return int(row[0].row)
    return None


def _sheet(sheet: Any, top: int, reading: Reading) -> None:
    """Add the rows below the header of a sheet to the table."""
    faults, table = reading.faults, reading.table
    table_line = max(reading.spots, default=1) + 1
    used = [cell for cell in sheet[top] if cell.value is not None]
    last = used[-1].column
    mine: list[Fault] = []
    columns = header([text_of(c.value) for c in sheet[top]][:last], table_line, mine)
    letters = {name: cell.column_letter for name, cell in zip(columns, sheet[top], strict=False)}
    reading.spots[table_line] = Spot(sheet.title, top, letters)
    faults += [f for f in mine if f.check != "column-without-name"]
    table.columns.extend(c for c in columns if c not in table.columns and not c.startswith(" "))
    form = bool(table.meta.get("method"))
    fixed = {"area": table.meta.get("country", ""), "period": table.meta.get("period", "")} if form else {}
    table.columns.extend(c for c in fixed if c not in table.columns)
    below = top + (2 if form and sheet.row_dimensions[top].hidden else 1)
    line = table_line
    for cells in sheet.iter_rows(min_row=below, max_col=last):
        if all(cell.value in (None, "") for cell in cells):
            reading.blank += 1
            continue
        line += 1
        reading.spots[line] = Spot(sheet.title, cells[0].row, letters)
        values = _row(columns, cells, line, faults)
        if form and not values.get("element"):  # a remark that somebody wrote below or between the questions
            if values.get("value"):
                faults.append(Fault("row-without-question", line, "value", escaped(values["value"]), "warning"))
            continue
        if sheet.row_dimensions[cells[0].row].hidden:
            faults.append(Fault("row-hidden", line, severity="warning"))
        table.rows.append((line, {**fixed, **values}))
    _merged(sheet, below, reading, table_line)


def _row(columns: Sequence[str], cells: Sequence[Any], line: int, faults: list[Fault]) -> dict[str, str]:
    texts = []
    for column, cell in zip(columns, cells, strict=True):
        value = cell.value
        if cell.data_type == "f":
            faults.append(Fault("formula-without-value", line, column, escaped(str(getattr(value, "text", value)))))
            value = ""
        elif isinstance(value, str) and _ERROR.fullmatch(value.strip()):
            faults.append(Fault("cell-error", line, column, value.strip()))
            value = ""
        elif isinstance(value, datetime.date | datetime.time | datetime.timedelta) and not column.startswith(
            "evidence"
        ):
            faults.append(Fault("date-in-cell", line, column, text_of(value)))
            value = ""
        texts.append(text_of(value))
    return clean(columns, texts, line, faults)


def _merged(sheet: Any, below: int, reading: Reading, line: int) -> None:
    """Name the merged cells below the header; in titles above it they do no harm."""
    for area in sheet.merged_cells.ranges:
        if area.max_row < below:
            continue
        first = sheet.cell(area.min_row, area.min_col).column_letter
        at = next((n for n, s in reading.spots.items() if (s.sheet, s.row) == (sheet.title, area.min_row)), line)
        column = next((name for name, letter in reading.spots[at].letters.items() if letter == first), "")
        reading.faults.append(Fault("merged-cells", at, column, area.coord))


def _results(data: bytes, reading: Reading) -> None:
    """Give formulas the results that the spreadsheet stored with them, where it did; each is named."""
    waiting = {(f.line, f.column): f for f in reading.faults if f.check == "formula-without-value"}
    if not waiting:
        return
    book = opened(Path("workbook"), data, values=True)
    rows = dict(reading.table.rows)
    for (line, column), fault in waiting.items():
        spot = reading.spots.get(line)
        value = book[spot.sheet][f"{spot.letters[column]}{spot.row}"].value if spot else None
        if value in (None, "") or line not in rows:
            continue
        reading.faults.remove(fault)
        if isinstance(value, str) and _ERROR.fullmatch(value.strip()):
            reading.faults.append(Fault("cell-error", line, column, value.strip()))
            continue
        rows[line].update(clean([column], [text_of(value)], line, reading.faults))
        reading.faults.append(Fault("formula", line, column, escaped(text_of(value)), "info"))


def text_of(value: Any) -> str:
    """Write a cell's value as people see it: whole numbers without a point, dates as ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)
