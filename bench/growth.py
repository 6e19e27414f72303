"""How the cost of a build grows with its content: the same build over four growing sets of files."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
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
# A process counts as its peak also that of the one it was started from, so a small one starts the one that counts.
LAUNCH = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
print(done.stdout, end="")
"""


def cost(command: list[str], env: Mapping[str, str] | None = None) -> tuple[str, float, float]:
    """Run a command; return what it prints, its seconds, and its peak megabytes as the system counts them."""
    begun = time.perf_counter()
    child = subprocess.run(
        [sys.executable, "-c", LAUNCH, *command], capture_output=True, text=True, env={**os.environ, **(env or {})}
    )
    seconds = time.perf_counter() - begun
    if child.returncode:
        raise SystemExit("a build failed; nothing was measured")
    megabytes, _, said = child.stdout.partition("\n")
    return said, seconds, float(megabytes)


def growth() -> list[str]:
    """Return the lines of a table: statements, seconds and size of each stage, and what a statement costs.

    A build here is load, infer, score, check and write.
    """
    lines = [
        "| content | statements | build | peak memory | dumps | build per 1,000 statements |",
        "|---|---|---|---|---|---|",
    ]
    found: list[tuple[int, float]] = []
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
            with tempfile.TemporaryDirectory() as out:
                said, seconds, megabytes = cost([sys.executable, "-c", CHILD, str(top), out])
            quads, size = map(int, said.split())
            found.append((quads, seconds))
            lines.append(
                f"| {words} | {quads:,} | {seconds:.2f} s | {megabytes:,.0f} MB | {size / 1e6:.1f} MB "
                f"| {seconds / quads * 1e6:.0f} ms |"
            )
    (small, short), (large, long) = found[0], found[-1]
    slope = math.log(long / short) / math.log(large / small)
    grown = f"The content grows {large / small:.1f} times, the build {long / short:.1f} times"
    return [*lines, "", f"{grown}: with the power {slope:.2f} of the content (1 is in proportion)."]
