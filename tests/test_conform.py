"""Our engine for SHACL Core finds what pySHACL finds: case by case, on every bad file, and on whatever comes along."""

from __future__ import annotations

import random
from pathlib import Path

import pyoxigraph as ox
import pytest

from migkg import convert, load, shacl
from migkg.conform.compiled import Result
from migkg.conform.engine import Engine
from migkg.conform.model import Shapes

ROOT = Path(__file__).parent.parent
PREFIXES = """
@prefix : <http://example.org/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
PEOPLE = """
:ann a :Person ; :age 31 ; :name "Ann"@en , "Anne"@fr ; :knows :bob , :cyd ; :born "1990-02-28"^^xsd:date ; :sort :x .
:bob a :Person ; :age "many" ; :name "Bob"@en , "Rob"@en ; :born "1990-02-30"^^xsd:date ; :died "1989-01-01"^^xsd:date .
:cyd a :Pupil ; :age 7.5 , 8 ; :name "Cyd" ; :knows :cyd , [ :age 3 ] ; :year "21"^^xsd:gYear ; :sort :x , :y .
:dan a :Person , :Pupil ; :age -1 ; :knows "nobody" ; :year "2021"^^xsd:gYear ; :born "1990"^^xsd:gYear ;
  :odd true ; :motto "Go."@en-GB .
