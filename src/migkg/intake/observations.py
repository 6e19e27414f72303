"""Rows of a table become rows of an observation table, one value each; what cannot be read is listed, never dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from migkg.errors import UsageError
from migkg.intake import cells, wholes
from migkg.intake.cells import Unreadable, tidy
from migkg.intake.files import Raw
from migkg.intake.layouts import Fit
from migkg.intake.names import LEFT_OUT, way_out
from migkg.intake.reader import Reader, Value
from migkg.intake.wishes import Outcome, Wishes

Wrong: TypeAlias = tuple[str, str, str, str, str]
COLUMNS = ("area", "element", "period", "value", "status", "unit", "source", "note")
NATIONAL = ("n", "national")
KEPT = ("value_text", "area_text", "locator")


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
    """Return the value of one cell, or note all that is wrong with it."""
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
        column = _head(fit, "breakdown", "series", "element")
        return _refuse(out, line, [("unknown-element", about.why, column, shown, "")])
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
    wrong: list[Wrong] = []
    if not area and not (fit.layout.spread == "period" and reader.said_of == line):  # a wide row is named once
        reader.said_of, column = line, heading
        if fit.layout.spread != "area":
            column = _head(fit, *(("area_name", "area") if get("area_name") else ("area", "area_name")))
        wrong.append(("unknown-area", why, column, get("area_name") or get("area", ""), way_out(near)))
    unit = get("unit") or about.unit or wishes.unit
    source = get("source") or wishes.source or about.source
    text = value = status = ""
    try:
        cells.year(period)
    except Unreadable as error:
        wrong.append(("unreadable-cell", str(error), _head(fit, "period"), period, ""))
    try:
        text = tidy(get("value", "")) if fit.spread else get("value", "")
        value, status = reader.value(about.element, unit, text, bool(about.coded))
    except Unreadable as error:
        wrong.append(("unreadable-cell", str(error), heading, get("value", ""), ""))
    if wrong or not area:
        return _refuse(out, line, wrong)
    if problem := _contradiction(get("status", ""), status, source, get("nature", ""), reader, unit):
        return _refuse(out, line, [(*problem, "", "", "")])
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


def _refuse(out: Outcome, line: int, wrong: list[Wrong]) -> Value | None:
    """Count one refusal, and note all that is wrong: check, reason, column, value, way out."""
    out.refused += 1
    for check_, why, column, value, fix in wrong:
        out.problem(check_, f"{why[:1].upper()}{why[1:]}.", line=line, column=column, value=value, fix=fix)
    return None


def _head(fit: Fit, *roles: str) -> str:
    return next((fit.header[fit.roles[role]] for role in roles if role in fit.roles), "")


def _clean(text: str) -> bool:
    try:
        return tidy(text) is not None
    except Unreadable:
        return False
