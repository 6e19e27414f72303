"""The table of attacks is whole, and each test that it names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def test_each_attack_has_a_test() -> None:
    """All numbers, and no test that does not exist."""
    text = (HERE / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (P?\d+) \|(.*)\|$", text, re.M)
    assert [number for number, _ in rows] == [str(i) for i in range(1, 33)] + [f"P{i}" for i in range(1, 21)]
    there: dict[str, set[str]] = {}
    for number, row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", row)
        assert named, number
        for path, name in named:
            if path not in there:
                tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
                there[path] = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
            assert name in there[path], f"{number}: {path} has no {name}"
