"""What the graph says about one thing, from it and to it, and how a value is shown."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyoxigraph as ox

from migkg.server.addresses import graph_name, page
from migkg.server.words import Index, Link
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import BASE, GRAPH, PREFIXES

_MERGED = ox.DefaultGraph()

DIGITS = 2  # decimals of a number on a page; the data have all of them
_DECIMAL = ox.NamedNode(PREFIXES["xsd"] + "decimal")


class Facts:
    """What the merge of all graphs says about a thing, from it and to it."""

    def __init__(self, store: OxigraphStore, index: Index, iri: str) -> None:
        self.iri, self.index = iri, index
        self._every = store.engine.quads_for_pattern
        self.node = ox.NamedNode(iri)
        self.out = self.of(self.node)
        self.into: dict[str, list[str]] = {}
        for q in self._every(None, None, self.node, _MERGED):
            if isinstance(q.subject, ox.NamedNode):
                self.into.setdefault(q.predicate.value, []).append(q.subject.value)
        self.graphs = sorted(
            {
                q.graph_name.value
                for q in self._every(self.node, None, None, None)
                if isinstance(q.graph_name, ox.NamedNode)
            }
        )

    def of(self, node: ox.NamedNode) -> dict[str, list[Any]]:
        """Return the values of a node by property, in a steady order."""
        found: dict[str, list[Any]] = {}
        for q in self._every(node, None, None, _MERGED):
            found.setdefault(q.predicate.value, []).append(q.object)
        return {key: sorted(values, key=str) for key, values in found.items()}

    def objects(self, node: str, name: str) -> list[Any]:
        """Return the values of one property of a node."""
        return [q.object for q in self._every(ox.NamedNode(node), ox.NamedNode(name), None, _MERGED)]

    def said_by(self, name: str, value: ox.Literal) -> str:
        """Return “as in” and the source of the graph that gives this value; nothing where no graph names one."""
        for q in self._every(self.node, ox.NamedNode(name), value, None):
            if isinstance(q.graph_name, ox.NamedNode):
                for source in self.of(q.graph_name).get(PREFIXES["dcterms"] + "source", []):
                    return f"as in: {self.source(source).text}"
        return ""

    def link(self, term: Any) -> Link:
        """Return one value as something to show."""
        if isinstance(term, ox.NamedNode):
            if term.value.startswith(GRAPH):
                name = self.index.forms.get(term.value) or graph_name(term.value).rsplit("/", 1)[-1]
                return Link(name, page(term.value), "", term.value)
            if term.value.startswith(PREFIXES["mg"]) or term.value.startswith(PREFIXES["skos"]):
                known = self.index.relation(term.value)
                return Link(known, page(term.value) if term.value.startswith(BASE) else None, "", term.value)
            return self.index.link(term.value)
        if isinstance(term, ox.Literal):
            text = {"true": "yes", "false": "no"}.get(term.value, term.value)
            if term.datatype == _DECIMAL and len(text.partition(".")[2]) > DIGITS:
                text = f"{Decimal(text):.{DIGITS}f}"
            return Link(text, None, "" if term.language in (None, "en") else term.language)
        return Link("(part of a list)")

    def source(self, term: Any) -> Link:
        """Return a source as a link: its title, or that of the whole it is part of, with the locator."""
        if not isinstance(term, ox.NamedNode):
            return self.link(term)
        said = self.of(term)
        whole = said.get(PREFIXES["dcterms"] + "isPartOf", [None])[0]
        name = self.index.label(whole.value if isinstance(whole, ox.NamedNode) else term.value)
        where = [x.value for x in said.get(PREFIXES["mg"] + "locator", [])]
        return Link(name, self.index.link(term.value).href, ", ".join(where), term.value)
