"""Measure, and write the table into `bench/README.md`.

Every figure is a median; a ratio is peer divided by ours, taken from the same run on the same release. Read
the ratios: absolute times belong to one machine on one day.
"""

from __future__ import annotations

import math
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pyoxigraph as ox
import rdflib

from bench.growth import cost, growth
from migkg import assets, load, queries, release
from migkg.ask import FOLDER, bound, examples
from migkg.build import ensure
from migkg.reason import consistent
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import thing
from migkg.trace import trace

HERE = Path(__file__).parent
MARK = "<!-- table -->"
LIMIT = 4
STARTS = ("sdg-indicator-10-7-2", "mgi2016-1-2", "sdg1072-d6-e", "gcm-o06", "migof-p1", "iaeg2016-d1")


class Slow(Exception):
    """A run was longer than `LIMIT` seconds."""


def timed(work: Callable[[], Any], runs: int) -> float:
    """Return the median seconds of some runs after one that is not counted; that one alone when it is long."""
    times = []
    for _ in range(runs + 1):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
        if times[-1] > 2:
            break
    return statistics.median(times[1:] or times)


def peer_timed(work: Callable[[], Any], runs: int) -> float | None:
    """As `timed`; None where the peer needs more than `LIMIT` seconds, NaN where it breaks off with an error."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise Slow

    def limited() -> None:
        signal.alarm(LIMIT)
        work()

    signal.signal(signal.SIGALRM, stop)
    try:
        return timed(limited, runs)
    except Slow:
        return None
    except TypeError:
        return math.nan
    finally:
        signal.alarm(0)


def build_cost(runs: int = 3) -> tuple[float, float]:
    """Return median seconds and peak megabytes of a whole `migkg build`."""
    found = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as home:
            found.append(cost([sys.executable, "-m", "migkg.cli", "build"], {"MIGKG_HOME": home})[1:])
    return statistics.median(s for s, _ in found), statistics.median(m for _, m in found)


def shown(seconds: float | None) -> str:
    """Write a time for people."""
    if seconds is None:
        return f"over {LIMIT} s"
    if math.isnan(seconds):
        return "breaks off"
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


def ratio(ours: float, theirs: float | None) -> str:
    """Write how many times longer the peer took."""
    if theirs is not None and math.isnan(theirs):
        return "–"
    return f"over {LIMIT / ours:.0f}×" if theirs is None else f"{theirs / ours:.1f}×"


def model() -> list[ox.Triple]:
    """Return ontology, frameworks and law, as `migkg reason --all` reads them."""
    paths = [p for folder in ("ontology", "data/frameworks", "data/law") for p in assets.files(folder, ".ttl")]
    return [triple for path in paths if path.name != "align.ttl" for triple in load.load(path)[1]]


def measure() -> list[str]:
    """Return the lines of the table."""
    made = ensure()
    store = OxigraphStore.from_dump(made.path / release.QUADS, made.path / release.MERGED)
    begun = time.perf_counter()
    peer = rdflib.Graph().parse(made.path / release.MERGED, format="nt")
    theirs: float | None = time.perf_counter() - begun
    lines = [
        f"Release {made.id}: {made.manifest['triples']:,} statements. Python {sys.version.split()[0]}, "
        f"rdflib {rdflib.__version__}, {os.cpu_count()} processors.",
        "",
        "| what | migkg (Oxigraph in memory) | rdflib | rdflib ÷ migkg |",
        "|---|---|---|---|",
    ]
    seconds, megabytes = build_cost()
    lines.append(f"| build: load, infer, score, check, write | {shown(seconds)}, {megabytes:,.0f} MB at its peak | | |")
    loading = timed(lambda: OxigraphStore.from_dump(made.path / release.QUADS, made.path / release.MERGED), 3)
    words = f"{shown(loading)} (with its graphs) | {shown(theirs)} (without)"
    lines.append(f"| load the release | {words} | {ratio(loading, theirs)} |")
    before = time.perf_counter()
    verdict = consistent(model())
    took = shown(time.perf_counter() - before)
    lines.append(f"| reason over {verdict.read:,} statements of ontology, frameworks and law (HermiT) | {took} | | |")
    checks = queries.folder("check")
    ours = timed(lambda: [list(store.query(q.text)) for q in checks], 3)  # type: ignore[arg-type]
    lines.append(f"| all {len(checks)} checks | {shown(ours)} | | |")
    parts = [row["thing"] or "" for row in queries.rows(store, "view/things") if row["kind"] in ("indicator", "target")]
    every = sorted(set(parts))
    whole = timed(lambda: [trace(store, name) for name in every], 1)
    lines.append(f"| trace all {len(every)} indicators and targets, paths and sources | {shown(whole)} | | |")
    hops = queries.load("view/hops")
    for start in STARTS:
        text = queries.bind(hops, {"start": thing(start)})
        ours = timed(lambda t=text: list(store.query(t)), 5)  # type: ignore[misc, arg-type]
        theirs = peer_timed(lambda t=text: list(peer.query(t)), 3)  # type: ignore[misc]
        lines.append(f"| hops of a trace: {start} | {shown(ours)} | {shown(theirs)} | {ratio(ours, theirs)} |")
    for query in queries.folder(FOLDER):
        text = bound(store, query, examples(query))
        ours = timed(lambda t=text: list(store.query(t)), 5)  # type: ignore[misc, arg-type]
        if "GRAPH" in query.text:
            lines.append(f"| ask {query.short} | {shown(ours)} | not asked: one graph has no names of graphs | – |")
            continue
        theirs = peer_timed(lambda t=text: list(peer.query(t)), 3)  # type: ignore[misc]
        lines.append(f"| ask {query.short} | {shown(ours)} | {shown(theirs)} | {ratio(ours, theirs)} |")
    return [*lines, "", "How the cost grows with the content, each stage in a process of its own:", "", *growth()]


def main() -> None:
    """Measure and rewrite everything below the mark of `bench/README.md`."""
    page = HERE / "README.md"
    head = page.read_text(encoding="utf-8").split(MARK)[0]
    lines = measure()
    page.write_text(f"{head}{MARK}\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


main()