:eve :age 40 ; :knows :ann ; :alias :ann ; :name "Eve"@en-GB .
:Pupil rdfs:subClassOf :Young . :Young rdfs:subClassOf :Person .
"""
# What a shape asks for, and how many results that gives over the people.
PROPERTY = {
    "sh:path :knows ; sh:minCount 1": 1,
    "sh:path :knows ; sh:minCount 2": 2,
    "sh:path :name ; sh:maxCount 1": 2,
    "sh:path :age ; sh:maxCount 0": 4,
    "sh:path :knows ; sh:class :Person": 2,
    "sh:path :knows ; sh:class :Young": 3,
    "sh:path :age ; sh:datatype xsd:integer": 2,
    "sh:path :born ; sh:datatype xsd:date": 2,
    "sh:path :year ; sh:datatype xsd:gYear": None,
    "sh:path :name ; sh:datatype rdf:langString": 1,
    "sh:path :odd ; sh:datatype xsd:boolean": 0,
    "sh:path :knows ; sh:nodeKind sh:IRI": 2,
    "sh:path :knows ; sh:nodeKind sh:BlankNodeOrIRI": 1,
    "sh:path :knows ; sh:nodeKind sh:Literal": 4,
    "sh:path :age ; sh:minInclusive 0": 2,
    "sh:path :age ; sh:minExclusive 7.5": 3,
    "sh:path :age ; sh:maxInclusive 8": 2,
    "sh:path :age ; sh:maxExclusive 8.0": 3,
    'sh:path :born ; sh:minInclusive "1990-01-01"^^xsd:date': None,
    "sh:path :name ; sh:minLength 4": 4,
    "sh:path :name ; sh:maxLength 3": 1,
    "sh:path :knows ; sh:minLength 2": 1,
    'sh:path :name ; sh:pattern "^.o"': 3,
    'sh:path :name ; sh:pattern "^B" ; sh:flags "i"': 4,
    'sh:path :knows ; sh:pattern "org/"': 2,
    'sh:path :name ; sh:languageIn ( "en" "fr" )': 1,
    'sh:path :motto ; sh:languageIn ( "en" )': 0,
    'sh:path :motto ; sh:languageIn ( "fr" "e" )': 1,
    "sh:path :name ; sh:uniqueLang true": 1,
    "sh:path :name ; sh:uniqueLang false": 0,
    "sh:path :born ; sh:lessThan :died": 1,
    "sh:path :died ; sh:lessThanOrEquals :born": 0,
    "sh:path :age ; sh:lessThanOrEquals :age": 1,
    "sh:path :knows ; sh:equals :friend": 5,
    "sh:path :knows ; sh:disjoint :knows": 5,
    "sh:path :sort ; sh:hasValue :y": 3,
    "sh:path :sort ; sh:in ( :x :z )": 1,
    'sh:path :age ; sh:in ( 31 8 "many" )': 2,
    "sh:path :knows ; sh:node :Aged": 1,
    "sh:path :knows ; sh:not :Aged": 4,
    "sh:path :knows ; sh:or ( :Aged :Named )": 1,
    "sh:path :knows ; sh:and ( :Aged :Named )": 3,
    "sh:path :knows ; sh:xone ( :Aged :Named )": 3,
    "sh:path :knows ; sh:property :Age": 1,
    "sh:path :knows ; sh:qualifiedValueShape :Aged ; sh:qualifiedMinCount 2": 2,
    "sh:path :knows ; sh:qualifiedValueShape :Aged ; sh:qualifiedMaxCount 1": 2,
    "sh:path [ sh:inversePath :knows ] ; sh:minCount 1": 1,
    "sh:path ( :knows :age ) ; sh:datatype xsd:integer": None,
    "sh:path [ sh:alternativePath ( :age :year ) ] ; sh:maxCount 1": 2,
    "sh:path [ sh:zeroOrMorePath :knows ] ; sh:class :Person": 3,
    "sh:path [ sh:oneOrMorePath :knows ] ; sh:minCount 2": 2,
    "sh:path [ sh:zeroOrOnePath :knows ] ; sh:maxCount 2": 1,
    "sh:path [ sh:inversePath ( :knows :knows ) ] ; sh:minCount 1": None,
    "sh:path ( [ sh:inversePath :knows ] :name ) ; sh:minCount 1": None,
    "sh:path :name ; sh:minCount 3 ; sh:deactivated true": 0,
    "sh:path :name ; sh:minCount 3 ; sh:severity sh:Warning ; sh:message 'More names.'": 4,
}
NODE = {
    "sh:nodeKind sh:BlankNode": 4,
    "sh:class :Pupil": 2,
    "sh:in ( :ann :bob )": 2,
    "sh:hasValue :ann": 3,
    'sh:pattern "/[ab]"': 2,
    "sh:closed true ; sh:property :Age ; sh:ignoredProperties ( rdf:type :name )": None,
    "sh:not [ sh:class :Pupil ]": 2,
    "sh:xone ( [ sh:class :Pupil ] [ sh:property :Age ] )": None,
    "sh:property :Age , :Name": None,
    "sh:node :Aged": 0,
    "sh:equals :alias": None,
    "sh:deactivated true ; sh:minLength 100": 0,
}
HELP = """
:Aged a sh:NodeShape ; sh:property :Age .
:Named a sh:NodeShape ; sh:property :Name .
:Age a sh:PropertyShape ; sh:path :age ; sh:minCount 1 .
:Name a sh:PropertyShape ; sh:path :name ; sh:minCount 1 ; sh:uniqueLang true .
"""
TARGETS = {
    "sh:targetClass :Person": 4,
    "sh:targetClass :Young": 2,
    "sh:targetNode :eve , :nobody": 2,
    "sh:targetSubjectsOf :alias": 1,
    "sh:targetObjectsOf :knows": 5,
    "sh:targetClass :Person ; sh:targetNode :eve , :ann": 5,
    "a rdfs:Class": 0,
}


def parse(text: str) -> list[ox.Triple]:
    """Return the triples of a piece of Turtle."""
    found = ox.parse((PREFIXES + text).encode(), format=ox.RdfFormat.TURTLE)
    return [q.triple for q in found]


def store_of(triples: list[ox.Triple]) -> ox.Store:
    """Return a store with these triples."""
    store = ox.Store()
    store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    return store


def plain(result: Result) -> tuple[str, ...]:
    """Return a result so that those of two engines compare: without names of blank nodes."""
    value = "" if result.value is None else convert.term(result.value).n3()
    parts = (str(result.focus), result.path, value, str(result.shape), result.component, result.severity)
    return tuple("_" if part.startswith("_:") else part for part in parts)


def both(data: list[ox.Triple], rules: list[ox.Triple]) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Return what our engine and what pySHACL finds."""
    store = store_of(data)
    engine = Engine(Shapes(rules), store)
    assert engine.strange == {}
    ours = [plain(r) for r in engine.everything()]
    theirs = [plain(r) for r in shacl.reference([q.triple for q in store], rules)]
    return sorted(ours), sorted(theirs)


