"""What the person who imports says, and what comes out: one outcome a file, with its counts and findings."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from migkg.findings import Finding
from migkg.intake import cells
from migkg.reading import Spot

SHOWN = 100


@dataclass(frozen=True)
class Wishes:
    """The answers that a file itself does not give; each is a flag of the command line."""

    indicator: str = ""
    period: str = ""
    source: str = ""
    source_title: str = ""
    source_publisher: str = ""
    source_licence: str = ""
    unit: str = ""
    decimal: str = "."
    missing: tuple[str, ...] = cells.MISSING
    layout: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str = ""
    dates: str = ""
    treaty: str = ""
    organisation: str = ""
    role: str = ""
    as_of: str = ""
    whole: bool = False
    scope: str = ""
    list: str = ""
    name: str = ""
    names: dict[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    only: dict[str, str] = field(default_factory=dict)
    top: Path | None = None


@dataclass
class Outcome:
    """What became of one file. `read` is always `accepted + refused + skipped`.

    `origin` leads from each new table back to the file: the line of its first row, and the line there of each row;
    `spots` says where such a line stands in a workbook, `headings` what the file calls a column.
    """

    file: str
    recognised: str = ""
    form: str = ""
    header_line: int = 1
    counts: str = "row"
    accepted: int = 0
    refused: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    errors: int = 0
    findings: list[Finding] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    staged: list[Path] = field(default_factory=list)
    origin: dict[Path, tuple[int, array[int]]] = field(default_factory=dict)
    spots: dict[int, Spot] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)
    unchanged: bool = False
    sheet: str = ""
    letters: dict[str, str] = field(default_factory=dict)

    @property
    def read(self) -> int:
        """How many rows (or values of a wide table) were read."""
        return self.accepted + self.refused + self.skipped.total()

    def problem(
        self, check: str, message: str, *, line: int | None = None, column: str = "", value: str = "", fix: str = ""
    ) -> None:
        """Note an error; the first hundred are kept, all are counted."""
        self.errors += 1
        if self.errors <= SHOWN:
            self._add("error", check, message, line, column, value, fix)

    def remark(self, check: str, message: str, *, line: int | None = None, column: str = "", value: str = "") -> None:
        """Note what does not stop the import; the first hundred are kept."""
        if len(self.findings) <= 2 * SHOWN:
            self._add("warning", check, message, line, column, value, "")

    def _add(
        self, severity: str, check: str, message: str, line: int | None, column: str, value: str, fix: str
    ) -> None:
        shown = value if len(value) <= 80 else value[:79] + "…"
        self.findings.append(
            Finding(severity, check, "", "", shown, message, file=self.file, line=line, column=column, fix=fix)
        )

    def placed(self) -> Outcome:
        """Give the findings about a workbook their sheet and cell; return the outcome."""
        if self.sheet:
            self.findings = [
                f if f.line is None else replace(f, sheet=self.sheet, cell=f"{self.letters.get(f.column, 'A')}{f.line}")
                for f in self.findings
            ]
        return self

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome as plain values."""
        return {
            "file": self.file,
            "recognised": self.recognised,
            "form": self.form,
            "header_line": self.header_line,
            "counts": self.counts,
            "read": self.read,
            "accepted": self.accepted,
            "refused": self.refused,
            "skipped": self.skipped.total(),
            "skipped_because": dict(sorted(self.skipped.items())),
            "errors": self.errors,
            "written": self.written,
            "unchanged": self.unchanged,
            "findings": [finding.to_dict() for finding in self.findings],
        }
