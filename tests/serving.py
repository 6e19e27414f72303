"""A real server for tests: `migkg.server.serve` in a process of its own, on a free port of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCRIPT = """
import sys
from pathlib import Path
from migkg.server import Settings, serve
seconds, rows, workers, folder = sys.argv[1:]
settings = Settings(seconds=float(seconds), rows=int(rows), workers=int(workers), memory_mb=700, patience=1)
serve(port=0, place=Path(folder), settings=settings, started=lambda url: print(url, flush=True))
"""


@contextmanager
def serving(folder: Path, *, seconds: float = 2, rows: int = 5_000, workers: int = 2) -> Iterator[tuple[str, int]]:
    """Give the address and the process id of a server over a release folder; it is gone afterwards."""
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(seconds), str(rows), str(workers), str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip().rstrip("/")
        try:
            assert address.startswith("http://127.0.0.1:"), "the server did not start"
            yield address, process.pid
        finally:
            process.terminate()
            process.wait(timeout=20)