@pytest.mark.parametrize("asks", PROPERTY)
def test_a_property_shape_finds_what_the_reference_finds(asks: str) -> None:
    """Each kind of constraint on the values of a path, and each kind of path."""
    rules = HELP + f":S a sh:NodeShape ; sh:targetClass :Person ; sh:property :P . :P a sh:PropertyShape ; {asks} ."
    ours, theirs = both(parse(PEOPLE), parse(rules))
    assert ours == theirs
    assert PROPERTY[asks] is None or len(ours) == PROPERTY[asks], ours


@pytest.mark.parametrize("asks", NODE)
def test_a_node_shape_finds_what_the_reference_finds(asks: str) -> None:
    """Constraints on the node itself."""
    ours, theirs = both(parse(PEOPLE), parse(HELP + f":S a sh:NodeShape ; sh:targetClass :Person ; {asks} ."))
    assert ours == theirs
    assert NODE[asks] is None or len(ours) == NODE[asks], ours


@pytest.mark.parametrize("target", TARGETS)
def test_each_kind_of_target_is_found_once(target: str) -> None:
    """The nodes that a shape looks at: each fails here, so the results show them."""
    ours, theirs = both(parse(PEOPLE), parse(f":S a sh:NodeShape ; {target} ; sh:in ( :none ) ."))
    assert ours == theirs
    assert len(ours) == TARGETS[target], ours


def test_a_property_shape_can_have_targets_of_its_own() -> None:
    """Without a node shape around it."""
    ours, theirs = both(parse(PEOPLE), parse(":P sh:targetClass :Person ; sh:path :name ; sh:minCount 2 ."))
    assert ours == theirs and len(ours) == 2


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (":S sh:targetClass :Person ; sh:sparql [ sh:select 'SELECT $this WHERE { $this a :Person }' ] .", ["sparql"]),
        (":S sh:targetClass :Person ; sh:property [ sh:path :knows ; sh:node :S ] .", ["recursion"]),
        (
            ":S sh:targetClass :Person ; sh:property [ sh:path :knows ; sh:qualifiedValueShape [ sh:class :Person ] ; "
            "sh:qualifiedMinCount 1 ; sh:qualifiedValueShapesDisjoint true ] .",
            ["qualifiedValueShapesDisjoint"],
        ),
        (":S sh:targetClass :Person ; sh:expression [ sh:path :knows ] .", ["expression"]),
        (":S sh:targetClass :Person ; sh:node :Nowhere .", ["undefined shape"]),
        (":S sh:targetClass :Person ; sh:property [ sh:path :age ; sh:datatype :a , :b ] .", ["datatype"]),
    ],
)
def test_what_is_not_understood_is_said_and_left_to_the_reference(rules: str, words: list[str]) -> None:
    """Nothing is passed over in silence."""
    engine = Engine(Shapes(parse(rules)), store_of(parse(PEOPLE)))
    assert list(engine.strange.values()) == [words]
    assert list(engine.everything()) == []


