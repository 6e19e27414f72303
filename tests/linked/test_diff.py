"""What changed between two releases: in plain words, as RDF, as a patch; on the command line and as pages."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
import rdflib

from migkg import diff
from migkg import releases as known
from migkg.errors import InputError, LimitReached, UsageError
from migkg.release import QUADS, Release
from tests.linked.conftest import GONE

NOW = "River talks (made up)"
THEN = "River Process of old"


@pytest.fixture
def found(releases: list[Release]) -> diff.Diff:
    """What changed from the former of the small releases to the current one."""
    old, new = releases
    return diff.compare(old.path / QUADS, new.path / QUADS, (old.id, new.id))


def test_things_labels_and_counts_are_told(found: diff.Diff) -> None:
    """One thing went, one label changed, nothing else did; the counts are those of the lines."""
    assert [(one.id, one.kind, one.graphs) for one in found.gone] == [(GONE, "Body", ("data/mechanisms/gone",))]
    assert found.added == [] and found.figures == []
    labels = [(one.id, one.what, one.old, one.new) for one in found.labels]
    assert labels == [("river", "en", THEN, NOW)]
    assert found.graphs == {"data/mechanisms/gone": (0, 2), "data/mechanisms/river": (1, 1)}
    assert (found.came, found.went) == (1, 3) and len(found.lines) == 4
    text = diff.words(found)
    assert "1 statement came, 3 went, in 2 graphs" in text
    assert f"“{THEN}” → “{NOW}”" in text and "A forum that was left out later (Body)" in text


def test_a_figure_is_told_with_its_old_and_new_value(releases: list[Release], tmp_path: Path) -> None:
    """Which area, element and year; a value that came where there was none is told too."""
    lines = (releases[1].path / QUADS).read_bytes().splitlines(keepends=True)
    value = b"<https://w3id.org/migkg/def/value> "
    numbers = [n for n, line in enumerate(lines) if value in line and b"#decimal>" in line]
    changed, removed = numbers[0], numbers[-1]
    start, _, rest = lines[changed].partition(value)
    lines[changed] = start + value + b'"1234.5"^^' + rest.split(b"^^", 1)[1]
    del lines[removed]
    (tmp_path / "other.nq").write_bytes(b"".join(sorted(lines)))
    made = diff.compare(releases[1].path / QUADS, tmp_path / "other.nq", ("a", "b"))
    assert {(one.new, bool(one.old)) for one in made.figures} == {("1234.5", True), ("", True)}
    assert all(one.what.count(",") >= 2 for one in made.figures)


def test_the_patch_makes_the_new_of_the_old(found: diff.Diff, releases: list[Release]) -> None:
    """Take away what is marked D, add what is marked A: the bytes of the new release."""
    lines = diff.patch(found).splitlines()
    assert lines[2] == b"TX ." and lines[-1] == b"TC ."
    old, new = ((one.path / QUADS).read_bytes() for one in releases)
    made = set(old.splitlines()) - {line[2:] for line in lines if line.startswith(b"D ")}
    made |= {line[2:] for line in lines if line.startswith(b"A ")}
    assert b"".join(line + b"\n" for line in sorted(made)) == new


def test_as_rdf_each_part_says_which_graph_it_is_of(found: diff.Diff, releases: list[Release]) -> None:
    """Turtle counts, TriG holds the statements in graphs of what came and what went."""
    counted = rdflib.Graph().parse(data=diff.rdf(found, ox.RdfFormat.TURTLE), format="turtle")
    sizes = {str(s): int(n) for s, n in counted.subject_objects(rdflib.VOID.triples)}
    start = f"https://w3id.org/migkg/releases/{releases[0].id}/{releases[1].id}#"
    assert sizes == {
        start + "removed/data/mechanisms/gone": 2,
        start + "removed/data/mechanisms/river": 1,
        start + "added/data/mechanisms/river": 1,
    }
    whole = rdflib.Dataset()
    whole.parse(data=diff.rdf(found, ox.RdfFormat.TRIG), format="trig")
    assert {str(g.identifier): len(g) for g in whole.graphs() if "#" in str(g.identifier)} == sizes


def test_the_same_is_the_same_and_a_dump_counts_as_its_release(releases: list[Release], tmp_path: Path) -> None:
    """A dump in another syntax and order, compressed, is compared by what it says."""
    dump = tmp_path / "dump.trig.gz"
    text = ox.serialize(
        ox.parse((releases[1].path / QUADS).read_bytes(), format=ox.RdfFormat.N_QUADS), format=ox.RdfFormat.TRIG
    )
    dump.write_bytes(gzip.compress(text or b""))
    with known.lines(str(dump)) as (one, name), known.lines(str(releases[1].path)) as (other, named):
        made = diff.compare(one, other, (name, named))
    assert made.lines == [] and "say the same" in diff.words(made)


def test_what_is_no_release_is_told(tmp_path: Path) -> None:
    """One sentence for each kind of wrong name."""
    (tmp_path / "x.txt").write_text("x")
    (tmp_path / "bad.nq").write_text("no statement")
    (tmp_path / "bad.nq.gz").write_text("not packed")
    for name in ("nonesuch", "x.txt", "bad.nq", "bad.nq.gz"):
        with pytest.raises(InputError), known.lines(str(tmp_path / name)):
            pass
    with pytest.raises(UsageError, match="no other release"):
        known.previous(None)


def test_long_lists_say_how_many_more_there_are(found: diff.Diff) -> None:
    """Nothing is cut silently."""
    assert "… and 1 more" in diff.words(found, 1)
    assert "more" not in diff.words(found, 2)


def test_a_difference_beyond_the_limit_is_an_error(releases: list[Release]) -> None:
    """A server does not fill its memory with it."""
    old, new = (one.path / QUADS for one in releases)
    with pytest.raises(LimitReached, match="more than 3 statements"):
        diff.compare(old, new, ("a", "b"), 3)


# ---- The command line and the pages -----------------------------------------------------------------------------


def test_the_command_compares_ids_folders_and_dumps(command, releases: list[Release], tmp_path: Path) -> None:
    """Without names it takes the release before the current one; each format is written."""
    done = command("diff")
    assert done.returncode == 0 and f"From {releases[0].id} to {releases[1].id}" in done.stdout
    said = json.loads(command("diff", releases[0].id, str(releases[1].path), "--format", "json").stdout)
    assert said["came"] == 1 and said["went"] == 3 and said["gone"][0]["id"] == GONE
    for form in ("ttl", "trig", "nq-patch"):
        target = tmp_path / f"x.{form}"
        assert command("diff", "--format", form, "-o", str(target)).returncode == 0
        assert target.stat().st_size > 100
    for words in (("diff", "--format", "csv"), ("diff", "nonesuch")):
        bad = command(*words)
        assert bad.returncode == 2 and bad.stderr.startswith("migkg: ") and "Traceback" not in bad.stderr


def test_the_server_lists_its_releases_and_what_changed(here: httpx.Client, releases: list[Release]) -> None:
    """A page, JSON, and each difference in each form; other names are unknown."""
    listed = here.get("/releases", headers={"Accept": "application/json"}).json()
    assert [one["id"] for one in listed] == [releases[1].id, releases[0].id]
    assert "changes" not in listed[1]
    shown = here.get("/releases", headers={"Accept": "text/html"}).text
    assert f'href="{listed[0]["changes"]}"' in shown
    page = here.get(listed[0]["changes"], headers={"Accept": "text/html"})
    assert page.status_code == 200 and THEN in page.text and GONE in page.text
    for ending, media in (
        ("json", "application/json"),
        ("ttl", "text/turtle"),
        ("trig", "application/trig"),
        ("nq-patch", "application/rdf-patch"),
    ):
        answer = here.get(f"{listed[0]['changes']}.{ending}")
        assert answer.status_code == 200 and answer.headers["content-type"].startswith(media)
    assert here.get(f"/releases/{releases[0].id}/9.9.9").status_code == 404
    assert here.get("/releases/../../etc/passwd").status_code == 404
