"""Tables of treaties and of members become the project's tables, each with its list."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from migkg.errors import InputError, UsageError
from migkg.intake import cells, layouts
from migkg.intake.cells import Unreadable, fold, tidy
from migkg.intake.files import Raw
from migkg.intake.layouts import Fit
from migkg.intake.names import LEFT_OUT, Names, way_out
from migkg.intake.wishes import Outcome, Wishes

PARTICIPATION = ("state", "instrument", "list", "as_of", "standing", "signed", "act", "consented", "in_force",
                 "denounced", "mark", "source", "note", "locator")  # fmt: skip
PARTICIPATION_LIST = ("list", "name", "instrument", "as_of", "completeness", "scope", "absence", "source", "note")
MEMBERSHIP = ("member", "organisation", "role", "role_words", "named", "as_of", "as_of_words", "since", "until",
              "source", "note", "locator")  # fmt: skip
MEMBERSHIP_LIST = ("organisation", "source", "as_of", "as_of_words", "completeness", "note")
_FOOTNOTES = re.compile(r"(?<=[^\W\d])\s*[*†‡]*\s*(?:\[?[0-9]{1,2}\]?\s*,?\s*)*$|[*†‡]+$")
_MARKED = re.compile(r"(.*[0-9])\s*\(?([A-Za-z]{1,2})\)?")


@dataclass
class ListReader:
    """What the conversion of a list knows."""

    names: Names
    wishes: Wishes
    roles: dict[str, set[str]]
    label: str = ""
    source_label: str = ""
    origin: array[int] = field(default_factory=lambda: array("L"))
    seen: dict[str, int] = field(default_factory=dict)


def check(fit: Fit, wishes: Wishes, file: str) -> None:
    """Refuse a list that leaves open what only a flag can decide, or of whose acts a column cannot be read.

    Raises UsageError naming the flag, InputError naming the column.
    """
    if lost := layouts.acts_not_read(fit):
        raise InputError(
            f"{file}, line {fit.line}: the column “{lost[0]}” may tell of acts and cannot be read, so who is "
            "a party would come out wrong. Give it the heading of one act, or of several with their letters, such as "
            "“Ratification, Accession(a)”; or leave the column out."
        )
    if not wishes.source:
        raise UsageError(f"{file} does not say where it comes from. Name the source with --source, such as src-….")
    if fit.layout.makes == "participation":
        if not wishes.treaty:
            raise UsageError(f"{file}: name the treaty with --treaty, such as crc. A table is a list of one treaty.")
        if not wishes.as_of:
            raise UsageError(f"{file}: a list speaks for its own day only. Say which with --as-of, such as 2022-08-25.")
        if wishes.whole and not wishes.scope:
            raise UsageError(f"{file}: a whole list must say whom it covers. Say it in English words with --scope.")
    else:
        if not wishes.organisation and fit.layout.alone:
            raise UsageError(
                f"{file} holds one column of names only, and no values. As a list of members of a body it is taken "
                "with --organisation, such as bali-process, and --role, such as member."
            )
        if not wishes.organisation:
            raise UsageError(f"{file}: name the body with --organisation, such as bali-process.")
        if "role" not in fit.roles and not wishes.role:
            raise UsageError(f"{file} has no column of roles. Say as what they belong with --role, such as member.")


def told_apart(raw: Raw, fit: Fit, out: Outcome) -> Fit:
    """Return the fit with a column that holds days in the role of days, where the layout says that this happens."""
    for role, instead in fit.layout.days.items():
        if role not in fit.roles or instead in fit.roles:
            continue
        place = fit.roles[role]
        texts = {row[place].strip() for line, row in raw.head() if line > fit.line and len(row) > place} - {""}
        if texts and all(map(_is_day, texts)):
            roles = {(instead if one == role else one): at for one, at in fit.roles.items()}
            column = fit.header[place]
            message = f"The column {column} holds days: they are read as “{instead}”."
            out.remark("column-of-days", message, line=fit.line, column=column)
            return replace(fit, roles=roles)
    return fit


def _is_day(text: str) -> bool:
    try:
        return bool(cells.day(text))
    except Unreadable:
        return False


def rows(
    raw: Raw, fit: Fit, reader: ListReader, out: Outcome, told: Callable[[int], None]
) -> Iterator[tuple[str, ...]]:
    """Yield the rows that can be taken; count and note the others in `out`. Raises InputError."""
    make = _participation if fit.layout.makes == "participation" else _membership
    what = "observation" if raw.counts == "observation" else "line"
    who, code = ("state", "state_code") if make is _participation else ("member", "member_code")
    for line, row in raw.rows(told):
        if line <= fit.line:
            continue
        if not any(cell.strip() for cell in row):
            out.skipped["blank line"] += 1
            continue
        if len(row) != len(fit.header):
            _refuse(out, "ragged-row", f"{len(row)} cells where the header has {len(fit.header)} columns", line)
            continue
        try:
            said = {role: tidy(row[place]) for role, place in fit.roles.items()}
        except Unreadable as error:
            _refuse(out, "hidden-character", str(error), line)
            continue
        thing = _who(said.get(who, ""), said.get(code, ""), fit, reader, out, line, who)
        if not thing or not _of_this(said, reader, out):
            continue
        if (found := make(thing, said, fit, reader, out, line)) is None:
            continue
        name = "|".join((thing, found[2])) if make is _membership else thing
        if name in reader.seen:
            _refuse(out, "named-twice", f"{thing} stands already in line {reader.seen[name]}", line, said.get(who, ""))
            continue
        reader.seen[name] = line
        reader.origin.append(line)
        out.accepted += 1
        yield (*found, f"{what} {line}")


def _who(text: str, code: str, fit: Fit, reader: ListReader, out: Outcome, line: int, role: str) -> str:
    """Return who a row is about, or note why that is not known."""
    plain = _FOOTNOTES.sub("", text).strip() if fit.layout.footnotes else text
    if fit.layout.parts and plain.startswith("[") and not plain.endswith("["):
        why = (
            "a name in brackets is a participant that has withdrawn, and the table does not say when; leave the row out"
        )
        _refuse(out, "withdrawn", why, line, text, fit.header[fit.roles[role]])
        return ""
    by_code = reader.names.find(code) if code else None
    found = reader.names.find(plain) if plain else None
    if by_code and found and by_code.thing and found.thing and by_code.thing != found.thing:
        why = f"the code {code} is {by_code.thing}, the name “{plain}” is {found.thing}"
        _refuse(out, "unknown-area", why, line, text)
        return ""
    best = by_code if by_code and by_code.thing else found or by_code
    if best is None or not best.thing:
        why, near = (best.why, best.near) if best else ("nobody is named", "")
        out.refused += 1
        out.problem("unknown-area", f"{why[:1].upper()}{why[1:]}.", line=line, column=fit.header[fit.roles[role]],
                    value=text or code, fix=way_out(near))  # fmt: skip
        return ""
    if best.thing == LEFT_OUT:
        out.skipped["left out by --names"] += 1
        return ""
    return best.thing


def _of_this(said: dict[str, str], reader: ListReader, out: Outcome) -> bool:
    """Return whether a row is about the treaty or body that is imported; a table may hold several."""
    for role, wanted in (("treaty", reader.wishes.treaty), ("organisation", reader.wishes.organisation)):
        if (text := said.get(role, "")) and fold(text) not in (fold(wanted), fold(reader.label)):
            out.skipped[f"another {role}: {text[:40]}"] += 1
            return False
    return True


def _participation(
    state: str, said: dict[str, str], fit: Fit, reader: ListReader, out: Outcome, line: int
) -> tuple[str, ...] | None:
    """Return one row of participation: the day and act of consent, or the signature alone, or neither."""
    wishes = reader.wishes
    dates = {"signed": "", "consented": "", "in_force": "", "denounced": ""}
    act, marks, wrong = "", [], []
    for role, text in said.items():
        target = "consented" if role in fit.layout.acts else role
        if target not in dates or text.casefold() in wishes.missing:
            continue
        found = _MARKED.fullmatch(_FOOTNOTE_OF_DAY.sub("", text))
        day, letter = (found[1].strip(), found[2]) if found and target in ("signed", "consented") else (text, "")
        known = fit.layout.marks if target == "consented" else fit.layout.signed_marks
        column = fit.header[fit.roles[role]]
        if letter and letter not in known:
            why = f"the letter {letter} behind the day is not known here; known are {', '.join(known)}"
            wrong.append(("unknown-letter", why, text, column))
            continue
        plain = layouts.unmarked(fit, role) if target == "consented" else ""
        if not letter and plain is None:
            why = "no letter stands behind the day, and the heading names no act without a letter"
            wrong.append(("no-letter", why, text, column))
            continue
        try:
            when = cells.day(_FOOTNOTE_OF_DAY.sub("", day), wishes.dates)
        except Unreadable as error:
            wrong.append(("unreadable-day", str(error), text, column))
            continue
        if dates[target]:
            wrong.append(("two-days", "two days of consent stand in one row", text, column))
            continue
        dates[target] = when
        if when != text:
            marks.append(text)
        if target == "consented":
            act = fit.layout.marks[letter] if letter else plain or ""
    if wrong:
        _refuse_all(out, wrong, line)
        return None
    standing = "party" if dates["consented"] else "signatory" if dates["signed"] else "none"
    return (
        state, wishes.treaty, wishes.list, wishes.as_of, standing, dates["signed"], act, dates["consented"],
        dates["in_force"], dates["denounced"], "; ".join(marks), wishes.source, said.get("note", ""),
    )  # fmt: skip


_FOOTNOTE_OF_DAY = re.compile(r"\s*\[[0-9]{1,2}\]\s*$|\s*[*†‡]+\s*$")


def _membership(
    member: str, said: dict[str, str], fit: Fit, reader: ListReader, out: Outcome, line: int
) -> tuple[str, ...] | None:
    """Return one row of membership."""
    wishes = reader.wishes
    text = said.get("role", "")
    role = wishes.role
    if text:
        found = reader.roles.get(fold(text), set())
        if len(found) != 1:
            known = ", ".join(sorted({c.removeprefix("role-") for one in reader.roles.values() for c in one}))
            _refuse(out, "unknown-role", f"this role is none of {known}", line, text, fit.header[fit.roles["role"]])
            return None
        role = next(iter(found)).removeprefix("role-")
    if not role:
        _refuse(out, "unknown-role", "no role stands here; say it, or name one for all with --role", line)
        return None
    days, wrong = {}, []
    for column in ("since", "until"):
        words = said.get(column, "")
        try:
            days[column] = "" if words.casefold() in wishes.missing else cells.day(words, wishes.dates)
        except Unreadable as error:
            wrong.append(("unreadable-day", str(error), words, fit.header[fit.roles[column]]))
    if wrong:
        _refuse_all(out, wrong, line)
        return None
    named = said.get("member", "")
    return (
        member, wishes.organisation, role, text if text and text != role else "",
        "" if named == reader.names.labels.get(member, member) else named, wishes.as_of,
        "" if wishes.as_of else "undated", days["since"], days["until"], wishes.source, said.get("note", ""),
    )  # fmt: skip


def described(makes: str, reader: ListReader, file: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return header and row that describe the list itself: its day, how whole it is, whom it covers."""
    wishes = reader.wishes
    whole = "complete" if wishes.whole else "partial"
    if makes == "participation":
        name = f"{reader.label or wishes.treaty}: list of {wishes.as_of} ({reader.source_label})"
        scope = wishes.scope or "Those whom the imported file names; whom else it covers was not said"
        absence = "no" if wishes.whole else "unknown"
        row: tuple[str, ...] = (
            wishes.list, name, wishes.treaty, wishes.as_of, whole, scope, absence, wishes.source,
            f"Imported from {file}.",
        )  # fmt: skip
        return PARTICIPATION_LIST, row
    day = "" if wishes.as_of else "undated"
    return MEMBERSHIP_LIST, (wishes.organisation, wishes.source, wishes.as_of, day, whole, f"Imported from {file}.")


def _refuse_all(out: Outcome, wrong: list[tuple[str, str, str, str]], line: int) -> None:
    """Note all that is wrong in one row; the row is refused once."""
    for check_, why, value, column in wrong:
        _refuse(out, check_, why, line, value, column)
    out.refused -= len(wrong) - 1


def _refuse(out: Outcome, check: str, why: str, line: int, value: str = "", column: str = "") -> None:
    out.refused += 1
    out.problem(check, f"{why[:1].upper()}{why[1:]}.", line=line, column=column, value=value)
