"""Rows of a table become rows of an observation table, one value each; what cannot be read is listed, never dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from migkg.errors import UsageError
from migkg.intake import cells, wholes
from migkg.intake.cells import Unreadable, tidy
from migkg.intake.elements import Elements, Meaning
from migkg.intake.files import Raw
from migkg.intake.layouts import Fit
from migkg.intake.names import LEFT_OUT, Names, way_out
from migkg.intake.wishes import Outcome, Wishes

COLUMNS = ("area", "element", "period", "value", "status", "unit", "source", "note")
NATIONAL = ("n", "national")
KEPT = ("value_text", "area_text", "locator")


class Value(NamedTuple):
    """One value as it is written, with the line it comes from."""

    line: int
    column: str
    area: str
    element: str
    period: str
    value: str
    status: str
    unit: str
    source: str
    note: str
    nature: str
    value_text: str
    area_text: str


@dataclass
class Reader:
    """What a conversion knows: names, elements, wishes, and what it has looked up before."""

    names: Names
    elements: Elements
    wishes: Wishes
    sources: set[str]
    by_name: dict[tuple[str, str], str] = field(default_factory=dict)
    fine: dict[tuple[str, ...], tuple[str, str] | None] = field(default_factory=dict)
    said_of: dict[str, int] = field(default_factory=dict)
    _areas: dict[tuple[str, str], tuple[str, str, str]] = field(default_factory=dict)
    _about: dict[tuple[str, ...], Meaning] = field(default_factory=dict)
    _values: dict[tuple[str, str, str, bool], tuple[str, str]] = field(default_factory=dict)

    def area(self, code: str, name: str, m49: bool) -> tuple[str, str, str]:
        """Return the area of a row, why there is none, and the nearest names; code and name must agree."""
        asked = (code, name)
        if asked not in self._areas:
            self._areas[asked] = self._area(code, name, m49)
        return self._areas[asked]

    def _area(self, code: str, name: str, m49: bool) -> tuple[str, str, str]:
        by_name = self.names.find(name) if name else None
        if code:
            found = self.names.find(code, m49)
            if found.thing and by_name and by_name.thing not in ("", found.thing):
                said = self.names.labels.get(found.thing, found.thing)
                return "", f"the code {code} is {found.thing} ({said}), the name “{name}” is {by_name.thing}", ""
            if found.thing or not (by_name and by_name.thing):
                return found.thing, found.why, found.near or (by_name.near if by_name else "")
            self.by_name[code, name] = by_name.thing
        if by_name:
            return by_name.thing, by_name.why, by_name.near
        return "", "no country is named", ""

    def about(self, texts: tuple[str, ...], series: bool) -> Meaning:
        """Return what a row is about: (code, name, breakdown) of a series, or an id, code or name of an element."""
        if texts not in self._about:
            self._about[texts] = (
                self.elements.of_series(*texts) if series else self.elements.of_name(texts[0], self.wishes.indicator)
            )
        return self._about[texts]

    def value(self, element: str, unit: str, text: str, coded: bool = False) -> tuple[str, str]:
        """Return value and status for the text of a cell; `coded` where the series holds codes. Raises Unreadable."""
        asked = (element, unit, text, coded)
        if asked not in self._values:
            if len(self._values) > 50_000:
                self._values.clear()
            self._values[asked] = self._value(*asked)
        return self._values[asked]

    def _value(self, element: str, unit: str, text: str, coded: bool) -> tuple[str, str]:
        if text.casefold() in self.wishes.missing:
            return "", "missing"
        if unit:
            if unit == "percent" and text.endswith("%"):
                text = text[:-1].rstrip()
            return cells.number(text, self.wishes.decimal), "normal"
        if code := self.elements.code(element, text):
            return code, "normal"
        if element in self.elements.lists:
            why = f"expected one of {self.elements.allowed(element)}; a word for “no value” is named with --missing"
            raise Unreadable(why if coded else f"{why}; for figures name the unit with --unit")
        raise UsageError(f"{element} takes figures, and a figure needs its unit: name it with --unit, such as percent.")


def check(fit: Fit, wishes: Wishes, file: str) -> None:
    """Refuse a table that leaves open what only a flag can decide. Raises UsageError naming the flag."""
    if "period" not in fit.roles and fit.layout.spread != "period" and not wishes.period:
        raise UsageError(f"{file} has no column of years. Say which year it is with --period.")
    told = {"series", "series_name", "element"} & set(fit.roles) or fit.layout.spread == "element"
    if not told and not wishes.indicator:
        raise UsageError(f"{file} does not say what is valued. Name it with --indicator, such as 10.7.2.")


def values(raw: Raw, fit: Fit, reader: Reader, out: Outcome, told: Callable[[int], None]) -> Iterator[Value]:
    """Yield the values that can be taken; count and note the others in `out`. Raises InputError, UsageError."""
    roles, width = fit.roles, len(fit.header)
    whole = wholes.of(fit, reader.wishes, reader.wishes.top)
    watched = whole.watches()
    noted = "period" in roles and not fit.spread and width > 2
    unknown = [place for place, meant in fit.spread.items() if not meant]
    for place in unknown:
        _, why, near = reader.area("", fit.header[place], fit.layout.m49)
        message = f"The heading {fit.header[place]} is no country: {why}."
        out.problem("unknown-area", message, line=fit.line, column=fit.header[place], fix=way_out(near))
    spread = [(place, meant) for place, meant in fit.spread.items() if meant]
    takes = spread or [(roles["value"], "")]
    places = list(roles.items())
    series = "series" in roles or "series_name" in roles
    for line, row in raw.rows(told):
        if line <= fit.line:
            continue
        if not any(row) or not "".join(row).strip():
            out.skipped["blank line"] += 1
            continue
        if len(row) != width:
            out.refused += 1
            out.problem("ragged-row", f"{len(row)} cells where the header has {width} columns.", line=line)
            continue
        try:
            said = {role: tidy(row[place]) for role, place in places if row[place]}
        except Unreadable as error:
            out.refused += max(1, len(spread))
            role = next(r for r, place in roles.items() if not _clean(row[place]))
            out.problem("hidden-character", f"{error}.", line=line, column=fit.header[roles[role]])
            continue
        if watched:
            if whole.unwanted(row):
                out.skipped["left out by --only"] += len(takes) + len(unknown)
                continue
            if (split := whole.part(row)) is not None:
                out.refused += len(takes) + len(unknown)
                _partial(out, line, fit.header[split], row[split])
                continue
        if noted and not said.get("period") and sum(map(bool, said.values())) == 1 and _alone(row):
            out.skipped["a note, not a row of data"] += 1
            out.remark("note-in-table", "Only one cell is filled: taken for a note, and left out.", line=line,
                       value=next(filter(None, row)))  # fmt: skip
            continue
        out.refused += len(unknown)
        for place, meant in takes:
            one = dict(said) if spread else said
            heading = fit.header[place]
            if spread:
                one["value"] = row[place]
                if fit.layout.spread == "area":
                    one["area"], one["area_name"] = meant, heading
                elif fit.layout.spread == "period":
                    one["period"] = meant
                else:
                    _split(one, meant)
            if (found := _value(one, line, heading, fit, reader, out, series or "\t" in meant)) is not None:
                yield found


def _alone(row: Sequence[str]) -> bool:
    return sum(1 for cell in row if cell.strip()) == 1


def _partial(out: Outcome, line: int, column: str, value: str) -> None:
    """Note a row that holds a part of a figure."""
    message = f"By the column {column} this row is a part ({value}), and it would be written as the whole."
    fix = (
        f"Take only the rows of the whole, such as --only '{column}=Total'; "
        f"or, if all rows are the whole, say --ignore-column '{column}'."
    )
    out.problem("row-of-a-part", message, line=line, column=column, value=value, fix=fix)


def _split(one: dict[str, str], meant: str) -> None:
    """Put what the heading of a column means where the rest looks for it."""
    code, tab, breakdown = meant.partition("\t")
    if tab:
        one["series"] = code
        one["breakdown"] = one.get("breakdown") or breakdown
    else:
        one["element"] = code


def _value(
    one: dict[str, str], line: int, heading: str, fit: Fit, reader: Reader, out: Outcome, series: bool
) -> Value | None:
    """Return the value of one cell, or note why there is none."""
    get, wishes = one.get, reader.wishes
    if series:
        about = reader.about((get("series", ""), get("series_name", ""), get("breakdown", "")), True)
    else:
        about = reader.about((get("element") or wishes.indicator,), False)
    another = wishes.indicator and wishes.indicator not in (about.element, about.indicator)
    if another and (about.element or series):
        out.skipped["another indicator"] += 1
        return None
    if not about.element:
        shown = get("series") or get("series_name") or get("element") or ""
        return refuse(out, "unknown-element", about.why, line, _head(fit, "breakdown", "series", "element"), shown)
    period = get("period") or wishes.period
    if wishes.period and period != wishes.period:
        out.skipped["another year"] += 1
        return None
    if about.coded and wishes.unit:
        raise UsageError(
            f"--unit {wishes.unit}: the series {about.coded} holds codes, not figures: "
            f"{reader.elements.allowed(about.element)}. Leave out --unit."
        )
    area, why, near = reader.area(get("area", ""), get("area_name", ""), fit.layout.m49)
    if area == LEFT_OUT:
        out.skipped["left out by --names"] += 1
        return None
    if not area:
        column, said_of = heading, reader.said_of
        shown = get("area_name") or get("area", "")
        if fit.layout.spread != "area":
            column = _head(fit, *(("area_name", "area") if get("area_name") else ("area", "area_name")))
        if fit.layout.spread == "period" and said_of.get("area") == line:
            out.refused += 1  # the same row, another year: said once
            return None
        said_of["area"] = line
        return refuse(out, "unknown-area", why, line, column, shown, way_out(near))
    unit = get("unit") or about.unit or wishes.unit
    source = get("source") or wishes.source or about.source
    try:
        cells.year(period)
    except Unreadable as error:
        return refuse(out, "unreadable-cell", str(error), line, _head(fit, "period"), period)
    try:
        text = tidy(get("value", "")) if fit.spread else get("value", "")
        value, status = reader.value(about.element, unit, text, bool(about.coded))
    except Unreadable as error:
        return refuse(out, "unreadable-cell", str(error), line, heading, get("value", ""))
    if problem := _contradiction(get("status", ""), status, source, get("nature", ""), reader, unit):
        return refuse(out, *problem, line, "", "")
    if not source:
        raise UsageError(
            f"{out.file} does not say where its figures come from. Name the source with --source, such as src-…."
        )
    if get("reporting", "").casefold() in NATIONAL:
        out.remark(
            "national-figure", "A national figure (reporting type N), not one of the global database.", line=line
        )
    note = get("note", "")
    if status == "missing" and text and not note:
        note = f"{text} in the source: no value"
    shown = get("area_name") or get("area", "")
    return Value(
        line, heading, area, about.element, period, value, status, unit if value else "", source, note,
        get("nature", "").lower(), text if text != value and value else "", shown if shown != area else "",
    )  # fmt: skip


def _contradiction(
    said: str, status: str, source: str, nature: str, reader: Reader, unit: str
) -> tuple[str, str] | None:
    """Return what in a row contradicts itself or is not known, as (check, message); looked up once."""
    asked = (said, status, source, nature, unit)
    if asked not in reader.fine:
        reader.fine[asked] = _against(said, status, source, nature, reader, unit)
    return reader.fine[asked]


def _against(said: str, status: str, source: str, nature: str, reader: Reader, unit: str) -> tuple[str, str] | None:
    if said and said != status:
        return (
            "status-against-value",
            f"the status is {said}, the value is {'there' if status == 'normal' else 'not there'}",
        )
    if source and source not in reader.sources:
        return "unknown-source", f"the source {source} is not described in data/sources"
    if nature and f"nature-{nature.lower()}" not in reader.elements.codes("natures"):
        return "unknown-nature", f"the nature {nature} is none of the codes of mgc:natures"
    if unit and f"unit-{unit}" not in reader.elements.codes("units"):
        return "unknown-unit", f"the unit {unit} is none of the codes of mgc:units"
    return None


def refuse(
    out: Outcome, check: str, why: str, line: int | None, column: str, value: str, fix: str = ""
) -> Value | None:
    """Count and note a refusal."""
    out.refused += 1
    out.problem(check, f"{why[:1].upper()}{why[1:]}.", line=line, column=column, value=value, fix=fix)
    return None


def _head(fit: Fit, *roles: str) -> str:
    return next((fit.header[fit.roles[role]] for role in roles if role in fit.roles), "")


def _clean(text: str) -> bool:
    try:
        return tidy(text) is not None
    except Unreadable:
        return False
