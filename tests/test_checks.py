"""Each check reports its bad files, and no other check does; the tiny base and the real graph pass."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pyshacl
import pytest

from migkg import convert, queries
from migkg.shacl import shapes_graph
from migkg.validate import check
from tests import bases, golden

CHECKS = sorted(p.stem for p in (bases.ROOT / "queries" / "check").glob("*.rq"))
BAD = sorted(p for p in golden.CASES.glob("*/*") if p.is_file())


@cache
def columns(name: str) -> list[str]:
    """Return the variables that a check selects."""
    return golden.columns_of(bases.small_store(), queries.load(f"check/{name}"))


@pytest.mark.parametrize("path", BAD, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_bad_file_is_reported_by_its_check_and_no_other(path: Path) -> None:
    """Laid on top of the tiny base, a bad file makes one check speak."""
    assert set(golden.reported(path)) == {path.parent.name}


@pytest.mark.parametrize("path", BAD, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_bad_file_says_in_its_first_line_what_is_wrong(path: Path) -> None:
    """Whoever opens the file reads a sentence first."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("#") and first.endswith(".")


def test_every_check_has_a_bad_file_and_every_bad_file_a_check() -> None:
    """No rule is there that nothing tests."""
    assert {path.parent.name for path in BAD} == set(CHECKS)


def test_the_tiny_base_passes_all_checks() -> None:
    """A base as it should be makes no check speak, not even as a remark."""
    assert check(bases.small_store(), bases.small_top()) == []


def test_the_tiny_base_conforms_to_the_shapes() -> None:
    """It is an example to copy from, so every file in it is well formed."""
    quads = bases.small_store().engine.quads_for_pattern(None, None, None, ox.DefaultGraph())
    data, shapes = convert.graph([q.triple for q in quads]), convert.graph(shapes_graph())
    conforms, _, text = pyshacl.validate(data, shacl_graph=shapes, inplace=True)
    assert conforms, text


def test_the_real_graph_breaks_no_rule() -> None:
    """What is published has no finding of severity error."""
    assert [f for f in check(bases.real_store()) if f.severity == "error"] == []


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_gives_focus_path_value_and_message(name: str) -> None:
    """Any file that selects these four is a check; the runner needs no special case."""
    query = queries.load(f"check/{name}")
    assert columns(name) == ["focus", "path", "value", "message"]
    assert query.severity in ("error", "warning", "info")
    assert query.extra.get("fix"), "a finding comes with the way to mend it"
    assert "severity:" in query.text, "the severity stands in the file, not in the reader's mind"


@pytest.mark.parametrize("path", BAD, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_finding_says_what_is_wrong_in_a_sentence(path: Path) -> None:
    """Focus and message are never empty, and the message ends like a sentence."""
    for row in golden.reported(path).get(path.parent.name, []):
        assert row["focus"] and row["path"] and (row["message"] or "").endswith(".")
