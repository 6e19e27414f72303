"""What tests share: one release of the real graph, built once, and the command line over it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from migkg.release import Release, current
from migkg.stores import Store
from tests import bases

ROOT = Path(__file__).parent.parent
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session", autouse=True)
def _together(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Say where the processes of one test run share what is built once: above the folders of the single processes."""
    mine = tmp_path_factory.getbasetemp()
    bases.Shared.place = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    """The real graph, built once for all processes, in a folder of one's own; every command of the tests finds it."""
    home = tmp_path_factory.mktemp("home")
    built = bases.built()
    # The files of a release never change, so that links to them are as good as copies.
    shutil.copytree(built.path, home / "releases" / built.path.name, copy_function=os.link)
    (home / "release").symlink_to(Path("releases") / built.path.name)
    before = os.environ.get("MIGKG_HOME")
    os.environ["MIGKG_HOME"] = str(home)
    found = current()
    assert found is not None and found.id == built.id
    yield found
    if before is None:
        del os.environ["MIGKG_HOME"]
    else:
        os.environ["MIGKG_HOME"] = before


@pytest.fixture(scope="session")
def store(release: Release) -> Store:
    """The real graph, to read from."""
    from migkg.stores import open_store

    return open_store(str(release.path))


@pytest.fixture(scope="session")
def run(release: Release) -> Run:
    """Run the real command line: `run("trace", "10.7.2")` returns exit code, output and messages."""

    def command(*words: str, stdin: str | None = None, cwd: Path | None = None, env: dict[str, str] | None = None):
        return subprocess.run(
            [sys.executable, "-m", "migkg.cli", *words],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            cwd=cwd or ROOT,
            env={**os.environ, **(env or {})},
        )

    return command
