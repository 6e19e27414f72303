"""The shapes over a file, as findings. What this project's own engine does not understand goes to pySHACL."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pyoxigraph as ox

from migkg import assets, load
from migkg.candidate import Candidate
from migkg.conform.compiled import Result
from migkg.conform.data import TYPE
from migkg.conform.engine import Engine
from migkg.conform.model import Node, Shapes
from migkg.errors import InputError
from migkg.findings import SEVERITY, SH, Finding, placed
from migkg.names import Names
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import PREFIXES, RDF_TYPE, local, short

PART = 2_000
Told = Callable[[int, int], None]
_TARGETS = frozenset(SH + word for word in ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf"))


@cache
def shapes_graph(top: Path | None = None) -> list[ox.Triple]:
    """Return the shapes as triples, but for SPARQL constraints, which run as checks of the same name.

    As a shape such a constraint parses and runs its query once for each focus node.
    """
    found = [q.triple for path in assets.files("shapes", ".ttl", at=top) for q in load.read_rdf(path)]
    return [t for t in found if t.predicate.value != SH + "sparql"]


@cache
def own_shapes(top: Path | None = None) -> Shapes:
    """Return the project's shapes, read once."""
    return Shapes(shapes_graph(top))


def shapes(
    one: Candidate,
    whole: OxigraphStore,
    told: Told = lambda _done, _total: None,
    *,
    names: Names | None = None,
    rules: Sequence[ox.Triple] | None = None,
    language: str = "en",
) -> list[Finding]:
    """Return what the shapes find wrong with the things of a file, seen in the whole. Raises InputError.

    The shapes are those of the project, or `rules`; an unknown name is compared with `names`. Messages come in
    `language` where a shape has them in it.
    """
    engine = _engine(whole, rules)
    names = names or Names(whole)
    found: list[Finding] = []
    focus = list(dict.fromkeys(t.subject for t in one.triples if isinstance(t.subject, ox.NamedNode)))
    here, mine = set(focus), set[Node]()
    for count, node in enumerate(focus):
        if count % PART == 0:
            told(count, len(focus))
        if TYPE in engine.data.look(node) or rules is not None:
            mine.add(node)
            found += [_finding(r, names, engine, language) for r in engine.over([node]) if r.focus in here]
        elif node.value.startswith(PREFIXES["mgd"]):
            said = "This thing has no type. Say `a mg:…`."
            found.append(Finding("error", "typed", local(node.value), "rdf:type", "", said))
    if engine.strange:
        data = _seen(one.triples, whole)
        more = reference(data, rules if rules is not None else shapes_graph(), set(engine.strange))
        found += [_finding(r, names, engine, language) for r in more if r.focus in mine]
    return [placed(finding, one) for finding in found]


def over_all(store: OxigraphStore, top: Path | None = None) -> Iterator[Finding]:
    """Yield what the project's shapes find wrong in a whole graph."""
    names, engine = Names(store), Engine(own_shapes(top), store.engine)
    for result in engine.everything():
        yield _finding(result, names, engine, "en")


def over_things(store: OxigraphStore, things: Iterable[Node]) -> list[Finding]:
    """Return what the project's shapes find wrong in some things of a whole graph."""
    names, engine = Names(store), _engine(store, None)
    return [_finding(result, names, engine, "en") for node in things for result in engine.over([node])]


