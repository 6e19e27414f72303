"""The rules of single cells in a table of figures: areas, years, answers, numbers, dates, links.

A form is such a table with a method in its head: there short words stand for codes, and a blank answer is a missing
one. Nothing else is put right; what is wrong is said, with what was probably meant.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from migkg.reading import Fault, Reading, Table, escaped
from migkg.texts import LANGUAGES
from migkg.words import Words

COLUMNS = (
    "area", "element", "period", "value", "status", "unit", "source", "note", "nature",
    "evidence_title", "evidence_link", "evidence_date", "value_text", "area_text", "locator",
)  # fmt: skip
# What a form for people shows beside the table; a reader passes over it.
SHOWN = ("domain", "code", "question", "answers")
MISSING = ("n", "n/a", "na", "n.a.", "..", "...", "-", "–", "—", "?", "null", "none", "nd", "nr")
YEARS = (1900, 2100)
MOST_LISTED, MOST_NAMED = 8, 12
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_NO_NUMBER = ("nan", "inf", "infinity", "-inf", "+inf")
_PLAIN = ("area", "element", "period", "value", "status", "unit", "source", "nature")


class Rules:
    """The rules as they stand for one table."""

    def __init__(self, reading: Reading, words: Words) -> None:
        self.words, self.faults, meta = words, reading.faults, reading.table.meta
        self.method = str(meta.get("method", "")).removeprefix("scoring-")
        self.language = language_of(meta)
        self.form = bool(self.method)
        self.asked = {q.element for q in words.questions.get(self.method, [])}
        self.broken = {f.line for f in reading.faults if f.column == "value" and f.severity == "error"}
        self._known: dict[tuple[str, str], tuple[Fault | None, str]] = {}

    def row(self, line: int, cells: dict[str, str]) -> dict[str, str]:
        """Return the cells as they are meant; what is wrong in them is added to the faults."""
        done = dict(cells)
        for column in filter(COLUMNS.__contains__, cells):
            key = (column, f"{cells.get('element', '')}\0{cells[column]}" if column == "value" else cells[column])
            if key not in self._known:
                self._known[key] = self._cell(column, cells[column], cells.get("element", ""))
            fault, meant = self._known[key]
            done[column] = meant
            if fault:
                if column == "value" and fault.severity == "error":
                    self.broken.add(line)
                self.faults.append(Fault(fault.check, line, column, fault.value, fault.severity, fault.said, fault.fix))
        if self.form and not done.get("status"):  # a wrong answer is no missing one
            done["status"] = "normal" if done.get("value") or line in self.broken else "missing"
        return done

    def shown(self, cells: dict[str, str]) -> str:
        """Return the value of a row as people read it: in a form the words of an answer, not its code."""
        value = cells.get("value", "")
        codes = self.words.answers.get(cells.get("element", ""), []) if self.form else []
        return next((code.label(self.language) for code in codes if code.id == value), value)

    def _cell(self, column: str, text: str, element: str) -> tuple[Fault | None, str]:
        if not text:
            return None, text
        if column in _PLAIN and any(unicodedata.category(c) == "Cf" for c in text):
            plain = "".join(c for c in text if unicodedata.category(c) != "Cf")
            return _fault("invisible-character", text, "did-you-mean", near=plain), plain
        rule = getattr(self, f"_{column}", None)
        found: tuple[Fault | None, str] = rule(text, element) if rule else (None, text)
        return found

    def _area(self, text: str, _element: str) -> tuple[Fault | None, str]:
        if text in self.words.areas or not self.words.areas:
            return None, text
        near = self.words.area(text)
        return _fault("area-unknown", text, "did-you-mean" if near else "", near=" / ".join(near)), text

    def _element(self, text: str, _element: str) -> tuple[Fault | None, str]:
        if not self.asked or text in self.asked:
            return None, text
        by_code = [q.element for q in self.words.questions[self.method] if text in (q.code, *q.labels.values())]
        near = by_code or _near(text, self.asked)
        said = _fault(
            "question-unknown", text, "did-you-mean" if near else "", near=" / ".join(near), method=self.method
        )
        return said, text

    def _period(self, text: str, _element: str) -> tuple[Fault | None, str]:
        if re.fullmatch(r"[0-9]{4}", text) and YEARS[0] <= int(text) <= YEARS[1]:
            return None, text
        meant = re.search(r"(?<![0-9])(19|20)[0-9]{2}(?![0-9])", _digits(text))
        short = re.fullmatch(r"(?:FY ?)?'?([0-9]{2})", text)
        near = meant.group() if meant else f"20{short.group(1)}" if short else ""
        return _fault("year", text, "did-you-mean" if near else "", near=near), text

    def _value(self, text: str, element: str) -> tuple[Fault | None, str]:
        low = text.lower()
        if element in self.words.answers and (self.form or text[0].isalpha()) and low not in _NO_NUMBER:
            return self._answer(text, element)
        if _NUMBER.fullmatch(text) or (_CODE.fullmatch(text) and low not in (*MISSING, *_NO_NUMBER)):
            return None, text
        if low in MISSING:
            return _fault("missing-word", text, "leave-empty"), text
        near = _number(text)
        return _fault("number", text, "did-you-mean" if near else "", near=near), text

    def _answer(self, text: str, element: str) -> tuple[Fault | None, str]:
        codes = self.words.answers[element]
        if any(text == code.id for code in codes):
            return None, text
        found = self.words.answer(element, text, self.language)
        if self.form and len(found) == 1:
            return None, found[0].id
        if text.lower() in MISSING and not found:
            if self.form:
                return _fault("missing-read", text, "leave-empty", "warning"), ""
            return _fault("missing-word", text, "leave-empty"), text
        # In a form a wrong answer is not handed on: it is no answer. In a table it stays, for the other rules to see.
        names = [c.label(self.language) if self.form else c.id for c in codes]
        listed = names if len(names) <= MOST_LISTED else [*names[:MOST_LISTED], "…"]
        near = [c.id for c in found] or (
            self.words.near_answer(element, text, self.language) if self.form else _near(text, names)
        )
        about = self.words.label(element, self.language)
        fault = _fault(
            "answer",
            text,
            "did-you-mean" if near else "",
            near=" / ".join(near),
            about=about,
            allowed=" · ".join(listed),
        )
        return fault, "" if self.form else text

    def _evidence_link(self, text: str, _element: str) -> tuple[Fault | None, str]:
        if link(text):
            return None, text
        near = f"https://{text}" if text.startswith("www.") and link(f"https://{text}") else ""
        return _fault("link", text, "did-you-mean" if near else "", near=near), ""

    def _evidence_date(self, text: str, _element: str) -> tuple[Fault | None, str]:
        if day(text):
            return None, text
        turned = re.fullmatch(r"([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})", text)
        readings = [f"{turned[3]}-{turned[b]:0>2}-{turned[a]:0>2}" for a, b in ((1, 2), (2, 1))] if turned else []
        if re.fullmatch(r"[1-9][0-9]{4}", text):  # the number that a spreadsheet keeps for a day
            readings = [(datetime.date(1899, 12, 30) + datetime.timedelta(days=int(text))).isoformat()]
        near = " / ".join(dict.fromkeys(r for r in readings if day(r)))
        return _fault("date", text, "did-you-mean" if near else "", near=near), ""


def checked(reading: Reading, words: Words) -> Table:
    """Return the table as it is meant; what is wrong in its cells is added to the faults of the reading."""
    rules = Rules(reading, words)
    _columns(reading, rules.form)
    _head(reading, words)
    rows = [(line, rules.row(line, cells)) for line, cells in reading.table.rows]
    _twice(rows, rules)
    if rules.form:
        _unanswered(rows, rules, reading)
    keep = [c for c in reading.table.columns if c in COLUMNS]
    if rules.form and "status" not in keep:
        keep.append("status")
    return Table(reading.table.meta, keep, [(line, {c: row[c] for c in keep if c in row}) for line, row in rows])


def language_of(meta: dict[str, Any]) -> str:
    """Return the language that the head of a table names, English where it names none of ours."""
    said = str(meta.get("language", "en")).lower()
    return said if said in LANGUAGES else "en"


def link(text: str) -> bool:
    """Whether this is a web address that can be kept and followed: http or https, a host, nothing odd in it."""
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and not re.search(r'[\s<>"{}|\\^`\x00-\x20]', text)
        )
    except ValueError:
        return False


def day(text: str) -> bool:
    """Whether this is a real day, month or year as ISO 8601 writes it."""
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", text):
        return False
    try:
        datetime.date.fromisoformat((text + "-01-01")[:10] if len(text) < 10 else text)
    except ValueError:
        return False
    return True


def _fault(check: str, value: str, fix: str = "", severity: str = "error", **said: str) -> Fault:
    return Fault(check, 0, "", escaped(value), severity, tuple(said.items()), fix)


def _same(one: str, other: str) -> bool:
    """Whether two cells say the same: 55.5 and 55.50 do."""
    if one == other:
        return True
    return bool(_NUMBER.fullmatch(one) and _NUMBER.fullmatch(other)) and Decimal(one) == Decimal(other)


def _near(text: str, known: Any) -> list[str]:
    import difflib

    return difflib.get_close_matches(text, sorted(known), 2, 0.6)


def _digits(text: str) -> str:
    """Return text with the digits of other scripts and other dashes as ASCII."""
    return "".join(str(unicodedata.digit(c, c)) for c in text).replace("–", "-").replace("−", "-")


def _number(text: str) -> str:
    """Return the number that somebody probably meant, where there is only one way to read it."""
    plain = _digits(text).replace(" ", "").replace("'", "").removesuffix("%").removeprefix("+").removesuffix(".")
    if re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{3})*,[0-9]+", plain):
        plain = plain.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"-?[0-9]{1,3}(,[0-9]{3}){2,}|-?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+", plain):
        plain = plain.replace(",", "")
    return plain if _NUMBER.fullmatch(plain) else ""


def _columns(reading: Reading, form: bool) -> None:
    known = (*COLUMNS, *SHOWN) if form else COLUMNS
    line = reading.table.rows[0][0] - 1 if reading.spots and reading.table.rows else 1
    for column in reading.table.columns:
        if column not in known and not column.startswith(" "):
            near = _near(column.lower(), [c for c in COLUMNS if c not in reading.table.columns])
            fix = "did-you-mean" if near else ""
            fault = Fault("column-unknown", line, column, column, "warning", (("near", " / ".join(near)),), fix)
            reading.faults.append(fault)


def _head(reading: Reading, words: Words) -> None:
    """Check what the head of a form says: the method, the language, the day it was filled in."""
    meta = reading.table.meta
    if not meta.get("method"):
        return
    method = str(meta["method"]).removeprefix("scoring-")
    for check, key, wrong in (
        ("method-unknown", "method", bool(words.questions) and method not in words.questions),
        ("language-unknown", "language", str(meta.get("language", "en")).lower() not in LANGUAGES),
        ("date", "filled_on", bool(meta.get("filled_on")) and not day(str(meta["filled_on"]))),
    ):
        if wrong:
            known = " · ".join(sorted(words.questions) if key == "method" else LANGUAGES)
            value = escaped(str(meta[key]))
            reading.faults.append(Fault(check, 1, key, value, "error", (("known", known),)))
    if meta.get("filled_on") and not day(str(meta["filled_on"])):
        del meta["filled_on"]
    for key, column in (("country", "area"), ("period", "period")):
        if said := str(meta.get(key, "")):
            for line, cells in reading.table.rows:
                if cells.get(column, said) not in ("", said):
                    values = (("head", said),)
                    reading.faults.append(Fault("differs-from-head", line, column, cells[column], "warning", values))


def _twice(rows: list[tuple[int, dict[str, str]]], rules: Rules) -> None:
    """Name the rows that speak of the same thing twice: the same again is a warning, something else an error."""
    first: dict[tuple[str, ...], tuple[int, dict[str, str]]] = {}
    faults = rules.faults
    for line, cells in rows:
        key = tuple(cells.get(c, "") for c in ("area", "element", "period"))
        if not all(key):
            continue
        earlier, before = first.setdefault(key, (line, cells))
        if earlier == line:
            continue
        if all(_same(before.get(c, ""), cells.get(c, "")) for c in ("value", "status")):
            cells["value"] = before.get("value", "")  # the same number written another way is one value, not two
            faults.append(Fault("row-repeated", line, severity="warning", said=(("other_line", str(earlier)),)))
        else:
            here, there = rules.shown(before), rules.shown(cells)
            values = (("other_line", str(line)), ("other_value", there))
            faults.append(Fault("rows-differ", earlier, "value", here, "error", values))


def _unanswered(rows: list[tuple[int, dict[str, str]]], rules: Rules, reading: Reading) -> None:
    """Say how many questions of the form have no answer: they are no error, and they count in the score."""
    given = {cells.get("element", "") for _, cells in rows if cells.get("value")}
    wrong = {cells.get("element", "") for line, cells in rows if line in rules.broken}
    left = [q for q in rules.words.questions.get(rules.method, []) if q.element not in given | wrong]
    if not left:
        return
    lines = [line for line, cells in rows if cells.get("element") == left[0].element]
    said = (
        ("left", str(len(left))),
        ("all", str(len(rules.asked))),
        (
            "which",
            ", ".join([*(q.code or q.element for q in left[:MOST_NAMED]), *(["…"] if left[MOST_NAMED:] else [])]),
        ),
    )
    line = lines[0] if lines else rows[0][0] if rows else 1
    reading.faults.append(Fault("unanswered", line, "value" if lines else "", "", "info", said))
