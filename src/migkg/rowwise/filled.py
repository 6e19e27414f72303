"""The template of a load query, filled in for one row."""

from __future__ import annotations

from typing import Any

import pyoxigraph as ox

from migkg.rowwise.functions import Cells, Unsure
from migkg.rowwise.values import KEPT, Case, Value, of_expression, remembered


class Filled:
    """The template of a query for one case."""

    def __init__(self, case: Case, template: list[tuple[Any, Any, Any]]) -> None:
        self.tests = [c.at for c in case.conditions]
        self.slots: dict[tuple[Any, bool], int] = {}
        self.values: list[Value] = []
        self.triples: list[tuple[str | int, ...]] = []
        for triple in template:
            slots = [self._slot(term, case, iri=place < 2) for place, term in enumerate(triple)]
            if None not in slots:
                self.triples.append(tuple(s for s in slots if s is not None))
        self.ats = [value.at for value in self.values]
        self.forms: dict[tuple[bool, ...], tuple[str, list[str]]] = {}
        self.whole = self._form((False,) * len(self.ats))

    def _slot(self, term: Any, case: Case, *, iri: bool) -> str | int | None:
        """Return a term of the template as text, or the number of its value; None where there never is one."""
        value = of_expression(term, case.env)
        if not value.hangs_on:
            return _written(value.known, iri=iri)
        key = (term, iri)
        if key not in self.slots:
            self.slots[key] = len(self.values)
            self.values.append(remembered(lambda c, n: _written(value.at(c, n), iri=iri), [value]))
        return self.slots[key]

    def _form(self, empty: tuple[bool, ...]) -> tuple[str, list[str]]:
        """Return the text for rows in which these values are empty: what is of the row, and what its graph shares."""
        kept = [t for t in self.triples if not any(isinstance(s, int) and empty[s] for s in t)]
        made: dict[bool, list[str]] = {True: [], False: []}
        for triple in kept:
            words = [f"{{{s}}}" if isinstance(s, int) else s.replace("{", "{{").replace("}", "}}") for s in triple]
            made[isinstance(triple[0], str)].append(f"{' '.join(words)} .\n")
        return "".join(made[False]), made[True]

    def text(self, line: int, cells: Cells, said: set[str]) -> str:
        """Return the lines for a row, empty where this case is not its; `said` is what need not be said again."""
        for test in self.tests:
            if test(cells, line) is not True:
                return ""
        found = [at(cells, line) for at in self.ats]
        if None in found:
            empty = tuple([one is None for one in found])
            own, shared = self.forms.get(empty) or self.forms.setdefault(empty, self._form(empty))
        else:
            own, shared = self.whole
        made = own.format(*found)
        for form in shared:
            more = form.format(*found)
            if more not in said:
                if len(said) >= KEPT:
                    said.clear()
                said.add(more)
                made += more
        return made


def _written(term: Any, *, iri: bool) -> str | None:
    """Return a term as N-Triples write it. Raises Unsure for what may not stand where an IRI must."""
    if term is None:
        return None
    if type(term) is str and not iri:
        plain = term.isascii() and term.isprintable() and '"' not in term and "\\" not in term
        return f'"{term}"' if plain else str(ox.Literal(term))
    if isinstance(term, ox.NamedNode) or (isinstance(term, ox.Literal) and not iri):
        return str(term)
    raise Unsure
