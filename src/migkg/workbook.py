"""A form as a workbook: instructions, a sheet per domain with lists to choose from, two hidden sheets for the machine.

The same form gives the same bytes. Only the yellow cells can be changed; the protection has no password.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from typing import Any

from migkg.sheets import LISTS, MACHINE
from migkg.template import FIELDS, Form, Section
from migkg.texts import say

COLUMNS = ("element", "code", "question", *FIELDS)
WIDTHS = (14, 8, 58, 30, 32, 34, 13, 36)
MACHINE_ROW, HEADER_ROW = 4, 5
_YELLOW, _GREY, _BLUE = "FFFFF8DC", "FFE8ECF0", "FF1F4E79"
_TIME = (1980, 1, 1, 0, 0, 0)


def write(form: Form, file: str) -> bytes:
    """Return the form as the bytes of an .xlsx file that will be called `file`."""
    from openpyxl import Workbook
    from openpyxl.workbook.protection import WorkbookProtection

    book = Workbook()
    places = _instructions(book.active, form, file)
    lists = _lists(book, form)
    titles: set[str] = set()
    for number, section in enumerate(form.sections, 1):
        if section.code:
            title = say("form.domain-sheet", form.language, number=section.code)
        else:
            title = say("form.questions-sheet", form.language) + ("" if number == 1 else f" {number}")
        title = re.sub(r"[\[\]:*?/\\]", " ", title)[:31]
        _domain(book.create_sheet(title if title not in titles else f"{title[:28]} {number}"), section, form, lists)
        titles.add(title)
    machine = book.create_sheet(MACHINE)
    for key, value in {**form.meta, **places}.items():
        machine.append([key, value])
    for sheet in (machine, book[LISTS]):
        sheet.sheet_state = "hidden"
        sheet.protection.sheet = True
    book.move_sheet(LISTS, len(book.sheetnames))
    book.security = WorkbookProtection(lockStructure=True)
    book.properties.title = f"{form.label}, {form.country_label} {form.period}"
    book.properties.creator = form.meta["software"]
    out = io.BytesIO()
    book.save(out)
    return _settled(out.getvalue())


def _instructions(sheet: Any, form: Form, file: str) -> dict[str, str]:
    """Fill the first sheet; return where people write who they are and when."""
    language = form.language
    sheet.title = say("form.instructions", language)
    sheet.column_dimensions["A"].width = 30
    sheet.column_dimensions["B"].width = 84
    _put(sheet, "A1", say("form.title", language, method=form.label), bold=True, size=15)
    places = {}
    fixed = {"country": f"{form.country_label} ({form.country})", "period": form.period, "language": language}
    row = 3
    for key in ("country", "period", "language", "filled_by", "filled_on"):
        _put(sheet, f"A{row}", say(f"form.{key}", language), bold=True)
        if key in fixed:
            _put(sheet, f"B{row}", fixed[key])
        else:
            _open(sheet[f"B{row}"])
            places[f"at {key}"] = f"{sheet.title}!B{row}"
        row += 1
    for source in form.sources:
        _put(sheet, f"A{row}", say("form.source", language), bold=True)
        _put(sheet, f"B{row}", source)
        row += 1
    row += 1
    _put(sheet, f"A{row}", say("form.how", language), bold=True)
    steps = [say(f"form.step-{n}", language, file=file, method=form.method) for n in range(1, 7)]
    if form.prefilled:
        steps.append(say("form.prefilled", language, count=form.prefilled, period=form.period))
    if language != "en":
        steps.append(say("form.translated", language))
    for step in steps:
        _put(sheet, f"B{row}", step)
        row += 1
    for number, limit in enumerate(form.limits):
        row += not number
        if not number:
            _put(sheet, f"A{row}", say("form.limits", language), bold=True)
        _put(sheet, f"B{row}", limit)
        row += 1
    _heights(sheet, {"B": 84}, range(3, row))
    _page(sheet, form, landscape=False)
    return places


def _lists(book: Any, form: Form) -> dict[str, str]:
    """Write the allowed answers, one list a column; return where each list stands."""
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(LISTS)
    places = {}
    for column, (name, codes) in enumerate(form.lists.items(), 1):
        letter = get_column_letter(column)
        _put(sheet, f"{letter}1", name)
        for row, code in enumerate(codes, 2):
            _put(sheet, f"{letter}{row}", code.label(form.language))
        places[name] = f"'{LISTS}'!${letter}$2:${letter}${len(codes) + 1}"
    return places


def _domain(sheet: Any, section: Section, form: Form, lists: dict[str, str]) -> None:
    """Fill the sheet of a domain; the machine's names of columns stand in a hidden row, ids in a hidden column."""
    from openpyxl.worksheet.datavalidation import DataValidation

    language, last = form.language, "H"
    _put(sheet, "B1", f"{section.code}  {section.label}".strip(), bold=True, size=13)
    _put(sheet, "B2", section.question)
    _put(sheet, "B3", section.known)
    for row, height in ((1, 22), (2, 34), (3, 18)):
        sheet.merge_cells(f"B{row}:{last}{row}")
        sheet.row_dimensions[row].height = height
    for letter, name, width in zip("ABCDEFGH", COLUMNS, WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
        _put(sheet, f"{letter}{MACHINE_ROW}", name)
        head = _put(sheet, f"{letter}{HEADER_ROW}", say(f"form.{name}", language) if letter != "A" else "", bold=True)
        _fill(head, _GREY)
    sheet.row_dimensions[MACHINE_ROW].hidden = True
    sheet.column_dimensions["A"].hidden = True
    choices: dict[str, Any] = {}
    for row, one in enumerate(section.asked, HEADER_ROW + 1):
        for letter, text in (("A", one.element), ("B", one.code), ("C", one.text)):
            _put(sheet, f"{letter}{row}", text)
        for letter, name in zip("DEFGH", FIELDS, strict=True):
            _open(_put(sheet, f"{letter}{row}", one.given.get(name, "")))
        if one.codes not in choices:
            choice = DataValidation("list", formula1=lists[one.codes], allow_blank=True, showErrorMessage=True)
            choice.error = choice.prompt = say("form.choose", language)
            choice.errorTitle = choice.promptTitle = say("form.value", language)
            choice.showInputMessage = True
            sheet.add_data_validation(choice)
            choices[one.codes] = choice
        choices[one.codes].add(f"D{row}")
    wide = dict(zip("BCDEFGH", WIDTHS[1:], strict=True))
    _heights(sheet, wide, range(HEADER_ROW, HEADER_ROW + 1))
    _heights(sheet, wide, range(HEADER_ROW + 1, HEADER_ROW + 1 + len(section.asked)), least=2)
    sheet.freeze_panes = f"D{HEADER_ROW + 1}"
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    _page(sheet, form, landscape=True)


def _put(sheet: Any, place: str, text: str, bold: bool = False, size: int = 11) -> Any:
    """Write text into a cell, as text even where it looks like a formula."""
    from openpyxl.styles import Alignment, Font

    cell = sheet[place]
    cell.value = text or None
    if text.startswith("="):
        cell.data_type = "s"
    cell.font = Font(name="Calibri", size=size, bold=bold, color=_BLUE if size > 11 else None)
    cell.alignment = Alignment(wrap_text=size == 11, vertical="top")
    return cell


def _heights(sheet: Any, widths: dict[str, int], rows: range, least: int = 1) -> None:
    """Make rows as high as their longest wrapped text needs; not every spreadsheet does so by itself."""
    for row in rows:
        needed = [len(str(sheet[f"{c}{row}"].value or "")) * 1.15 / width for c, width in widths.items()]
        sheet.row_dimensions[row].height = 15.5 * max(least, *(math.ceil(lines) for lines in needed), 1)


def _open(cell: Any) -> None:
    """Make a cell one that people fill in; its format is text, so that a spreadsheet makes no date of what is typed."""
    from openpyxl.styles import Alignment, Border, Protection, Side

    side = Side(style="thin", color="FFB0B0B0")
    _fill(cell, _YELLOW)
    cell.border = Border(left=side, right=side, top=side, bottom=side)
    cell.number_format = "@"
    cell.protection = Protection(locked=False)
    cell.alignment = Alignment(wrap_text=True, vertical="top")


def _fill(cell: Any, colour: str) -> None:
    from openpyxl.styles import PatternFill

    cell.fill = PatternFill("solid", fgColor=colour)


def _page(sheet: Any, form: Form, landscape: bool) -> None:
    """Set a sheet up for printing, and lock what is not to be filled in."""
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.left.text = f"{form.method} · {form.country} · {form.period}"
    sheet.oddFooter.right.text = say("form.page", form.language)
    sheet.sheet_view.showGridLines = False
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False


def _settled(data: bytes) -> bytes:
    """Return the workbook without the time of its making, so that the same form has the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "docProps/core.xml":
                part = re.sub(rb"(<dcterms:(created|modified)[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", part)
            info = zipfile.ZipInfo(name, _TIME)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(info, part)
    return out.getvalue()
