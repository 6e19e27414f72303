"""A release in servers of other makes: pushed, pushed again, broken off, computed there, and asked the same questions.

Virtuoso (Debian's package virtuoso-opensource) and Fuseki (fetched by Maven) run on loopback. What is missing is told.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pyoxigraph as ox
import pytest

from migkg import push as pusher
from migkg import queries
from migkg.errors import MigkgError, RemoteFailed, UsageError
from migkg.release import Release
from migkg.stores.oxigraph import OxigraphStore
from migkg.stores.remote import MERGED, PUSHED, RemoteStore, checksum, same
from tests import bases
from tests.fuseki import PASSWORD, fuseki, missing
from tests.virtuoso import PROGRAM, virtuoso

A, B = "https://example.org/a", "https://example.org/b"
# What must come out right everywhere. Of the other questions and views, Virtuoso 7.2 answers about ten otherwise, not
# the same ones each time, and some are refused for it: docs/scaling.md.
CORE = ("view/hops", "view/hops-to", "view/scores", "view/labels", "view/kinds", "view/things", "view/sources")
SOME = 16


@pytest.fixture(scope="module", params=["fuseki", pytest.param("virtuoso", marks=pytest.mark.soak)])
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server of each make, for all tests of this file."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if request.param == "virtuoso":
            if PROGRAM is None:
                pytest.skip("virtuoso-t is not installed")
            patch.setenv("MIGKG_STORE_PASSWORD", "dba")
            yield stack.enter_context(virtuoso(folder))
            return
        if reason := missing():
            pytest.skip(reason)
        patch.setenv("MIGKG_STORE_PASSWORD", PASSWORD)
        yield stack.enter_context(fuseki(folder))


@pytest.fixture
def far(server: str) -> RemoteStore:
    """The server as a store that knows nothing yet."""
    return RemoteStore(server)


def few(folder: Path, *, more: int = 0, without: int = 0) -> Release:
    """A release of some graphs of the tiny base: two of them with nodes without a name, one changed, one gone."""
    small = bases.small_store()
    names = [name for name in small.graphs() if "/data/" in name][:8] + [g for g in small.graphs() if "/shapes/" in g][
        :2
    ]
    store = small.copy(names[without:])
    for count in range(more):
        store.fill([ox.Triple(ox.NamedNode(A), ox.NamedNode(B), ox.Literal(count))], ox.NamedNode(names[-3]))
    store.merge()
    folder.mkdir()
    return bases.release_of(store, folder)


def done(said: pusher.Push) -> dict[str, int]:
    """What was done, without what was left alone."""
    return {name: count for name, count in said.counted().items() if count and name != "keep"}


def test_the_contract_of_stores(far: RemoteStore) -> None:
    """What holds of every store: a put replaces, the merge has each triple once, an unknown graph is empty."""

    def t(word: str) -> ox.Triple:
        return ox.Triple(ox.NamedNode("https://example.org/x"), ox.NamedNode("https://example.org/p"), ox.Literal(word))

    def count() -> int:
        return sum(bool(far.query(f"ASK {{ ?s <https://example.org/p> '{word}' }}")) for word in "123")

    far.put(A, [t("1"), t("2")])
    far.put(A, [t("2"), t("3")])
    far.put(B, [t("3")])
    assert {A, B} <= set(far.graphs()) and not {MERGED, PUSHED} & set(far.graphs())
    assert set(far.get(A)) == {t("2"), t("3")} and count() == 2
    text = "SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s <https://example.org/p> ?o } }"
    assert [row["n"].value for row in far.query(text)] == ["3"]  # type: ignore[union-attr]
    far.drop(A)
    far.drop(A)
    assert far.get(A) == [] and count() == 1
    far.drop(B)
    assert count() == 0 and not {A, B} & set(far.graphs())


def test_only_what_changed_is_pushed(far: RemoteStore, tmp_path: Path) -> None:
    """First all, then nothing, then a changed graph and one that is gone; a stranger's graph stays."""
    first, second = few(tmp_path / "1"), few(tmp_path / "2", more=2, without=1)
    far.put(A, [])
    far.replace(A, [ox.Triple(ox.NamedNode(A), ox.NamedNode(B), ox.Literal("a stranger's"))])
    assert done(pusher.plan(far, first)) == {"put": 10} and far.get(PUSHED) == []
    said = pusher.push(far, first)
    assert said.done and done(said) == {"put": 10} and said.fetched_back == 10
    assert done(pusher.push(far, first)) == {} and far.count() == first.manifest["triples"]
    said = pusher.push(far, second)
    assert done(said) == {"put": 1, "remove": 1} and said.before == first.id
    gone = next(s.graph for s in said.steps if s.action == "remove")
    assert far.get(gone) == [] and len(far.get(A)) == 1 and far.count() == second.manifest["triples"]
    wanted = OxigraphStore.read_only(second.path / "store")
    assert [checksum(far.get(g)) for g in wanted.graphs()] == [checksum(wanted.get(g)) for g in wanted.graphs()]
    name = next(s.graph for s in said.steps if s.action == "put")
    far.replace(name, far.get(name)[:-1])
    said = pusher.plan(far, second)
    assert [(s.graph, s.why.split()[1:]) for s in said.steps if s.action == "put"] == [(name, ["statements", "there"])]
    assert pusher.push(far, second).done
    assert pusher.push(far, first).done and done(pusher.plan(far, first)) == {}
    far.remove(A)


