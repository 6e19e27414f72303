"""Any sheet of a workbook as rows of text, read row by row."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any

from migkg.errors import InputError
from migkg.reading import bytes_of
from migkg.sheets import opened, text_of


def titles(path: Path) -> tuple[list[str], list[str]]:
    """Return the titles of the sheets that people see, and of the hidden ones. Raises InputError."""
    found = opened(path, bytes_of(path), fast=True).worksheets
    seen = [sheet.title for sheet in found if sheet.sheet_state == "visible"]
    return seen, [sheet.title for sheet in found if sheet.title not in seen]


def grid(path: Path, title: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of one sheet as text, each with its number, without the empty cells at its end. Raises InputError.

    The workbook is read row by row. A formula counts by the result that the spreadsheet stored with it.
    """
    data = bytes_of(path)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        computed = any(sign in archive.read(name) for name in parts for sign in (b"<f>", b"<f "))
    sheet = opened(path, data, values=True, fast=True)[title]
    sheet.reset_dimensions()
    formulas: Any = ()
    if computed:
        formulas = opened(path, data, fast=True)[title]
        formulas.reset_dimensions()
        formulas = formulas.iter_rows()
    for number, (cells, written) in enumerate(zip_longest(sheet.iter_rows(), formulas, fillvalue=()), 1):
        for cell, formula in zip(cells, written, strict=False):
            if formula.value is not None and cell.value is None and formula.data_type == "f":
                raise InputError(
                    f"{path}, {title}!{formula.coordinate}: the formula there has no stored result. Open the workbook "
                    "in a spreadsheet and save it, or paste the values."
                )
        texts = [_shown(cell) for cell in cells]
        while texts and not texts[-1].strip():
            texts.pop()
        yield number, texts


def _shown(cell: Any) -> str:
    """Write the value of a cell; a share that is shown as per cent is written as per cent."""
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool) and "%" in (cell.number_format or ""):
        return f"{(Decimal(repr(value)) * 100).normalize():f}%"
    return text_of(value)
