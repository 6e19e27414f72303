"""What follows from what is said: each query of `infer/` and `score/` makes one graph that bears its name.

After a change only that is made again which the change can bear on. A query sees a statement only if it names its
property, or its class. Of what it sees, its header may say more (`#+ figures:`): `none`, rows of figures change nothing
in what it makes; `area`, what it makes of an area rests on rows of this area and of those inside it, and it can be
asked for areas alone; `whole`, it is cheap and may be run again by itself. A query that sees a change and says nothing
has everything derived again, so a new query needs no word here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pyoxigraph as ox

from migkg import queries
from migkg.queries import Query
from migkg.stores import Store
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import PREFIXES, RDF_TYPE, graph, local

DERIVED = ("infer", "score")
Progress = Callable[[str, int, int], None]
Triples: TypeAlias = set[ox.Triple]
_AREA = ox.NamedNode(PREFIXES["mg"] + "area")


@dataclass(frozen=True)
class Turn:
    """What a graph has lost and won."""

    gone: Triples
    added: Triples


def quiet(_step: str, _done: int, _total: int) -> None:
    """Report nothing."""


def derive(
    store: Store, top: Path | None = None, progress: Progress = quiet, folders: tuple[str, ...] = DERIVED
) -> None:
    """Run the queries of `infer/` and then `score/`; each makes one graph that bears its name."""
    for folder in folders:
        todo = queries.folder(folder, top)
        for count, query in enumerate(todo, 1):
            progress(folder, count, len(todo))
            made = queries.construct(store, query)
            if made:
                store.put(graph(query.name).value, made)


def underive(store: Store) -> None:
    """Remove every derived graph."""
    for name in store.graphs():
        if is_derived(name):
            store.drop(name)


def is_derived(name: str) -> bool:
    """Return whether a graph of this IRI was derived by a query."""
    return local(name).startswith(tuple(f"{folder}/" for folder in DERIVED))


def sees(query: Query, triples: Iterable[ox.Triple]) -> bool:
    """Return whether a query names the property of any of these statements, or the class of those that name a class."""
    known = queries.iris(query.text)[1]
    return any(str(t.object if t.predicate == RDF_TYPE else t.predicate) in known for t in triples)


def of_areas(store: Store, areas: Iterable[ox.NamedNode]) -> dict[str, Triples]:
    """Return what each query that can be asked for areas alone makes of them."""
    chosen = sorted(areas, key=str)
    return {q.name: set(queries.construct(store, q, area=chosen)) for q in _all() if q.extra.get("figures") == "area"}


def again(
    store: OxigraphStore, change: Triples, areas: Iterable[ox.NamedNode] | None, before: Mapping[str, Triples]
) -> dict[str, Turn] | None:
    """Make again what a change bears on; return what graphs lost and won, None where all has to be made again.

    `change` is what came and went; in the store that has happened. `areas` are those that it may move, where it is a
    change of figures only, and `before` is what `of_areas` gave for them before it.
    """
    seen = set(change)
    turns: dict[str, Turn] = {}
    for query in _all():
        if not sees(query, seen):
            continue
        how, name = query.extra.get("figures"), graph(query.name).value
        if how == "whole":
            old = set(store.get(name))
            store.drop(name)
            new = set(queries.construct(store, query))
            if new:
                store.put(name, new)
            turn = Turn(old - new, new - old)
        elif areas is None or how not in ("none", "area"):
            for other, done in turns.items():
                store.patch(other, done.added, done.gone)
            return None
        elif how == "none":
            continue
        else:
            turn = _of_areas_again(store, query, sorted(areas, key=str), before[query.name])
            store.patch(name, turn.gone, turn.added)
        turns[name] = turn
        seen |= turn.gone | turn.added
    return turns


def anew(store: OxigraphStore) -> dict[str, Turn]:
    """Derive everything again; return what each derived graph lost and won."""
    old = {name: set(store.get(name)) for name in store.graphs() if is_derived(name)}
    underive(store)
    derive(store)
    new = {name: set(store.get(name)) for name in store.graphs() if is_derived(name)}
    none: Triples = set()
    return {
        name: Turn(old.get(name, none) - new.get(name, none), new.get(name, none) - old.get(name, none))
        for name in {*old, *new}
    }


def _of_areas_again(store: OxigraphStore, query: Query, areas: list[ox.NamedNode], before: Triples) -> Turn:
    """Return what a query makes otherwise of these areas.

    What is about no area, such as a run, may still follow from others: when such a statement is lost here, the query
    tells of all areas whether it is lost.
    """
    into = graph(query.name)
    now = set(queries.construct(store, query, area=areas))
    lost = before - now
    theirs = {t.subject for t in before if t.predicate == _AREA and t.object in areas}
    if any(t.subject not in theirs for t in lost):
        old, new = set(store.get(into.value)), set(queries.construct(store, query))
        return Turn(old - new, new - old)
    held = store.engine.quads_for_pattern
    return Turn(lost, {t for t in now - before if not any(held(t.subject, t.predicate, t.object, into))})


def _all() -> list[Query]:
    return [query for folder in DERIVED for query in queries.folder(folder)]
