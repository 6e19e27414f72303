"""ROBOT, the tool of ontology builders, on our ontology: the profile OWL 2 DL, and a report without errors.

Maven fetches ROBOT once, at the version of tests/robot/pom.xml, into build/robot. Without Java, Maven or a
network the tests are skipped, and say so: nothing that runs for users needs ROBOT.

ROBOT's own report asks for rdfs:label and for definitions of the IAO vocabulary. The ontology uses skos:prefLabel
and skos:definition in their place, so tests/robot/profile.txt takes the rules of the report that do not depend on
this and brings the others as queries of the same names. Shapes are no OWL, and the alignments give terms a second
kind on purpose (ontology/align.ttl says why): ROBOT reads ontology/migkg.ttl and the codes.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

ROOT = Path(__file__).parent.parent
HERE = ROOT / "tests" / "robot"
JARS = ROOT / "build" / "robot"
BASE = "https://w3id.org/migkg/"
FILES = [ROOT / "ontology" / "migkg.ttl", *sorted((ROOT / "ontology" / "codes").glob("*.ttl"))]


@cache
def missing() -> str:
    """Make ROBOT ready; return why it cannot be, or nothing."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            return f"{program} is not installed (ROBOT checks the ontology with it)"
    pom = (HERE / "pom.xml").read_bytes()
    mark = JARS / "pom.xml"
    if mark.is_file() and mark.read_bytes() == pom:
        return ""
    words = ["mvn", "-B", "-q", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"]
    try:
        done = subprocess.run(
            [*words, f"-DoutputDirectory={JARS}"], capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return "Maven did not get ROBOT within 300 s"
    if done.returncode != 0:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if "ERROR" in line]
        return f"Maven could not get ROBOT: {(lines or ['no reason given'])[0][:200]}"
    mark.write_bytes(pom)
    return ""


@pytest.fixture(scope="module")
def ontology(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the ontology and the codes in one file, if ROBOT is there to read it."""
    if reason := missing():
        pytest.skip(reason)
    path = tmp_path_factory.mktemp("robot") / "ontology.ttl"
    return written(path)


def written(path: Path, more: str = "") -> Path:
    """Write the ontology, the codes and a few more triples into one file."""
    triples = [quad.triple for name in FILES for quad in ox.parse(path=name, base_iri=BASE)]
    triples += [quad.triple for quad in ox.parse(more.encode(), format=ox.RdfFormat.TURTLE)]
    ox.serialize(triples, path, format=ox.RdfFormat.TURTLE)
    return path


def robot(*words: str) -> subprocess.CompletedProcess[str]:
    """Run one command of ROBOT."""
    command = ["java", "-Xmx1g", "-cp", f"{JARS}/*", "org.obolibrary.robot.CommandLineInterface", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


def report(path: Path, to: Path) -> set[tuple[str, str]]:
    """Return level, rule and subject of what the report finds."""
    words = ["--profile", "tests/robot/profile.txt", "--fail-on", "none", "--output", str(to)]
    done = robot("report", "--input", str(path), *words)
    assert done.returncode == 0, done.stdout + done.stderr
    with to.open(encoding="utf-8", newline="") as file:
        return {
            (f"{row['Level']} {Path(row['Rule Name']).stem}", row["Subject"])
            for row in csv.DictReader(file, delimiter="\t")
        }


def test_the_ontology_is_in_owl_2_dl(ontology: Path) -> None:
    """Every tool that knows OWL 2 DL can take it."""
    done = robot("validate-profile", "--profile", "DL", "--input", str(ontology), "--output", str(ontology) + ".txt")
    assert done.returncode == 0, Path(str(ontology) + ".txt").read_text(encoding="utf-8")[:2000]


def test_a_transitive_step_would_leave_owl_2_dl(ontology: Path) -> None:
    """The test above can fail: a transitive property that is irreflexive is outside the profile."""
    more = f"<{BASE}def/tracesTo> a <http://www.w3.org/2002/07/owl#TransitiveProperty> ."
    path = written(ontology.with_name("transitive.ttl"), more)
    done = robot("validate-profile", "--profile", "DL", "--input", str(path), "--output", str(path) + ".txt")
    assert done.returncode != 0
    assert "non-simple" in Path(str(path) + ".txt").read_text(encoding="utf-8").lower()


def test_the_report_finds_nothing(ontology: Path) -> None:
    """No error, and nothing less either: the profile has only rules that the ontology means to keep."""
    assert report(ontology, ontology.with_name("report.tsv")) == set()


def test_the_report_finds_each_fault(ontology: Path) -> None:
    """Each query of ours, and the rules on the head of the ontology, speak on a file with faults."""
    found = {rule.removeprefix("ERROR ") for rule, _ in report(HERE / "bad.ttl", ontology.with_name("bad.tsv"))}
    ours = {path.stem for path in HERE.glob("*.rq")}
    assert ours | {"missing_ontology_title", "missing_ontology_license", "annotation_whitespace"} <= found


def test_every_query_is_in_the_profile() -> None:
    """The profile names each query of the folder once; this needs no Java."""
    lines = (HERE / "profile.txt").read_text(encoding="utf-8").splitlines()
    named = sorted(line.rsplit("/", 1)[-1] for line in lines if "file:" in line)
    assert named == sorted(path.name for path in HERE.glob("*.rq"))