def reference(data: Iterable[ox.Triple], rules: Sequence[ox.Triple], only: set[str] | None = None) -> list[Result]:
    """Return what pySHACL finds with these shapes, or with those of them that `only` names. Raises InputError."""
    import pyshacl
    import rdflib

    from migkg import convert

    kept = [t for t in rules if only is None or t.predicate.value not in _TARGETS or str(t.subject) in only]
    logging.getLogger("pyshacl-validate").disabled = True  # it would write to the terminal what is said here
    # pySHACL's own `focus_nodes` also filters nested shapes and so both misses and invents results.
    try:
        _, report, text = pyshacl.validate(
            convert.graph(data), shacl_graph=convert.graph(kept), inplace=True, advanced=False, meta_shacl=False
        )
    except Exception as error:  # of many kinds, from a library's deep inside
        raise InputError(f"The shapes could not be applied: {str(error).strip()[:300]}") from None
    if not isinstance(report, rdflib.Graph):
        raise InputError(f"The shapes could not be applied: {str(report or text).strip()[:300]}")
    found = []
    for result in report.objects(None, rdflib.URIRef(SH + "result")):
        said = {key: [convert.back(o) for o in report.objects(result, rdflib.URIRef(SH + key))] for key in _PARTS}
        path, value = said["resultPath"], said["value"]
        shape = said["sourceShape"][0]
        found.append(
            Result(
                said["focusNode"][0],
                path[0].value if path and isinstance(path[0], ox.NamedNode) else "",
                value[0] if value else None,
                shape if isinstance(shape, ox.NamedNode | ox.BlankNode) else ox.BlankNode(),
                local_part(said["sourceConstraintComponent"][0]),
                SH + local_part(said["resultSeverity"][0]),
                tuple(m for m in said["resultMessage"] if isinstance(m, ox.Literal)),
            )
        )
    return found


_PARTS = (
    "focusNode",
    "resultPath",
    "value",
    "sourceShape",
    "sourceConstraintComponent",
    "resultSeverity",
    "resultMessage",
)


def local_part(term: Node) -> str:
    """Return what stands behind the last # of an IRI."""
    return term.value.rpartition("#")[2] if isinstance(term, ox.NamedNode) else ""


def _engine(whole: OxigraphStore, rules: Sequence[ox.Triple] | None) -> Engine:
    try:
        return Engine(own_shapes() if rules is None else Shapes(rules), whole.engine)
    except (re.error, ValueError, KeyError) as error:
        raise InputError(f"The shapes cannot be read: {str(error)[:300]}") from None


def _finding(result: Result, names: Names, engine: Engine, language: str) -> Finding:
    value, shape = result.value, result.shape
    shown = local(value.value) if isinstance(value, ox.NamedNode) else "" if value is None else _text(value)
    order = (language, "en")
    words = sorted(
        result.messages,
        key=lambda m: (order.index(m.language) if m.language in order else 2, m.language or "", m.value),
    )
    return Finding(
        SEVERITY.get(result.severity, "error"),
        local(shape.value) if isinstance(shape, ox.NamedNode) else result.component.removesuffix("ConstraintComponent"),
        local(_text(result.focus)),
        short(result.path) if result.path else "",
        shown[:200],
        words[0].value if words else "This breaks the shape.",
        fix=names.near(value, _kinds(result, engine)) if isinstance(value, ox.NamedNode) else "",
    )


def _kinds(result: Result, engine: Engine) -> tuple[str, ...]:
    """Return the classes, with those below them, of which a value should have been."""
    wanted = engine.shapes.get(result.shape).asks.get("class", ())
    return tuple(sorted(k for c in wanted if isinstance(c, ox.NamedNode) for k in engine.data.below(c.value)))


def _text(term: Node) -> str:
    return str(term) if isinstance(term, ox.Triple) else term.value


def _seen(triples: list[ox.Triple], whole: OxigraphStore) -> list[ox.Triple]:
    """Return what shapes look at: all that is said of the things in the file, of what these mention, and the codes.

    Without the declarations of terms: those are the business of the style shapes, when the ontology itself is the file.
    """
    vocabulary = [t for name in whole.graphs() if _is_vocabulary(local(name)) for t in whole.get(name)]
    own = [t for subject in {t.subject for t in triples} for t in whole.about(subject)]
    mentioned = {term for t in own for term in (t.predicate, t.object) if isinstance(term, ox.NamedNode)}
    beside = [t for term in mentioned for t in whole.about(term)]
    return own + [t for t in vocabulary + beside if not _declares(t)]


def _declares(t: ox.Triple) -> bool:
    return t.predicate == RDF_TYPE and str(t.object).startswith("<" + PREFIXES["owl"])


def _is_vocabulary(name: str) -> bool:
    return name.startswith("ontology/") and name != "ontology/align"
