"""What is installed works: the wheel in an empty environment, from any folder, without the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel with the locked build tools."""
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(out.glob("*.whl"))


def test_the_wheel_carries_the_assets(wheel):
    """ontology/ shapes/ queries/ data/ travel inside; tests and benchmarks do not."""
    names = zipfile.ZipFile(wheel).namelist()
    for folder in ("ontology", "shapes", "queries", "data"):
        assert any(n.startswith(f"migkg/_assets/{folder}/") for n in names), folder
    assert not any(n.startswith(("tests/", "bench/")) for n in names)
    assert any(n.endswith("licenses/LICENSE") for n in names)


@pytest.mark.soak  # long; what it walks through is tested piece by piece elsewhere
def test_the_installed_command_traces_from_any_folder(wheel, tmp_path):
    """Pip install into an empty environment; the first answer builds into the user's cache and says so."""
    place = tmp_path / "env"
    venv.create(place, with_pip=False, symlinks=True)
    site = next((place / "lib").glob("python*/site-packages"))
    # The wheel alone, unpacked; its libraries are those of the locked environment.
    zipfile.ZipFile(wheel).extractall(site)
    libraries = next(p for p in sys.path if p.endswith("site-packages"))
    (site / "libraries.pth").write_text(libraries + "\n")
    env = {k: v for k, v in os.environ.items() if not k.startswith(("MIGKG", "PYTHON"))}
    env |= {"XDG_CACHE_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path)}
    away = tmp_path / "elsewhere"
    away.mkdir()
    command = [str(place / "bin" / "python"), "-m", "migkg.cli", "trace", "10.7.2", "--format", "json"]
    first = subprocess.run(command, cwd=away, env=env, capture_output=True, text=True, timeout=180)
    assert first.returncode == 0, first.stderr
    assert "for the first time" in first.stderr and str(tmp_path / "cache") in first.stderr
    assert any(h["to"] == "iom-council-res-1310" for p in json.loads(first.stdout)["paths"] for h in p["hops"])
    again = subprocess.run(command, cwd=away, env=env, capture_output=True, text=True, timeout=60)
    assert again.stdout == first.stdout and again.stderr == ""
    where = subprocess.run([*command[:3], "doctor"], cwd=away, env=env, capture_output=True, text=True)
    assert "_assets" in where.stdout
