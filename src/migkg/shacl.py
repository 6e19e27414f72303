"""The shapes over one file: SHACL by pySHACL, on what the file says and what that touches in the whole graph."""

from __future__ import annotations

import difflib
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from migkg import assets, load
from migkg.candidate import Candidate
from migkg.errors import InputError
from migkg.findings import SEVERITY, SH, Finding, placed
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import BASE, PREFIXES, RDF_TYPE, local, short

PART = 2_000


@cache
def shapes_graph(top: Path | None = None) -> list[ox.Triple]:
    """Return the shapes as triples, but for SPARQL constraints, which run as checks of the same name.

    As a shape such a constraint parses and runs its query once for each focus node.
    """
    found = [q.triple for path in assets.files("shapes", ".ttl", at=top) for q in load.read_rdf(path)]
    return [t for t in found if t.predicate.value != SH + "sparql"]


def parts(one: Candidate) -> list[list[ox.Triple]]:
    """Return the triples of a long table in parts that show how far the work is; anything else in one piece.

    The rows of a table stand each for itself, so no shape looks from one part into another.
    """
    if Path(one.file).suffix not in load.TABLES or one.rows <= PART:
        return [one.triples]
    subjects: dict[Any, list[ox.Triple]] = {}
    for t in one.triples:
        subjects.setdefault(t.subject, []).append(t)
    things = list(subjects.values())
    return [[t for thing in things[i : i + PART] for t in thing] for i in range(0, len(things), PART)]


def shapes(one: Candidate, part: list[ox.Triple], whole: OxigraphStore) -> tuple[list[Finding], list[ox.Triple]]:
    """Return what the shapes find in a part of a file, and the report as triples. Raises InputError."""
    import pyshacl
    import rdflib

    from migkg import convert

    focus = {t.subject for t in part if isinstance(t.subject, ox.NamedNode)}
    typed = [f for f in focus if any(whole.engine.quads_for_pattern(f, RDF_TYPE, None, ox.DefaultGraph()))]
    untyped = [f for f in focus - set(typed) if f.value.startswith(PREFIXES["mgd"])]
    data = convert.graph(_seen(part, whole))
    rules = convert.graph(shapes_graph())
    found = [
        placed(Finding("error", "typed", local(f.value), "rdf:type", "", "This thing has no type. Say `a mg:…`."), one)
        for f in untyped
    ]
    if not typed:
        return found, []
    # pySHACL's own `focus_nodes` also filters nested shapes and so both misses and invents results.
    _, results, _ = pyshacl.validate(data, shacl_graph=rules, inplace=True, advanced=False, meta_shacl=False)
    if not isinstance(results, rdflib.Graph):
        raise InputError(f"{one.file}: the shapes could not be applied: {str(results)[:300]}")
    sh = rdflib.Namespace(SH)
    mine = {f.value for f in typed}
    for result in results.subjects(rdflib.RDF.type, sh.ValidationResult):
        if str(results.value(result, sh.focusNode)) not in mine:
            continue
        said = {
            key: results.value(result, sh[key])
            for key in ("focusNode", "resultPath", "value", "sourceShape", "resultSeverity")
        }
        words = sorted(
            results.objects(result, sh.resultMessage), key=lambda m: (getattr(m, "language", "") != "en", str(m))
        )
        value = said["value"]
        shown = local(str(value)) if isinstance(value, rdflib.URIRef) else "" if value is None else str(value)
        path = said["resultPath"]
        finding = Finding(
            SEVERITY.get(str(said["resultSeverity"]), "error"),
            local(str(said["sourceShape"])),
            local(str(said["focusNode"])),
            short(str(path)) if isinstance(path, rdflib.URIRef) else "",
            shown[:200],
            str(words[0]) if words else "This breaks the shape.",
            fix=_suggest(value, whole) if isinstance(value, rdflib.URIRef) else "",
        )
        found.append(placed(finding, one))
    triples = list(ox.parse(results.serialize(format="nt").encode(), format=ox.RdfFormat.N_TRIPLES))
    return found, [q.triple for q in triples]


def _seen(triples: list[ox.Triple], whole: OxigraphStore) -> list[ox.Triple]:
    """Return what the shapes look at: all that is said of the things in the file, of what these mention, and the codes.

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


def _suggest(value: Any, whole: OxigraphStore) -> str:
    """Return the nearest known names for a name of ours that the graph does not know."""
    iri = ox.NamedNode(str(value))
    if not iri.value.startswith(BASE) or any(whole.engine.quads_for_pattern(iri, RDF_TYPE, None, ox.DefaultGraph())):
        return ""
    space = iri.value[: iri.value.rindex("/") + 1]
    known = {
        local(q.subject.value)
        for q in whole.engine.quads_for_pattern(None, RDF_TYPE, None, ox.DefaultGraph())
        if isinstance(q.subject, ox.NamedNode) and q.subject.value.startswith(space)
    }
    word = local(iri.value)
    turned = [name for name in sorted(known) if sorted(name) == sorted(word)]  # two letters changed places
    near = (turned + difflib.get_close_matches(word, sorted(known), 3, 0.6))[:3]
    return f"Did you mean {' or '.join(near)}?" if near else "The graph does not know this name."
