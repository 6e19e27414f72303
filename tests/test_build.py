"""What a build promises: the same bytes, all or nothing, nothing of the machine in it."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyoxigraph as ox
import pytest

from migkg import assets, release
from migkg.build import assemble, ensure
from migkg.build import build as build_release
from migkg.errors import InputError, ResourceMissing, RuleBroken
from migkg.stores import open_store
from tests import bases

ROOT = Path(__file__).parent.parent


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with little data to spoil, and a place of its own for releases."""
    monkeypatch.setenv("MIGKG_HOME", str(tmp_path / "home"))
    return bases.folder_of(bases.SMALL)


def digest(made):
    """A digest of the files of a release that are text."""
    return {name: hashlib.sha256((made.path / name).read_bytes()).hexdigest() for name in ("migkg.nq", "manifest.json")}


def test_same_inputs_give_the_same_bytes(tmp_path, release):
    """Built again, in another process and place and with another hash seed, the release is the same to the byte."""
    top = tmp_path / "project"
    for folder in assets.FOLDERS:
        shutil.copytree(ROOT / folder, top / folder)
    code = (
        "from pathlib import Path; import sys; from migkg.build import build; print(build(Path(sys.argv[1]))[0].path)"
    )
    work = subprocess.run(
        [sys.executable, "-c", code, str(top)],
        env={**os.environ, "PYTHONHASHSEED": "1", "MIGKG_HOME": str(tmp_path / "elsewhere")},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    made = Path(work.stdout.strip())
    assert made.is_relative_to(tmp_path) and made.name == release.id
    for name in ("migkg.nq", "merged.nt", "manifest.json"):
        assert (made / name).read_bytes() == (release.path / name).read_bytes(), name


def test_the_dump_is_sorted_and_knows_nothing_of_the_machine(release):
    """Sorted N-Quads; no path of a machine, no time of day, no blank node label of a parser."""
    lines = (release.path / "migkg.nq").read_text(encoding="utf-8").splitlines()
    assert lines == sorted(lines)
    assert len(lines) == len(set(lines)) == release.manifest["quads"]
    assert not any("file:" in line or str(ROOT) in line for line in lines)
    labels = {word for line in lines for word in line.split() if word.startswith("_:")}
    assert all(label.startswith("_:g") for label in labels)


def test_the_manifest_counts_every_graph(release):
    """Each graph stands with its checksum and count, and the counts add up."""
    graphs = release.manifest["graphs"]
    assert sum(g["triples"] for g in graphs) == release.manifest["quads"]
    assert {"data/frameworks/migof", "ontology/migkg", "infer/legal-basis", "score/regional-share"} <= {
        g["graph"] for g in graphs
    }
    assert all(len(g["sha256"]) == 64 for g in graphs)


def test_each_file_is_one_graph(release):
    """The graph's name is the file's path; adding a file adds a graph, and nothing else is a graph."""
    made = {g["graph"] for g in release.manifest["graphs"] if not g["graph"].startswith(("infer/", "score/"))}
    files = set()
    for folder in ("ontology", "shapes", "data"):
        for path in assets.files(folder, ".ttl", ".csv", ".tsv"):
            files.add(
                path.relative_to(ROOT)
                .as_posix()
                .removesuffix(".tsv")
                .removesuffix(".sssom")
                .removesuffix(".ttl")
                .removesuffix(".csv")
            )
    assert made == files


def test_the_default_graph_is_the_merge_of_the_graphs(store):
    """Counting over the default graph counts each triple once."""
    both = next(iter(store.query("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")))["n"].value
    merged = {t for name in store.graphs() for t in store.get(name)}
    assert int(both) == len(merged)


@pytest.mark.parametrize(
    ("path", "spoil", "said"),
    [
        ("data/frameworks/gcm.ttl", "mgd:broken a ;", "gcm.ttl"),
        ("data/observations/sdg-10-7-2.csv", "XAA,sdg1072-d1,2019\n", "line"),
        ("data/observations/sdg-10-7-2.csv", '"XAA,sdg1072-d1,2019,band1072-1,normal,,src-x,\n', "line"),
    ],
)
def test_a_broken_file_is_named_and_the_old_release_stays(project, path, spoil, said):
    """File and line; nothing is written."""
    first, _ = build_release(project)
    before = digest(first)
    with (project / path).open("a", encoding="utf-8") as file:
        file.write(spoil)
    with pytest.raises(InputError) as error:
        build_release(project)
    assert path.rsplit("/", 1)[-1] in str(error.value) and said in str(error.value)
    assert digest(release.current()) == before
    assert not list(release.place().glob(".making-*"))


def test_a_broken_rule_publishes_nothing(project):
    """A value outside its code list is an error of the whole graph."""
    first, _ = build_release(project)
    with (project / "data/observations/sdg-10-7-2.csv").open("a", encoding="utf-8") as file:
        file.write("XAA,sdg1072-d1,2023,answer1072-yes,normal,,src-paper,\n")
    with pytest.raises(RuleBroken, match=r"data/observations/sdg-10-7-2\.csv, line \d+.*observation-value"):
        build_release(project)
    assert release.current().id == first.id


def test_a_new_file_makes_the_next_release(project):
    """One file more is one graph more, under another name of the release; the link points to the new one."""
    first, _ = build_release(project)
    (project / "data/law/extra.ttl").write_text(
        "@base <https://w3id.org/migkg/> .\n"
        "@prefix dcterms: <http://purl.org/dc/terms/> . @prefix prov: <http://www.w3.org/ns/prov#> .\n"
        '<graph/data/law/extra> a prov:Entity ; dcterms:title "Extra"@en ; dcterms:publisher "test" ;\n'
        '  dcterms:rights "none" ; dcterms:source <id/src-paper> .\n'
    )
    second, _ = build_release(project)
    assert second.id != first.id
    assert release.current().id == second.id
    assert "https://w3id.org/migkg/graph/data/law/extra" in open_store(str(second.path)).graphs()


def test_files_that_say_the_same_are_not_outdated_for_ever(project):
    """After a change of a comment the release is the same, and is known to be of the files as they are now."""
    first, _ = build_release(project)
    with (project / "data/frameworks/gcm.ttl").open("a", encoding="utf-8") as file:
        file.write("# a comment\n")
    assert release.current().manifest["assets"] != assets.fingerprint(project)
    second, _ = build_release(project)
    assert second.id == first.id and second.path == first.path
    assert release.current().manifest["assets"] == assets.fingerprint(project)


def test_killing_a_build_leaves_the_old_release(project, tmp_path):
    """Kill -9 at any moment: the old release opens and answers."""
    first, _ = build_release(project)
    (project / "data/law/extra.ttl").write_text("# one more\n")
    code = "from pathlib import Path; import sys; from migkg.build import build; build(Path(sys.argv[1]))"
    for pause in (0.5, 0.9, 1.3):
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(project)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(pause)
        child.send_signal(signal.SIGKILL)
        child.wait()
        found = release.current()
        assert found is not None
        assert bool(open_store(str(found.path)).query("ASK { ?s ?p ?o }"))
    assert first.path.exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    """No traceback, and the way out."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MIGKG_HOME", str(tmp_path / "file"))
    with pytest.raises(ResourceMissing, match="MIGKG_HOME"):
        ensure()


def test_a_folder_that_is_no_project_is_refused(project, tmp_path):
    """An empty or wrong folder never becomes the release."""
    first, _ = build_release(project)
    (tmp_path / "empty").mkdir()
    for place in (tmp_path / "empty", tmp_path / "missing"):
        with pytest.raises(InputError, match="no migkg project"):
            build_release(place)
    assert release.current().id == first.id


def test_a_question_that_cannot_be_asked_is_not_published(project):
    """A broken query file is named, with line and column."""
    first, _ = build_release(project)
    (project / "queries/ask/broken.rq").write_text("#+ summary: Broken\nSELECT ?x WHERE { ?x ?y\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"ask/broken\.rq.*line"):
        build_release(project)
    assert release.current().id == first.id


def test_what_a_killed_build_left_is_tidied(project):
    """The next build removes the folder of a process that is gone."""
    left = release.place() / ".making-999999999-x"
    left.mkdir(parents=True)
    build_release(project)
    assert not left.exists()


def test_loading_twice_changes_nothing():
    """Statements have names of their own; blank nodes are named by content."""
    first, second = assemble(bases.small_top()), assemble(bases.small_top())
    assert first.graphs() == second.graphs()
    for graph in first.graphs():
        assert set(map(str, first.get(graph))) == set(map(str, second.get(graph)))
    for graph in bases.real_store().graphs():
        if "/graph/data/" in graph:
            assert not any(isinstance(t.subject, ox.BlankNode) for t in bases.real_store().get(graph)), graph
