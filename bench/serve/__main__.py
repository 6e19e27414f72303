"""Measure servers side by side, and write the table of `bench/serve/README.md`.

Needs `wrk` (Debian). All servers run at once, so that rounds can alternate: each cell is the median of several
rounds, in each of which every server is asked in turn. A peer that is not on the machine is named as missing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.serve.mixes import mixes, script
from bench.serve.servers import SERVERS, Missing
from migkg import release
from migkg.build import ensure
from migkg.stores.oxigraph import OxigraphStore

HERE = Path(__file__).parent
MARK = "<!-- table -->"
CLIENTS = (1, 8, 32)


@dataclass(frozen=True)
class Round:
    """What one round of one server gave: requests a second, milliseconds, and how many requests failed."""

    rate: float
    p50: float
    p99: float
    bad: int


def ask(program: Path, address: str, clients: int, seconds: float) -> Round:
    """Let `wrk` ask for some seconds."""
    server = address[: address.index("/", 8)]
    words = ["wrk", "-t1", f"-c{clients}", f"-d{seconds:g}s", "--timeout", "20s", "-s", str(program), server]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    line = next(line for line in said.splitlines() if line.startswith("FOUND"))
    count, micros, p50, p99, bad = (float(part) for part in line.split()[1:])
    return Round((count - bad) / (micros / 1e6), p50 / 1000, p99 / 1000, int(bad))


def shown(rounds: list[Round]) -> str:
    """Write the medians of a cell: rate, times, and errors where there were any."""
    if not rounds or not any(r.rate for r in rounds):
        return "none answered"
    rate = statistics.median(r.rate for r in rounds)
    p50, p99 = (statistics.median(getattr(r, name) for r in rounds) for name in ("p50", "p99"))
    bad = sum(r.bad for r in rounds)
    return f"{rate:,.0f}/s, {p50:.1f} / {p99:.1f} ms" + (f", {bad} failed" if bad else "")


def memory(pid: int) -> float:
    """Return the megabytes that a process and its children hold, shared pages counted once each."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(p.memory_full_info().pss for p in family) / 1e6


def measure(seconds: float, rounds: int, kinds: list[str]) -> list[str]:
    """Return the lines of the table."""
    made = ensure()
    store = OxigraphStore.from_dump(made.path / release.QUADS, made.path / release.MERGED)
    asked = {name: mix for name, mix in mixes(store).items() if name in kinds}
    del store
    lines = [
        f"Release {made.id}: {made.manifest['triples']:,} statements; {os.cpu_count()} processors, which `wrk` shares. "
        "Each cell: requests a second, median and 99th percentile of the time; "
        f"medians of {rounds} rounds of {seconds:g} s.",
        "",
    ]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        up: dict[str, tuple[str, int]] = {}
        for name, start in SERVERS.items():
            own = folder / name.split()[0]
            own.mkdir()
            try:
                up[name] = stack.enter_context(start(made, own))
            except Missing as why:
                lines += [f"{name} is not in the table: {why}.", ""]
        lines += [f"| what, clients | {' | '.join(up)} |", "|---" * (len(up) + 1) + "|"]
        for kind, (media, texts) in asked.items():
            for fresh in (True, False):
                for clients in CLIENTS if kind in ("lookup", "library") else (8,):
                    found: dict[str, list[Round]] = {name: [] for name in up}
                    for _ in range(rounds):
                        for name, (address, _pid) in up.items():
                            program = script(folder / "ask.lua", address, media, texts, fresh=fresh)
                            found[name].append(ask(program, address, clients, seconds))
                            time.sleep(0.2)
                    words = f"{kind}, {'never asked before' if fresh else 'asked before'}, {clients}"
                    lines.append(f"| {words} | {' | '.join(shown(found[name]) for name in up)} |")
                    print(lines[-1], file=sys.stderr, flush=True)
        lines.append(f"| memory afterwards | {' | '.join(f'{memory(pid):,.0f} MB' for _, pid in up.values())} |")
    return lines


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kinds", nargs="*", default=["lookup", "trace", "library", "aggregate", "construct", "words"])
    said = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed (Debian: apt-get install wrk).")
    table = "\n".join(measure(said.seconds, said.rounds, said.kinds))
    readme = HERE / "README.md"
    head = readme.read_text(encoding="utf-8").split(MARK)[0]
    readme.write_text(f"{head}{MARK}\n\n{table}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
