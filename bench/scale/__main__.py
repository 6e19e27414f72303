"""What validation costs as data grows: `python -m bench.scale --sizes 0.1 1 --runs 3` writes the tables of README.md.

Each measurement is a process of its own; the engines take turns, so that a busy moment of the machine meets them all.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import statistics
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from bench.growth import cost
from bench.scale import data
from bench.scale.engines import ENGINES
from bench.scale.ways import WAYS
from migkg import shacl
from migkg.build import ensure
from migkg.stores.oxigraph import OxigraphStore

ROOT = Path(__file__).parents[2]
TAKING = ("take-in", "raw", "build", "raw-both")
SLOW = {"pyshacl": 1.0}  # millions of statements up to which an engine takes part
AGAIN = """
import statistics, sys, time
from pathlib import Path
from bench.scale.again import measure
print(measure(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
"""


def prepare(folder: Path, size: int, names: data.Plan, whole: OxigraphStore) -> int:
    """Write the files of one size; return the number of statements in all."""
    with (folder / "data.nt").open("w", encoding="utf-8") as file:
        file.writelines(data.lines(data.rows(size, names), "scale"))
    with (folder / "scale.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, data.COLUMNS)
        table.writeheader()
        table.writerows(row for row, _ in data.rows(size, names))
    _write(folder / "beside.nt", data.beside(whole, names))
    _write(folder / "shapes.nt", shacl.shapes_graph())
    return sum(sum(1 for _ in (folder / name).open()) for name in ("data.nt", "beside.nt"))


def _write(path: Path, triples: Iterable[ox.Triple]) -> None:
    path.write_bytes(b"\n".join(sorted(f"{t} .".encode() for t in set(triples))) + b"\n")


def measured(folder: Path, engines: list[str], runs: int) -> dict[str, list[dict[str, Any]]]:
    """Run each engine so many times, in turns."""
    found: dict[str, list[dict[str, Any]]] = {engine: [] for engine in engines}
    for _ in range(runs):
        for engine in engines:
            said, seconds, megabytes = cost(
                [sys.executable, "-m", "bench.scale.engines", engine, str(folder)], {"PYTHONPATH": _path()}
            )
            found[engine].append({**json.loads(said), "seconds": seconds, "megabytes": megabytes})
            print(f"  {engine}: {seconds:.1f} s, {megabytes:,.0f} MB", file=sys.stderr)
    return found


def _path() -> str:
    return os.pathsep.join([str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])


def table(sizes: dict[int, dict[str, list[dict[str, Any]]]]) -> list[str]:
    """Return the lines of the table, each engine beside pyshifty, and whether it finds what the reference finds."""
    lines = [
        "| statements | engine | all, s | of it load | of it validate | beside pyshifty | peak MB | results |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for size, engines in sizes.items():
        reference = engines.get("pyshacl") or engines.get("pyshifty") or engines["migkg"]
        against = _median(engines["pyshifty"], "seconds") if engines.get("pyshifty") else math.nan
        for engine, runs in engines.items():
            if not runs:
                continue
            found = runs[0]["found"]
            same = "" if engine == "by-hand" else ", the same" if found == reference[0]["found"] else ", others"
            parts = [statistics.median(run["parts"].get(p, 0.0) for run in runs) for p in ("load", "validate")]
            seconds = _median(runs, "seconds")
            lines.append(
                f"| {size:,} | {engine} | {seconds:.1f} | {parts[0]:.1f} | {parts[1]:.1f} | {seconds / against:.2f} × "
                f"| {_median(runs, 'megabytes'):,.0f} | {sum(found.values()):,}{same} |"
            )
    return lines


def slopes(sizes: dict[int, dict[str, list[dict[str, Any]]]]) -> list[str]:
    """Say for each engine how time grows from the least to the greatest size that it ran: 1 is linear."""
    said = []
    for engine in ENGINES:
        points = [(n, _median(e[engine], "seconds")) for n, e in sizes.items() if e.get(engine)]
        if len(points) > 1:
            (n, a), (m, b) = points[0], points[-1]
            said.append(f"{engine} {math.log(b / a) / math.log(m / n):.2f} (to {m:,})")
    return [f"Growth of the time (1 is linear): {'; '.join(said)}."] if said else []


def _median(runs: list[dict[str, Any]], key: str) -> float:
    return float(statistics.median(run[key] for run in runs))


def again(folder: Path, release: Path, runs: int) -> str:
    """Return the line on checking one country's file again, beside all the data of a size."""
    said, _, _ = cost([sys.executable, "-c", AGAIN, str(folder), str(release), str(runs)], {"PYTHONPATH": _path()})
    return said.strip()


def ways(folder: Path, release: Path, runs: int, which: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Go the ways of a table so many times, in turns."""
    found: dict[str, list[dict[str, Any]]] = {way: [] for way in which}
    for _ in range(runs):
        for way in found:
            command = [sys.executable, "-m", "bench.scale.ways", way, str(folder), str(release)]
            said, _, megabytes = cost(command, {"PYTHONPATH": _path()})
            found[way].append({"seconds": float(said), "megabytes": megabytes})
            print(f"  {way}: {float(said):.2f} s, {megabytes:,.0f} MB", file=sys.stderr)
    return found


def taking(rows: int, statements: int, found: dict[str, list[dict[str, Any]]]) -> Iterable[str]:
    """Return the lines on taking a table in, beside the bulk load of the same statements into the same places."""
    for name, way, bare in (("its graph", "take-in", "raw"), ("its graph and the merge", "build", "raw-both")):
        taken, loaded = _median(found[way], "seconds"), _median(found[bare], "seconds")
        memory = f"{_median(found[way], 'megabytes'):,.0f} MB | {_median(found[bare], 'megabytes'):,.0f} MB"
        yield f"| {rows:,} | {statements:,} | {name} | {loaded:.2f} | {taken:.2f} | {loaded / taken:.2f} | {memory} |"


def rest(total: int, found: dict[str, list[dict[str, Any]]]) -> str:
    """Return the line on checking a table and on scores, beside one aggregate."""
    seconds = {way: _median(some, "seconds") for way, some in found.items()}
    memory = _median(found["check"], "megabytes")
    check = f"{seconds['check']:.1f} s, {memory:,.0f} MB"
    scores = " | ".join(f"{seconds[way]:.1f} s" for way in ("score", "figures", "sum"))
    beside = f"{seconds['figures'] / seconds['sum']:.2f} ×"
    return f"| {total:,} | {check} | {scores} | {beside} | {seconds['country']:.2f} s |"


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--sizes", nargs="+", type=float, default=[0.1, 1.0, 5.0], help="millions of statements")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--engines", nargs="+", default=list(ENGINES), choices=list(ENGINES))
    parser.add_argument("--engines-only", action="store_true", help="leave out the whole way of a table")
    parser.add_argument("--taking-only", action="store_true", help="measure only how a table is taken in")
    given = parser.parse_args()
    release = ensure()
    whole = OxigraphStore.read_only(release.path / "store")
    names = data.plan(whole)
    sizes: dict[int, dict[str, list[dict[str, Any]]]] = {}
    lines = ["| statements beside | a country's file of | checked again in | slowest | of the processor |"]
    lines.append("|---|---|---|---|---|")
    more = [
        "| statements | check a table | scores | of it figures | one aggregate | figures beside it | a country again |"
    ]
    more.append("|---|---|---|---|---|---|---|")
    taken = ["| rows | statements | into | bulk load, s | take in, s | bulk ÷ take in | peak of it | peak of bulk |"]
    taken.append("|---|---|---|---|---|---|---|---|")
    for million in given.sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            total = prepare(folder, round(million * 1_000_000), names, whole)
            print(f"{total:,} statements", file=sys.stderr)
            engines = [e for e in given.engines if million <= SLOW.get(e, math.inf)]
            if not given.taking_only:
                sizes[total] = measured(folder, engines, given.runs)
                lines.append(again(folder, release.path, given.runs))
            if given.engines_only:
                continue
            found = ways(folder, release.path, given.runs, TAKING if given.taking_only else WAYS)
            rows, made = (sum(1 for _ in (folder / name).open()) for name in ("scale.csv", "data.nt"))
            taken += taking(rows - 1, made, found)
            if not given.taking_only:
                more.append(rest(total, found))
    tables = [table(sizes), slopes(sizes), lines, taken, more]
    print("\n\n".join("\n".join(some) for some in tables if len(some) > 2 or some == tables[1] != []))


if __name__ == "__main__":
    main()
