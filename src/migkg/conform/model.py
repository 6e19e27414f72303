"""Shapes as read from SHACL: what each asks for, of which nodes, and which of its words are not understood here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pyoxigraph as ox

from migkg.terms import PREFIXES, RDF_TYPE

SH = PREFIXES["sh"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


Node = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
CONSTRAINTS = _words(
    "class datatype nodeKind minCount maxCount minExclusive minInclusive maxExclusive maxInclusive minLength maxLength "
    "pattern languageIn uniqueLang equals disjoint lessThan lessThanOrEquals not and or xone node property "
    "qualifiedValueShape closed hasValue in"
)
_ABOUT = _words(
    "path severity message deactivated name description order group defaultValue flags ignoredProperties "
    "qualifiedMinCount qualifiedMaxCount "
    "targetClass targetNode targetSubjectsOf targetObjectsOf"
)
_SINGLE = _words("path datatype nodeKind minCount maxCount minLength maxLength languageIn uniqueLang in closed flags")
_ONE = ("node", "property", "not", "qualifiedValueShape")
_MANY = ("and", "or", "xone")
_PATHS = ("inversePath", "alternativePath", "zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath")
_FIRST, _REST, _NIL = (PREFIXES["rdf"] + name for name in ("first", "rest", "nil"))
_CLASSES = (PREFIXES["rdfs"] + "Class", PREFIXES["owl"] + "Class")


@dataclass(frozen=True)
class Path:
    """A property path: a property (`kind` is property), or one of the ways to join paths, with its parts."""

    kind: str
    iri: str = ""
    parts: tuple[Path, ...] = ()


@dataclass
class Shape:
    """A node shape, or a property shape with its path."""

    name: ox.NamedNode | ox.BlankNode
    path: Path | None
    asks: dict[str, list[Node]]
    targets: dict[str, list[Node]]
    severity: str
    messages: tuple[ox.Literal, ...]
    parts: dict[Node, list[Node]] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()

    def flag(self, name: str) -> bool:
        """Return whether the shape says `true` for this parameter."""
        return any(isinstance(v, ox.Literal) and v.value in ("true", "1") for v in self.asks.get(name, ()))

    def number(self, name: str) -> int | None:
        """Return the whole number of this parameter."""
        found = [int(v.value) for v in self.asks.get(name, ()) if isinstance(v, ox.Literal)]
        return found[0] if found else None


class Shapes:
    """A shapes graph."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        """Read the triples; through a store, so that values are written here as they are in data."""
        self._store = ox.Store()
        self._store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
        self._read: dict[Node, Shape] = {}

    def get(self, name: Node) -> Shape:
        """Return the shape of this name."""
        if name not in self._read:
            self._read[name] = self._shape(name)
        return self._read[name]

    def targeted(self) -> list[Shape]:
        """Return the shapes that have targets, those switched off left out, in the order of their names."""
        kinds = [ox.NamedNode(SH + kind) for kind in ("NodeShape", "PropertyShape")]
        names = {s for kind in kinds for s in self._subjects(RDF_TYPE, kind)}
        for target in ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf"):
            names |= set(self._subjects(ox.NamedNode(SH + target), None))
        shapes = [self.get(name) for name in sorted(names, key=str)]
        return [shape for shape in shapes if shape.targets and not shape.flag("deactivated")]

    def below(self, shape: Shape) -> Iterator[Shape]:
        """Yield the shape and all that it uses, each once."""
        seen: set[Node] = set()
        todo: list[Node] = [shape.name]
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            one = self.get(name)
            yield one
            todo += used(one)

    def strange(self, shape: Shape) -> list[str]:
        """Return what in the shape or below it is not understood here, by name; none when all of it is."""
        found = {word for one in self.below(shape) for word in one.unknown}
        if self._subjects(RDF_TYPE, ox.NamedNode(SH + "ConstraintComponent")):
            found.add("ConstraintComponent")
        if self._recursive(shape.name, ()):
            found.add("recursion")
        return sorted(found)

    def _recursive(self, name: Node, above: tuple[Node, ...]) -> bool:
        return name in above or any(self._recursive(part, (*above, name)) for part in used(self.get(name)))

    def _subjects(self, predicate: ox.NamedNode, value: Node | None) -> list[Node]:
        return [q.subject for q in self._store.quads_for_pattern(None, predicate, value, None)]

    def _shape(self, name: Node) -> Shape:
        if not isinstance(name, ox.NamedNode | ox.BlankNode):
            raise ValueError(f"{name} is no name of a shape")
        said: dict[str, list[Node]] = {}
        for q in self._store.quads_for_pattern(name, None, None, None):
            if q.predicate.value.startswith(SH):
                said.setdefault(q.predicate.value[len(SH) :], []).append(q.object)
        for values in said.values():
            values.sort(key=str)
        unknown = {word for word in said if word not in CONSTRAINTS and word not in _ABOUT}
        unknown |= {word for word in _SINGLE if len(said.get(word, ())) > 1}  # what it says is then for the reference
        if not any(self._store.quads_for_pattern(name, None, None, None)):
            unknown.add("undefined shape")
        targets = {word: said[word] for word in said if word.startswith("target")}
        types = {q.object for q in self._store.quads_for_pattern(name, RDF_TYPE, None, None)}
        if types & {ox.NamedNode(c) for c in _CLASSES}:
            targets.setdefault("targetClass", []).append(name)
        path = None
        if "path" in said:
            path = self._path(said["path"][0])
            if path is None:
                unknown.add("path")
        lists = [v for word in (*_MANY, "in", "languageIn", "ignoredProperties") for v in said.get(word, ())]
        messages = tuple(m for m in said.get("message", ()) if isinstance(m, ox.Literal))
        severity = said.get("severity", [ox.NamedNode(SH + "Violation")])[0]
        return Shape(
            name,
            path,
            said,
            targets,
            severity.value if isinstance(severity, ox.NamedNode) else "",
            messages,
            {head: self._items(head) for head in lists},
            frozenset(unknown),
        )

    def _items(self, head: Node) -> list[Node]:
        items: list[Node] = []
        while isinstance(head, ox.BlankNode):
            items += self._objects(head, _FIRST)[:1]
            rest = self._objects(head, _REST)
            if not rest:
                break
            head = rest[0]
        return items

    def _objects(self, subject: ox.NamedNode | ox.BlankNode, predicate: str) -> list[Node]:
        return [q.object for q in self._store.quads_for_pattern(subject, ox.NamedNode(predicate), None, None)]

    def _path(self, node: Node) -> Path | None:
        if isinstance(node, ox.NamedNode):
            return Path("property", node.value)
        if not isinstance(node, ox.BlankNode):
            return None
        kind, nodes = "sequence", self._items(node)
        for word in _PATHS:
            if found := self._objects(node, SH + word):
                kind, nodes = word, self._items(found[0]) if word == "alternativePath" else found[:1]
        parts = [self._path(part) for part in nodes]
        known = [part for part in parts if part is not None]
        return Path(kind, "", tuple(known)) if known and len(known) == len(parts) else None


def used(shape: Shape) -> list[Node]:
    """Return the names of the shapes that a shape uses directly."""
    single = [v for word in _ONE for v in shape.asks.get(word, ())]
    return single + [item for word in _MANY for head in shape.asks.get(word, ()) for item in shape.parts[head]]
