"""What files are checked against: a scratch graph with the files in their places, and what else can bear on them.

A file of figures, a filled form of a country for instance, says nothing on which anything else rests: no rule looks
from one row to a row of another table (`#+ leaf: true` in the header of their load query). So beside it stand only the
ontology, the codes, and what is said of the things that it names. That costs as much as the file, however large the
whole is. Any other file is checked in the whole, without the tables of figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyoxigraph as ox

from migkg import load
from migkg.candidate import Candidate
from migkg.derive import derive, is_derived
from migkg.stores import Store
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import graph, local

VOCABULARY = "ontology/"
BESIDE = graph("named-by-files")


def around(store: Store, files: Sequence[Candidate]) -> OxigraphStore:
    """Return a graph in memory with the files in it, in which what follows is inferred."""
    leaves = load.rows_of_figures()
    if isinstance(store, OxigraphStore) and all(_is_leaf(store, one, leaves) for one in files):
        made = _near(store, files)
    else:
        made = _whole(store, files, leaves)
    made.merge()
    for one in files:
        made.add(one.graph, one.triples)
    derive(made, folders=("infer",))
    return made


def _is_leaf(store: OxigraphStore, one: Candidate, leaves: tuple[str, ...]) -> bool:
    """Return whether a file holds rows of figures and no more, of which nothing but tables of figures speaks."""
    if not load.holds_figures_only(one.graph, one.triples):
        return False
    look = store.engine.quads_for_pattern
    others = (*leaves, local(one.graph))
    return not any(
        _counts(q.graph_name, others)
        for subject in {t.subject for t in one.triples}
        if isinstance(subject, ox.NamedNode)
        for q in look(subject, None, None, None)
    )


def _counts(name: object, without: tuple[str, ...]) -> bool:
    """Return whether this is a graph of what is said, rather than the merge, a derived one, or one to leave out."""
    return isinstance(name, ox.NamedNode) and not is_derived(name.value) and not local(name.value).startswith(without)


def _near(store: OxigraphStore, files: Sequence[Candidate]) -> OxigraphStore:
    """Return the vocabulary and what is said of all that the files name, each statement in the graph that makes it."""
    made = store.copy(name for name in store.graphs() if local(name).startswith(VOCABULARY))
    mine = {one.graph for one in files}
    own = {t.subject for one in files for t in one.triples}
    named = {term for one in files for t in one.triples for term in (t.predicate, t.object)} - own
    found: dict[str, list[ox.Triple]] = {}
    for term in named:
        if not isinstance(term, ox.NamedNode):
            continue
        for q in store.engine.quads_for_pattern(term, None, None, None):
            name = q.graph_name
            if isinstance(name, ox.NamedNode) and name.value not in mine:
                # What was derived is not derived anew from so little, so it stays as something said.
                to = BESIDE if is_derived(name.value) else name
                found.setdefault(to.value, []).append(q.triple)
    for source, triples in sorted(found.items()):
        if not local(source).startswith(VOCABULARY):
            made.fill(triples, ox.NamedNode(source))
    return made


def _whole(store: Store, files: Sequence[Candidate], leaves: tuple[str, ...]) -> OxigraphStore:
    """Return all graphs but those that the files replace, what is derived and, for files of data, the figures."""
    mine = {one.graph for one in files}
    if not all(local(name).startswith("data/") for name in mine):
        leaves = ()
    wanted = [n for n in store.graphs() if n not in mine and not is_derived(n) and not local(n).startswith(leaves)]
    if isinstance(store, OxigraphStore):
        made = store.copy(wanted)
    else:
        made = OxigraphStore()
        for name in wanted:
            made.fill(store.get(name), ox.NamedNode(name))
    if leaves and isinstance(store, OxigraphStore):
        known = {t.subject for one in files for t in one.triples}
        _add_rows(store, made, {t.object for one in files for t in one.triples} - known)
    return made


def _add_rows(store: OxigraphStore, made: OxigraphStore, named: Iterable[object]) -> None:
    """Add the rows of figures that files name, though their tables stay out."""
    for term in sorted((n for n in named if isinstance(n, ox.NamedNode)), key=str):
        if not any(made.engine.quads_for_pattern(term, None, None, None)):
            made.fill(store.about(term), BESIDE)
