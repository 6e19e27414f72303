"""The servers: each is started on loopback with the same statements, and gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
from tests.virtuoso import free, virtuoso

from migkg import release
from migkg.release import Release

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "build" / "bench"
GRAPH = "https://w3id.org/migkg/graph/merged"
PEER = "rdflib-endpoint[oxigraph]==0.6.3"


class Missing(Exception):
    """A peer is not on this machine; the message says what is missing."""


@contextmanager
def started(words: list[str], address: str, folder: Path, env: dict[str, str] | None = None) -> Iterator[int]:
    """Run a program until `address` answers; give its process id; end it afterwards."""
    log = (folder / "log").open("wb")
    with log, subprocess.Popen(words, cwd=folder, stdout=log, stderr=log, env={**os.environ, **(env or {})}) as process:
        try:
            wait(address)
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def wait(address: str, seconds: int = 180) -> None:
    """Wait until a query is answered. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if httpx.get(address, params={"query": "ASK {}"}, timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise TimeoutError(address)


@contextmanager
def migkg(made: Release, folder: Path) -> Iterator[tuple[str, int]]:
    """This project's own server, as `migkg serve` starts it."""
    port = free()
    words = [sys.executable, "-m", "migkg.cli", "serve", "--port", str(port), "--store", str(made.path)]
    with started(words, address := f"http://127.0.0.1:{port}/sparql", folder) as pid:
        time.sleep(10)  # its workers have the release in memory
        yield address, pid


@contextmanager
def virtuoso_(made: Release, folder: Path) -> Iterator[tuple[str, int]]:
    """Virtuoso of Debian."""
    if shutil.which("virtuoso-t") is None:
        raise Missing("virtuoso-t is not installed")
    with virtuoso(folder) as address:
        plain = address.replace("dba:dba@", "")
        with (made.path / release.MERGED).open("rb") as file:
            answer = httpx.put(
                f"{plain}/sparql-graph-crud-auth",
                params={"graph-uri": GRAPH},
                content=file,
                headers={"Content-Type": "application/n-triples"},
                auth=httpx.DigestAuth("dba", "dba"),
                timeout=600,
            )
        if answer.status_code >= 300:
            raise Missing(f"Virtuoso refused the data: {answer.status_code}")
        found = [p.pid for p in psutil.process_iter(["cmdline"]) if str(folder / "v.ini") in (p.info["cmdline"] or [])]
        yield f"{plain}/sparql?default-graph-uri={GRAPH}", found[0]


@contextmanager
def fuseki(made: Release, folder: Path) -> Iterator[tuple[str, int]]:
    """Apache Jena Fuseki, by Maven, with everything in memory."""
    from tests.fuseki import JARS, missing

    if why := missing():
        raise Missing(why)
    port = free()
    main = "org.apache.jena.fuseki.main.cmds.FusekiMainCmd"
    words = ["java", "-Xmx3g", "-cp", f"{JARS}/*", main, "--localhost", f"--port={port}"]
    words += [f"--file={made.path / release.MERGED}", "/ds"]
    with started(words, address := f"http://127.0.0.1:{port}/ds/query", folder) as pid:
        yield address, pid


@contextmanager
def oxigraph(made: Release, folder: Path) -> Iterator[tuple[str, int]]:
    """Oxigraph's own server (`cargo install oxigraph-cli`), on disk, for reading."""
    program = shutil.which("oxigraph") or os.environ.get("OXIGRAPH")
    if program is None:
        raise Missing("oxigraph is not installed (cargo install oxigraph-cli, then name it in OXIGRAPH)")
    load = [program, "load", "--location", str(folder / "store"), "--file", str((made.path / release.MERGED).resolve())]
    subprocess.run(load, check=True, capture_output=True)
    port = free()
    words = [program, "serve-read-only", "--location", str(folder / "store"), "--bind", f"127.0.0.1:{port}"]
    with started(words, address := f"http://127.0.0.1:{port}/query", folder) as pid:
        yield address, pid


@contextmanager
def rdflib_endpoint(made: Release, folder: Path) -> Iterator[tuple[str, int]]:
    """rdflib-endpoint over an Oxigraph store in memory, in an environment of its own."""
    home = PLACE / "rdflib-endpoint"
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
        done = subprocess.run([str(python), "-m", "pip", "install", "-q", PEER], capture_output=True, text=True)
        if done.returncode:
            shutil.rmtree(home)
            raise Missing(f"pip could not get {PEER}")
    port = free()
    code = (
        "import sys, uvicorn\nfrom rdflib import Dataset, Graph\nfrom rdflib_endpoint import SparqlEndpoint\n"
        "graph = Graph(store='Oxigraph')\ngraph.parse(sys.argv[1], format='nt')\n"
        "uvicorn.run(SparqlEndpoint(graph=graph), port=int(sys.argv[2]), log_level='warning')\n"
    )
    words = [str(python), "-c", code, str(made.path / release.MERGED), str(port)]
    with started(words, address := f"http://127.0.0.1:{port}/", folder) as pid:
        yield address, pid


SERVERS = {
    "migkg": migkg,
    "Oxigraph's server": oxigraph,
    "Virtuoso": virtuoso_,
    "Fuseki": fuseki,
    "rdflib-endpoint": rdflib_endpoint,
}
