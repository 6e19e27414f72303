"""The next release out of this one: the same bytes as a build, and the same store again after a refusal."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migkg import build as maker
from migkg import derive, overlay, release
from migkg.body import Sent
from migkg.errors import InputError, LimitReached, Refused, UnknownName
from migkg.splice import splice
from migkg.stores.oxigraph import OxigraphStore
from migkg.writing import Change, Desk, NotConform
from tests import bases

LINES = st.sets(st.binary(max_size=6).map(lambda b: b.replace(b"\n", b"").replace(b"\r", b"")), max_size=30)


@pytest.fixture(scope="module")
def top() -> Path:
    """The tiny base, which no test here changes."""
    return bases.small_top()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, top: Path) -> release.Release:
    """The release of the tiny base, in a place of its own."""
    monkeypatch.setenv("MIGKG_HOME", str(tmp_path / "home"))
    return maker.build(top)[0]


def sent(folder: Path, text: str) -> Sent:
    """A Turtle document as it came."""
    path = folder / "sent"
    path.write_text(text, encoding="utf-8")
    return Sent(path, "text/turtle", hashlib.sha256(text.encode()).hexdigest(), "a.ttl", "Ann")


def content(store: ox.Store) -> set[tuple[str, ...]]:
    """Everything in a store, the merge included."""
    return {tuple(map(str, quad)) for quad in store}


@settings(max_examples=300, deadline=None)
@given(old=LINES, new=LINES)
def test_a_spliced_file_is_the_sorted_file(tmp_path_factory: pytest.TempPathFactory, old: set, new: set) -> None:
    """Whatever comes and goes, at the start, in the middle, at the end: as if all had been sorted anew."""
    folder = tmp_path_factory.mktemp("s")
    old = old or {b"x"}
    (folder / "old").write_bytes(b"".join(line + b"\n" for line in sorted(old)))
    digest = splice(folder / "old", old - new, new - old, folder / "new")
    made = (folder / "new").read_bytes()
    assert made == b"".join(line + b"\n" for line in sorted(new))
    assert digest == hashlib.sha256(made).hexdigest()


def test_a_line_that_is_not_there_cannot_go(tmp_path: Path) -> None:
    """A desk that lost its way is told at once and writes nothing that looks whole."""
    (tmp_path / "old").write_bytes(b"a\nc\n")
    with pytest.raises(ValueError, match="no line"):
        splice(tmp_path / "old", [b"b"], [], tmp_path / "new")


def test_any_sequence_of_changes_gives_the_release_of_a_build(home: release.Release, top: Path, tmp_path: Path) -> None:
    """Put, replace and drop in any order: each release is, byte for byte, what a build of the same graphs gives."""
    dice = random.Random(7)
    desk, made, there = Desk(home), home, set()
    shared = "<http://e.org/s> <http://e.org/p> 'shared' . [] <http://e.org/q> [] . "
    shared += "<https://w3id.org/migkg/id/XAA> <http://www.w3.org/2004/02/skos/core#note> 'noted'@en . "
    for number in range(8):
        name = f"http://example.org/{dice.randint(1, 3)}"
        drop = name in there and dice.random() < 0.4
        text = shared + f"<http://e.org/{number}> a <http://e.org/C{number % 3}> ; <http://e.org/p> 'é{number}\\n' ."
        with release.workshop() as folder:
            done = desk.draft(Change(name, None if drop else sent(tmp_path, text)), folder)
            assert done.created == (name not in there)
            made = release.publish(folder)
        desk.accept(made)
        there = there - {name} if drop else there | {name}
        assert {one.graph for one in overlay.listed(made)} == there
    built = maker.make(top, put=overlay.current())
    whole = tmp_path / "whole"
    whole.mkdir()
    said = maker.write(built.store, whole)
    for file in (release.QUADS, release.MERGED):
        assert (whole / file).read_bytes() == (made.path / file).read_bytes()
    assert {key: made.manifest[key] for key in said} == json.loads(json.dumps(said))
    assert content(ox.Store.read_only(str(made.path / release.STORE))) == content(built.store.engine)
    assert maker.build(top)[0].id == made.id


HEAD = "area,element,period,value,status,unit,source,note\n"
FORM = "# method: sdg-10-7-2\n# country: XDD\n# period: 2023\n# filled_by: Another office\n" + HEAD
ROWS = "https://w3id.org/migkg/graph/data/observations/"
TURTLE = "@prefix m: <https://w3id.org/migkg/def/> . @prefix i: <https://w3id.org/migkg/id/> . "
# What is put (None: dropped), whether only what it bears on is made again, and whether scores move.
CHANGES: list[tuple[str, str | None, bool, bool]] = [
    (ROWS + "sdg-10-7-2-XDD-2023", FORM + "XDD,sdg1072-d1-a,2023,answer1072-d1-all,normal,,,\n", True, True),
    (ROWS + "more", HEAD + "XBB,sdg1072-d1,2019,band1072-4,normal,,src-paper,\n", True, True),
    (
        ROWS + "more",
        HEAD + "XBB,sdg1072-d1,2019,band1072-1,normal,,src-paper,\nXDD,sdg1072-d2,2021,band1072-4,normal,,src-paper,\n",
        True,
        True,
    ),
    (ROWS + "others", HEAD + "XCC,series-movers,2015,7,normal,persons,src-paper,\n", True, False),
    ("http://e.org/foreign", "<http://e.org/s> a <http://e.org/C> ; <http://e.org/p> 1 .", True, False),
    ("http://e.org/groups", TURTLE + "i:XBB m:inArea i:m49-199 .", False, True),
    (ROWS + "more", HEAD + "XBB,sdg1072-d1,2019,band1072-3,normal,,src-paper,\n", True, True),
    ("http://e.org/method", TURTLE + "i:scoring-sdg-10-7-2 m:minimumCoverage 0.9 .", False, True),
    (ROWS + "sdg-10-7-2-XDD-2023", FORM + "XDD,sdg1072-d1-a,2023,answer1072-d1-no,normal,,,\n", True, True),
    (ROWS + "sdg-10-7-2-XDD-2023", None, True, True),
    ("http://e.org/groups", None, False, True),
    (ROWS + "more", None, True, True),
]


def test_figures_make_again_only_what_they_bear_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole_ways: list[int]
) -> None:
    """A country that comes, changes and goes, alone and in its groups: the bytes of a build, by the short way.

    What groups, weights or anything else says takes the long way, and the short one after it knows of it.
    """
    monkeypatch.setenv("MIGKG_HOME", str(tmp_path / "home"))
    folder = bases.folder_of(bases.SMALL)
    method = folder / "data/methods/sdg-10-7-2-regional.ttl"
    read = "mg:readsFrom <graph/data/observations/sdg-10-7-2>"
    text = method.read_text(encoding="utf-8")
    assert text.count(read) == 1
    method.write_text(text.replace(read, f"{read} , <graph/data/observations/more>"), encoding="utf-8")
    made = maker.build(folder)[0]
    desk = Desk(made)
    for number, (name, said, short, moves) in enumerate(CHANGES):
        scores = {g["iri"]: g["sha256"] for g in made.manifest["graphs"] if "/graph/score/" in g["iri"]}
        document = None
        if said is not None:
            document = sent(tmp_path, said)
            if said.startswith(("#", "area")):
                document = replace(document, type="text/csv", name=f"{name.rpartition('/')[2]}.csv")
        with release.workshop() as place:
            desk.draft(Change(name, document), place)
            made = release.publish(place)
        desk.accept(made)
        assert bool(whole_ways) != short, f"{number}: {name}"
        whole_ways.clear()
        after = {g["iri"]: g["sha256"] for g in made.manifest["graphs"] if "/graph/score/" in g["iri"]}
        assert (after != scores) == moves, f"{number}: {name}"
        built = maker.make(folder, put=overlay.current())
        assert content(desk.store.engine) == content(built.store.engine), f"{number}: {name}"
        whole = tmp_path / str(number)
        whole.mkdir()
        maker.write(built.store, whole)
        for file in (release.QUADS, release.MERGED):
            assert (whole / file).read_bytes() == (made.path / file).read_bytes()
    assert maker.build(folder)[0].id == made.id


def test_scores_that_follow_are_checked_too(home: release.Release, tmp_path: Path) -> None:
    """A country answers for a year in two data sets, which makes two values of one score: a build would refuse it."""
    desk = Desk(home)
    before = content(desk.store.engine)
    text = FORM.replace("XDD", "XBB").replace("2023", "2022") + "XBB,sdg1072-d1-a,2022,answer1072-d1-all,normal,,,\n"
    document = replace(sent(tmp_path, text), type="text/csv", name="sdg-10-7-2-XBB-2022.csv")
    with release.workshop() as place, pytest.raises(NotConform) as caught:
        desk.draft(Change(ROWS + "sdg-10-7-2-XBB-2022", document), place)
    assert {"Score-value", "Score-coverage"} <= {found.check for found in caught.value.findings}
    desk.reject()
    assert content(desk.store.engine) == before


@pytest.fixture
def whole_ways(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count how often all is derived anew."""
    taken: list[int] = []
    anew = derive.anew

    def counted(store: OxigraphStore) -> dict[str, derive.Turn]:
        taken.append(1)
        return anew(store)

    monkeypatch.setattr(derive, "anew", counted)
    return taken


