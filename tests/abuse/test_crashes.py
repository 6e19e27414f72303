"""Kill -9 at any moment of a build, an import, a change and a service: nothing acknowledged is lost, all opens.

One round each here; `make soak` takes many.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest

from migkg import release
from migkg.build import build
from migkg.stores import open_store
from tests import bases
from tests.abuse.conftest import family, running, wait_for
from tests.writing import Client

ROUNDS = pytest.mark.parametrize("rounds", [1, pytest.param(25, marks=pytest.mark.soak)])
BUILD = "from pathlib import Path; import sys; from migkg.build import build; build(Path(sys.argv[1]))"
STATEMENTS = 40
TABLE = "area,element,period,value,status,unit,source,note\n" + "".join(
    f"XCC,series-movers,{year},{year % 90},normal,persons,src-paper,\n" for year in range(1990, 2020)
)


def opens(made: release.Release | None) -> release.Release:
    """Check that a release is there, whole and answers; return it."""
    assert made is not None
    dump = (made.path / release.QUADS).read_bytes()
    assert dump.endswith(b"\n") and dump.count(b"\n") == made.manifest["quads"]
    store = open_store(str(made.path))
    assert bool(store.query("ASK { ?s ?p ?o }"))
    return made


def killed(command: list[str], env: dict[str, str], when: Callable[[], bool], pause: float) -> bool:
    """Start a command and kill it a moment after something is so; return whether it was still running then."""
    child = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: when() or child.poll() is not None)
        time.sleep(pause)
        return child.poll() is None
    finally:
        child.kill()
        child.wait()


@ROUNDS
def test_a_killed_build_leaves_a_release_that_opens(
    rounds: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old release or the new one, whole; the next build makes what it would have made, and tidies up."""
    place, chance = tmp_path / "home", random.Random(7)
    monkeypatch.setenv("MIGKG_HOME", str(place))
    project = bases.folder_of(bases.SMALL)
    old, _ = build(project)
    (project / "data/law/extra.ttl").write_text("@prefix mgd: <https://w3id.org/migkg/id/> .\n", encoding="utf-8")
    for _ in range(rounds):
        begun = set(place.rglob(".making-*"))
        command = [sys.executable, "-c", BUILD, str(project)]
        killed(command, dict(os.environ), lambda: bool(set(place.rglob(".making-*")) - begun), 1.5 * chance.random())  # noqa: B023
        opens(release.current())
    assert opens(old)
    new, _ = build(project)
    assert opens(release.current()).id == new.id
    assert not list(place.rglob(".making-*"))


@ROUNDS
def test_a_killed_import_leaves_a_whole_file_or_none(rounds: int, home: Path, tmp_path: Path) -> None:
    """What stands in the folder afterwards is the file that an undisturbed import writes, or nothing."""
    source, chance = tmp_path / "movers.csv", random.Random(8)
    source.write_text(TABLE, encoding="utf-8")
    env = {**os.environ, "MIGKG_HOME": str(home)}

    def command(out: Path) -> list[str]:
        there = str(home / "release")
        return [sys.executable, "-m", "migkg.cli", "import", str(source), "-o", str(out), "--store", there]

    start = time.monotonic()
    done = subprocess.run(command(tmp_path / "whole"), env=env, capture_output=True, text=True, timeout=300)
    took = time.monotonic() - start
    assert done.returncode == 0, done.stderr
    whole = {p.relative_to(tmp_path / "whole"): p.read_bytes() for p in (tmp_path / "whole").rglob("*") if p.is_file()}
    assert whole
    for _ in range(rounds):
        out = tmp_path / "out"
        killed(command(out), env, lambda: True, took * (0.3 + 0.8 * chance.random()))
        for path in out.rglob("*") if out.exists() else ():
            if path.is_file() and not path.name.startswith("."):
                assert path.read_bytes() == whole[path.relative_to(out)], path
        shutil.rmtree(out, ignore_errors=True)


def graph_of(number: int) -> str:
    """Return a document in which each statement says the same number."""
    return "".join(
        f"<http://example.org/{i}> <http://purl.org/dc/terms/title> '{number}' .\n" for i in range(STATEMENTS)
    )


@ROUNDS
def test_a_killed_server_keeps_what_it_acknowledged(rounds: int, home: Path, tmp_path: Path) -> None:
    """Three writers and a reader, then kill -9: each graph is whole, no older than its last 2xx; no process stays."""
    place, chance = tmp_path / "home", random.Random(9)
    shutil.copytree(home / "releases", place / "releases")
    (place / "release").symlink_to((home / "release").readlink())
    names = [f"http://example.org/killed/{i}" for i in range(3)]
    known, sent = dict.fromkeys(names, 0), dict.fromkeys(names, 0)

    def writer(address: str, graph: str) -> None:
        with Client(base_url=address, timeout=60) as mine:
            while True:
                sent[graph] += 1
                number = sent[graph]
                try:
                    answer = mine.put(graph, graph_of(number))
                except httpx.HTTPError:
                    return
                if answer.status_code in (200, 201):
                    known[graph] = number

    for turn in range(rounds + 1):
        with running(place) as client:
            for graph in names:
                text = client.read(graph).text
                there = set(re.findall(r'"(\d+)"', text))
                if known[graph]:
                    assert len(there) == 1 and text.count("\n") == STATEMENTS and client.count(graph) == STATEMENTS
                    assert known[graph] <= int(there.pop()) <= sent[graph]
            if turn == rounds:
                break
            address = str(client.base_url)
            writers = [threading.Thread(target=writer, args=(address, graph)) for graph in names]
            for thread in writers:
                thread.start()
            before = dict(known)
            wait_for(lambda: known != before, 30)  # noqa: B023
            time.sleep(chance.random())
            below = [process.pid for process in family(client.pid)]
            os.kill(client.pid, signal.SIGKILL)
            for thread in writers:
                thread.join()
            assert wait_for(lambda: not any(_lives(pid) for pid in below)), "a process was left behind"  # noqa: B023
    assert any(known.values()), "nothing was ever acknowledged"


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