def test_a_push_that_broke_off_is_gone_on_with(
    far: RemoteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each kind of end the server knows what it holds; going back needs no less care than going on."""
    first, second = few(tmp_path / "1"), few(tmp_path / "2", more=3, without=2)
    pusher.push(far, first)
    puts = RemoteStore.replace
    left = [1]

    def breaks(self: RemoteStore, graph: str | None, triples: list[ox.Triple]) -> None:
        if graph != PUSHED:
            if not left[0]:
                raise RemoteFailed("the line is dead")
            left[0] -= 1
        puts(self, graph, triples)

    monkeypatch.setattr(RemoteStore, "replace", breaks)
    monkeypatch.setattr(pusher, "OFTEN", 1)
    with pytest.raises(RemoteFailed, match="dead"):
        pusher.push(far, second)  # the changed graph is put, the merge is not
    monkeypatch.undo()
    back = pusher.plan(far, first)
    assert back.before == "" and done(back) == {"put": 3}
    assert {s.why for s in back.steps if s.action == "put"} == {"changed", "new"}
    assert done(pusher.plan(far, second)) == {}
    assert pusher.push(far, second).done and far.count() == second.manifest["triples"]


def test_what_a_server_does_not_give_back_is_an_error(
    far: RemoteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A graph that comes back otherwise, and one that is not there in the end."""
    made = few(tmp_path / "1", more=5)
    get = RemoteStore.get
    monkeypatch.setattr(
        RemoteStore, "get", lambda self, name: get(self, name)[1:] if name != PUSHED else get(self, name)
    )
    with pytest.raises(RemoteFailed, match="does not give back"):
        pusher.push(far, made)
    monkeypatch.undo()
    monkeypatch.setattr(RemoteStore, "count", lambda _self: 7)
    with pytest.raises(RemoteFailed, match="shows 7 statements"):
        pusher.push(far, made)
    monkeypatch.undo()
    assert pusher.push(far, made).done


def rows(store: OxigraphStore | RemoteStore, query: queries.Query) -> Counter[str]:
    """What a query gives, so that servers can be compared: values, not their letters; true as the 1 of Virtuoso."""
    found = store.query(query.text)
    truth = {f'"{word}"^^<http://www.w3.org/2001/XMLSchema#boolean>': n for word, n in (("true", "1"), ("false", "0"))}

    def text(term: object) -> str:
        said = same(term)  # type: ignore[arg-type]
        return f'"{truth[said]}"^^<http://www.w3.org/2001/XMLSchema#integer>' if said in truth else said

    if isinstance(found, ox.QueryTriples):
        return Counter({f"{t.subject} {t.predicate} {text(t.object)}": 1 for t in found})
    assert isinstance(found, ox.QuerySolutions)
    names = [v.value for v in found.variables]
    return Counter(" | ".join(text(row[name]) for name in names) for row in found)


def test_the_server_computes_and_answers_as_we_do(far: RemoteStore) -> None:
    """The tiny base, derived and scored there; then every question, view, derivation and score."""
    made, near = bases.small_release(), bases.small_store()
    said = pusher.push(far, made, compute=True)
    spared = set(far.layout.spared)
    derived = {g.split("/graph/")[1] for g in near.graphs() if "/graph/infer/" in g or "/graph/score/" in g}
    computed = {s.graph.split("/graph/")[1] for s in said.steps if s.action == "compute"}
    assert said.done and len(derived) == 15 and computed and computed <= derived - spared
    if not said.before:  # else what an earlier push left may be right already
        assert computed == derived - spared
    assert far.graphs() == [g for g in near.graphs() if g]
    assert done(pusher.push(far, made, compute=True)) == {}
    others = []
    for folder in ("ask", "view", "infer", "score"):
        for query in queries.folder(folder):
            try:
                right = query.name in spared or rows(far, query) == rows(near, query)
            except MigkgError as error:
                assert far.layout.spared, f"{query.name}: {error}"
                right = False
            others += [] if right else [query.name]
    if not spared:
        assert others == []
    assert len(others) <= SOME, others
    assert not [name for name in others if name in CORE or name.startswith(("infer/", "score/"))], others


def test_a_server_without_updates_does_not_compute(tmp_path: Path, far: RemoteStore) -> None:
    """--compute needs the address of updates, and says so before anything is sent."""
    layout = far.layout
    far._layout = type(layout)(layout.name, layout.query, graphs=layout.graphs, whole=True)
    with pytest.raises(UsageError, match="update="):
        pusher.push(far, few(tmp_path / "1"), compute=True)


def test_a_server_that_merges_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fuseki with the union as its default graph, and Basic instead of Digest."""
    if reason := missing():
        pytest.skip(reason)
    monkeypatch.setenv("MIGKG_STORE_PASSWORD", PASSWORD)
    made = few(tmp_path / "release")
    with fuseki(tmp_path, union=True, way="basic") as address:
        far = RemoteStore(f"{address}?merged=server")
        assert pusher.push(far, made).done and done(pusher.push(far, made)) == {}
        assert len(far.graphs()) == 10


def test_the_command(server: str, run, tmp_path: Path) -> None:
    """A plan as JSON, the push as a table; the password is nowhere; what is wrong is one sentence."""
    made = few(tmp_path / "1", more=9)
    planned = run("push", server, "--store", str(made.path), "--dry-run", "--format", "json")
    told = json.loads(planned.stdout)
    assert (
        planned.returncode == 0 and told["release"] == made.id and told["done"] is False and "@" not in told["server"]
    )
    pushed = run("push", server, "--store", str(made.path))
    assert pushed.returncode == 0 and "all counted" in pushed.stdout
    again = run("push", server, "--store", str(made.path), "--format", "json")
    assert {s["action"] for s in json.loads(again.stdout)["steps"]} == {"keep"}
    wrong = run("push", server, "--store", str(made.path), env={"MIGKG_STORE_PASSWORD": "wrong-word"})
    assert wrong.returncode == 3 and "was not accepted" in wrong.stderr and "wrong-word" not in wrong.stderr
    assert PASSWORD not in "".join(p.stdout + p.stderr for p in (planned, pushed, again, wrong))
    assert run("push", "somewhere").returncode == 2
