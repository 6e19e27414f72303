"""A writable server over the tiny base with narrow limits, and a way to send it bytes as they are."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from migkg.build import build
from tests import bases
from tests.writing import TOKEN, Client

LIMITS = {
    "SECONDS": 2,
    "ROWS": 2_000,
    "MEMORY_MB": 700,
    "PATIENCE": 1,
    "CONNECTIONS": 40,
    "HEAD_SECONDS": 2,
    "HEAD_BYTES": 20_000,
    "BODY_SECONDS": 2,
    "PUT_SECONDS": 2,
    "SEND_SECONDS": 2,
    "PUT_BYTES": 1_000_000,
    "WRITER_MB": 1_500,
    "BASE": "http://migkg.example/",
}
SCRIPT = """
from migkg.server import serve
serve(port=0, log=True, started=lambda url: print(url, flush=True))
"""
Raw = Callable[..., bytes]


def wait_for(what: Callable[[], bool], seconds: float = 60) -> bool:
    """Wait until something is so; on a busy machine that may take long. Return whether it came to be."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.2)
    return what()


def family(pid: int) -> list[psutil.Process]:
    """Return a server and the processes below it that live."""
    try:
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


@contextmanager
def running(home: Path, **limits: object) -> Iterator[Client]:
    """Give a client of a server that is configured by the environment alone; its log is `home/server.log`."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("MIGKG_", "PYTEST_"))}
    env |= {f"MIGKG_{name}": str(value) for name, value in {**LIMITS, **limits}.items()}
    env |= {"MIGKG_HOME": str(home), "MIGKG_TOKEN": TOKEN, "PYTHONUNBUFFERED": "1"}
    with (home / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=log, text=True, env=env
        )
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), (home / "server.log").read_text()
        with Client(base_url=address, timeout=60) as client:
            client.pid = process.pid
            yield client
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(timeout=30)
        process.stdout.close()


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place with a release of the tiny base."""
    made = tmp_path_factory.mktemp("abuse")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIGKG_HOME", str(made))
        build(bases.small_top())
    return made


@pytest.fixture(scope="package")
def web(home: Path) -> Iterator[Client]:
    """The server that is attacked; it must be the same process at the end, without one answer of 500."""
    with running(home) as client:
        yield client
        assert psutil.pid_exists(client.pid) and client.get("/health").status_code == 200
        log = (home / "server.log").read_text()
        assert "Traceback" not in log and '"status":500' not in log


@pytest.fixture(scope="package")
def raw(web: Client) -> Raw:
    """Send bytes as they are, and give what comes back until the server closes or is silent for some seconds."""
    place = urlsplit(str(web.base_url))

    def send(*pieces: bytes, pause: float = 0, silence: float = 30) -> bytes:
        got = b""
        with socket.create_connection((place.hostname or "", place.port or 0), timeout=silence) as line:
            try:
                for piece in pieces:
                    line.sendall(piece)
                    time.sleep(pause)
                while part := line.recv(65536):
                    got += part
            except (TimeoutError, ConnectionResetError, BrokenPipeError):
                pass
        return got

    return send
