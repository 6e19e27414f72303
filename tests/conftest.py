"""What tests share: one release of the real graph, built once, and the command line over it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from migkg.release import Release
from migkg.stores import Store

ROOT = Path(__file__).parent.parent
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    """Build the real graph once, in a folder of its own; every command of the tests finds it there."""
    home = tmp_path_factory.mktemp("home")
    before = os.environ.get("MIGKG_HOME")
    os.environ["MIGKG_HOME"] = str(home)
    from migkg.build import ensure

    yield ensure()
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
