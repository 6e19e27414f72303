"""One country's file changes beside a large whole: how long until it is known what is wrong with it."""

from __future__ import annotations

import csv
import statistics
import tempfile
import time
from pathlib import Path

import pyoxigraph as ox

from bench.scale import data
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import graph
from migkg.validate import validate

COUNTRY = "KEN"


def measure(folder: Path, release: Path, runs: int) -> str:
    """Return the line of a table: the size of the whole, of the file, and the seconds of `validate`."""
    whole = OxigraphStore()
    whole.read_dump(release / "migkg.nq")
    whole.read_dump(release / "merged.nt")
    names = data.plan(whole)
    into = graph("data/observations/scale")
    for to in (into, ox.DefaultGraph()):
        whole.engine.bulk_load(path=str(folder / "data.nt"), format=ox.RdfFormat.N_TRIPLES, to_graph=to, lenient=True)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / f"scale-{COUNTRY}-2026.csv"
        wanted = data.Plan((COUNTRY,), names.coded, names.series)
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, data.COLUMNS)
            table.writeheader()
            size = 0
            for row, _ in data.rows(round(data.PER_ROW * 30), wanted, faulty=0.05):
                table.writerow(row)
                size += 1
        taken, worked = [], []
        for _ in range(max(3, runs)):
            begun, busy = time.perf_counter(), time.process_time()
            report = validate([path], whole)
            taken.append(time.perf_counter() - begun)
            worked.append(time.process_time() - busy)
    assert not report.conforms
    middle, slowest, work = statistics.median(taken), max(taken), statistics.median(worked)
    return f"| {len(whole.engine):,} | {size} rows | {middle:.2f} s | {slowest:.2f} s | {work:.2f} s |"
