"""What variables and expressions are in a row, as functions of its cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    if expression.name == "IF" and not args[0].hangs_on and type(args[0].known) is bool:
        return args[1] if args[0].known else args[2]  # so it hangs on this way only
    if expression.name == "COALESCE":
        args = [arg for arg in args if arg.hangs_on or arg.known is not None] or [always(None)]
        last = next((i for i, arg in enumerate(args) if not arg.hangs_on), len(args) - 1)
        args = args[: last + 1]
    try:
        return made_of(lambda *ats: functions.of(expression.name, ats), args)
    except TypeError:
        raise Refused(expression.name) from None


def is_bound(value: Value) -> Value:
    """Return whether a value is bound."""
    return made_of(lambda at: lambda cells, line: at(cells, line) is not None, [value])


def given(conditions: tuple[Value, ...], value: Value) -> Value:
    """Return a value that is there only under these conditions."""

    def make(at: At, *tests: At) -> At:
        def given_at(cells: Cells, line: int) -> Any:
            for test in tests:
                if test(cells, line) is not True:
                    return None
            return at(cells, line)

        return given_at

    return made_of(make, [value, *conditions]) if conditions else value


def none_of(cases: list[Case]) -> Value:
    """Return whether a row matches in none of these ways."""
    sizes = [len(case.conditions) for case in cases]

    def make(*tests: At) -> At:
        def none_at(cells: Cells, line: int) -> bool:
            left = iter(tests)
            found = [[next(left)(cells, line) is True for _ in range(size)] for size in sizes]
            return not any(all(case) for case in found)

        return none_at

    return made_of(make, [c for case in cases for c in case.conditions])


def made_of(make: Callable[..., At], parts: Sequence[Value]) -> Value:
    """Return a value made of others. It is worked out now where it hangs on nothing.

    Where it hangs on several cells, what hangs on one of them only is worked out once for each text of that cell.
    """
    on = frozenset[str]().union(*(part.hangs_on for part in parts))
    if not on:
        return always(make(*(part.at for part in parts))({}, 0))
    return Value(make(*(part.at if len(on) == 1 else remembered(part) for part in parts)), on)


def remembered(value: Value) -> At:
    """Return a value's function so that it is worked out once for each text of its cell, where it hangs on only one."""
    at = value.at
    if len(value.hangs_on) != 1 or _LINE in value.hangs_on:
        return at
    (column,) = value.hangs_on
    known: dict[str | None, Any] = {}

    def remembered_at(cells: Cells, line: int) -> Any:
        cell = cells.get(column)
        found = known.get(cell, known)
        if found is known:
            if len(known) >= KEPT:
                known.clear()
            found = known[cell] = at(cells, line)
        return found

    return remembered_at
