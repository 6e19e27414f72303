"""Names of ours in a query that the graph does not know: such a query is right, and its answer empty or too small.

In: the text of a query and the store. Out: a sentence for each such name, with the one that was probably meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from migkg.names import Names
from migkg.near import nearest
from migkg.stores.guard import bare
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import BASE, GRAPH, short

MOST, SHOWN, LONGEST = 20, 3, 200
_IRI = re.compile(rf"<({re.escape(BASE)}[^<>\"{{}}|^`\\\s]*[^<>\"{{}}|^`\\\s/#])>")
_DECLARED = re.compile(r"(?<![\w?$:@-])(?:PREFIX\s+([\w.-]*):|BASE)\s*<([^<>\s]*)>", re.I)
_NAME = re.compile(r"(?<![\w:?$@.<-])([\w.-]{0,50}):([\w-](?:[\w.-]{0,198}[\w-])?)")
_TEMPLATE = re.compile(r"(?<![\w?$:@-])CONSTRUCT\s*\{[^{}]*\}", re.I)


def hints(store: OxigraphStore, names: Names, text: str, graphs: Iterable[str] = ()) -> list[str]:
    """Return what to say of names and graphs that the graph does not know, for a few of them.

    `graphs` are those that were chosen beside the query; `names` knows the names of the same store.
    """
    said = [_graph(store, graph) for graph in graphs if not _held(store, graph)]
    for iri in unknown(store, text) if BASE in text else ():
        if iri.startswith(GRAPH):
            said.append(_graph(store, iri))
        else:
            said.append(f"{short(iri)}: {names.near(ox.NamedNode(iri)) or 'The graph does not know this name.'}")
        if len(said) >= SHOWN:
            break
    return said[:SHOWN]


def needless(store: OxigraphStore, text: str, graphs: Iterable[str] = ()) -> bool:
    """Return whether there is nothing to say, which takes no time to find out."""
    known = BASE not in text or next(unknown(store, text), None) is None
    return known and all(_held(store, graph) for graph in graphs)


def unknown(store: OxigraphStore, text: str) -> Iterator[str]:
    """Give the IRIs of ours in a query that no statement has, in the order of the text."""
    for iri in list(dict.fromkeys(_ours(text)))[:MOST]:
        node, every = ox.NamedNode(iri), store.engine.quads_for_pattern
        places = (every(node, None, None, None), every(None, node, None, None), every(None, None, node, None))
        if not any(next(iter(found), None) for found in places) and not _held(store, iri):
            yield iri


def _ours(text: str) -> Iterator[str]:
    """Give the IRIs of ours that a query asks for; what a template only makes is not among them."""
    plain = bare(text, iris=True)
    plain = _TEMPLATE.sub(lambda m: " " * len(m.group()), plain)
    declared = [(m.group(1), m.group(2)) for m in _DECLARED.finditer(plain)]
    prefixes = {name: start for name, start in declared if name is not None and start.startswith(BASE)}
    plain = _DECLARED.sub(lambda m: " " * len(m.group()), plain)
    found = [(m.start(), m.group(1)) for m in _IRI.finditer(plain)]
    found += [(m.start(), prefixes[m.group(1)] + m.group(2)) for m in _NAME.finditer(plain) if m.group(1) in prefixes]
    return (iri for _, iri in sorted(found) if len(iri) <= LONGEST)


def _held(store: OxigraphStore, graph: str) -> bool:
    return store.engine.contains_named_graph(ox.NamedNode(graph))


def _graph(store: OxigraphStore, iri: str) -> str:
    held = store.graphs()
    near = nearest(iri, held, 1, 0.8) if len(iri) <= LONGEST else []
    return f"{iri[:LONGEST]}: No graph has this name." + (f" Did you mean {near[0]}?" if near else "")
