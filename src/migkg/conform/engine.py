"""Shapes made into functions, and the run over data: one look at each node, each value judged once.

The values of country data recur: a few hundred areas, codes, years and sources stand in millions of rows. So whether a
value is as its shape wants is found out once, and a row costs one look at what is said of it. That is linear in the
rows, holds little memory, and a run over some nodes costs as much as these nodes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyoxigraph as ox

from migkg.conform import values
from migkg.conform.compiled import Compiled, Faults, Result, Rule, has, qualified, unique_language
from migkg.conform.data import TYPE, Data
from migkg.conform.model import Node, Shape, Shapes
from migkg.terms import RDF_TYPE


class Engine:
    """The shapes that are understood, ready to look at the nodes of one store."""

    def __init__(self, shapes: Shapes, store: ox.Store) -> None:
        """Compile the shapes with targets; those with words that are not understood are kept apart in `strange`."""
        self.shapes = shapes
        self.data = Data(store)
        self.strange: dict[str, list[str]] = {}
        self._made: dict[Node, Compiled] = {}
        self._by: dict[str, dict[str, list[Compiled]]] = {"class": {}, "subjects": {}, "objects": {}, "node": {}}
        kinds = {"targetClass": "class", "targetSubjectsOf": "subjects", "targetObjectsOf": "objects"}
        for shape in shapes.targeted():
            if strange := shapes.strange(shape):
                self.strange[str(shape.name)] = strange
                continue
            made = self._compiled(shape.name)
            for target, terms in shape.targets.items():
                for term in terms:
                    name = term.value if isinstance(term, ox.NamedNode) else str(term)
                    self._by[kinds.get(target, "node")].setdefault(name, []).append(made)
        self._of_types: dict[tuple[str, ...], list[Compiled]] = {}

    def over(self, nodes: Iterable[Node]) -> Iterator[Result]:
        """Yield what the shapes find wrong with these nodes, as far as they are targets."""
        for node in nodes:
            self.data.look(node)
            out: list[Result] = []
            for shape in self._shapes_of(node):
                shape.run(node, out)
            yield from out

    def everything(self) -> Iterator[Result]:
        """Yield what the shapes find wrong in the whole store."""
        yield from self.over(self.targets())

    def targets(self) -> Iterator[Node]:
        """Yield each node that a shape looks at, once."""
        data, engine = self.data, self.data.engine
        classes = sorted({below for name in self._by["class"] for below in data.below(name)})
        rank = {name: index for index, name in enumerate(classes)}
        other: set[Node] = set()  # few: nodes that are no target by their class
        for name in self._by["subjects"]:
            other |= set(data.subjects(ox.NamedNode(name), None))
        for name in self._by["objects"]:
            quads = engine.quads_for_pattern(None, ox.NamedNode(name), None, ox.DefaultGraph())
            other |= {q.object for q in quads}
        nodes = {str(node): node for shape in self.shapes.targeted() for node in shape.targets.get("targetNode", ())}
        other |= set(nodes.values())
        for name in classes:
            for node in data.subjects(RDF_TYPE, ox.NamedNode(name)):
                types = data.look(node)[TYPE]
                if len(types) == 1 or rank[name] == min(rank[_iri(t)] for t in types if _ranked(t, rank)):
                    yield node
                    other.discard(node)
        yield from sorted((n for n in other if not self._classed(n, rank)), key=str)

    def _classed(self, node: Node, rank: dict[str, int]) -> bool:
        return any(_ranked(t, rank) for t in self.data.about(node).get(TYPE, ()))

    def _shapes_of(self, node: Node) -> list[Compiled]:
        said = self.data.about(node)
        types = tuple(t.value for t in said.get(TYPE, ()) if isinstance(t, ox.NamedNode))
        if (found := self._of_types.get(types)) is None:
            above = sorted({name for t in types for name in self.data.above(t)})
            found = [shape for name in above for shape in self._by["class"].get(name, ())]
            self._of_types[types] = found = list(dict.fromkeys(found))
        more = [s for name, some in self._by["subjects"].items() if name in said for s in some]
        for name, some in self._by["objects"].items():
            if self.data.subjects(ox.NamedNode(name), node):
                more += some
        more += self._by["node"].get(node.value if isinstance(node, ox.NamedNode) else str(node), [])
        return list(dict.fromkeys([*found, *more])) if more else found

    def _compiled(self, name: Node) -> Compiled:
        if name in self._made:
            return self._made[name]
        shape = self.shapes.get(name)
        made = self._made[name] = Compiled(shape, self.data)
        asks = shape.asks
        if shape.path is not None:
            most = shape.number("maxCount")
            made.least, made.most = shape.number("minCount") or 0, sys.maxsize if most is None else most
        made.tests = list(self._tests(shape))
        made.parts = [self._compiled(part) for part in asks.get("property", ())]
        if shape.flag("closed"):
            inner = [self.shapes.get(part).path for part in asks.get("property", ())]
            listed = [item for head in asks.get("ignoredProperties", ()) for item in shape.parts[head]]
            allowed = {path.iri for path in inner if path is not None and path.iri}
            allowed |= {item.value for item in listed if isinstance(item, ox.NamedNode)}
            made.closed = (frozenset(allowed), self.data)
        made.rules = list(self._rules(shape))
        return made

    def _tests(self, shape: Shape) -> Iterator[tuple[str, values.Test]]:
        """Yield the tests of single values, each with the name of its component."""
        asks, data = shape.asks, self.data
        flags = "".join(f.value for f in asks.get("flags", ()) if isinstance(f, ox.Literal))
        plain: dict[str, Callable[[Node], values.Test]] = {
            "class": lambda v: lambda node: data.is_a(node, _iri(v)),
            "datatype": values.datatype,
            "nodeKind": values.node_kind,
            "pattern": lambda v: values.pattern(v, flags),
            "in": lambda v: values.among(shape.parts[v]),
            "languageIn": lambda v: values.language_in(shape.parts[v]),
            "minLength": lambda v: values.length(int(_iri(v)), least=True),
            "maxLength": lambda v: values.length(int(_iri(v)), least=False),
            "minInclusive": lambda v: values.compared(v, lambda order: order >= 0),
            "minExclusive": lambda v: values.compared(v, lambda order: order > 0),
            "maxInclusive": lambda v: values.compared(v, lambda order: order <= 0),
            "maxExclusive": lambda v: values.compared(v, lambda order: order < 0),
            "node": lambda v: self._compiled(v).holds,
            "not": lambda v: _none(self._compiled(v)),
            "and": lambda v: _count(self._all(shape, v), len(shape.parts[v]), len(shape.parts[v])),
            "or": lambda v: _count(self._all(shape, v), 1, len(shape.parts[v])),
            "xone": lambda v: _count(self._all(shape, v), 1, 1),
        }
        for word, make in plain.items():
            for value in asks.get(word, ()):
                yield f"{word[0].upper()}{word[1:]}ConstraintComponent", make(value)

    def _all(self, shape: Shape, head: Node) -> list[Compiled]:
        return [self._compiled(part) for part in shape.parts[head]]

    def _rules(self, shape: Shape) -> Iterator[Rule]:
        """Yield the rules over all values of a node at once, but for the plain counts."""
        asks = shape.asks
        if shape.path is not None and shape.flag("uniqueLang"):
            yield unique_language
        for value in asks.get("hasValue", ()):
            yield has(value)
        for word, allowed in (("lessThan", (-1,)), ("lessThanOrEquals", (-1, 0))):
            for value in asks.get(word, ()):
                yield self._ordered(word, _iri(value), allowed)
        for word in ("equals", "disjoint"):
            for value in asks.get(word, ()):
                yield self._paired(word, _iri(value))
        fewest, greatest = shape.number("qualifiedMinCount"), shape.number("qualifiedMaxCount")
        for value in asks.get("qualifiedValueShape", ()) if shape.path is not None else ():
            yield qualified(self._compiled(value), fewest or 0, greatest)

    def _paired(self, word: str, other: str) -> Rule:
        component = f"{word[0].upper()}{word[1:]}ConstraintComponent"

        def rule(focus: Node, found: list[Node]) -> Faults:
            beside = self.data.about(focus).get(other, [])
            wrong = set(found) & set(beside) if word == "disjoint" else set(found) ^ set(beside)
            return [(component, value) for value in wrong]

        return rule

    def _ordered(self, word: str, other: str, allowed: tuple[int, ...]) -> Rule:
        component = f"{word[0].upper()}{word[1:]}ConstraintComponent"

        def rule(focus: Node, found: list[Node]) -> Faults:
            beside = self.data.about(focus).get(other, ()) if found else ()
            if not beside:
                return ()
            from migkg import convert

            return [(component, one) for one in found for far in beside if convert.order(one, far) not in allowed]

        return rule


def _count(shapes: list[Compiled], least: int, most: int) -> values.Test:
    return lambda node: least <= sum(shape.holds(node) for shape in shapes) <= most


def _none(shape: Compiled) -> values.Test:
    return lambda node: not shape.holds(node)


def _ranked(term: Any, rank: dict[str, int]) -> bool:
    return isinstance(term, ox.NamedNode) and term.value in rank


def _iri(term: Node) -> str:
    return "" if isinstance(term, ox.Triple) else term.value
