"""A table of figures as a whole, a filled form above all: its columns, its head, what is there twice or not at all.

The rules of single cells are in `cells`.
"""

from __future__ import annotations

import re
from decimal import Decimal

from migkg.cells import COLUMNS, SHOWN, Rules, alike, day
from migkg.errors import InputError
from migkg.reading import Fault, Reading, Table, escaped
from migkg.texts import LANGUAGES, say
from migkg.words import Question, Words

MOST_NAMED = 12
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_BESIDE = ("evidence_title", "evidence_link", "evidence_date", "note")


def checked(reading: Reading, words: Words) -> Table:
    """Return the table as it is meant; what is wrong in its cells is added to the faults of the reading."""
    rules = Rules(reading, words)
    _columns(reading, rules.form)
    _head(reading, words)
    rows = [(line, rules.row(line, cells)) for line, cells in reading.table.rows]
    _twice(rows, rules)
    if rules.form:
        gone = _gone(rows, rules, reading)
        _beside(rows, rules)
        _later(rows, rules, reading)
        _unanswered(rows, rules, reading, gone)
    keep = [c for c in reading.table.columns if c in COLUMNS]
    if rules.form and "status" not in keep:
        keep.append("status")
    return Table(reading.table.meta, keep, [(line, {c: row[c] for c in keep if c in row}) for line, row in rows])


def same(one: str, other: str) -> bool:
    """Whether two cells say the same: 55.5 and 55.50 do."""
    if one == other:
        return True
    return bool(_NUMBER.fullmatch(one) and _NUMBER.fullmatch(other)) and Decimal(one) == Decimal(other)


def _columns(reading: Reading, form: bool) -> None:
    known = (*COLUMNS, *SHOWN) if form else COLUMNS
    line = reading.table.rows[0][0] - 1 if reading.spots and reading.table.rows else 1
    for column in reading.table.columns:
        if column not in known and not column.startswith(" "):
            near = alike(column.lower(), [c for c in COLUMNS if c not in reading.table.columns])
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
            reading.faults.append(Fault(check, reading.heads.get(key, 1), key, value, "error", (("known", known),)))
    _shown(reading, words, method)
    if meta.get("filled_on") and not day(str(meta["filled_on"])):
        del meta["filled_on"]
    for key, column in (("country", "area"), ("period", "period")):
        if said := str(meta.get(key, "")):
            for line, cells in reading.table.rows:
                if cells.get(column, said) not in ("", said):
                    values = (("head", said),)
                    reading.faults.append(Fault("differs-from-head", line, column, cells[column], "warning", values))


def _shown(reading: Reading, words: Words, method: str) -> None:
    """Name a country or year that was typed over the one that the form was made for: the machine goes by the latter."""
    meta, seen = reading.table.meta, reading.shown
    country, period = str(meta.get("country", "")), str(meta.get("period", ""))
    other = words.meant_by(seen.get("country", ""))
    near = {"country": other or country, "period": seen.get("period") or period}
    for key, made, now in (("country", country, other or seen.get("country", "")), ("period", period, near["period"])):
        if now and made and now != made:
            value = escaped(seen[key])
            said = (("head", made), ("method", method), ("area", near["country"]), ("year", near["period"]))
            fix = "form-anew" if other and near["period"].isdigit() else ""
            reading.faults.append(Fault("form-of-another", reading.heads[key], key, value, "error", said, fix))


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
        if all(same(before.get(c, ""), cells.get(c, "")) for c in ("value", "status")):
            cells["value"] = before.get("value", "")  # the same number written another way is one value, not two
            faults.append(Fault("row-repeated", line, severity="warning", said=(("other_line", str(earlier)),)))
        else:
            here, there = rules.shown(before), rules.shown(cells)
            values = (("other_line", str(line)), ("other_value", there))
            faults.append(Fault("rows-differ", earlier, "value", here, "error", values))


