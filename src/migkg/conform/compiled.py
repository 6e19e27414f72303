"""One shape as a function, what it says, and the rules over all values of a node at once."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from migkg.conform import values
from migkg.conform.data import Data, Walk, walk
from migkg.conform.model import Node, Shape

REMEMBERED = 50_000
MIN_COUNT, MAX_COUNT = "MinCountConstraintComponent", "MaxCountConstraintComponent"


@dataclass(frozen=True)
class Result:
    """One validation result: what is wrong, where, and by which shape and kind of constraint."""

    focus: Node
    path: str
    value: Node | None
    shape: ox.NamedNode | ox.BlankNode
    component: str
    severity: str
    messages: tuple[ox.Literal, ...]


Out = list[Result] | None
Faults = Sequence[tuple[str, Node | None]]
Rule = Callable[[Node, list[Node]], Faults]


class Compiled:
    """A shape as a function: `run` says whether a node conforms, and writes down why not."""

    def __init__(self, shape: Shape, data: Data) -> None:
        """Start from the shape; the engine fills in what it asks for."""
        self.shape = shape
        self.off = shape.flag("deactivated")
        self.path = shape.path.iri if shape.path is not None else ""
        self.walk: Walk | None = walk(shape.path, data) if shape.path is not None else None
        self.least, self.most = 0, sys.maxsize
        self.tests: list[tuple[str, values.Test]] = []
        self.rules: list[Rule] = []
        self.parts: list[Compiled] = []
        self.closed: tuple[frozenset[str], Data] | None = None
        self.verdicts: dict[Node, tuple[str, ...]] = {}

    def run(self, focus: Node, out: Out = None) -> bool:
        """Return whether the node conforms; with `out`, go on to the end and put each fault there."""
        if self.off:
            return True
        found = [focus] if self.walk is None else self.walk(focus)
        faults: list[tuple[str, Node | None]] = []
        if not self.least <= len(found) <= self.most:
            faults.append((MIN_COUNT if len(found) < self.least else MAX_COUNT, None))
        for rule in self.rules:
            faults += rule(focus, found)
        if self.tests:
            known = self.verdicts
            for value in found:
                verdict = known.get(value)
                if verdict is None:
                    verdict = self._judged(value)
                if verdict:
                    faults += [(component, value) for component in verdict]
        if faults:
            if out is None:
                return False
            for component, one in faults:
                self._say(out, focus, component, one)
        good = not faults
        for part in self.parts:
            for value in found:
                if not part.run(value, out):
                    good = False
                    if out is None:
                        return False
        return (self.closed is None or self._closes(focus, found, out)) and good

    def holds(self, node: Node) -> bool:
        """Return whether the node conforms."""
        return self.run(node)

    def _judged(self, value: Node) -> tuple[str, ...]:
        """Return which tests a value fails. Values recur and are remembered; what a node shape looks at does not."""
        verdict = tuple(component for component, test in self.tests if not test(value))
        if self.walk is not None:
            if len(self.verdicts) >= REMEMBERED:
                self.verdicts.clear()
            self.verdicts[value] = verdict
        return verdict

    def _closes(self, focus: Node, found: list[Node], out: Out) -> bool:
        assert self.closed is not None
        allowed, data = self.closed
        more = [(p, v) for one in found for p, some in data.about(one).items() if p not in allowed for v in some]
        if out is not None:
            for path, value in more:
                self._say(out, focus, "ClosedConstraintComponent", value, path)
        return not more

    def _say(self, out: list[Result], focus: Node, component: str, value: Node | None, path: str | None = None) -> None:
        shape = self.shape
        where = self.path if path is None else path
        out.append(Result(focus, where, value, shape.name, component, shape.severity, shape.messages))


def unique_language(_focus: Node, found: list[Node]) -> Faults:
    """At most one text in each language."""
    if len(found) < 2:
        return ()
    tags = Counter(v.language.lower() for v in found if isinstance(v, ox.Literal) and v.language)
    return [("UniqueLangConstraintComponent", None) for count in tags.values() if count > 1]


def has(wanted: Node) -> Rule:
    """This value is among the values."""
    fault: Faults = (("HasValueConstraintComponent", None),)
    return lambda _focus, found: () if wanted in found else fault


def qualified(shape: Compiled, least: int, most: int | None) -> Rule:
    """So many of the values conform to a shape."""

    def rule(_focus: Node, found: list[Node]) -> Faults:
        count = sum(shape.holds(value) for value in found)
        few, many = count < least, most is not None and count > most
        low, high = "QualifiedMinCountConstraintComponent", "QualifiedMaxCountConstraintComponent"
        return [(component, None) for component, wrong in ((low, few), (high, many)) if wrong]

    return rule
