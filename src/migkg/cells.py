"""The rules of single cells in a table of figures: areas, years, answers, numbers, dates, links.

A form is such a table with a method in its head: there short words stand for codes, and a blank answer is a missing
one. Nothing else is put right; what is wrong is said, with what was probably meant.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from migkg.near import nearest
from migkg.reading import Fault, Reading, escaped
from migkg.texts import LANGUAGES, say
from migkg.words import Words, fold

COLUMNS = (
    "area", "element", "period", "value", "status", "unit", "source", "note", "nature",
    "evidence_title", "evidence_link", "evidence_date", "value_text", "area_text", "locator",
)  # fmt: skip
# What a form for people shows beside the table; a reader passes over it.
SHOWN = ("domain", "code", "question", "answers")
MISSING = ("n", "n/a", "na", "n.a.", "..", "...", "-", "–", "—", "?", "null", "none", "nd", "nr")
YEARS = (1900, 2100)
MOST_LISTED = 8
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
        if gone := self.words.gone(text):
            return _fault(f"area-{gone.became}", text, **gone.said(self.language)), text
        near = self.words.area(text)
        return _fault("area-unknown", text, "did-you-mean" if near else "", near=" / ".join(near)), text

    def _element(self, text: str, _element: str) -> tuple[Fault | None, str]:
        if not self.asked or text in self.asked:
            return None, text
        by_code = [q.element for q in self.words.questions[self.method] if text in (q.code, *q.labels.values())]
        near = by_code or alike(text, self.asked)
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
            self.words.near_answer(element, text, self.language) if self.form else alike(text, names)
        )
        about = self.words.label(element, self.language)
        several = self._several(text, element)
        fault = _fault(
            "answer",
            text,
            "one-answer" if several else "did-you-mean" if near else "",
            near=" / ".join(near),
            about=about,
            allowed=" · ".join(listed),
        )
        return fault, "" if self.form else text

    def _several(self, text: str, element: str) -> bool:
        """Whether a cell holds several answers, such as `yes, no` or `oui/non`."""
        parts = [part for part in re.split(r"[,;/|+]|\s(?:and|or|et|ou|y|o)\s", text) if part.strip()]
        return len(parts) > 1 and all(self.words.answer(element, part, self.language) for part in parts)

    def _evidence_link(self, text: str, _element: str) -> tuple[Fault | None, str]:
        if link(text):
            return None, text
        if re.fullmatch(r"https?:/{0,2}", text):
            return _fault("link-bare", text), ""
        near = f"https://{text}" if text.startswith("www.") and link(f"https://{text}") else ""
        return _fault("link", text, "did-you-mean" if near else "", near=near), ""

    def _evidence_date(self, text: str, _element: str) -> tuple[Fault | None, str]:
        if day(text):
            return None, text
        near = " / ".join(days_meant(text))
        return _fault("date", text, "did-you-mean" if near else "", near=near), ""


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


def days_meant(text: str) -> list[str]:
    """Return the days or months that somebody probably meant: of 3/4/2021 both readings, of 11 August 2011 the one."""
    words = fold(_digits(text)).replace(",", " ").replace(".", " ").replace("-", " ").replace("/", " ").split()
    words = [
        re.sub(r"^([0-9]{1,2})(st|nd|rd|th|er|º|o|ª)$", r"\1", word)
        for word in words
        if word not in ("de", "del", "of")
    ]
    if len(words) == 1 and re.fullmatch(r"[1-9][0-9]{4}", words[0]):  # the number that a spreadsheet keeps for a day
        return [(datetime.date(1899, 12, 30) + datetime.timedelta(days=int(words[0]))).isoformat()]
    months = [word for word in words if word in _months()]
    years = [word for word in words if re.fullmatch(r"(19|20)[0-9]{2}", word)]
    rest = [word for word in words if word not in months and word not in years]
    if len(years) != 1 or len(words) > 3 or not all(re.fullmatch(r"[0-9]{1,2}", word) for word in rest):
        return []
    year = years[0]
    if len(months) == 1:
        found = ["-".join([year, _months()[months[0]], *(f"{word:0>2}" for word in rest)])]
    elif len(rest) == 2 and words[0] != year:
        found = [f"{year}-{month:0>2}-{number:0>2}" for number, month in (rest, rest[::-1])]
    else:
        found = ["-".join([year, *(f"{word:0>2}" for word in rest)])]
    return [one for one in dict.fromkeys(found) if day(one)]


@cache
def _months() -> dict[str, str]:
    """Return the number of each month by its name, long and short, in the languages of forms."""
    return {
        name: f"{number:02}"
        for language in LANGUAGES
        for number, long in enumerate(say("months", language).split(), 1)
        for name in (fold(long), fold(long)[:3], fold(long)[:4])
    }


def _fault(check: str, value: str, fix: str = "", severity: str = "error", **said: str) -> Fault:
    return Fault(check, 0, "", escaped(value), severity, tuple(said.items()), fix)


def alike(text: str, known: Any) -> list[str]:
    """Return what is written much like this, among what is known."""
    return nearest(text, sorted(known), 2, 0.6)


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