def refuse_headless(reading: Reading, words: Words) -> None:
    """Refuse a form that has lost what says which form it is: without it, each of its rows would be wrong.

    Raises InputError.
    """
    table = reading.table
    if table.meta.get("method"):
        return
    elements = {cells.get("element", "") for _, cells in table.rows}
    method = next((m for m, asked in words.questions.items() if elements & {q.element for q in asked}), "")
    if not method:
        return
    said = {"method": method}
    for key, column in (("country", "area"), ("period", "period")):
        values = {cells.get(column, "") for _, cells in table.rows} - {""}
        said[key] = values.pop() if len(values) == 1 else "…"
    if reading.spots:
        raise InputError(say("form-without-machine", method=method))
    lines = " ".join(f"“# {key}: {value}”" for key, value in said.items())
    raise InputError(say("form-without-head", lines=lines))


def _gone(rows: list[tuple[int, dict[str, str]]], rules: Rules, reading: Reading) -> list[Question]:
    """Name the questions that were in a workbook and are there no more; return them.

    A table may leave rows out; a workbook has a row for each question, unless somebody deleted it or its sheet.
    """
    asked = rules.words.questions.get(rules.method, [])
    there = {cells.get("element", "") for _, cells in rows}
    gone = [q for q in asked if q.element not in there] if reading.spots and there & {q.element for q in asked} else []
    passed = {f.value: f for f in rules.faults if f.check == "sheet-passed-over"}
    for domain in dict.fromkeys(q.domain for q in gone):
        mine = [q for q in gone if q.domain == domain]
        title = say("form.domain-sheet", rules.language, number=mine[0].code.partition(".")[0])
        said = (("which", _named(mine)), ("sheet", title))
        lines = [
            line for line, cells in rows if cells.get("element") in {q.element for q in asked if q.domain == domain}
        ]
        if title in passed:
            rules.faults.remove(passed[title])
            rules.faults.append(Fault("sheet-unread", passed[title].line, "", title, "error", said))
        elif lines:
            rules.faults.append(Fault("question-gone", lines[0], "element", "", "warning", said))
        else:
            rules.faults.append(Fault("sheet-gone", reading.heads.get("country", rows[0][0]), "", "", "warning", said))
    return gone


def _beside(rows: list[tuple[int, dict[str, str]]], rules: Rules) -> None:
    """Name an answer that stands under evidence or note, where the answer itself is empty."""
    for line, cells in rows:
        if cells.get("value") or line in rules.broken:
            continue
        for column in _BESIDE:
            text = cells.get(column, "")
            if text and rules.words.answer(cells.get("element", ""), text, rules.language):
                said = (("name", say(f"form.{column}", rules.language)),)
                rules.faults.append(Fault("answer-beside", line, column, escaped(text), "warning", said))
                break


def _later(rows: list[tuple[int, dict[str, str]]], rules: Rules, reading: Reading) -> None:
    """Name evidence that is dated after the form was filled in, or else after its year."""
    meta = reading.table.meta
    last = str(meta.get("filled_on") or meta.get("period") or "")
    if not day(last):
        return
    for line, cells in rows:
        dated = cells.get("evidence_date", "")
        if dated and dated[: len(last)] > last[: len(dated)]:
            rules.faults.append(Fault("evidence-later", line, "evidence_date", dated, "warning", (("last", last),)))


def _named(asked: list[Question]) -> str:
    """Write the codes of questions in a row, a long row cut."""
    return ", ".join([*(q.code or q.element for q in asked[:MOST_NAMED]), *(["…"] if asked[MOST_NAMED:] else [])])


def _unanswered(rows: list[tuple[int, dict[str, str]]], rules: Rules, reading: Reading, gone: list[Question]) -> None:
    """Say how many questions of the form have no answer: they are no error, and they count in the score."""
    given = {cells.get("element", "") for _, cells in rows if cells.get("value")}
    wrong = {cells.get("element", "") for line, cells in rows if line in rules.broken}
    named = given | wrong | {q.element for q in gone}
    left = [q for q in rules.words.questions.get(rules.method, []) if q.element not in named]
    if not left:
        return
    lines = [line for line, cells in rows if cells.get("element") == left[0].element]
    said = (
        ("left", str(len(left))),
        ("all", str(len(rules.asked))),
        ("which", _named(left)),
    )
    line = lines[0] if lines else rows[0][0] if rows else 1
    reading.faults.append(Fault("unanswered", line, "value" if lines else "", "", "info", said))
