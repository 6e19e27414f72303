"""What variables and expressions are in a row, as functions of its cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from migkg.rowwise import functions
from migkg.rowwise.functions import At, Cells
from migkg.rowwise.syntax import Call, Refused, Var

_LINE = "\0line"  # no column is called so: what hangs on the number of the line
KEPT = 20_000


@dataclass(frozen=True)
class Value:
    """What a variable or expression is in a row, and the columns that it hangs on."""

    at: At
    hangs_on: frozenset[str] = frozenset()

    @property
    def known(self) -> Any:
        """What it is in every row, where it hangs on nothing."""
        return self.at({}, 0)


@dataclass(frozen=True)
class Case:
    """One way in which a row can match: its variables, and what must be true. `whole` once it says which graph."""

    env: Mapping[str, Value]
    conditions: tuple[Value, ...] = ()
    whole: bool = False


def always(value: Any) -> Value:
    """Return what is the same in every row."""
    return Value(lambda _cells, _line: value)


def of_line() -> Value:
    """Return the number of the line, as the literal that the query sees."""
    return Value(lambda _cells, line: ox.Literal(line), frozenset({_LINE}))


def of_cell(column: str | None) -> Value:
    """Return the text of a cell; an empty one, and one of no column, is unbound."""
    if column is None:
        return always(None)
    return Value(lambda cells, _line: cells.get(column) or None, frozenset({column}))


def of_expression(expression: Any, env: Mapping[str, Value]) -> Value:
    """Return what an expression is over these variables."""
    if isinstance(expression, Var):
        return env.get(expression.name) or always(None)
    if not isinstance(expression, Call):
        return always(expression)
    args = [of_expression(arg, env) for arg in expression.args]
    try:
        made = functions.of(expression.name, [arg.at for arg in args])
    except TypeError:
        raise Refused(expression.name) from None
    return remembered(made, args)


def is_bound(value: Value) -> Value:
    """Return whether a value is bound."""
    return remembered(lambda cells, line: value.at(cells, line) is not None, [value])


def given(conditions: tuple[Value, ...], value: Value) -> Value:
    """Return a value that is there only under these conditions."""
    if not conditions:
        return value
    tests = [c.at for c in conditions]

    def at(cells: Cells, line: int) -> Any:
        return value.at(cells, line) if all(test(cells, line) is True for test in tests) else None

    return remembered(at, [*conditions, value])


def none_of(cases: list[Case]) -> Value:
    """Return whether a row matches in none of these ways."""
    tests = [[c.at for c in case.conditions] for case in cases]

    def at(cells: Cells, line: int) -> bool:
        return not any(all(test(cells, line) is True for test in case) for case in tests)

    return remembered(at, [c for case in cases for c in case.conditions])


def remembered(at: At, parts: Iterable[Value]) -> Value:
    """Return a value made of others: worked out now where it hangs on nothing, once for each text of its only cell."""
    on = frozenset().union(*(part.hangs_on for part in parts))
    if not on:
        return always(at({}, 0))
    if len(on) > 1 or _LINE in on:
        return Value(at, on)
    (column,) = on
    known: dict[str | None, Any] = {}

    def remembered(cells: Cells, line: int) -> Any:
        cell = cells.get(column)
        try:
            return known[cell]
        except KeyError:
            if len(known) >= KEPT:
                known.clear()
            found = known[cell] = at(cells, line)
            return found

    return Value(remembered, on)
