"""A release in somebody else's server: graphs that changed are put there, those that are gone removed, all is counted.

What was put is written into a graph of the server, `layouts.PUSHED`: first which graphs are about to change, then,
graph by graph, the checksum of what stands there now. So a push that broke off is known by what it left, and the next
one goes on from there; and no graph is ever removed that was not put by a push. One push at a time to one server.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pyoxigraph as ox

from migkg import queries, release
from migkg.derive import DERIVED, Progress, is_derived, quiet
from migkg.errors import LimitReached, MigkgError, QueryError, Refused, RemoteFailed, TimedOut, UsageError
from migkg.release import Release
from migkg.stores.oxigraph import OxigraphStore
from migkg.stores.remote import DEFAULT, MERGED, PUSHED, SERVER, RemoteStore, checksum
from migkg.terms import PREFIXES, graph

SHA = ox.NamedNode("https://schema.org/sha256")
COUNT = ox.NamedNode(PREFIXES["void"] + "triples")
VERSION = ox.NamedNode(PREFIXES["owl"] + "versionInfo")
THERE = "computed there: "  # before the checksum of a graph that the server made itself
LARGE = 200_000  # statements above which a graph is counted, and not fetched back
OFTEN = 25  # graphs after which the server is told what has been done


@dataclass(frozen=True)
class Step:
    """What happens to one graph; `why` it is not left alone, `note` what came of it."""

    graph: str
    action: str  # put, compute, remove, keep
    statements: int
    why: str = ""
    note: str = ""


@dataclass(frozen=True)
class Push:
    """A push, planned or done (all of it checked then). `statements` is what a query sees of the release."""

    server: str
    make: str
    release: str
    before: str
    steps: list[Step]
    statements: int
    done: bool = False
    fetched_back: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    def counted(self) -> dict[str, int]:
        """Return how many graphs there are for each action."""
        return {name: sum(s.action == name for s in self.steps) for name in ("put", "compute", "remove", "keep")}


@dataclass
class _Work:
    """A push under way: what the server says it holds, and what it shall hold."""

    far: RemoteStore
    made: Release
    near: OxigraphStore
    said: dict[str, tuple[str, int]]
    wanted: dict[str, tuple[str, int]]
    steps: dict[str, Step]
    merge: bool
    before: str
    fetched: list[str] = field(default_factory=list)


def plan(far: RemoteStore, made: Release, *, compute: bool = False) -> Push:
    """Return what a push would do, and change nothing. Raises RemoteFailed, TimedOut, UsageError."""
    return _push(_prepared(far, made, compute))


def push(far: RemoteStore, made: Release, *, compute: bool = False, progress: Progress = quiet) -> Push:
    """Bring the release to the server. Raises RemoteFailed, TimedOut, UsageError; the next push then goes on."""
    work = _prepared(far, made, compute)
    todo = [s for s in work.steps.values() if s.action != "keep"]
    if not todo and not work.merge and work.before == made.id:
        _check(work)
        return replace(_push(work), done=True)
    for step in todo:
        work.said[step.graph] = ("", work.said.get(step.graph, ("", 0))[1])
    if work.merge:
        work.said[MERGED] = ("", 0)
    _tell(work)
    _move(work, [s for s in todo if s.action != "compute"], progress)
    computed = [s for s in todo if s.action == "compute"]
    for step in computed:
        far.remove(step.graph)
    if work.merge:
        _put_merge(work, {s.graph for s in computed}, progress)
    if computed:
        _compute(work, progress)
    _check(work)
    if work.merge:
        work.said[MERGED] = (_merge_sum(made), made.manifest["triples"])
    _tell(work, made.id)
    return replace(_push(work), done=True, fetched_back=len(work.fetched))


def _push(work: _Work) -> Push:
    steps = sorted(work.steps.values(), key=lambda s: s.graph)
    make = work.far.layout.name or "unknown make"
    return Push(work.far.name, make, work.made.id, work.before, steps, work.made.manifest["triples"])


def _prepared(far: RemoteStore, made: Release, compute: bool) -> _Work:
    if compute and not far.layout.update:
        raise UsageError(f"--compute needs the address for updates of {far.name}. Say it: …?update=/address.")
    said, before = _said(far)
    there = far.counts()
    prefix = THERE if compute else ""
    wanted = {
        one["iri"]: ((prefix if is_derived(one["iri"]) else "") + one["sha256"], one["triples"])
        for one in made.manifest["graphs"]
    }
    steps = {}
    for name, (sha, count) in wanted.items():
        why = _why(said.get(name), (sha, count), there.get(name, 0))
        steps[name] = Step(name, "put" if why else "keep", count, why)
    for name in sorted(set(said) - set(wanted) - {MERGED}):
        steps[name] = Step(name, "remove", there.get(name, 0), "no longer in the release")
    if compute and any(s.action != "keep" for s in steps.values()):
        for name, step in steps.items():
            if is_derived(name) and name in wanted:
                steps[name] = Step(name, "compute", step.statements, step.why or "rests on what changed")
    changed = any(s.action != "keep" for s in steps.values())
    ours = (_merge_sum(made), made.manifest["triples"])
    merge = far.layout.merged != SERVER and (changed or said.get(MERGED) != ours)
    near = OxigraphStore.read_only(made.path / release.STORE)
    return _Work(far, made, near, said, wanted, steps, merge, before)


def _why(said: tuple[str, int] | None, wanted: tuple[str, int], there: int) -> str:
    if said is None:
        return "somebody else's until now" if there else "new"
    if not said[0]:
        return "a push broke off here"
    if said[0].removeprefix(THERE) != wanted[0].removeprefix(THERE):
        return "changed"
    if said != wanted:
        return "made in another way"
    return "" if there == wanted[1] else f"{there:,} statements there"


def _merge_sum(made: Release) -> str:
    return str(made.manifest["hash"])


def _said(far: RemoteStore) -> tuple[dict[str, tuple[str, int]], str]:
    """Return what earlier pushes put there, and which release that was ("" where a push broke off or was never)."""
    sums, counts, before = {}, {}, ""
    for t in far.get(PUSHED):
        if isinstance(t.subject, ox.NamedNode) and isinstance(t.object, ox.Literal):
            if t.predicate == SHA:
                sums[t.subject.value] = t.object.value
            elif t.predicate == COUNT:
                counts[t.subject.value] = int(t.object.value)
            elif t.predicate == VERSION:
                before = t.object.value
    return {name: (sums.get(name, ""), count) for name, count in counts.items()}, before


def _tell(work: _Work, done: str = "") -> None:
    """Write down on the server what stands there; `done` names the release when all of it does."""
    triples = [ox.Triple(ox.NamedNode(PUSHED), VERSION, ox.Literal(done))] if done else []
    for name, (sha, count) in sorted(work.said.items()):
        node = ox.NamedNode(name)
        triples.append(ox.Triple(node, COUNT, ox.Literal(count)))
        triples += [ox.Triple(node, SHA, ox.Literal(sha))] if sha else []
    work.far.replace(PUSHED, triples)


def _move(work: _Work, todo: list[Step], progress: Progress) -> None:
    for count, step in enumerate(todo, 1):
        if step.action == "remove":
            work.far.remove(step.graph)
            del work.said[step.graph]
        else:
            _put(work, step.graph)
        if count % OFTEN == 0:
            _tell(work)
        progress("put", count, len(todo))


def _put(work: _Work, name: str) -> None:
    """Put one graph, and fetch it back where it is not too large, before it counts as put."""
    triples = work.near.get(name)
    work.far.replace(name, triples)
    sha, count = work.wanted[name]
    if count <= LARGE:
        if checksum(work.far.get(name)) != checksum(triples):
            raise RemoteFailed(f"{work.far.name} does not give back what was put into {name}.")
        work.fetched.append(name)
    work.said[name] = (sha, count)


def _put_merge(work: _Work, without: set[str], progress: Progress) -> None:
    """Put the merge of all graphs, but for those that the server will make, where it does not merge by itself."""
    progress("merge", 0, 1)
    into = None if work.far.layout.merged == DEFAULT else work.far.layout.merged
    work.far.replace(into, _merged(work, without))
    progress("merge", 1, 1)


def _merged(work: _Work, without: set[str]) -> Iterable[ox.Triple]:
    if not without:
        return (q.triple for q in work.near.engine.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    return dict.fromkeys(t for name in work.wanted if name not in without for t in work.near.get(name))


def _compute(work: _Work, progress: Progress) -> None:
    """Run our queries of inference and scores there; what fails or comes out otherwise is put as it was made here."""
    todo = [query for folder in DERIVED for query in queries.folder(folder)]
    for count, query in enumerate(todo, 1):
        name = graph(query.name).value
        if name in work.wanted:
            _compute_one(work, query, name)
        progress("compute", count, len(todo))


def _compute_one(work: _Work, query: queries.Query, name: str) -> None:
    note = f"not asked of {work.far.layout.name}; put as it was made here" * (query.name in work.far.layout.spared)
    try:
        if not note:
            work.far.make(name, query.text)
        if not note and checksum(work.far.get(name)) != checksum(work.near.get(name)):
            note = "came out otherwise there; put as it was made here"
    except (RemoteFailed, TimedOut, LimitReached, QueryError, Refused) as error:
        note = f"could not be made there ({_first(error)}); put as it was made here"
    if note:
        _put(work, name)
        work.steps[name] = replace(work.steps[name], action="put", note=note)
        work.said[name] = (work.wanted[name][0], work.wanted[name][1])
    else:
        work.said[name] = work.wanted[name]
    work.far.merge(name)


def _first(error: MigkgError) -> str:
    return str(error).split("SPARQL query", 1)[0].strip()[:200]


def _check(work: _Work) -> None:
    """Count what stands there, graph by graph and all in all. Raises RemoteFailed."""
    there = work.far.counts()
    for name, (_sha, count) in work.wanted.items():
        if there.get(name, 0) != count:
            raise RemoteFailed(f"{work.far.name} has {there.get(name, 0):,} statements in {name}; {count:,} were put.")
    seen, all_ = work.far.count(), work.made.manifest["triples"]
    if seen not in (all_, all_ + there.get(PUSHED, 0)):  # a server that merges all of its graphs shows our notes too
        raise RemoteFailed(
            f"{work.far.name} shows {seen:,} statements to a query without graphs; the release has {all_:,}, each "
            f"once. Either it holds other data too, or it merges graphs in another way: say …?merged={SERVER}, "
            f"merged={DEFAULT} or merged={MERGED}."
        )
