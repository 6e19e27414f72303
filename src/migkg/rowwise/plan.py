"""What one row means, worked out from the load query once for a table and then filled in for each row as text.

A load query says of each row by itself what it means. From its text follows which parts of it look at a row at all,
which cells each variable hangs on, and when it is bound. Values recur in tables: what hangs on one cell is remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox

from migkg.rowwise import syntax
from migkg.rowwise.filled import Filled
from migkg.rowwise.functions import Cells, Unsure
from migkg.rowwise.syntax import Call, Group, Refused, Var
from migkg.rowwise.values import Case, Value, always, given, is_bound, none_of, of_cell, of_expression, of_line
from migkg.terms import PREFIXES

_ROW = PREFIXES["row"]
_read = lru_cache(64)(syntax.read)


@dataclass
class Plan:
    """The ways in which a row can match, each as a template of text."""

    cases: list[Filled]
    said: set[str] = field(default_factory=set)

    def text(self, line: int, cells: Cells) -> str:
        """Return what a row means as lines of N-Triples, without repeating what only its graph has. Raises Unsure."""
        if len(self.cases) == 1:
            return self.cases[0].text(line, cells, self.said)
        found = "".join([case.text(line, cells, self.said) for case in self.cases])
        return "\n".join(dict.fromkeys(found.split("\n")))


def plan(query: str, columns: Iterable[str], meta: Mapping[str, Any], graph: str, *, rows: bool = True) -> Plan | None:
    """Return how the query reads the rows of a table, or None where its text does not let that be seen.

    What it says of the head alone is not in the plan. Without `rows`, what it says with `row:` is left out.
    """
    try:
        tree = _read(query)
        cases = _Reading(tree.where, list(columns), meta, graph).cases
        template = [t for t in tree.template if rows or not _about_row(t)]
        return Plan([Filled(case, template) for case in cases])
    except (Refused, Unsure):
        return None


def _about_row(triple: tuple[Any, Any, Any]) -> bool:
    return isinstance(triple[1], ox.NamedNode) and triple[1].value.startswith(_ROW)


class _Reading:
    """The pattern of a query over the rows of one table."""

    def __init__(self, where: Group, columns: list[str], meta: Mapping[str, Any], graph: str) -> None:
        triples = list(_triples(where))
        graphs = {(s.name, o.name) for s, p, o in triples if p == ox.NamedNode(_ROW + "graph") and isinstance(o, Var)}
        if len(graphs) != 1:
            raise Refused("one graph for one row")
        self.row, self.graph = graphs.pop()
        self.target = ox.NamedNode(graph)
        self.columns = {_ROW + quote(c): c for c in columns}
        self.head: dict[str, str] = {}
        for key, value in meta.items():
            if value and not isinstance(value, list | dict):
                self.head[_ROW + quote(str(key))] = str(value)
        of_graph = {p.value for s, p, _ in triples if s.name == self.graph and isinstance(p, ox.NamedNode)}
        own = {_ROW + name for name in ("graph", "line", "of", "key", "value")}
        # A column or key of such a name would let the pattern match where it is not meant to.
        if of_graph & (self.columns.keys() | own) or {_ROW + "graph", _ROW + "line"} & {*self.columns, *self.head}:
            raise Refused("a name of two meanings")
        if "subject_id" in columns:
            raise Refused("several values in a cell")
        self.cases = []
        for case in self.group(where):
            if case.whole:
                self.cases.append(case)
            elif self.row in case.env:
                raise Refused("a row without its graph")

    def group(self, group: Group) -> list[Case]:
        cases = [Case({})]
        for kind, part in group.parts:
            cases = [new for case in cases for new in getattr(self, f"_{kind}")(case, part)]
        for condition in group.filters:
            cases = [new for case in cases if (new := _where(case, of_expression(condition, case.env)))]
        return cases

    def _triple(self, case: Case, triple: tuple[Var, Any, Any]) -> Iterator[Case]:
        subject, predicate, thing = triple
        if isinstance(predicate, Var):
            predicate = case.env[predicate.name].known if _constant(case, predicate.name) else None
        if not (isinstance(predicate, ox.NamedNode) and isinstance(thing, Var)):
            raise Refused("a pattern of another kind")
        name, env = predicate.value, dict(case.env)
        if subject.name == self.row and name == _ROW + "graph":
            env |= {self.row: always(None), self.graph: always(self.target)}
            yield Case(env, case.conditions, True)
            return
        if subject.name not in (self.row, self.graph) or thing.name in env or not name.startswith(_ROW):
            raise Refused("a pattern of another kind")
        if subject.name == self.graph:
            env[self.graph] = always(self.target)
            found = always(self.head.get(name))
        else:
            env[self.row] = always(None)
            found = of_line() if name == _ROW + "line" else of_cell(self.columns.get(name))
        env[thing.name] = found
        if made := _where(Case(env, case.conditions, case.whole), is_bound(found)):
            yield made

    def _bind(self, case: Case, bound: tuple[str, Any]) -> Iterator[Case]:
        name, expression = bound
        if name in case.env:
            raise Refused(name)
        yield Case({**case.env, name: of_expression(expression, case.env)}, case.conditions, case.whole)

    def _values(self, case: Case, rows: list[dict[str, Any]]) -> Iterator[Case]:
        for row in rows:
            yield _joined(case, Case({name: always(value) for name, value in row.items()}))

    def _union(self, case: Case, groups: list[Group]) -> Iterator[Case]:
        for group in groups:
            for inner in self.group(group):
                yield self._both(case, inner)

    def _both(self, case: Case, inner: Case) -> Case:
        return _joined(case, inner, (self.row, self.graph))

    def _optional(self, case: Case, group: Group) -> Iterator[Case]:
        found = self.group(group)
        for condition in group.filters:  # a filter here may look outside, which an inner group cannot
            if any(not _names(condition) <= inner.env.keys() for inner in found):
                raise Refused("a filter that looks outside")
        if len(found) == 1:
            inner = found[0]
            env = {name: given(inner.conditions, value) for name, value in inner.env.items()}
            yield self._both(case, Case(env))
            return
        for inner in found:
            yield self._both(case, inner)
        if left := _where(case, none_of(found)):
            yield left


def _joined(one: Case, other: Case, shared: tuple[str, ...] = ()) -> Case:
    if (one.env.keys() & other.env.keys()) - set(shared):
        raise Refused("one variable in two places")
    return Case({**other.env, **one.env}, one.conditions + other.conditions, one.whole or other.whole)


def _where(case: Case, condition: Value) -> Case | None:
    """Return the case where the condition is true; None where it never is."""
    if condition.hangs_on:
        return Case(case.env, (*case.conditions, condition), case.whole)
    return case if condition.known is True else None


def _triples(group: Group) -> Iterator[tuple[Var, Any, Any]]:
    for kind, part in group.parts:
        if kind == "triple":
            if not isinstance(part[0], Var):
                raise Refused("a pattern of another kind")
            yield part
        for inner in part if kind == "union" else [part] if kind == "optional" else ():
            yield from _triples(inner)


def _names(expression: Any) -> set[str]:
    if isinstance(expression, Call):
        return {name for arg in expression.args for name in _names(arg)}
    return {expression.name} if isinstance(expression, Var) else set()


def _constant(case: Case, name: str) -> bool:
    return name in case.env and not case.env[name].hangs_on
