"""What an unknown name was probably meant to be."""

from __future__ import annotations

import pyoxigraph as ox

from migkg import load
from migkg.near import nearest
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import BASE, ID, RDF_TYPE, local
from migkg.texts import say

LONGEST, MOST = 60, 10_000


class Names:
    """The names of ours that a graph knows.

    Rows of figures have names too, which nobody means, and they are many: their graphs are not looked into.
    """

    def __init__(self, whole: OxigraphStore) -> None:
        """Look into this graph, when somebody asks."""
        self._whole = whole
        self._known: dict[tuple[str, ...], list[str]] = {}
        self._said: dict[tuple[str, ...], str] = {}

    def near(self, iri: ox.NamedNode, kinds: tuple[str, ...] = ()) -> str:
        """Return the known names nearest to an unknown one of ours, among the things of these classes."""
        key = (iri.value, *kinds)
        if key not in self._said:
            if len(self._said) >= MOST:  # strangers ask too
                self._said.clear()
            self._said[key] = self._near(iri, kinds)
        return self._said[key]

    def _near(self, iri: ox.NamedNode, kinds: tuple[str, ...]) -> str:
        look = self._whole.engine.quads_for_pattern
        if not iri.value.startswith(BASE) or any(look(iri, RDF_TYPE, None, ox.DefaultGraph())):
            return ""
        space, word = iri.value[: iri.value.rindex("/") + 1], local(iri.value)
        known = self._in(space, kinds) if len(word) <= LONGEST else []
        letters = sorted(word)
        turned = [n for n in known if len(n) == len(word) and sorted(n) == letters]  # two letters changed places
        near = (turned + [n for n in nearest(word, known, 3, 0.6) if n not in turned])[:3]
        return say("did-you-mean", near=" or ".join(near)) if near else say("name-unknown")

    def _in(self, space: str, kinds: tuple[str, ...]) -> list[str]:
        key = (space, *kinds)
        if key not in self._known:
            look = self._whole.engine.quads_for_pattern
            if kinds:
                quads = (q for k in kinds for q in look(None, RDF_TYPE, ox.NamedNode(k), ox.DefaultGraph()))
            else:
                rows = load.rows_of_figures()
                graphs = [ox.NamedNode(g) for g in self._whole.graphs() if not local(g).startswith(rows)]
                if space != ID:  # terms and codes
                    graphs = [g for g in graphs if local(g.value).startswith("ontology/")]
                quads = (q for graph in graphs for q in look(None, RDF_TYPE, None, graph))
            names = {q.subject.value for q in quads if isinstance(q.subject, ox.NamedNode)}
            self._known[key] = sorted(local(name) for name in names if name.startswith(space))
        return self._known[key]
