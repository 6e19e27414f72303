"""A real server that may be written to, over the tiny base, with a place of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

TOKEN = "tests-only-0123456789"
TURTLE = "text/turtle"
FOREIGN = "http://example.org/some/graph"
SCRIPT = """
import json, sys
from migkg.server import Settings, serve
serve(port=0, settings=Settings(**json.loads(sys.argv[1])), started=lambda url: print(url, flush=True))
"""


class Client(httpx.Client):
    """A client that knows the token."""

    pid: int

    def put(self, graph: str, body: str | bytes, media: str = TURTLE, **headers: str) -> httpx.Response:  # type: ignore[override]
        """Put a graph; headers are written with _ for -."""
        said = {"Authorization": f"Bearer {TOKEN}", "Content-Type": media}
        said.update({name.replace("_", "-"): value for name, value in headers.items()})
        return self.request("PUT", "/graph", params={"graph": graph}, content=body, headers=said)

    def drop(self, graph: str, **headers: str) -> httpx.Response:
        """Delete a graph."""
        said = {"Authorization": f"Bearer {TOKEN}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return self.request("DELETE", "/graph", params={"graph": graph}, headers=said)

    def read(self, graph: str, accept: str = "application/n-triples") -> httpx.Response:
        """Read a graph."""
        return self.get("/graph", params={"graph": graph}, headers={"Accept": accept})

    def count(self, graph: str) -> int:
        """Ask how many statements a graph has, in a worker."""
        asked = f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
        return int(self.get("/sparql", params={"query": asked}).json()["results"]["bindings"][0]["n"]["value"])

    def release(self) -> str:
        """Return the release that answers."""
        return str(self.get("/api/v1/info").json()["release"])


@contextmanager
def writable(home: Path, settings: str = "{}", token: str | None = TOKEN) -> Iterator[Client]:
    """Give a client of a server over the current release in `home`; the server is gone afterwards."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("MIGKG_", "PYTEST_"))}
    env.update({"MIGKG_HOME": str(home), "PYTHONUNBUFFERED": "1"})
    if token:
        env.update({"MIGKG_TOKEN": token, "MIGKG_TOKEN_NAME": "Ann"})
    with (home / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, settings], stdout=subprocess.PIPE, stderr=log, text=True, env=env
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
            process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
        process.stdout.close()
