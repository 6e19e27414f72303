"""What is made again after a change: what the queries say of themselves is true, and nothing is passed over."""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox
import pytest
from rdflib import RDF, URIRef, Variable
from rdflib.paths import NegatedPath, Path
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue

from migkg import derive, load, queries
from migkg.queries import Query
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import PREFIXES, graph, local
from tests import bases

ALL = [query for folder in derive.DERIVED for query in queries.folder(folder)]
SAID = {query.name: query.extra.get("figures") for query in ALL}
BASES = {"small": bases.small_store, "real": bases.real_store}


def of(how: str) -> list[str]:
    """The names of the queries that say this of figures."""
    return [name for name, said in SAID.items() if said == how]


def made(store: OxigraphStore, query: str | Query, **values: object) -> set[str]:
    """What a query makes, as text."""
    return {str(t) for t in queries.construct(store, query, **values)}  # type: ignore[arg-type]


def held(store: OxigraphStore, name: str) -> set[str]:
    """What the graph of a query holds, as text."""
    return {str(t) for t in store.get(graph(name).value)}


def parts(node: object) -> Iterator[CompValue]:
    """Every part of a query's algebra."""
    if isinstance(node, CompValue):
        yield node
        for value in node.values():
            yield from parts(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from parts(value)


def steps(path: object) -> Iterator[object]:
    """The properties of a path; none of those that a path leaves open may be there."""
    assert not isinstance(path, NegatedPath)
    if not isinstance(path, Path):
        yield path
        return
    for name in ("arg", "path"):
        if hasattr(path, name):
            yield from steps(getattr(path, name))
    for one in getattr(path, "args", ()):
        yield from steps(one)


@pytest.mark.parametrize("query", ALL, ids=lambda q: q.name)
def test_a_query_names_all_that_it_sees(query: Query) -> None:
    """Another parser finds no property and no class that is not named in it, and no pattern that leaves them open."""
    algebra = prepareQuery(query.text).algebra
    known = queries.iris(query.text)[1]
    nodes = list(parts(algebra["p"]))
    assert not [n.name for n in nodes if n.name in ("Graph", "ServiceGraphPattern")]
    listed: dict[str, set[object]] = {}
    for node in nodes:
        for row in node.get("res") or () if node.name == "values" else ():
            for name, term in row.items():
                listed.setdefault(str(name), set()).add(term)
    triples = [t for n in nodes if n.name == "BGP" for t in n.triples]
    triples += [t for n in nodes for t in n.get("triples") or () if n.name != "BGP" and isinstance(t, tuple)]
    assert triples
    for _, predicate, thing in triples:
        for step in steps(predicate):
            for one in listed.get(str(step), {step}) if isinstance(step, Variable) else {step}:
                assert isinstance(one, URIRef), f"{query.name}: {step} can be any property"
                assert one == RDF.type or f"<{one}>" in known
            if step == RDF.type:
                assert isinstance(thing, URIRef) and f"<{thing}>" in known


def test_what_is_said_of_figures_has_a_meaning() -> None:
    """Three words, and a query for areas has the parameter."""
    assert set(SAID.values()) <= {None, "none", "area", "whole"}
    for query in ALL:
        assert (SAID[query.name] == "area") == ("area" in {p.name for p in query.params})
    assert of("area") and of("none")


@pytest.mark.parametrize("base", BASES)
def test_figures_change_nothing_for_queries_that_say_so(base: str) -> None:
    """With all tables of figures and without any: the same. So it is for queries that name nothing that figures say."""
    store = BASES[base]()
    rows = load.rows_of_figures()
    left = [n for n in store.graphs() if not local(n).startswith(rows) and not derive.is_derived(n)]
    assert len(left) < len([n for n in store.graphs() if not derive.is_derived(n)])
    without = store.copy(left)
    without.merge()
    lost = [t for n in store.graphs() if local(n).startswith(rows) for t in store.get(n)]
    unmoved = [q for q in ALL if SAID[q.name] == "none" or not derive.sees(q, lost)]
    assert {q.name for q in unmoved} >= {"infer/labels", "infer/mappings", "score/weights", "score/standings"}
    for query in ALL:
        if query in unmoved:
            assert made(without, query) == held(store, query.name), query.name
        without.put(graph(query.name).value, store.get(graph(query.name).value))


@pytest.mark.parametrize("base", BASES)
def test_what_stands_in_the_graph_already_changes_nothing(base: str) -> None:
    """So a query may be run again among what was derived from it; its own graph is out of the way where need be."""
    store = bases.copy(BASES[base]())
    for name in of("area"):
        assert made(store, name) == held(store, name)
    for name in of("whole"):
        before = held(store, name)
        store.drop(graph(name).value)
        assert made(store, name) == before


@pytest.mark.parametrize("name", of("area"))
@pytest.mark.parametrize("base", BASES)
def test_areas_one_by_one_make_the_whole(base: str, name: str) -> None:
    """And each of them makes what is said of it there."""
    store = BASES[base]()
    whole = held(store, name)
    area = ox.NamedNode(PREFIXES["mg"] + "area")
    about: dict[ox.NamedNode, set[object]] = {}
    for t in store.get(graph(name).value):
        if t.predicate == area and isinstance(t.object, ox.NamedNode):
            about.setdefault(t.object, set()).add(t.subject)
    chosen = sorted(about, key=str)[:: max(1, len(about) // 20)]
    assert chosen
    for one in chosen:
        found = made(store, name, area=one)
        assert found <= whole
        assert found >= {str(t) for t in store.get(graph(name).value) if t.subject in about[one]}
    assert made(store, name, area=sorted(about, key=str)) == whole
    assert not made(store, name, area=ox.NamedNode("https://w3id.org/migkg/id/none"))
