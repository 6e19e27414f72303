"""How the cost of a build grows with its content: the same build over four growing sets of files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from migkg import assets

TEXTS = ("areas", "area-groups", "sources", "frameworks", "law", "mechanisms", "events", "seeds", "methods", "links")
STAGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("the founding documents, frameworks, law, mechanisms", (*TEXTS, "mappings", "labels")),
    ("and the figures of 10.7.2", ("observations/sdg-10-7-2.csv", "observations/sdg-10-7-2-regional.csv")),
    ("and treaties by State, memberships, votes", ("participation", "memberships", "votes", "corrections")),
    ("and the context figures: everything", ("",)),
)
CHILD = """
import sys
from pathlib import Path
from migkg.build import make, write
top, out = Path(sys.argv[1]), Path(sys.argv[2])
made = make(top)
print(write(made.store, out)["quads"], sum(f.stat().st_size for f in out.iterdir()))
"""


def growth() -> list[str]:
    """Return the lines of a table: statements, seconds and size of each stage, and what a statement costs.

    A build here is load, infer, score, check and write.
    """
    lines = [
        "| content | statements | build | dumps | per 1,000 statements |",
        "|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as name:
        top = Path(name) / "top"
        for folder in ("ontology", "shapes", "queries"):
            shutil.copytree(assets.root() / folder, top / folder)
        for words, parts in STAGES:
            for part in parts:
                source = assets.root() / "data" / part
                if source.is_dir():
                    shutil.copytree(source, top / "data" / part, dirs_exist_ok=True)
                elif source.is_file():
                    (top / "data" / part).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(source, top / "data" / part)
            quads, size, seconds = _built(top)
            lines.append(
                f"| {words} | {quads:,} | {seconds:.2f} s | {size / 1e6:.1f} MB | {seconds / quads * 1e6:.0f} ms |"
            )
    return lines


def _built(top: Path) -> tuple[int, int, float]:
    with tempfile.TemporaryDirectory() as out:
        begun = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(top), out], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
        )
        assert child.stdout
        said = child.stdout.read().split()
        status = child.wait()
        seconds = time.perf_counter() - begun
    if status:
        raise SystemExit("a build failed; nothing was measured")
    return int(said[0]), int(said[1]), seconds
