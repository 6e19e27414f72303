"""The next release out of this one: one graph put or dropped, what follows derived anew, all of it checked.

Much less work than a build, and byte for byte the release that a build would make of the same files and graphs. The
desk goes back to what it was when anything is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyoxigraph as ox

from migkg import body, candidate, derive, load, overlay, queries, release, splice
from migkg.body import Sent
from migkg.derive import Triples, Turn, is_derived
from migkg.errors import InputError, MigkgError, Refused, RuleBroken, UnknownName
from migkg.findings import Finding
from migkg.overlay import Put
from migkg.release import Release
from migkg.shacl import over_all, over_things
from migkg.stores.oxigraph import OxigraphStore
from migkg.taken import refuse_taken
from migkg.terms import BASE, GRAPH, PREFIXES, RDF_TYPE
from migkg.validate import check, validate

SCRATCH = "urn:scratch"
OF_GRAPHS = "graphs"  # the tag of checks that look at graphs as such
_AREA, _IN_AREA, _READS = (ox.NamedNode(PREFIXES["mg"] + name) for name in ("area", "inArea", "readsFrom"))


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
    """A release to work on: `store` holds all of it, what was derived too."""

    def __init__(self, made: Release) -> None:
        self.made = made
        self.store = OxigraphStore.from_dump(made.path / release.QUADS, made.path / release.MERGED)
        self.old: dict[str, Triples] = {}  # what a draft has changed, as it was before
        self.moved = False  # whether a draft has derived anything anew

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
        puts.pop(change.graph, None)
        self._set(change.graph, (), overlay.saying(puts.values()))
        new: list[ox.Triple] = []
        findings: list[Finding] = []
        if change.sent is not None:
            new, findings = _checked(change.graph, change.sent, self.store)
            puts[change.graph] = _put(change.graph, change.sent, new)
        turns = self._follow(change.graph, new, overlay.saying(puts.values()))
        _check_whole(self.store, change.graph, turns)
        listed = overlay.manifest(puts.values())
        delta = splice.write(self.made, self.store, turns, listed, folder)
        return Draft(not old, len(set(new)), findings, delta)

    def _set(self, graph: str, triples: Iterable[ox.Triple], saying: Iterable[ox.Triple]) -> None:
        """Make this the content of the graph, and what is said of the graphs that were put."""
        for name, content in ((graph, list(triples)), (overlay.SAYING, list(saying))):
            self.store.drop(name)
            if content:
                self.store.put(name, content)

    def _follow(self, graph: str, new: Sequence[ox.Triple], saying: Sequence[ox.Triple]) -> dict[str, Turn]:
        """Put the graph in and derive what follows; return what each graph has lost and won.

        The store comes with what the change takes away taken away.
        """
        said = {graph: set(new), overlay.SAYING: set(saying)}
        turns = {name: Turn(old - said[name], said[name] - old) for name, old in self.old.items()}
        change = set().union(*(turn.gone | turn.added for turn in turns.values()))
        areas = _areas(self.store, graph, self.old[graph], new)
        before = {}
        if areas is not None:
            self._set(graph, self.old[graph], self.old[overlay.SAYING])
            before = derive.of_areas(self.store, areas)
        self._set(graph, new, saying)
        self.moved = True
        followed = derive.again(self.store, change, areas, before)
        return {**turns, **(derive.anew(self.store) if followed is None else followed)}

    def accept(self, made: Release) -> None:
        """Go on from the release that was drafted, under the name it has got."""
        self.made, self.moved = made, False

    def reject(self) -> None:
        """Go back to the release before the draft."""
        if self.moved:
            derive.underive(self.store)
        for name, before in self.old.items():
            if set(self.store.get(name)) != before:
                self.store.drop(name)
                if before:
                    self.store.put(name, before)
        if self.moved:
            derive.derive(self.store)
        self.moved = False


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
            read = candidate.read(path, store=store)
            report = validate([path], store, reader=lambda _: read)
            one = read if report.conforms else None
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
    return _as_kept(load.name_blank_nodes(triples, graph)), found


def _as_kept(triples: Iterable[ox.Triple]) -> list[ox.Triple]:
    """Return triples as a store gives them back, which writes numbers its own way: `007` is `7` there.

    Otherwise the files of the release would hold lines that nobody finds again when the graph is changed.
    """
    scratch = OxigraphStore()
    scratch.put(SCRATCH, triples)
    return list(scratch.get(SCRATCH))


def _check_whole(store: OxigraphStore, graph: str, turns: Mapping[str, Turn]) -> None:
    """Check what the file alone cannot show. Raises NotConform.

    Where nothing else speaks of what changed, only the checks of graphs as such are left, and the shapes of what
    follows from it; else all of them run, since a graph that goes or changes may leave others hanging.
    """
    if not _alone(store, graph, turns[graph].gone | turns[graph].added):
        found = [f for f in (*check(store), *over_all(store)) if f.severity == "error"]
    else:
        todo = [query for query in queries.folder("check") if OF_GRAPHS in query.tags]
        found = [_finding(q, row) for q in todo if graph.startswith(GRAPH) for row in queries.rows(store, q)]
        followed = {t.subject for name, turn in turns.items() if is_derived(name) for t in turn.added}
        found += [f for f in over_things(store, sorted(followed, key=str)) if f.severity == "error"]
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


def _areas(store: OxigraphStore, graph: str, *contents: Iterable[ox.Triple]) -> set[ox.NamedNode] | None:
    """Return the areas whose scores a graph of figures can move, those that hold them included.

    None where it says more than figures do, or where another graph speaks of what it describes; a method may name it as
    one to read. `contents` are what it was and what it becomes, and in the store it is not.
    """
    usual = {
        name for query in queries.folder("load") if query.extra.get("leaf") for name in queries.iris(query.text)[0]
    }
    node = ox.NamedNode(graph)
    areas: set[ox.NamedNode] = set()
    for triples in map(list, contents):
        if not load.holds_figures_only(graph, triples):
            return None
        if any(t.predicate != RDF_TYPE and str(t.predicate) not in usual for t in triples):
            return None
        areas |= {t.object for t in triples if t.predicate == _AREA and isinstance(t.object, ox.NamedNode)}
        if not all(_unspoken_of(store, t.subject, node) for t in {t.subject: t for t in triples}.values()):
            return None
    todo = list(areas)
    while todo:
        for q in store.engine.quads_for_pattern(todo.pop(), _IN_AREA, None, ox.DefaultGraph()):
            if isinstance(q.object, ox.NamedNode) and q.object not in areas:
                areas.add(q.object)
                todo.append(q.object)
    return areas


def _unspoken_of(store: OxigraphStore, subject: object, data: ox.NamedNode) -> bool:
    """Return whether no graph that is not derived speaks of a thing, but for methods that read it as their data."""
    every = store.engine.quads_for_pattern
    return isinstance(subject, ox.NamedNode) and not any(
        isinstance(q.graph_name, ox.NamedNode) and not is_derived(q.graph_name.value)
        for found in (every(subject, None, None), every(None, None, subject), every(None, subject, None))
        for q in found
        if not (subject == data and q.predicate == _READS)
    )
