"""What OWL says about the real data, and what our queries make of them: HermiT and SPARQL must agree."""

from __future__ import annotations

from functools import cache

import pyoxigraph as ox
import pytest

from migkg import queries, reason
from migkg.terms import GRAPH, ID, PREFIXES, RDF_TYPE, graph
from migkg.trace import MAX_PATHS, trace
from tests import bases

MG = PREFIXES["mg"]
TERMS = ("ontology/migkg", "ontology/codes/")
# Frameworks and law, and what gives the chains and inverses something to work on: mechanisms, areas and their groups.
DATA = ("data/frameworks/", "data/law/", "data/mechanisms/", "data/seeds/", "data/areas/", "data/area-groups/")
WIDE = {MG + "tracesTo", MG + "relatesTo"}
Fact = tuple[str, str, str]


@cache
def stated(*folders: str) -> tuple[ox.Triple, ...]:
    """Return what the files of these folders say, with the ontology and the codes."""
    store = bases.real_store()
    wanted = tuple(GRAPH + name for name in (*TERMS, *folders))
    return tuple(t for name in store.graphs() if name.startswith(wanted) for t in store.get(name))


@cache
def hops() -> frozenset[Fact]:
    """Return each statement of the real graph, structural ones too, as its own narrow triple: from, relation, to."""
    asked = f"SELECT ?a ?r ?b {{ ?hop a <{MG}LegalBasisStatement> ; <{MG}from> ?a ; <{MG}relation> ?r ; <{MG}to> ?b }}"
    return frozenset(found(asked))


def found(query: str) -> set[Fact]:
    """Return the rows of a query over the merge of all graphs as facts."""
    answer = bases.real_store().query(query)
    assert isinstance(answer, ox.QuerySolutions)
    return {(row[0].value, row[1].value, row[2].value) for row in answer}


@cache
def thought() -> frozenset[Fact]:
    """Let HermiT draw its conclusions from the files and from the narrow triples of the statements."""
    narrow = [ox.Triple(*map(ox.NamedNode, fact)) for fact in hops()]
    made = reason.inferred([*stated(*DATA), *narrow])
    return frozenset((t.subject.value, t.predicate.value, t.object.value) for t in made)  # type: ignore[union-attr]


def path(of: str, spelt: str) -> set[Fact]:
    """Return what a property path over the merge of all graphs finds, as facts of the property that it spells out."""
    head = "".join(f"PREFIX {name}: <{start}>\n" for name, start in PREFIXES.items())
    return found(f"{head}SELECT DISTINCT ?a ?p ?b {{ VALUES ?p {{ {of} }} ?a {spelt} ?b FILTER(ISIRI(?b)) }}")


def full(name: str) -> str:
    """Write a prefixed name as an IRI."""
    prefix, _, rest = name.partition(":")
    return PREFIXES[prefix] + rest


@cache
def terms_alone() -> reason.Verdict:
    """Return what HermiT says of the terms and codes by themselves."""
    return reason.consistent(stated())


ALL = pytest.param(("data/",), marks=pytest.mark.soak, id="all")  # half a minute of HermiT


@pytest.mark.parametrize("folders", [pytest.param(("data/frameworks/", "data/law/"), id="frameworks and law"), ALL])
def test_the_data_do_not_contradict_the_ontology(folders: tuple[str, ...]) -> None:
    """HermiT reads terms, codes and individuals, and finds no contradiction."""
    verdict = reason.consistent(stated(*folders))
    terms = terms_alone()
    assert verdict.consistent and verdict.impossible == ()
    assert verdict.read > terms.read + 2_000


def test_a_contradiction_between_two_frameworks_would_be_found() -> None:
    """One statement that makes an indicator a resolution is enough to spoil the whole."""
    wrong = ox.Triple(*map(ox.NamedNode, (ID + "sdg-indicator-10-7-2", RDF_TYPE.value, MG + "Instrument")))
    assert not reason.consistent([*stated("data/frameworks/", "data/law/"), wrong]).consistent


def test_hermit_and_the_query_make_the_same_steps() -> None:
    """`infer/legal-basis` lifts each statement to traces to or relates to, and so does OWL by subproperties.

    One difference is meant: a relation of meaning that a file states directly, without a statement of its own
    (which question depends on which, which instrument a text names), is lifted by OWL and not by the query,
    because a trace walks statements only.
    """
    made = {
        (t.subject.value, t.predicate.value, t.object.value)  # type: ignore[union-attr]
        for t in bases.real_store().get(graph("infer/legal-basis").value)
        if t.predicate.value in WIDE
    }
    direct = {
        (a, MG + "relatesTo", b) for name in ("mg:dependsOn", "mg:namesInstrument") for a, _, b in path(name, name)
    }
    lifted = {fact for fact in thought() | hops() if fact[1] in WIDE}
    assert made and direct
    assert made - lifted == set()
    assert lifted - made == direct - made


