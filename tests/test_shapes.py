"""Every shape has a file that it, and only it, reports; files as they should be conform."""

from __future__ import annotations

import re
from pathlib import Path

import pyshacl
import pytest
from rdflib import OWL, RDF, SKOS, BNode, Graph, Namespace, URIRef
from rdflib.term import Literal, Node

from migkg.queries import prologue
from tests import bases

ROOT = Path(__file__).parent.parent
BASE = "https://w3id.org/migkg/"
MGS = BASE + "shape/"
SH = Namespace("http://www.w3.org/ns/shacl#")
CASES = sorted((ROOT / "tests" / "shapes").glob("*/*.ttl"))
GOOD = [path for path in CASES if path.name.startswith("ok-")]
BAD = [path for path in CASES if path.name.startswith("bad-")]


def read(*paths: Path) -> Graph:
    """Parse Turtle files into one graph."""
    graph = Graph()
    for path in paths:
        graph.parse(path, format="turtle", publicID=BASE)
    return graph


SHAPES = read(*sorted((ROOT / "shapes").glob("*.ttl")))
ONTOLOGY = read(ROOT / "ontology" / "migkg.ttl", *sorted((ROOT / "ontology" / "codes").glob("*.ttl")))
LIST_OF = dict(ONTOLOGY.subject_objects(SKOS.inScheme))


def beside(case: Graph, *, style: bool) -> Graph:
    """Return the part of ontology and codes that can bear on a case; the whole conforms, see test_ontology.

    A case about style needs every declaration. Any other needs the order of the classes, and those code
    lists of which it names a code.
    """
    if style:
        return Graph() + ONTOLOGY
    named = set(case.objects())
    lists = {LIST_OF[code] for code in named if code in LIST_OF} | named
    part = Graph()
    for s, p, o in ONTOLOGY:
        declares = p == RDF.type and str(o).startswith(str(OWL))
        if not declares and (s not in LIST_OF or LIST_OF[s] in lists):
            part.add((s, p, o))
    return part


def reported(path: Path) -> set[str]:
    """Return the names of the shapes that report something in one file, read beside ontology and codes."""
    case = read(path)
    data = beside(case, style=path.parent.name == "style") + case
    _, report, _ = pyshacl.validate(data, shacl_graph=SHAPES, inference="none")
    assert isinstance(report, Graph)
    return {name(report.value(result, SH.sourceShape)) for result in report.objects(None, SH.result)}


def name(shape: Node | None) -> str:
    """Write the name of a shape with its prefix."""
    return str(shape).replace(MGS, "mgs:")


def ruling() -> set[URIRef]:
    """Return the shapes that can report something of their own: those with a target, and their parts."""
    targeted = set(SHAPES.subjects(SH.targetClass)) | set(SHAPES.subjects(SH.targetSubjectsOf))
    rules = {
        shape
        for shape in targeted
        if any((shape, part, None) in SHAPES for part in (SH["or"], SH.xone, SH.sparql, SH.pattern))
    }
    rules |= {part for shape in targeted for part in SHAPES.objects(shape, SH.property)}
    assert all(isinstance(rule, URIRef) for rule in rules), "a rule without a name cannot be cited"
    return {rule for rule in rules if isinstance(rule, URIRef)}


def text(rule: URIRef) -> list[Literal]:
    """Return the messages of a rule, which stand on its query where it has one."""
    holders = [rule, *SHAPES.objects(rule, SH.sparql)]
    return [m for holder in holders for m in SHAPES.objects(holder, SH.message) if isinstance(m, Literal)]


@pytest.mark.parametrize("path", GOOD, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_file_as_it_should_be_conforms(path: Path) -> None:
    """A file called ok-… breaks no rule."""
    assert reported(path) == set()


@pytest.mark.parametrize("path", BAD, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_bad_file_is_reported_by_its_shape_and_no_other(path: Path) -> None:
    """A file called bad-… breaks the one rule that its second line names."""
    first, second = path.read_text(encoding="utf-8").splitlines()[:2]
    assert re.fullmatch(r"# .+\.", first), "the first line says in a sentence what is wrong"
    assert reported(path) == set(second.removeprefix("# reports: ").split(", "))


def test_every_rule_has_its_bad_file() -> None:
    """No rule is there that nothing tests, and no bad file is left over."""
    tested = {path.stem.removeprefix("bad-") for path in BAD}
    assert {str(rule).removeprefix(MGS) for rule in ruling()} == tested


def test_every_shapes_file_has_a_good_file() -> None:
    """Each file of shapes has an example that conforms; the common parts have no rules of their own."""
    files = {path.stem for path in (ROOT / "shapes").glob("*.ttl")} - {"common"}
    assert files == {path.parent.name for path in GOOD} == {path.parent.name for path in BAD}


def test_every_rule_says_what_is_wrong_and_how_bad_it_is() -> None:
    """A message in English and a severity belong to every rule."""
    for rule in sorted(ruling()):
        assert any(m.language == "en" for m in text(rule)), f"{name(rule)} has no English message"
        assert SHAPES.value(rule, SH.severity), f"{name(rule)} has no severity"


def test_every_targeted_shape_says_why_it_is_there() -> None:
    """A reader of a failure can ask why the rule exists."""
    for shape in SHAPES.subjects(SH.targetClass):
        assert SHAPES.value(shape, SH.description), f"{name(shape)} has no description"


def test_observation_messages_come_in_three_languages() -> None:
    """Who fills in a form in French or Spanish reads its faults in that language."""
    rules = [rule for rule in ruling() if str(rule).startswith(MGS + "Observation-")]
    assert rules
    for rule in rules:
        assert {m.language for m in text(rule)} == {"en", "fr", "es"}, name(rule)


def test_shapes_have_names() -> None:
    """Blank nodes occur only as lists and paths, never as shapes."""
    kinds = (SH.NodeShape, SH.PropertyShape, SH.SPARQLConstraint)
    assert not [s for kind in kinds for s in SHAPES.subjects(RDF.type, kind) if isinstance(s, BNode)]


def test_every_kind_of_thing_in_the_graph_has_a_shape() -> None:
    """A class whose things no shape looks at would let anything pass."""
    bare = bases.real_store().query(
        prologue()
        + """SELECT DISTINCT ?class WHERE {
          ?class a owl:Class ; rdfs:isDefinedBy ?ontology . ?thing a ?class
          MINUS { ?class rdfs:subClassOf*/^sh:targetClass ?shape }
        }"""
    )
    assert [row["class"].value for row in bare] == []
