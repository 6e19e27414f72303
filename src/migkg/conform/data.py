"""The data as shapes look at it: what is said of a node and points to it, its classes, and where a path leads."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pyoxigraph as ox

from migkg.conform.model import Node, Path
from migkg.terms import PREFIXES, RDF_TYPE

Walk = Callable[[Node], list[Node]]
TYPE = RDF_TYPE.value
SUBCLASS = ox.NamedNode(PREFIXES["rdfs"] + "subClassOf")
KEPT = 20_000


class Data:
    """The merge of a store. Nodes that recur are looked up once; the memory for that is bounded."""

    def __init__(self, engine: ox.Store) -> None:
        """Look into the default graph of an engine that does not change meanwhile."""
        self.engine = engine
        self._graph = ox.DefaultGraph()
        self._near: dict[Node, dict[str, list[Node]]] = {}
        self._above: dict[str, frozenset[str]] = {}
        self._here: Node | None = None
        self._said: dict[str, list[Node]] = {}

    def look(self, node: Node) -> dict[str, list[Node]]:
        """Return what is said of a node that is now looked at, and keep it at hand until the next one."""
        if node is not self._here:
            self._said = self._read(node)
            self._here = node
        return self._said

    def about(self, node: Node) -> dict[str, list[Node]]:
        """Return what is said of a node: property to values."""
        if node is self._here:
            return self._said
        if (found := self._near.get(node)) is not None:
            return found
        if len(self._near) >= KEPT:
            self._near.clear()
        said = self._near[node] = self._read(node)
        return said

    def _read(self, node: Node) -> dict[str, list[Node]]:
        said: dict[str, list[Node]] = {}
        if not isinstance(node, ox.Literal):
            for q in self.engine.quads_for_pattern(node, None, None, self._graph):
                said.setdefault(q.predicate.value, []).append(q.object)
        return said

    def subjects(self, predicate: ox.NamedNode, value: Node | None) -> list[Node]:
        """Return what has this value of the property."""
        return [q.subject for q in self.engine.quads_for_pattern(None, predicate, value, self._graph)]

    def above(self, name: str) -> frozenset[str]:
        """Return a class and all classes above it."""
        if name not in self._above:
            self._above[name] = frozenset(_reach(name, lambda one: self._values(one, SUBCLASS)))
        return self._above[name]

    def below(self, name: str) -> set[str]:
        """Return a class and all classes below it."""
        return _reach(name, lambda one: self.subjects(SUBCLASS, ox.NamedNode(one)))

    def _values(self, name: str, predicate: ox.NamedNode) -> list[object]:
        return [q.object for q in self.engine.quads_for_pattern(ox.NamedNode(name), predicate, None, self._graph)]

    def is_a(self, node: Node, name: str) -> bool:
        """Return whether a node is of a class, or of one below it."""
        types = self.about(node).get(TYPE, ())
        return any(isinstance(t, ox.NamedNode) and name in self.above(t.value) for t in types)


def walk(path: Path, data: Data) -> Walk:
    """Return the function that goes along a path from a node; each node that it reaches is named once."""
    if path.kind == "property":
        iri = path.iri
        about = data.about
        return lambda node: about(node).get(iri, [])
    steps = [walk(part, data) for part in path.parts]
    if path.kind == "inversePath":
        inner = path.parts[0]
        if inner.kind == "property":
            predicate = ox.NamedNode(inner.iri)
            return lambda node: data.subjects(predicate, node)
        return walk(_turned(inner), data)
    if path.kind == "sequence":

        def along(node: Node) -> list[Node]:
            reached = [node]
            for step in steps:
                reached = list(dict.fromkeys(far for near in reached for far in step(near)))
            return reached

        return along
    if path.kind == "alternativePath":
        return lambda node: list(dict.fromkeys(far for step in steps for far in step(node)))
    if path.kind == "zeroOrOnePath":
        return lambda node: list(dict.fromkeys([node, *steps[0](node)]))
    return _often(steps[0], itself=path.kind == "zeroOrMorePath")


def _often(step: Walk, *, itself: bool) -> Walk:
    def far(node: Node) -> list[Node]:
        reached: dict[Node, None] = {node: None} if itself else {}
        todo = [node]
        while todo:
            for one in step(todo.pop()):
                if one not in reached:
                    reached[one] = None
                    todo.append(one)
        return list(reached)

    return far


def _turned(path: Path) -> Path:
    """Return the path that leads back."""
    if path.kind == "property":
        return Path("inversePath", "", (path,))
    if path.kind == "inversePath":
        return path.parts[0]
    parts = tuple(_turned(part) for part in path.parts)
    return Path(path.kind, "", parts[::-1] if path.kind == "sequence" else parts)


def _reach(start: str, step: Callable[[str], Iterable[object]]) -> set[str]:
    """Return a name and all names that the step leads to, however often it is taken."""
    seen: set[str] = set()
    todo = [start]
    while todo:
        one = todo.pop()
        if one not in seen:
            seen.add(one)
            todo += [node.value for node in step(one) if isinstance(node, ox.NamedNode)]
    return seen
