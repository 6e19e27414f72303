"""Before and after the engine: refuse at once what could only harm, and say plainly what is wrong.

The engine overflows its stack on a few kilobytes of nesting and cannot be interrupted, so text from
outside is looked at first. This is a fast refusal, not the guarantee: that is the killable worker.
"""

from __future__ import annotations

import re
from functools import lru_cache

from migkg.errors import QueryError, Refused, TooLarge
from migkg.terms import PREFIXES

MAX_LENGTH = 64_000
MAX_DEPTH = 100
MAX_REPEATS = 1_000
MAX_PATH_STEPS = 100

# Possessive, so that no text makes it slow; an escape outside strings (`ex:a\\'b`) opens no string and no comment.
_SKIP = re.compile(
    r'\\.|"""(?:[^"\\]|\\.|"(?!""))*+"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*+\'\'\''
    r'|"(?:[^"\\\n\r]|\\.)*+"|\'(?:[^\'\\\n\r]|\\.)*+\'|<[^<>"{}|^`\\\s]*+>|\#[^\n\r]*+',
    re.S,
)
_WORD = re.compile(r"(?<![\w:?$@-])(SERVICE|LOAD|INSERT|DELETE|CLEAR|DROP|CREATE|COPY|MOVE|ADD)(?![\w:-])", re.I)
_UPDATES = {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD"}
_VOLATILE = re.compile(r"(?<![\w:?$])(NOW|RAND|UUID|STRUUID)\s*\(", re.I)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_REPEATED = re.compile(r"\|\||&&|[-+*!]|\bUNION\b|\bBIND\b|\bOPTIONAL\b|\bFILTER\b|\bCONCAT\b", re.I)
_PLACE = re.compile(r"\bat (\d+):(\d+)[:.]?\s*(?:expected (?:one of )?(.*))?", re.S)
_PREFIX = re.compile(r"(?<![\w?$@:.-])([A-Za-z][\w.-]*|):(?=[\w%\\-]|[\s;,.)}]|$)")
_DECLARED = re.compile(r"\bPREFIX\s+([A-Za-z][\w.-]*|):", re.I)


def bare(text: str) -> str:
    """Return the text with strings, IRIs and comments blanked out, every other character in its place."""
    return _SKIP.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


@lru_cache(maxsize=100)  # each floor looks for itself
def check(text: str) -> None:
    """Refuse a query that is too long, too deep, or that would write or reach outside.

    Raises TooLarge or Refused; says nothing about whether the rest is right.
    """
    if len(text) > MAX_LENGTH:
        raise TooLarge(f"The query is {len(text):,} characters long; {MAX_LENGTH:,} is the limit.")
    plain = bare(_ESCAPE.sub(lambda m: _character(m), text))
    depth = deepest = 0
    for mark in plain:
        if mark in "{([":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in "})]":
            depth -= 1
    if deepest > MAX_DEPTH:
        raise TooLarge(f"The query nests brackets {deepest} deep; {MAX_DEPTH} is the limit.")
    if (
        sum(1 for _ in _REPEATED.finditer(plain)) > MAX_REPEATS
        or plain.count("/") > MAX_PATH_STEPS
        or plain.count("|") > MAX_REPEATS
    ):
        raise TooLarge(f"The query has more than {MAX_REPEATS} operators or {MAX_PATH_STEPS} path steps.")
    for found in _WORD.finditer(plain):
        word = found.group(1).upper()
        line = plain.count("\n", 0, found.start()) + 1
        if word == "SERVICE":
            raise Refused(f"SERVICE in line {line}: queries never reach other servers from here.")
        if word in _UPDATES and "{" not in plain[: found.start()]:
            raise Refused(
                f"{word} in line {line}: this is an update. migkg answers queries only; graphs are put whole."
            )


def volatile(text: str) -> bool:
    """Return whether a query may answer otherwise each time, since it asks for the time or for chance."""
    return _VOLATILE.search(bare(_ESCAPE.sub(_character, text))) is not None


def explain(message: str, text: str) -> QueryError:
    """Turn the engine's message about `text` into one with line, column and, where we know it, the mend."""
    found = _PLACE.search(message)
    if found is None:
        return QueryError(message.strip() or "this is not SPARQL 1.1.", text=text)
    line, column = int(found.group(1)), int(found.group(2))
    wanted = found.group(3) or ""
    rows = text.splitlines() or [""]
    before = rows[line - 1][: column - 1] if line <= len(rows) else ""
    if missing := _undeclared(text):
        name, line, column = missing
        known = f" Add: PREFIX {name}: <{PREFIXES[name]}>" if name in PREFIXES else " Declare it with PREFIX."
        return QueryError(f"the prefix “{name}:” is not declared.{known}", line, column, text)
    words = [w for w in _expected(wanted) if w not in ("LATERAL", "SERVICE")]
    if any(" " in w for w in words):
        return QueryError(next(w for w in words if " " in w) + ".", line, column, text)
    if not before.strip() and line >= len(rows) and column >= len(rows[-1]):
        return QueryError("the text ends too early.", line, column, text)
    listed = ", ".join(words[:8])
    return QueryError(f"expected {listed}." if listed else "this cannot stand here.", line, column, text)


def _undeclared(text: str) -> tuple[str, int, int] | None:
    """Return the first prefix that is used but not declared, with its line and column."""
    plain = bare(text)
    declared = set(_DECLARED.findall(plain))
    for found in _PREFIX.finditer(plain):
        if found.group(1) not in declared:
            start = plain.rfind("\n", 0, found.start()) + 1
            return found.group(1), plain.count("\n", 0, found.start()) + 1, found.start() - start + 1
    return None


def _expected(wanted: str) -> list[str]:
    """Keep the words a person can use: keywords and marks, not character classes."""
    flat = re.sub(r"\['[^\]]*'\]|\[_\]|\['", "", wanted.replace("\n", " "))
    flat = re.sub(r"\|?\s*'[^']*'\s*\.\.=\s*'[^']*'\]?", "", flat)
    parts = [re.sub(r"^[\s\"\]]+|[\s\"\]]+$", "", p) for p in flat.split(", ")]
    return [p for p in dict.fromkeys(parts) if re.fullmatch(r"[A-Z]{2,}|[{}()\[\].;,?$<*]|[A-Z][a-zA-Z ]+", p)]


def _character(found: re.Match[str]) -> str:
    code = int(found.group(1) or found.group(2), 16)
    return chr(code) if code < 0x110000 else " "
