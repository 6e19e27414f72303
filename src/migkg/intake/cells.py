"""What stands in a cell: numbers, years, days, and the words for “no value”. Strict: nothing is guessed."""

from __future__ import annotations

import datetime
import re
import unicodedata
from functools import lru_cache

from migkg import cells

# Words for “no value”, without regard to case; `--missing` names others.
MISSING = ("", "…", *cells.MISSING)
YEARS = cells.YEARS
_NUMBER = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")
_GROUPED = re.compile(r"-?[0-9]{1,3}(?:[ ,.'’\u202f][0-9]{3})+(?:[.,][0-9]+)?")
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), 1)
    for name in names.split()
}  # fmt: skip
_WRITTEN = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)? ([A-Za-z]+)\.?,? ([0-9]{4})")
_MONTH = re.compile(r"([A-Za-z]+)\.?,? ([0-9]{4})")
_NUMERIC = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_ISO = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


class Unreadable(ValueError):
    """A cell that does not hold what it should; the text says what was expected."""


def tidy(text: str) -> str:
    """Return the text of a cell in NFC, with plain spaces, none at its ends. Raises Unreadable for hidden signs."""
    return text.strip() if text.isascii() and text.isprintable() else _plain(text)


@lru_cache(maxsize=20_000)
def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFC", text.replace("\xa0", " ").replace("\u202f", " ")).strip()
    for sign in plain:
        if unicodedata.category(sign) in ("Cc", "Cf") and sign not in "\n\t\r":
            raise Unreadable(f"a hidden character (U+{ord(sign):04X}) stands in it; type it anew")
    return plain


def number(text: str, decimal: str = ".") -> str:
    """Return a number as plain digits. Raises Unreadable and says how to mend it."""
    plain = text
    if decimal == ",":
        if "." in text:
            raise Unreadable("a point, although --decimal is a comma; leave out the signs between thousands")
        plain = text.replace(",", ".")
    if _NUMBER.fullmatch(plain):
        return plain
    raise Unreadable(_why(text, decimal))


def _why(text: str, decimal: str) -> str:
    lower = text.lower().lstrip("+-")
    if lower in ("nan", "inf", "infinity"):
        return "not a number; leave the cell empty, or name the word with --missing"
    if text.endswith("%"):
        return "write the number alone, and its unit with --unit percent"
    if text.startswith(("<", ">", "~", "≤", "≥")):
        return "a limit is not a value; leave the cell empty"
    if not text.isascii() and any(c.isdigit() for c in text):
        return "write the digits 0 to 9 and a plain minus sign"
    if decimal == "." and re.fullmatch(r"-?[0-9]{1,3},[0-9]{3}", text):
        return (
            f"it is {text.replace(',', '')} if the comma stands between thousands: write it so; "
            f"it is {text.replace(',', '.')} if the comma is a decimal comma: say --decimal ,"
        )
    if decimal == "." and re.fullmatch(r"-?[0-9]+,[0-9]+", text):
        return "if the comma is a decimal comma, say --decimal ,"
    if _GROUPED.fullmatch(text):
        return "leave out the signs between thousands"
    if found := re.fullmatch(
        r"(?:[a-z]\s*)?(-?[0-9]+(?:[.,][0-9]+)?)\s*[*†‡a-z¹²³]{1,2}|[a-z]\s+(-?[0-9]+(?:[.,][0-9]+)?)", lower
    ):
        return (
            f"a sign stands at the number: write {found[1] or found[2]} alone, and what the sign says in a column Note"
        )
    if not any(c.isdigit() for c in text):
        return f"expected a number such as 62.3; if “{text[:40]}” says that there is none, add --missing '{text[:40]}'"
    return "expected a number such as 62.3"


def year(text: str) -> str:
    """Return a year of four digits in a sensible range. Raises Unreadable."""
    if not (len(text) == 4 and text.isascii() and text.isdigit()):
        raise Unreadable("expected one year of four digits, such as 2021")
    if not YEARS[0] <= int(text) <= YEARS[1]:
        raise Unreadable(f"expected a year between {YEARS[0]} and {YEARS[1]}")
    return text


def day(text: str, order: str = "") -> str:
    """Return a day, month or year in the form of ISO 8601, as precise as it was written. Raises Unreadable.

    `order` is dmy or mdy, where a day such as 03/04/2024 leaves that open; 26/01/1990 does not.
    """
    if found := _ISO.fullmatch(text):
        parts = [int(part) for part in found.groups() if part]
    elif found := _WRITTEN.fullmatch(text):
        month = _MONTHS.get(found[2].lower())
        if month is None:
            raise Unreadable("expected the month in English, such as 6 Jul 1983, or the day as 1983-07-06")
        parts = [int(found[3]), month, int(found[1])]
    elif (found := _MONTH.fullmatch(text)) and found[1].lower() in _MONTHS:
        parts = [int(found[2]), _MONTHS[found[1].lower()]]
    elif found := _NUMERIC.fullmatch(text):
        parts = _ordered(int(found[1]), int(found[2]), int(found[3]), order)
    elif re.fullmatch(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2}", text):
        raise Unreadable("the year needs four digits, such as 1983-07-06")
    else:
        raise Unreadable("expected a day such as 1983-07-06 or 6 Jul 1983, a month 1983-07 or a year 1983")
    try:
        datetime.date(*[*parts, 1, 1][:3])
    except ValueError:
        raise Unreadable("there is no such day in the calendar") from None
    return "-".join(f"{part:02d}" if i else f"{part:04d}" for i, part in enumerate(parts))


def _ordered(first: int, second: int, year: int, order: str) -> list[int]:
    """Return year, month, day of a day in numbers. Raises Unreadable where day and month cannot be told apart."""
    if not order and first <= 12 and second <= 12 and first != second:
        raise Unreadable(
            f"day and month cannot be told apart: say --dates dmy for {year:04d}-{second:02d}-{first:02d}, "
            f"--dates mdy for {year:04d}-{first:02d}-{second:02d}"
        )
    dmy = order == "dmy" or (not order and second <= 12)
    month, number = (second, first) if dmy else (first, second)
    if month > 12 and order:
        raise Unreadable(f"by --dates {order} the month would be {month}")
    return [year, month, number]


def fold(text: str) -> str:
    """Return a name as it is compared: no case, accents, signs, or “the”; & is and, St is Saint."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    words = re.findall(r"\w+", bare.replace("&", " and ").replace("'", "").replace("’", ""))
    return " ".join("saint" if w == "st" else w for w in words if w != "the")


def key(text: str) -> str:
    """Return a column name or code as it is compared: letters and digits only, no case."""
    return "".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold()))
