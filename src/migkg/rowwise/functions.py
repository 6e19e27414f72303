"""The functions that load queries use, over one row: exactly what the engine answers, or `Unsure`.

A text is a `str`, any other term the engine's own; None is what SPARQL calls an error, and an unbound variable. Where
the engine may see a value otherwise than Python, a year of five digits for instance, `Unsure` leaves the row to it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox

from migkg.rowwise.syntax import Refused
from migkg.terms import PREFIXES

Cells = Mapping[str, str]
At = Callable[[Cells, int], Any]
_XSD = PREFIXES["xsd"]
_IS_DECIMAL = ox.NamedNode(_XSD + "decimal")
_DECIMAL = re.compile(r"-?(?:[1-9][0-9]{0,11}|0)(?:\.[0-9]{0,5}[1-9])?")
_SAME_EVERYWHERE = re.compile(
    r"[A-Za-z0-9:, _^$?+*.()\[\]{}|-]*"
)  # signs that mean the same in each language of patterns
_DATES = {"gYear": re.compile(r"[1-9][0-9]{3}"), "gYearMonth": re.compile(r"[1-9][0-9]{3}-(?:0[1-9]|1[0-2])")}
_DAY = re.compile(r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class Unsure(Exception):
    """The engine must say what this row means."""


def of(name: str, args: Sequence[At]) -> At:
    """Return the function of this name over these arguments. Raises Refused where there is none."""
    if name in _LAZY:
        return _LAZY[name](*args)
    if name == "CONCAT":
        return _concat(args)
    if name not in _PLAIN:
        raise Refused(name)
    plain = _PLAIN[name]
    if len(args) == 1:
        (one,) = args
        return lambda cells, line: None if (found := one(cells, line)) is None else plain(found)

    def several(cells: Cells, line: int) -> Any:
        found = [arg(cells, line) for arg in args]
        return None if None in found else plain(*found)

    return several


def _text(*found: Any) -> None:
    """Raise Unsure unless these are plain texts."""
    for one in found:
        if type(one) is not str:
            raise Unsure


def _true(found: Any) -> bool | None:
    if found is not None and type(found) is not bool:
        raise Unsure
    return found


def _concat(args: Sequence[At]) -> At:
    def at(cells: Cells, line: int) -> Any:
        found = [arg(cells, line) for arg in args]
        try:
            return "".join(found)
        except TypeError:
            if None in found:
                return None
            raise Unsure from None

    return at


def _if(test: At, yes: At, no: At) -> At:
    def at(cells: Cells, line: int) -> Any:
        found = _true(test(cells, line))
        return None if found is None else yes(cells, line) if found else no(cells, line)

    return at


def _coalesce(*args: At) -> At:
    def at(cells: Cells, line: int) -> Any:
        for arg in args:
            if (found := arg(cells, line)) is not None:
                return found
        return None

    return at


def _bound(arg: At) -> At:
    return lambda cells, line: arg(cells, line) is not None


def _either(one: At, other: At, *, enough: bool) -> At:
    """Return SPARQL's “or” (“and” for `enough=False`): an error counts only where the other leaves it open."""

    def at(cells: Cells, line: int) -> Any:
        found = (_true(one(cells, line)), _true(other(cells, line)))
        return enough if enough in found else None if None in found else not enough

    return at


def _not(arg: At) -> At:
    return lambda cells, line: None if (found := _true(arg(cells, line))) is None else not found


def _iri(text: Any) -> ox.NamedNode | None:
    if isinstance(text, ox.NamedNode):
        return text
    _text(text)
    try:
        return ox.NamedNode(text)
    except ValueError:
        return None


def _str(term: Any) -> str:
    if type(term) is str:
        return term
    if isinstance(term, ox.NamedNode | ox.Literal):
        return term.value
    raise Unsure


def _encode(text: Any) -> str:
    _text(text)
    return quote(text, safe="")


def _strlang(text: Any, language: Any) -> ox.Literal:
    _text(text, language)
    if not _LANGUAGE.fullmatch(language):
        raise Unsure
    return ox.Literal(text, language=language)


def _strdt(text: Any, datatype: Any) -> ox.Literal:
    _text(text)
    kind = datatype.value.removeprefix(_XSD) if isinstance(datatype, ox.NamedNode) else ""
    if kind == "date" and _DAY.fullmatch(text):
        try:
            datetime.date.fromisoformat(text)
        except ValueError:
            raise Unsure from None
    elif kind not in _DATES or not _DATES[kind].fullmatch(text):
        raise Unsure
    return ox.Literal(text, datatype=datatype)


def _decimal(text: Any) -> ox.Literal:
    _text(text)
    if not _DECIMAL.fullmatch(text) or text == "-0":
        raise Unsure
    return ox.Literal(text, datatype=_IS_DECIMAL)


def _pattern(text: Any, pattern: Any) -> re.Pattern[str]:
    _text(text, pattern)
    made = _compiled(pattern)
    if made is None or "\n" in text:
        raise Unsure
    return made


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    return re.compile(pattern) if _SAME_EVERYWHERE.fullmatch(pattern) else None


def _regex(text: Any, pattern: Any) -> bool:
    return bool(_pattern(text, pattern).search(text))


def _replace(text: Any, pattern: Any, by: Any) -> str:
    made = _pattern(text, pattern)
    if made.search("") or type(by) is not str or not re.fullmatch(r"[A-Za-z0-9 ]*", by):
        raise Unsure
    return str(made.sub(by, text))


def _strlen(text: Any) -> int:
    _text(text)
    return len(text)


def _before(text: Any, sign: Any) -> str:
    _text(text, sign)
    return str(text.partition(sign)[0]) if sign and sign in text else ""


def _after(text: Any, sign: Any) -> str:
    _text(text, sign)
    return str(text.partition(sign)[2] if sign else text)


def _starts(text: Any, start: Any) -> bool:
    _text(text, start)
    return bool(text.startswith(start))


def _equal(one: Any, other: Any) -> bool:
    if type(one) is not type(other) or isinstance(one, ox.Literal | bool):
        if {type(one), type(other)} == {str, ox.NamedNode}:
            return False
        raise Unsure
    return bool(one == other)


_LAZY: dict[str, Callable[..., At]] = {
    "IF": _if,
    "COALESCE": _coalesce,
    "BOUND": _bound,
    "||": lambda one, other: _either(one, other, enough=True),
    "&&": lambda one, other: _either(one, other, enough=False),
    "!": _not,
}
_PLAIN: dict[str, Callable[..., Any]] = {
    "IRI": _iri,
    "STR": _str,
    "ENCODE_FOR_URI": _encode,
    "STRLANG": _strlang,
    "STRDT": _strdt,
    "REGEX": _regex,
    "REPLACE": _replace,
    "STRLEN": _strlen,
    "STRBEFORE": _before,
    "STRAFTER": _after,
    "STRSTARTS": _starts,
    "=": _equal,
    _XSD + "decimal": _decimal,
}