def test_hermit_and_the_query_agree_on_each_relation() -> None:
    """The narrow triples that the query makes are those of the statements; OWL adds only what is wider.

    “Conceptually based on” is a way of being “based on”: OWL says so too, the query leaves it at the narrow word.
    """
    made = {
        (t.subject.value, t.predicate.value, t.object.value)  # type: ignore[union-attr]
        for t in bases.real_store().get(graph("infer/legal-basis").value)
        if t.predicate.value not in {*WIDE, MG + "hopForce"}
    }
    assert made == {fact for fact in hops() if fact[1] not in WIDE}
    relations = {relation for _, relation, _ in made}
    more = {fact for fact in thought() if fact[1] in relations}
    wider = {(a, MG + "basedOn", b) for a, _, b in path("mg:conceptuallyBasedOn", "mg:conceptuallyBasedOn")}
    assert more == wider - made


@pytest.mark.parametrize(
    ("name", "spelt"),
    [
        ("mg:measuredBy", "^mg:measures"),
        ("mg:hasWording", "^mg:wordingOf"),
        ("mg:hasArea", "^mg:inArea"),
        ("mg:offers", "^mg:offeredBy"),
        ("mg:hasRound", "^mg:roundOf"),
        ("mg:withinArea", "mg:inArea+"),
        ("mg:passedByBody", "eli:is_part_of/eli:passed_by"),
        ("mg:worksOnDomain", "^mg:offeredBy/mg:forDomain"),
        ("skos:narrower", "^skos:broader"),
        ("eli:has_part", "^eli:is_part_of"),
    ],
)
def test_inverse_and_chain_are_what_a_path_finds(name: str, spelt: str) -> None:
    """What OWL derives by an inverse or a chain is what the path that spells it out finds, no more and no less."""
    derived = {fact for fact in thought() if fact[1] == full(name)}
    assert derived, name
    assert derived == path(name, spelt) - path(name, name)


def test_is_part_of_is_what_the_structure_says() -> None:
    """Each structural hop comes from one of three upward relations, and each of them gives one.

    OWL has no axiom for it on purpose: skos:broader below mg:isPartOf would make every step a trace walks one
    that nobody states a source for. So the query makes statements, and HermiT is given their triples.
    """
    upward = path("mg:isPartOf", "(skos:broader|skos:topConceptOf|eli:is_part_of)")
    ours = {fact for fact in upward if fact[0].startswith(ID)}
    assert {fact for fact in hops() if fact[1] == MG + "isPartOf"} == ours
    assert {fact for fact in thought() if fact[1] == MG + "isPartOf"} == set()


def test_no_domain_or_range_turns_a_thing_into_another_kind() -> None:
    """What OWL adds to the kinds of a thing are wider kinds only: nobody used a property where it does not belong."""
    asked = "SELECT ?a ?p ?b { VALUES ?p { <%s> } ?a a ?given . ?given <%s>* ?b FILTER(ISIRI(?a) && ISIRI(?b)) }"
    given = found(asked % (RDF_TYPE.value, PREFIXES["rdfs"] + "subClassOf"))
    ours = {fact for fact in thought() if fact[1] == RDF_TYPE.value and fact[0].startswith(ID)}
    more = {fact for fact in ours - given if fact[2].startswith(MG)}
    assert more == set()


def parts() -> list[str]:
    """Return every part of every framework."""
    asked = (
        f"SELECT DISTINCT ?part ?kind ?framework {{ ?kind <{PREFIXES['rdfs']}subClassOf> <{MG}FrameworkPart> . "
        f"?part a ?kind ; (<{PREFIXES['skos']}inScheme>|<{PREFIXES['skos']}topConceptOf>) ?framework }}"
    )
    return sorted({part for part, _, _ in found(asked)})


@pytest.mark.soak  # long; what it walks through is tested piece by piece elsewhere
def test_a_path_and_a_trace_reach_the_same_texts() -> None:
    """For every part of every framework, `mg:tracesTo+` and `migkg trace` end at the same instruments."""
    store = bases.real_store()
    asked = f"SELECT DISTINCT ?a ?p ?b {{ VALUES ?a {{ %s }} VALUES ?p {{ <{MG}tracesTo> }} ?a <{MG}tracesTo>+ ?b }}"
    typed = f"SELECT ?a ?p ?b {{ VALUES ?p {{ rdf:type }} VALUES ?b {{ <{MG}Instrument> }} ?a ?p ?b }}"
    instruments = {a for a, _, _ in found(typed.replace("rdf:type", f"<{RDF_TYPE.value}>"))}
    every = parts()
    reached: dict[str, set[str]] = {part: set() for part in every}
    for part, _, text in found(asked % " ".join(f"<{part}>" for part in every)):
        reached[part].add(text)
    assert len(every) > 250 and any(reached.values())
    for part in every:
        made = trace(store, part)
        assert not made.cut, f"{part} has more than {MAX_PATHS} paths"
        walked = {ID + hop.to for hop in made.hops()}
        assert walked & instruments == reached[part] & instruments, part


def test_the_queries_of_infer_are_those_compared_here() -> None:
    """A new query of `infer/` that draws conclusions is compared with OWL, or named here with the reason."""
    compared = {"legal-basis", "structure"}
    no_conclusion_of_owl = {
        "labels",  # names, which are annotations
        "own-labels",  # marks on names
        "graph-terms",  # titles and licences of files
        "mappings",  # SKOS relations read out of SSSOM rows
        "composed-mappings",  # suggestions by a rule of ours, which nobody asserts
        "charter-participation",  # rows of one table read as rows of another
        "participation-counts",  # counting, which OWL does not do
    }
    assert {query.short for query in queries.folder("infer")} == compared | no_conclusion_of_owl
