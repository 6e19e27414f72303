"""A real SPARQL server of another make: Apache Jena Fuseki, in memory, on loopback, with a password.

Maven fetches it once, at the version of tests/fuseki/pom.xml, into build/fuseki. Without Java, Maven or a network the
tests are skipped, and say so.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import httpx

from tests.virtuoso import free

ROOT = Path(__file__).parent.parent.parent
JARS = ROOT / "build" / "fuseki"
POM = Path(__file__).parent / "pom.xml"
USER, PASSWORD = "curator", "not-to-be-seen-anywhere"


@cache
def missing() -> str:
    """Make Fuseki ready; return why it cannot be, or nothing."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            return f"{program} is not installed (Fuseki is one of the servers that stores are tested with)"
    mark = JARS / "pom.xml"
    if mark.is_file() and mark.read_bytes() == POM.read_bytes():
        return ""
    words = ["mvn", "-B", "-q", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={JARS}"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return "Maven did not get Fuseki within 300 s"
    if done.returncode != 0:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if "ERROR" in line]
        return f"Maven could not get Fuseki: {(lines or ['no reason given'])[0][:200]}"
    mark.write_bytes(POM.read_bytes())
    return ""


@contextmanager
def fuseki(folder: Path, *, union: bool = False, way: str = "digest") -> Iterator[str]:
    """Start the server, yield the address of its dataset with the user, and stop it; PASSWORD goes with the user.

    `union` makes its default graph the merge of the others; `way` is basic or digest.
    """
    port = free()
    (folder / "passwd").write_text(f"{USER}: {PASSWORD}\n")
    (folder / "union.ttl").write_text(UNION)
    what = [f"--config={folder / 'union.ttl'}"] if union else ["--update", "--mem", "/ds"]
    main = "org.apache.jena.fuseki.main.cmds.FusekiMainCmd"
    command = ["java", "-Xmx1g", "-cp", f"{JARS}/*", main, "--localhost", f"--port={port}"]
    command += [f"--passwd={folder / 'passwd'}", f"--auth={way}", *what]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL) as server,
    ):
        try:
            _wait(server, f"http://127.0.0.1:{port}/ds/query")
            yield f"sparql+http://{USER}@127.0.0.1:{port}/ds"
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


def _wait(server: subprocess.Popen[bytes], address: str, seconds: int = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert server.poll() is None, "Fuseki ended before it answered."
        try:
            if httpx.get(address, params={"query": "ASK {}"}, timeout=5).status_code in (200, 401):
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise TimeoutError(f"Fuseki did not answer within {seconds} s.")


UNION = """
PREFIX : <#>
PREFIX fuseki: <http://jena.apache.org/fuseki#>
PREFIX tdb2: <http://jena.apache.org/2016/tdb#>
:service a fuseki:Service ; fuseki:name "ds" ; fuseki:dataset :dataset ;
  fuseki:endpoint [ fuseki:operation fuseki:query ; fuseki:name "query" ] ;
  fuseki:endpoint [ fuseki:operation fuseki:update ; fuseki:name "update" ] ;
  fuseki:endpoint [ fuseki:operation fuseki:gsp-rw ; fuseki:name "data" ] .
:dataset a tdb2:DatasetTDB2 ; tdb2:location "--mem--" ; tdb2:unionDefaultGraph true .
"""
