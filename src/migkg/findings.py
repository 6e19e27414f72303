"""What was found wrong in a file: the findings, where each stands, and how a report of them is written."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import pyoxigraph as ox

from migkg.candidate import Candidate
from migkg.tables import table
from migkg.terms import PREFIXES, expand

SEVERITIES = ("error", "warning", "info")
SH = PREFIXES["sh"]
SEVERITY = {SH + "Violation": "error", SH + "Warning": "warning", SH + "Info": "info"}


@dataclass(frozen=True)
class Finding:
    """One problem: which rule, in which file and line, about what, and how to mend it."""

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

    @property
    def conforms(self) -> bool:
        """Whether no finding is an error."""
        return not any(f.severity == "error" for f in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        counts = {s: sum(f.severity == s for f in self.findings) for s in SEVERITIES}
        return {
            "conforms": self.conforms,
            "files": self.files,
            "rows": self.rows,
            "things": self.things,
            "counts": counts,
            "findings": [f.to_dict() for f in self.findings],
        }


def placed(finding: Finding, one: Candidate) -> Finding:
    """Return the finding with the file, line and column that it speaks of."""
    lines = one.lines.get(finding.focus, [])
    column = finding.path.rpartition(":")[2] if lines else ""
    also = f" (also line {', '.join(str(n) for n in lines[1:])})" if len(lines) > 1 else ""
    return Finding(
        **{
            **asdict(finding),
            "file": one.file,
            "line": min(lines) if lines else None,
            "column": column,
            "message": finding.message + also,
        }
    )


def csv(report: Report) -> str:
    """Return the findings as CSV, with a header also where nothing was found."""
    columns = ["file", "line", "column", "severity", "check", "focus", "path", "value", "message", "fix"]
    rows = [{c: f.to_dict()[c] for c in columns} for f in report.findings]
    return table(rows) if rows else ",".join(columns) + "\n"


def turtle(report: Report) -> bytes:
    """Return a standard `sh:ValidationReport`; findings of checks are results like those of shapes."""
    lines = [f"@prefix sh: <{SH}> .", f"@prefix mgs: <{PREFIXES['mgs']}> .", f"@prefix mgd: <{PREFIXES['mgd']}> .", ""]
    lines.append(f"[] a sh:ValidationReport ; sh:conforms {str(report.conforms).lower()}")
    for finding in report.findings:
        kind = next(iri for iri, name in SEVERITY.items() if name == finding.severity)
        component = "SPARQLConstraintComponent" if finding.check.islower() else "NodeConstraintComponent"
        said = [
            "a sh:ValidationResult",
            f"sh:focusNode {ox.NamedNode(expand(finding.focus) or PREFIXES['mgd'] + finding.focus)}",
            f"sh:resultSeverity <{kind}>",
            f"sh:sourceShape {ox.NamedNode(PREFIXES['mgs'] + finding.check)}",
            f"sh:sourceConstraintComponent sh:{component}",
            f"sh:resultMessage {ox.Literal(finding.message, language='en')}",
        ]
        if path := expand(finding.path):
            said.append(f"sh:resultPath {ox.NamedNode(path)}")
        if finding.value:
            said.append(f"sh:value {ox.Literal(finding.value)}")
        lines.append("  ; sh:result [ " + " ; ".join(said) + " ]")
    return ("\n".join(lines) + " .\n").encode()
