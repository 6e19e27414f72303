"""Limits by configuration: the environment sets them, a wrong value is one sentence, and no secret is ever shown."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from migkg.errors import UsageError
from migkg.server import Settings
from migkg.server.settings import described

SECRET = "a-secret-of-tests-0123"


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for one in described():
        monkeypatch.delenv(one["variable"], raising=False)
    monkeypatch.delenv("MIGKG_TOKEN", raising=False)


@pytest.mark.parametrize("one", described(), ids=lambda one: one["name"])
def test_each_limit_has_bounds_a_sentence_and_a_variable(one: dict[str, object], monkeypatch: pytest.MonkeyPatch):
    """Its bounds are taken, what lies beyond them is refused by name, and an empty variable is no variable."""
    name, variable, low, high = str(one["name"]), str(one["variable"]), float(one["lowest"]), float(one["highest"])
    assert str(one["what"]).endswith(".") and low <= float(one["default"]) <= high
    for good in (low, high):
        monkeypatch.setenv(variable, f"{good:.12g}" if good % 1 else str(int(good)))
        assert getattr(Settings(), name) == good
    for bad in (str(low - 1), str(high * 2), "many", "nan", "inf", "1e999", "١", "0x10", "1 2"):
        monkeypatch.setenv(variable, bad)
        with pytest.raises(UsageError, match=f"{variable} is “.*must be a (whole )?number from .* to ") as told:
            Settings()
        assert "\n" not in str(told.value) and "pydantic" not in str(told.value)
    monkeypatch.setenv(variable, "")
    assert getattr(Settings(), name) == one["default"]


def test_what_is_passed_comes_first_and_must_be_known(monkeypatch: pytest.MonkeyPatch):
    """An argument wins over the environment; one that nobody knows is refused."""
    monkeypatch.setenv("MIGKG_ROWS", "7")
    assert Settings().rows == 7 and Settings(rows=8).rows == 8
    with pytest.raises(UsageError, match="no setting “rowz”"):
        Settings(rowz=8)


def test_the_token_is_never_shown(monkeypatch: pytest.MonkeyPatch):
    """Neither by what is printed, nor among the limits, nor in the sentence about a poor one."""
    monkeypatch.setenv("MIGKG_TOKEN", SECRET)
    made = Settings()
    assert made.token == SECRET
    assert SECRET not in repr(made) + str(made) + str(made.limits())
    for poor in ("too-short", SECRET + " and space", SECRET + "\x7f", "ü" * 20):
        monkeypatch.setenv("MIGKG_TOKEN", poor)
        with pytest.raises(UsageError) as told:
            Settings()
        assert poor not in str(told.value) and "MIGKG_TOKEN" in str(told.value)


def test_the_command_refuses_a_wrong_limit_and_lists_them_all(tmp_path: Path):
    """Exit 2 and one sentence before anything is built or served; the help names each variable."""

    def run(*words: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        said = {**os.environ, "MIGKG_HOME": str(tmp_path), **env}
        command = [sys.executable, "-m", "migkg.cli", *words]
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, env=said)

    done = run("serve", env={"MIGKG_SECONDS": "fast"})
    assert done.returncode == 2 and done.stdout == ""
    assert "MIGKG_SECONDS is “fast”" in done.stderr and "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())
    told = run("serve", "--help", env={"COLUMNS": "200"})
    assert told.returncode == 0
    assert all(one["variable"] in told.stdout for one in described())
