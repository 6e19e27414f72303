"""What was found wrong in a file: the findings, where each stands, in the language of the file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from typing import Any

import pyoxigraph as ox

from migkg import assets, load
from migkg.candidate import Candidate, column
from migkg.reading import Fault
from migkg.terms import PREFIXES, local
from migkg.texts import UNTRANSLATED, again, has, say

SEVERITIES = ("error", "warning", "info")
SH = PREFIXES["sh"]
SEVERITY = {SH + "Violation": "error", SH + "Warning": "warning", SH + "Info": "info"}
# A rule about a whole row that a wrong cell of these columns breaks by itself.
_CARRYING = {"value", "status"}
_NAMING = {"element"}  # where the question is not known, nothing else can be said of the row


@dataclass(frozen=True)
class Finding:
    """One problem: which rule, in which file and line, or sheet and cell, about what, and how to mend it."""

    severity: str
    check: str
    focus: str
    path: str
    value: str
    message: str
    file: str = ""
    line: int | None = None
    column: str = ""
    fix: str = ""
    sheet: str = ""
    cell: str = ""

    @property
    def place(self) -> str:
        """Where it stands, as people write it: `Domain 2!D7`, or `line 4, column value`; empty for a whole file."""
        if self.sheet:
            return f"{self.sheet}!{self.cell}" if self.cell else self.sheet
        if self.line is None:
            return ""
        return f"line {self.line}, column {self.column}" if self.column else f"line {self.line}"

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain values."""
        return asdict(self)


@dataclass
class Report:
    """What was looked at, and what was found."""

    files: list[str]
    findings: list[Finding] = field(default_factory=list)
    rows: int = 0
    things: int = 0
    language: str = "en"

    @property
    def conforms(self) -> bool:
        """Whether no finding is an error."""
        return not any(f.severity == "error" for f in self.findings)

    @property
    def counts(self) -> dict[str, int]:
        """How many findings there are of each severity."""
        return {s: sum(f.severity == s for f in self.findings) for s in SEVERITIES}

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "conforms": self.conforms,
            "files": self.files,
            "rows": self.rows,
            "things": self.things,
            "counts": self.counts,
            "findings": [f.to_dict() for f in self.findings],
        }


def placed(finding: Finding, one: Candidate) -> Finding:
    """Return the finding with the file, line or cell that it speaks of."""
    lines = sorted(one.lines.get(finding.focus, []))
    if not lines:
        return replace(finding, file=one.file)
    where = column(finding.path)
    also = ""
    if len(lines) > 1:
        places = ", ".join(_where(one, line, where) for line in lines[1:])
        also = f" ({say('also-line', one.language, places=places)})"
    return _at(replace(finding, file=one.file, message=finding.message + also), one, lines[0], where)


def told(one: Candidate) -> list[Finding]:
    """Return what reading found in a file, in the language of the file."""
    return [_told(fault, one) for fault in one.faults]


def finished(found: Iterable[Finding], files: Iterable[Candidate]) -> list[Finding]:
    """Return what shapes and checks found with what reading found, once each, in each file's language, in order.

    What only repeats a fault of the same cell in other words is left out.
    """
    everything: list[Finding] = []
    by_file = {one.file: one for one in files}
    faults = [finding for one in by_file.values() for finding in told(one)]
    wrong = {(f.file, f.line, f.sheet, f.column) for f in faults if f.severity == "error" and f.column}
    rows = {(file, line, sheet) for file, line, sheet, name in wrong if name in _CARRYING}
    unknown = {(file, line, sheet) for file, line, sheet, name in wrong if name in _NAMING}
    for finding in found:
        one = by_file.get(finding.file)
        if (finding.file, finding.line, finding.sheet, finding.column) in wrong:
            continue
        if (finding.file, finding.line, finding.sheet) in unknown:
            continue
        if not finding.column and (finding.file, finding.line, finding.sheet) in rows:
            continue
        everything.append(_translated(finding, one.language) if one and one.language != "en" else finding)
    return ordered({*faults, *everything})


def ordered(found: Iterable[Finding]) -> list[Finding]:
    """Return findings in the order in which somebody walks through the files."""
    order = {name: index for index, name in enumerate(SEVERITIES)}
    return sorted(
        found,
        key=lambda f: (f.file, f.sheet, f.line or 0, f.cell, order[f.severity], f.focus, f.check, f.column, f.message),
    )


def _told(fault: Fault, one: Candidate) -> Finding:
    """Return a fault of reading as a finding, in the language of its file."""
    values = fault.values
    if other := values.get("other_line"):
        values["other"] = _where(one, int(other), fault.column)
    message = say(fault.check, one.language, **values)
    fix = say(fault.fix, one.language, **values) if fault.fix else ""
    focus = one.at(fault.line) or local(one.graph)
    path = f"mg:{fault.column}" if fault.column in ("area", "element", "period", "value", "status", "unit") else ""
    finding = Finding(
        fault.severity, fault.check, focus, path, fault.value, message[:1].upper() + message[1:], one.file, fix=fix
    )
    return _at(finding, one, fault.line, fault.column)


def _at(finding: Finding, one: Candidate, line: int, name: str) -> Finding:
    spot = one.spots.get(line)
    if spot is None:
        return replace(finding, line=line, column=name)
    return replace(finding, line=spot.row, column=name, sheet=spot.sheet, cell=f"{spot.letter(name)}{spot.row}")


def _where(one: Candidate, line: int, name: str) -> str:
    return one.place(line, name) if line in one.spots else say("place-line", one.language, line=line)


def _translated(finding: Finding, language: str) -> Finding:
    """Return a finding of a shape or check in another language; English, and marked, where there are no words."""
    values = {"value": finding.value, "focus": finding.focus}
    key, fix = f"check.{finding.check}", f"fix.{finding.check}"
    if shape := _shape_words().get((finding.check, language)):
        message = shape
    else:
        message = say(key, language, **values) if has(key) else finding.message + UNTRANSLATED
    mended = again(finding.fix, language) or (say(fix, language, **values) if has(fix) else "")
    if finding.fix and not mended:
        mended = finding.fix + UNTRANSLATED
    return replace(finding, message=message, fix=mended)


@cache
def _shape_words() -> dict[tuple[str, str], str]:
    """Return what each shape says, by its name and language."""
    found = {}
    for path in assets.files("shapes", ".ttl"):
        for quad in load.read_rdf(path):
            if quad.predicate.value == SH + "message" and isinstance(quad.object, ox.Literal) and quad.object.language:
                found[local(str(quad.subject.value)), quad.object.language] = quad.object.value  # type: ignore[union-attr]
    return found
