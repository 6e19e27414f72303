"""The embedded store: Oxigraph in memory or in a folder.

The default graph always holds the merge of the named graphs (each triple once), because a query over the
union option counts a triple twice when it stands in two graphs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyoxigraph as ox

from migkg.errors import ResourceMissing
from migkg.stores import Answer, dataset
from migkg.terms import BASE

_BLANK = b"_:"
_PIECE = 4_000_000

GraphName = ox.NamedNode | ox.BlankNode | ox.DefaultGraph


class OxigraphStore:
    """A `Store` in this process; `unchanging` where nothing writes to it but `change`, which takes the word back."""

    unchanging = False
    changes = 0  # how often `change` was called

    def __init__(self, path: Path | None = None, *, engine: ox.Store | None = None) -> None:
        """Open an empty store in memory, or the store in `path`, which is made when it is not there.

        Raises ResourceMissing when another process holds it or the disk refuses.
        """
        if engine is not None:
            self.engine = engine
            return
        try:
            self.engine = ox.Store(str(path)) if path else ox.Store()
        except OSError as error:
            raise ResourceMissing(_cannot_open(path, error)) from None

    @classmethod
    def read_only(cls, path: Path) -> OxigraphStore:
        """Open a store folder that nothing writes to. Raises ResourceMissing."""
        try:
            found = cls(engine=ox.Store.read_only(str(path)))
            found.unchanging = True
            return found
        except OSError as error:
            raise ResourceMissing(_cannot_open(path, error)) from None

    @classmethod
    def from_dump(cls, quads: Path, merged: Path | None = None) -> OxigraphStore:
        """Return a store in memory filled from an N-Quads dump and, if at hand, the dump of its merge."""
        store = cls()
        store.read_dump(quads)
        if merged is not None:
            store.read_dump(merged)
        else:
            store.merge()
        return store

    def read_dump(self, path: Path) -> None:
        """Add a dump of N-Quads or N-Triples; a blank node keeps its name, which the engine's own loading changes.

        So a graph and the merge go on speaking of the same nodes, and all stores of a release give the same bytes.
        In pieces, it takes no more memory than the store itself.
        """
        with path.open("rb") as file:
            while lines := file.readlines(_PIECE):
                named = b"".join(line for line in lines if _BLANK not in line)
                self.engine.load(input=named, format=ox.RdfFormat.N_QUADS, lenient=True)
                if len(named) < sum(map(len, lines)):
                    rest = b"".join(line for line in lines if _BLANK in line)
                    self.engine.extend(ox.parse(rest, format=ox.RdfFormat.N_QUADS, lenient=True))

    def copy(self, graphs: Iterable[str] | None = None) -> OxigraphStore:
        """Return the same graphs (or only those named) in a new store in memory, without the merge."""
        made = OxigraphStore()
        for name in self.graphs() if graphs is None else graphs:
            made._load(self._text(name), ox.NamedNode(name))
        return made

    def merge(self) -> None:
        """Write the merge of the named graphs into the default graph."""
        for name in self.graphs():
            text = self._text(name)
            if _BLANK in text:
                self.fill(self.get(name))
            else:
                self._load(text)

    def fill(self, triples: Iterable[ox.Triple], graph: ox.NamedNode | None = None) -> None:
        """Add triples to a named graph, or to the default graph alone.

        As text they go in four times as fast as one by one. Text would rename blank nodes, so these go one by one.
        """
        new = list(triples)
        text = ox.serialize(new, format=ox.RdfFormat.N_TRIPLES) or b""
        if _BLANK in text:
            into = graph or ox.DefaultGraph()
            self.engine.extend([ox.Quad(t.subject, t.predicate, t.object, into) for t in new])
        else:
            self._load(text, graph)

    def add(self, graph: str, triples: Iterable[ox.Triple]) -> None:
        """Add triples to the graph, and to the merge."""
        new = list(triples)
        text = ox.serialize(new, format=ox.RdfFormat.N_TRIPLES) or b""
        if _BLANK in text:
            self.fill(new, ox.NamedNode(graph))
            self.fill(new)
        else:
            self.add_text(graph, text)

    def add_text(self, graph: str, text: bytes) -> None:
        """Add N-Triples without blank nodes to the graph, and to the merge."""
        self._load(text, ox.NamedNode(graph))
        self._load(text)

    def _text(self, graph: str) -> bytes:
        return self.engine.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.NamedNode(graph)) or b""

    def _load(self, text: bytes, graph: ox.NamedNode | None = None) -> None:
        self.engine.load(input=text, format=ox.RdfFormat.N_TRIPLES, to_graph=graph, lenient=True)

    def graphs(self) -> list[str]:
        """Return the IRIs of the graphs, sorted."""
        return sorted(g.value for g in self.engine.named_graphs() if isinstance(g, ox.NamedNode))

    def get(self, graph: str) -> list[ox.Triple]:
        """Return the triples of one graph."""
        return [q.triple for q in self.engine.quads_for_pattern(None, None, None, ox.NamedNode(graph))]

    def lines(self, graph: str) -> list[bytes]:
        """Return the triples of one graph as lines of N-Triples."""
        return self._text(graph).splitlines()

    def about(self, subject: ox.NamedNode | ox.BlankNode | ox.Triple) -> list[ox.Triple]:
        """Return what the merge of all graphs says of one thing."""
        return [q.triple for q in self.engine.quads_for_pattern(subject, None, None, ox.DefaultGraph())]

    def put(self, graph: str, triples: Iterable[ox.Triple]) -> None:
        """Make these triples the whole content of the graph, and keep the merge true."""
        name = ox.NamedNode(graph)
        new = list(triples)
        if self.engine.contains_named_graph(name):
            self.drop(graph)
        self.fill(new, name)
        self.fill(new)

    def drop(self, graph: str) -> None:
        """Remove the graph, and from the merge what no other graph says."""
        gone = self.get(graph)
        self.engine.remove_graph(ox.NamedNode(graph))
        self._unmerge(gone)

    def patch(self, graph: str, gone: Iterable[ox.Triple], added: Iterable[ox.Triple]) -> None:
        """Take triples out of the graph and put others in, and keep the merge true."""
        name, lost = ox.NamedNode(graph), list(gone)
        for t in lost:
            self.engine.remove(ox.Quad(t.subject, t.predicate, t.object, name))
        self._unmerge(lost)
        self.add(graph, added)
        if not any(self.engine.quads_for_pattern(None, None, None, name)):
            self.engine.remove_graph(name)

    def _unmerge(self, gone: Iterable[ox.Triple]) -> None:
        """Remove from the merge what no graph says."""
        for t in gone:
            holders = self.engine.quads_for_pattern(t.subject, t.predicate, t.object, None)
            if all(q.graph_name == ox.DefaultGraph() for q in holders):
                self.engine.remove(ox.Quad(t.subject, t.predicate, t.object))

    def change(self, gone: bytes, added: bytes) -> None:
        """Take out and put in lines of N-Quads, those of the merge among them; nodes without a name keep theirs."""
        self.unchanging, self.changes = False, self.changes + 1
        for quad in ox.parse(gone, format=ox.RdfFormat.N_QUADS, lenient=True):
            self.engine.remove(quad)
        self.engine.extend(ox.parse(added, format=ox.RdfFormat.N_QUADS, lenient=True))
        for name in {q.graph_name for q in ox.parse(gone, format=ox.RdfFormat.N_QUADS, lenient=True)}:
            if isinstance(name, ox.NamedNode) and not any(self.engine.quads_for_pattern(None, None, None, name)):
                self.engine.remove_graph(name)

    def query(self, text: str) -> Answer:
        """Run a SPARQL 1.1 query. Raises QueryError with line and column."""
        try:
            return self.engine.query(text)
        except SyntaxError as error:
            from migkg.stores.mistakes import explain

            raise explain(str(error), text) from None

    def dataset_query(self, text: str, default: Sequence[str] | None, named: Sequence[str] | None) -> Answer:
        """Run a query of a stranger over the graphs that he or his query chose; without a choice, over everything.

        Relative IRIs are ours. Several default graphs are merged first, so that a triple in two of them counts once.
        Raises SyntaxError in the words of the engine; `mistakes.explain` makes them plain.
        """
        graphs = dataset.chosen(text, default, named)
        if graphs is None:
            return self.engine.query(text, base_iri=BASE)
        engine = self.engine
        begin: list[GraphName] = [ox.NamedNode(g) for g in dict.fromkeys(graphs[0])]
        names: list[ox.NamedNode | ox.BlankNode] = [ox.NamedNode(g) for g in dict.fromkeys(graphs[1])]
        if len(begin) > 1:
            engine, begin = self._merged(begin, names).engine, [ox.DefaultGraph()]
        # The choice of the caller goes before the clauses of the query, which the engine then passes over.
        return engine.query(text, base_iri=BASE, default_graph=begin, named_graphs=names)

    def _merged(self, default: Iterable[GraphName], named: Iterable[GraphName]) -> OxigraphStore:
        every = self.engine.quads_for_pattern
        made = OxigraphStore()
        for graph in default:
            made.engine.extend([ox.Quad(*q.triple) for q in every(None, None, None, graph)])
        for graph in named:
            made.engine.extend(every(None, None, None, graph))
        return made

    def flush(self) -> None:
        """Write what is buffered to disk and tidy the files."""
        self.engine.flush()
        self.engine.optimize()


def _cannot_open(path: Path | None, error: OSError) -> str:
    text = str(error)
    if "lock" in text.lower():
        return f"The store {path} is in use by another process. Stop it, or name another folder with --store."
    return f"The store {path} cannot be opened ({text.splitlines()[0][:160]}). Run `migkg build` to make it anew."
