"""The next release out of this one: one graph put or dropped, what follows derived anew, all of it checked.

Much less work than a build, and byte for byte the release that a build would make of the same files and graphs. The
desk goes back to what it was when anything is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pyoxigraph as ox

from migkg import body, candidate, load, overlay, queries, release, splice
from migkg.body import Sent
from migkg.derive import derive, is_derived, underive
from migkg.errors import InputError, MigkgError, Refused, RuleBroken, UnknownName
from migkg.findings import Finding
from migkg.overlay import Put
from migkg.release import Release
from migkg.shacl import over_all
from migkg.stores.oxigraph import OxigraphStore
from migkg.taken import refuse_taken
from migkg.terms import BASE, GRAPH
from migkg.validate import check, validate

OF_GRAPHS = "graphs"  # the tag of checks that look at graphs as such


class NotConform(RuleBroken):
    """The data break rules; `findings` are all that was found."""

    def __init__(self, message: str, findings: list[Finding]) -> None:
        super().__init__(message)
        self.findings = findings


@dataclass(frozen=True)
class Change:
    """A graph to put (`sent` says what) or to drop (None)."""

    graph: str
    sent: Sent | None = None


@dataclass
class Draft:
    """What a change would make: is the graph new, how many statements has it, what is worth a look, what differs."""

    created: bool
    triples: int
    findings: list[Finding]
    delta: splice.Delta


class Desk:
    """A release to work on: `store` holds what is asserted; `derived` what followed from it in that release."""

    def __init__(self, made: Release) -> None:
        self.made = made
        self.store = OxigraphStore.from_dump(made.path / release.QUADS, made.path / release.MERGED)
        self.derived = self._derived()
        self.old: splice.Graphs = {}  # what a draft has changed, as it was before
        self.new: splice.Graphs = {}
        underive(self.store)

    def _derived(self) -> splice.Graphs:
        return {name: set(self.store.get(name)) for name in self.store.graphs() if is_derived(name)}

    def draft(self, change: Change, folder: Path) -> Draft:
        """Write the next release into an empty folder. Call `accept` or `reject` afterwards.

        Raises Refused, UnknownName, InputError, NotConform, ResourceMissing.
        """
        self.old = {}
        refuse(self.made, change.graph)
        puts = {one.graph: one for one in overlay.listed(self.made)}
        if change.sent is None and change.graph not in puts:
            raise UnknownName(change.graph, hint="No such graph was put here.")
        self.old = {name: set(self.store.get(name)) for name in (change.graph, overlay.SAYING)}
        old = self.old[change.graph]
        self.store.drop(change.graph)
        new: list[ox.Triple] = []
        findings: list[Finding] = []
        if change.sent is None:
            del puts[change.graph]
        else:
            new, findings = _checked(change.graph, change.sent, self.store)
            self.store.put(change.graph, new)
            puts[change.graph] = _put(change.graph, change.sent, new)
        self.store.put(overlay.SAYING, overlay.saying(puts.values()))
        derive(self.store)
        _check_whole(self.store, change.graph, old.symmetric_difference(new))
        self.new = {**{name: set(self.store.get(name)) for name in self.old}, **self._derived()}
        listed = overlay.manifest(puts.values())
        delta = splice.write(self.made, self.store, {**self.derived, **self.old}, self.new, listed, folder)
        return Draft(not old, len(set(new)), findings, delta)

    def accept(self, made: Release) -> None:
        """Go on from the release that was drafted, under the name it has got."""
        self.made = made
        self.derived = {name: triples for name, triples in self.new.items() if is_derived(name)}
        underive(self.store)

    def reject(self) -> None:
        """Go back to the release before the draft."""
        underive(self.store)
        for name, before in self.old.items():
            if set(self.store.get(name)) != before:
                self.store.put(name, before)


def refuse(made: Release, graph: str) -> None:
    """Refuse a graph that a file or a query of the project makes: a build would bring it back. Raises Refused."""
    if graph in {one.graph for one in overlay.listed(made)}:
        return
    if graph.startswith(BASE) and not graph.startswith(GRAPH):
        raise Refused(f"Names of graphs of this project start with {GRAPH}. Other names are free.")
    if graph.startswith(overlay.RESERVED) or graph == overlay.SAYING:
        raise Refused("Graphs of the ontology and shapes, and those that queries derive, are made by a build only.")
    if graph in {one["iri"] for one in made.manifest["graphs"]}:
        raise Refused("This graph is a file of the project. Change the file and build, or take another name.")


def _put(graph: str, sent: Sent, triples: list[ox.Triple]) -> Put:
    kept = overlay.keep(triples)
    return Put(graph, kept, len(set(triples)), sent.sha256, sent.type, sent.name, sent.by, sent.at)


def _checked(graph: str, sent: Sent, store: OxigraphStore) -> tuple[list[ox.Triple], list[Finding]]:
    """Return the triples of what was sent, and what is worth a look. Raises InputError or NotConform."""
    name = sent.name or "body"
    try:
        with body.readable(graph, sent) as path:
            report = validate([path], store)
            one = candidate.read(path, store=store) if report.conforms else None
    except MigkgError as error:  # no path of this machine leaves it
        ours = re.compile(re.escape(str(sent.path.parent)) + r"/[^\s:,]*")
        error.args = tuple(ours.sub(lambda _: name, str(part)) for part in error.args)
        raise
    found = [replace(f, file=name) for f in report.findings]
    if one is None:
        errors = sum(f.severity == "error" for f in found)
        raise NotConform(f"{errors} problem{'' if errors == 1 else 's'} in {name}. Nothing was written.", found)
    if not one.triples:
        raise InputError(f"{name} holds no statement. DELETE removes a graph.")
    triples = body.named(one, graph, path)
    refuse_taken(store, graph, triples)
    return load.name_blank_nodes(triples, graph), found


def _check_whole(store: OxigraphStore, graph: str, delta: set[ox.Triple]) -> None:
    """Check what the file alone cannot show. Raises NotConform.

    Where nothing else speaks of what changed, only the checks of graphs as such are left; else all of them run, since
    a graph that goes or changes may leave others hanging.
    """
    if not _alone(store, graph, delta):
        found = [f for f in (*check(store), *over_all(store)) if f.severity == "error"]
    elif graph.startswith(GRAPH):
        todo = [query for query in queries.folder("check") if OF_GRAPHS in query.tags]
        found = [_finding(query, row) for query in todo for row in queries.rows(store, query)]
    else:
        return
    if found:
        counted = "one rule" if len(found) == 1 else f"{len(found)} rules"
        raise NotConform(f"The whole graph would break {counted} with this change. Nothing was written.", found)


def _finding(query: queries.Query, row: queries.Row) -> Finding:
    focus, path, value, message = (row.get(key) or "" for key in ("focus", "path", "value", "message"))
    return Finding("error", query.short, focus, path, value, message, fix=str(query.extra.get("fix", "")))


def _alone(store: OxigraphStore, graph: str, delta: Iterable[ox.Triple]) -> bool:
    """Return whether no other graph, but for the derived, speaks of the things that changed."""
    mine = {ox.NamedNode(name) for name in (graph, overlay.SAYING, *filter(is_derived, store.graphs()))}
    others = {ox.DefaultGraph(), *mine}
    every = store.engine.quads_for_pattern
    for subject in {t.subject for t in delta if isinstance(t.subject, ox.NamedNode)}:
        for found in (every(subject, None, None), every(None, None, subject), every(None, subject, None)):
            if any(q.graph_name not in others for q in found):
                return False
    return True
