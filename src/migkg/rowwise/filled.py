"""The template of a load query, filled in for one row."""

from __future__ import annotations

from typing import Any

import pyoxigraph as ox

from migkg.rowwise.functions import At, Cells, Unsure
from migkg.rowwise.values import KEPT, Case, Value, made_of, of_expression, remembered


class Filled:
    """The template for one way in which a row can match: subjects, and what is said of each as ends of lines."""

    def __init__(self, case: Case, template: list[tuple[Any, Any, Any]]) -> None:
        """Write out what is the same in every row, and keep the functions of what is not."""
        self.tests = [remembered(c) for c in case.conditions]
        subjects: dict[Any, Value] = {}
        ends: dict[Any, list[Value]] = {}
        for subject, predicate, thing in template:
            start = made_of(_subject, [of_expression(subject, case.env)])
            end = made_of(_end, [of_expression(predicate, case.env), of_expression(thing, case.env)])
            if all(value.hangs_on or value.known is not None for value in (start, end)):
                subjects.setdefault(subject, start)
                ends.setdefault(subject, []).append(end)
        self.own = [
            (remembered(start), [e.known for e in ends[s] if not e.hangs_on], _changing(ends[s]))
            for s, start in subjects.items()
            if start.hangs_on
        ]
        fixed = [(start.known, ends[s]) for s, start in subjects.items() if not start.hangs_on]
        self.always = "".join(start + end.known for start, some in fixed for end in some if not end.hangs_on)
        self.shared = [(start, at) for start, some in fixed for at in _changing(some)]

    def text(self, line: int, cells: Cells, said: set[str]) -> str:
        """Return the lines for a row, empty where it does not match so; `said` is what need not be said again."""
        for test in self.tests:
            if test(cells, line) is not True:
                return ""
        made = [self.always] if self.always not in said else []
        said.add(self.always)
        for start_at, fixed, ends in self.own:
            if (start := start_at(cells, line)) is not None:
                found = ["", *fixed]
                for at in ends:
                    if (end := at(cells, line)) is not None:
                        found.append(end)
                made.append(start.join(found))
        for start, at in self.shared:
            if (end := at(cells, line)) is not None and (more := start + end) not in said:
                if len(said) >= KEPT:
                    said.clear()
                said.add(more)
                made.append(more)
        return "".join(made)


def _changing(ends: list[Value]) -> list[At]:
    return [remembered(end) for end in ends if end.hangs_on]


def _subject(at: At) -> At:
    return lambda cells, line: None if (found := at(cells, line)) is None else f"{_iri(found)} "


def _end(predicate: At, thing: At) -> At:
    def end(cells: Cells, line: int) -> str | None:
        found, other = predicate(cells, line), thing(cells, line)
        return None if found is None or other is None else f"{_iri(found)} {_written(other)} .\n"

    return end


def _iri(term: Any) -> ox.NamedNode:
    """Return what stands where an IRI must. Raises Unsure for anything else."""
    if not isinstance(term, ox.NamedNode):
        raise Unsure
    return term


def _written(term: Any) -> str:
    """Return a term as N-Triples write it. Raises Unsure for what is no term of a graph."""
    if type(term) is str:
        plain = term.isascii() and term.isprintable() and '"' not in term and "\\" not in term
        return f'"{term}"' if plain else str(ox.Literal(term))
    if isinstance(term, ox.NamedNode | ox.Literal):
        return str(term)
    raise Unsure
