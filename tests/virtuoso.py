"""A real SPARQL server of another make: Virtuoso, on loopback, in a folder of its own, gone afterwards."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

PROGRAM = shutil.which("virtuoso-t")
USER = "dba"
INI = """[Database]
DatabaseFile = {folder}/v.db
ErrorLogFile = {folder}/v.log
LockFile = {folder}/v.lck
TransactionFile = {folder}/v.trx
xa_persistent_file = {folder}/v.pxa
ErrorLogLevel = 7
FileExtend = 200
MaxCheckpointRemap = 2000
[TempDatabase]
DatabaseFile = {folder}/t.db
TransactionFile = {folder}/t.trx
MaxCheckpointRemap = 2000
[Parameters]
ServerPort = 127.0.0.1:{sql}
ServerThreads = 8
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
DirsAllowed = {folder}
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = {folder}
ServerThreads = 8
[SPARQL]
ResultSetMaxRows = 1000000
MaxQueryExecutionTime = 120
"""


def free() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def virtuoso(folder: Path) -> Iterator[str]:
    """Start the server, yield its address with user and password (its own well-known ones), and stop it."""
    assert PROGRAM
    sql, http = free(), free()
    (folder / "v.ini").write_text(INI.format(folder=folder, sql=sql, http=http))
    command = [PROGRAM, "+configfile", str(folder / "v.ini"), "+foreground", "+wait"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait(server, f"http://127.0.0.1:{http}/sparql")
            yield f"sparql+http://{USER}@127.0.0.1:{http}"
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


def _wait(server: subprocess.Popen[bytes], address: str, seconds: int = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert server.poll() is None, "Virtuoso ended before it answered."
        try:
            if httpx.get(address, params={"query": "ASK {}"}, timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.3)
    raise TimeoutError(f"Virtuoso did not answer within {seconds} s.")