def test_each_bad_file_of_the_project_is_found_bad_in_the_same_way() -> None:
    """All examples of the shapes in one graph, so that they also meet each other."""
    cases: list[ox.Triple] = []
    for number, path in enumerate(sorted((ROOT / "tests/shapes").glob("*/*.ttl"))):
        text = ox.serialize([q.triple for q in load.read_rdf(path)], format=ox.RdfFormat.N_TRIPLES).decode()
        apart = text.replace("/migkg/id/", f"/migkg/c{number}/id/")  # the same names stand in many examples
        cases += [q.triple for q in ox.parse(apart.encode(), format=ox.RdfFormat.N_TRIPLES)]
    named = {str(term) for t in cases for term in (t.object, t.predicate)}
    files = [ROOT / "ontology/migkg.ttl", *sorted((ROOT / "ontology/codes").glob("*.ttl"))]
    terms = [q.triple for path in files for q in load.read_rdf(path)]
    order = "http://www.w3.org/2000/01/rdf-schema#sub"
    beside = [
        t for t in terms if t.predicate.value.startswith(order) or (str(t.subject) in named and "code/" in str(t))
    ]
    ours, theirs = both(cases + beside, shacl.shapes_graph())
    assert ours == theirs
    rules = {t.subject.value for t in shacl.shapes_graph() if t.predicate.value.endswith("#message")}
    assert len({row[3] for row in ours}) > len(rules) * 0.9, "the examples speak of nearly every rule"


@pytest.mark.parametrize("seed", range(40))
def test_whatever_comes_along_is_found_by_both(seed: int) -> None:
    """Shapes and data thrown together by chance, the same each time."""
    chance = random.Random(seed)
    properties, classes = [":p", ":q", ":r"], [":A", ":B", ":C"]
    things = [f":n{i}" for i in range(9)]
    literals = ["1", "2.5", '"a"', '"a"@en', '"b"@en', '"c"@fr', "true", '"x"^^xsd:gYear', '"2020"^^xsd:gYear']
    literals += ['"2020-01-31"^^xsd:date', '"2020-02-31"^^xsd:date', '"01"^^xsd:integer', '"z"^^xsd:integer']
    lines = [f"{chance.choice(things)} a {chance.choice(classes)} ." for _ in range(8)]
    lines += [
        f"{chance.choice(things)} {chance.choice(properties)} {chance.choice(things + literals)} ." for _ in range(40)
    ]
    lines.append(":B rdfs:subClassOf :A .")
    paths = [*properties, "[ sh:inversePath :p ]", "[ sh:alternativePath ( :p :q ) ]", "( :p :q )"]
    paths += ["[ sh:zeroOrMorePath :p ]", "( [ sh:inversePath :q ] [ sh:zeroOrOnePath :p ] )"]
    asks = ["sh:minCount 1", "sh:maxCount 1", "sh:class :A", "sh:datatype xsd:integer", "sh:datatype xsd:gYear"]
    asks += ["sh:datatype xsd:date", "sh:datatype xsd:string", "sh:nodeKind sh:IRI", "sh:minInclusive 2"]
    asks += ["sh:maxExclusive 2.5", 'sh:languageIn ( "en" )', "sh:uniqueLang true", "sh:hasValue :n1", "sh:hasValue 1"]
    asks += ['sh:in ( 1 2.5 "a" :n1 :n2 )', "sh:disjoint :q", "sh:equals :r", 'sh:pattern "[12]"', "sh:maxLength 1"]
    for number in range(6):
        taken = {ask.split()[0]: ask for ask in chance.sample(asks, chance.randint(1, 3))}
        body = " ; ".join(taken.values())
        if number > 1:  # not deeper: the reference tries again at each level what it knows already
            a, b = chance.sample([":S0", ":S1"], 2)
            forms = (f"sh:node {a}", f"sh:not {a}", f"sh:or ( {a} {b} )", f"sh:xone ( {a} {b} )", f"sh:and ( {a} {b} )")
            body += f" ; {chance.choice(forms)}"
        part = f"sh:property [ sh:path {chance.choice(paths)} ; {body} ]"
        target = f"sh:targetClass {chance.choice(classes)}" if number > 2 else "a sh:NodeShape"
        lines.append(f":S{number} {target} ; {part} .")
    triples = parse("\n".join(lines))
    rules = [t for t in triples if not str(t.subject).startswith(("<http://example.org/n", "<http://example.org/B"))]
    data = [t for t in triples if t not in rules]
    ours, theirs = both(data, rules)
    assert set(ours) == set(theirs)
