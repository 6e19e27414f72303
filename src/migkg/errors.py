"""What can go wrong, and what each kind means at the edges.

Every error a user can meet is a `MigkgError`: one sentence on what is wrong, where, and what to do.
The library raises; only the command line and the server translate.

    MigkgError
      UsageError          exit 2, HTTP 400   the question itself is wrong (unknown option, bad parameter)
        UnknownName       exit 2, HTTP 404   no thing has this id, code or notation
          GoneName        exit 2, HTTP 410   a former release had one
        AmbiguousName     exit 2, HTTP 300   several things have it
      InputError          exit 2, HTTP 400   a file or query cannot be read as what it claims to be
        QueryError        exit 2, HTTP 400   the SPARQL text, with line and column
        Refused           exit 2, HTTP 403   understood, but not allowed here (SERVICE, LOAD, updates)
        TooLarge          exit 2, HTTP 413   longer or deeper than the limits
      RuleBroken          exit 1, HTTP 422   readable, but it breaks a rule of the model
      ResourceMissing     exit 3, HTTP 503   something outside is in the way (no Java, port in use, disk full)
        TimedOut          exit 3, HTTP 503   the time limit was reached and the work was stopped
        LimitReached      exit 3, HTTP 503   the memory, row or size limit was reached
        RemoteFailed      exit 3, HTTP 502   another server did not answer as it should
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from unicodedata import combining, east_asian_width


class MigkgError(Exception):
    """Base of all errors that a user may see; `str(error)` is the sentence to show."""

    exit_code = 2
    http_status = 400


class UsageError(MigkgError):
    """The question itself cannot be understood."""


@dataclass(frozen=True)
class Candidate:
    """A thing that a name might have meant."""

    id: str
    label: str
    kind: str


def shorten(label: str, width: int = 70) -> str:
    """Return a label that fits into a sentence; the whole label stands in the candidate."""
    return textwrap.shorten(label, width, placeholder=" …")


class UnknownName(UsageError):
    """No thing has this id, code or notation; `candidates` are the nearest ones."""

    http_status = 404

    def __init__(self, name: str, candidates: list[Candidate] | None = None, hint: str = "") -> None:
        self.name = name
        self.candidates = candidates or []
        near = "; ".join(f"{c.id} ({shorten(c.label)})" for c in self.candidates)
        hint = f" Did you mean: {near}?" if near else f" {hint or '`migkg find WORDS` searches labels and codes.'}"
        super().__init__(f"Nothing in the graph is called “{name}”.{hint}")


class GoneName(UnknownName):
    """No thing has this id any more; the release `former` had one."""

    http_status = 410

    def __init__(self, name: str, former: str, candidates: list[Candidate] | None = None) -> None:
        super().__init__(name, candidates)
        near = "; ".join(f"{c.id} ({shorten(c.label)})" for c in self.candidates)
        hint = f"Did you mean: {near}?" if near else "`migkg diff` says what changed between two releases."
        self.args = (f"Release {former} had “{name}”; this one has it no more. {hint}",)


class AmbiguousName(UsageError):
    """Several things have this code; `candidates` are all of them."""

    http_status = 300

    def __init__(self, name: str, candidates: list[Candidate]) -> None:
        self.name = name
        self.candidates = candidates
        listed = "; ".join(f"{c.id} ({c.kind}: {shorten(c.label)})" for c in candidates)
        super().__init__(f"“{name}” is the code of {len(candidates)} things. Use one of the ids: {listed}.")


class InputError(MigkgError):
    """A file or text cannot be read as what it claims to be."""


class QueryError(InputError):
    """SPARQL text with a mistake; `line` and `column` count from 1 where they are known.

    `said` is what is wrong, `hint` the mend, `excerpt` the line with a caret below the place.
    """

    def __init__(
        self, message: str, line: int | None = None, column: int | None = None, text: str = "", hint: str = ""
    ) -> None:
        self.said = message
        self.line = line
        self.column = column
        self.hint = hint
        self.excerpt = "" if line is None or column is None else _marked(text, line, column)
        where = f"line {line}, column {column}: " if line is not None else ""
        shown = "\n" + textwrap.indent(self.excerpt, "  ") if self.excerpt else ""
        super().__init__(f"The query has a mistake, {where}{message}{hint and ' '}{hint}{shown}")


def _marked(text: str, line: int, column: int) -> str:
    """Return a line, as far as it fits on a screen, and below it a caret under a column."""
    lines = text.split("\n")
    if not 0 < line <= len(lines):
        return ""
    start = max(0, column - 61)
    shown = "".join(sign if sign.isprintable() else " " for sign in lines[line - 1].rstrip("\r")[start : start + 120])
    return f"{shown}\n{' ' * _width(shown[: column - 1 - start])}^"


def _width(text: str) -> int:
    """Return how many places a text takes on a screen, where some signs take two and some none."""
    return sum(0 if combining(sign) else 2 if east_asian_width(sign) in "WF" else 1 for sign in text)


class Refused(InputError):
    """Understood, but not allowed here."""

    http_status = 403


class TooLarge(InputError):
    """Longer or deeper than the limits allow."""

    http_status = 413


class RuleBroken(MigkgError):
    """Readable data that breaks a rule."""

    exit_code = 1
    http_status = 422


class ResourceMissing(MigkgError):
    """Something outside this program is in the way."""

    exit_code = 3
    http_status = 503


class TimedOut(ResourceMissing):
    """The time limit was reached; the work was stopped and nothing of it was kept."""


class LimitReached(ResourceMissing):
    """A limit on memory, rows or bytes was reached; no part of the answer was given."""


class RemoteFailed(ResourceMissing):
    """Another server refused, broke off or answered something else than asked."""

    http_status = 502
