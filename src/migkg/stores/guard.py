"""Before the engine: refuse at once what could only harm.

The engine overflows its stack on a few kilobytes of nesting and cannot be interrupted, so text from
outside is looked at first. This is a fast refusal, not the guarantee: that is the killable worker.
"""

from __future__ import annotations

import re
from functools import lru_cache

from migkg.errors import Refused, TooLarge

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


def bare(text: str, *, iris: bool = False) -> str:
    """Return the text with strings, IRIs and comments blanked out, every other character in its place.

    With `iris`, these stay.
    """
    return _SKIP.sub(lambda m: m.group() if iris and m.group()[0] == "<" else re.sub(r"[^\n]", " ", m.group()), text)


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


def _character(found: re.Match[str]) -> str:
    code = int(found.group(1) or found.group(2), 16)
    return chr(code) if code < 0x110000 else " "
