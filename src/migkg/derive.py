"""What follows from what is said: each query of `infer/` and `score/` makes one graph that bears its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from migkg import queries
from migkg.stores import Store
from migkg.terms import graph, local

DERIVED = ("infer", "score")
Progress = Callable[[str, int, int], None]


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
