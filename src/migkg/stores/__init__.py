"""Stores hold named graphs and answer SPARQL. This is the whole interface.

A query without dataset clauses sees the RDF merge of all graphs, each triple once; every store keeps
that promise itself. There is no update: putting and dropping graphs is the only write.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, TypeAlias

import pyoxigraph as ox

from migkg import release
from migkg.errors import InputError, UsageError

Answer: TypeAlias = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples


class Store(Protocol):
    """What every store can do. Graphs are named by IRI; terms are pyoxigraph's."""

    def graphs(self) -> list[str]:
        """Return the IRIs of the graphs, sorted."""
        ...

    def get(self, graph: str) -> list[ox.Triple]:
        """Return the triples of one graph; an unknown graph has none."""
        ...

    def put(self, graph: str, triples: Iterable[ox.Triple]) -> None:
        """Make these triples the whole content of the graph."""
        ...

    def drop(self, graph: str) -> None:
        """Remove the graph; dropping an unknown one changes nothing."""
        ...

    def query(self, text: str) -> Answer:
        """Run a SPARQL 1.1 query over the merge of all graphs. Raises QueryError."""
        ...


def is_remote(where: str | None) -> bool:
    """Return whether this names a server rather than a folder."""
    return where is not None and where.startswith(("http://", "https://", "sparql+http://", "sparql+https://"))


def open_store(where: str | None = None) -> Store:
    """Open a store by a short word.

    `None` is the current release; `memory:` an empty store; a path the folder of a release (read-only) or of a
    store, which must exist; `sparql+https://user@host/…` (or `http://…`, `https://…`) a SPARQL server, as
    `stores/remote/address.py` reads it. Raises UsageError, InputError or ResourceMissing with what to do.
    """
    if where is not None and is_remote(where):
        from migkg.stores.remote import RemoteStore

        return RemoteStore(where)
    from migkg.stores.oxigraph import OxigraphStore

    if where == "memory:":
        return OxigraphStore()
    if where is None:
        found = release.current()
        if found is None:
            raise UsageError("Nothing is built yet. Run `migkg build`.")
        return OxigraphStore.read_only(found.path / release.STORE)
    path = Path(where)
    if (path / release.MANIFEST).is_file():
        return OxigraphStore.read_only(release.read(path).path / release.STORE)
    if not (path / "CURRENT").is_file():
        raise InputError(f"{path} holds neither a migkg release nor a store.")
    return OxigraphStore(path)
