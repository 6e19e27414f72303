"""The documentation is executed: the README's tour runs, the generated pages are current, the links lead somewhere."""

from __future__ import annotations

import io
import re
import shlex
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from tests.docs import PAGES, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.S)
PROSE = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]


def fits(wanted: list[str], got: list[str]) -> bool:
    """Whether lines match; a line of `...` stands for any lines, `...` at the end of a line for its rest."""
    if not wanted:
        return not got
    if wanted[0] == "...":
        return any(fits(wanted[1:], got[i:]) for i in range(len(got), -1, -1)) if len(wanted) > 1 else True
    if not got:
        return False
    same = got[0].startswith(wanted[0][:-3]) if wanted[0].endswith("...") else got[0] == wanted[0]
    return same and fits(wanted[1:], got[1:])


@pytest.mark.parametrize("block", BLOCKS, ids=[b.split("\n")[0][2:40] for b in BLOCKS])
def test_the_tour_of_the_readme_runs(run, block):
    """Each command of the README gives what the README shows."""
    first, *wanted = block.rstrip("\n").split("\n")
    words = shlex.split(first.removeprefix("$ "))
    assert words[0] == "migkg"
    done = run(*words[1:])
    assert done.returncode == 0, done.stderr
    assert fits(wanted, done.stdout.rstrip("\n").split("\n") if done.stdout else []), done.stdout[:1500]


def test_the_python_of_the_readme_runs(release):
    """The notebook example does what its comments say."""
    code = re.search(r"```python\n(.*?)```", README, re.S).group(1)
    out, names = io.StringIO(), {}
    with redirect_stdout(out):
        exec(compile(code, "README.md", "exec"), names)  # noqa: S102
    assert "54.05405 111" in out.getvalue()
    assert names["rows"][0]["from"] == "sdg-indicator-10-7-2" and len(names["graph"]) > 20


def test_the_two_commands_stand_in_the_first_screen():
    """What it is, for whom, and the two commands, without scrolling."""
    screen = "\n".join(README.split("\n")[:26])
    for words in ("make serve", "make test", "**For** policy analysts", "http://localhost:8000"):
        assert words in screen


@pytest.mark.parametrize("page", PAGES)
def test_generated_pages_are_current(page):
    """`make docs` would change nothing."""
    assert (ROOT / page).read_text(encoding="utf-8") == PAGES[page](), "run `make docs`"


@pytest.mark.parametrize("page", PROSE)
def test_links_and_paths_in_the_prose_exist(page):
    """A file named in the documentation is there."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / target).exists(), target
    for path in re.findall(r"`((?:src|ontology|shapes|queries|data|tests|docs|bench)/[^`<*{… ]*)`", text):
        assert (ROOT / path).exists(), path


def test_contributing_names_every_folder_of_data():
    """Somebody who adds a file finds its line."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for folder in ("frameworks", "law", "mechanisms", "observations", "mappings", "methods"):
        assert f"data/{folder}/" in text
    assert Path(ROOT / "data").is_dir()