def test_a_refused_change_leaves_the_desk_as_it_was(home: release.Release, tmp_path: Path) -> None:
    """After each kind of refusal the store holds what it held, and the next change works."""
    desk = Desk(home)
    with release.workshop() as folder:
        desk.draft(Change("http://e.org/g", sent(tmp_path, "<http://e.org/a> <http://e.org/b> 'old' .")), folder)
        desk.accept(release.publish(folder))
    before = content(desk.store.engine)
    bad = "<https://w3id.org/migkg/id/q> a <https://w3id.org/migkg/def/Q> ."
    cases = [
        ("http://e.org/none", None, UnknownName),
        ("https://w3id.org/migkg/graph/infer/x", "<http://e.org/a> <http://e.org/b> 1 .", Refused),
        ("http://e.org/g", "<http://e.org/a> <http://e.org/b> ", InputError),
        ("http://e.org/g", bad, NotConform),
    ]
    for number, (graph, text, error) in enumerate(cases):
        folder = tmp_path / str(number)
        folder.mkdir()
        change = Change(graph, None if text is None else sent(tmp_path, text))
        with pytest.raises(error):
            desk.draft(change, folder)
        desk.reject()
        assert content(desk.store.engine) == before
        assert not list(folder.iterdir())


def test_a_build_refuses_to_lose_what_was_put(home: release.Release, top: Path, tmp_path: Path) -> None:
    """A changed or missing file of a put graph, or a manifest that cannot be read, stops a build with one sentence."""
    desk = Desk(home)
    with release.workshop() as folder:
        desk.draft(Change("http://e.org/g", sent(tmp_path, "<http://e.org/a> <http://e.org/b> 1 .")), folder)
        release.publish(folder)
    file = overlay.where(overlay.current()[0])
    text = file.read_bytes()
    file.write_bytes(text + b"<http://e.org/x> <http://e.org/b> <http://e.org/c> .\n")
    with pytest.raises(InputError, match="has been changed"):
        maker.build(top)
    file.unlink()
    with pytest.raises(InputError, match="is missing"):
        maker.build(top)
    file.write_bytes(text)
    manifest = release.place() / "release" / release.MANIFEST
    whole = manifest.read_text()
    manifest.write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        maker.build(top)
    manifest.write_text(whole)
    assert overlay.current() and maker.build(top)[0].id == release.current().id  # type: ignore[union-attr]


def test_a_file_and_a_put_graph_of_one_name_are_told_apart(home: release.Release, tmp_path: Path) -> None:
    """When a file of the project takes the name of a graph that was put, the build says so and what to do."""
    desk = Desk(home)
    name = "https://w3id.org/migkg/graph/data/sources/new"
    head = "@prefix d: <http://purl.org/dc/terms/> . @prefix m: <https://w3id.org/migkg/id/> ."
    said = "d:title 'New'@en ; d:publisher 'x' ; d:rights 'x' ; d:source m:src-paper"
    text = f"{head} <{name}> a <http://www.w3.org/ns/prov#Entity> ; {said} ."
    with release.workshop() as folder:
        desk.draft(Change(name, sent(tmp_path, text)), folder)
        release.publish(folder)
    top = bases.folder_of(bases.SMALL)
    (top / "data/sources/new.ttl").write_text(text)
    with pytest.raises(InputError, match="is a file of the project and was also put"):
        maker.build(top)


def test_only_one_makes_the_next_release(home: release.Release) -> None:
    """A second one waits, or is told to come back."""
    with release.alone(), pytest.raises(LimitReached), release.alone(0.1):
        pass
    with release.alone(0.1):
        pass
