"""Shapes for a file, checks for the whole: one list of findings.

Shapes (SHACL) look at the things that a file describes; checks (`queries/check/`) look at the whole graph
with the file in it. A file that cannot be read is an InputError, not a finding.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from migkg import assets, candidate, load, queries
from migkg.candidate import Candidate
from migkg.derive import derive, is_derived
from migkg.errors import InputError
from migkg.stores import Store
from migkg.stores.oxigraph import OxigraphStore
from migkg.tables import table
from migkg.terms import BASE, GRAPH, PREFIXES, RDF_TYPE, expand, local, short

PART = 2_000
SEVERITIES = ("error", "warning", "info")
_SH = PREFIXES["sh"]
_SEVERITY = {_SH + "Violation": "error", _SH + "Warning": "warning", _SH + "Info": "info"}


@dataclass(frozen=True)
class Finding:
    """One problem: which rule, in which file and line, about what, and how to mend it."""

    severity: str
    check: str
    focus: str
    path: str
    value: str
    message: str
    file: str = ""
    line: int | None = None
    column: str = ""
    fix: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain values."""
        return asdict(self)


@dataclass
class Report:
    """What was looked at, and what was found."""

    files: list[str]
    findings: list[Finding] = field(default_factory=list)
    rows: int = 0
    things: int = 0
    graph: list[ox.Triple] = field(default_factory=list)

    @property
    def conforms(self) -> bool:
        """Whether no finding is an error."""
        return not any(f.severity == "error" for f in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        counts = {s: sum(f.severity == s for f in self.findings) for s in SEVERITIES}
        return {
            "conforms": self.conforms,
            "files": self.files,
            "rows": self.rows,
            "things": self.things,
            "counts": counts,
            "findings": [f.to_dict() for f in self.findings],
        }


def check(
    store: Store, top: Path | None = None, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> list[Finding]:
    """Run all checks over the whole graph."""
    todo = queries.folder("check", top)
    found: list[Finding] = []
    for count, query in enumerate(todo, 1):
        progress(count, len(todo))
        for row in queries.solutions(store, query):
            focus, path, value, message = (_show(row.get(key)) for key in ("focus", "path", "value", "message"))
            fix = str(query.extra.get("fix", ""))
            found.append(Finding(query.severity, query.short, focus, path, value, message, fix=fix))
    return found


def validate(
    paths: Iterable[Path], store: Store, progress: Callable[[str, int, int], None] = lambda _step, _done, _total: None
) -> Report:
    """Check files against the shapes, the codes and the whole graph in `store`.

    Reads Turtle, TriG, N-Triples, N-Quads, JSON-LD and the project's tables. Raises InputError for a file
    that cannot be read as what it claims to be.
    """
    files = [candidate.read(path) for path in paths]
    report = Report([f.file for f in files], rows=sum(f.rows for f in files))
    whole = _with(store, files)
    for one in files:
        report.findings += _remarks(one)
        report.things += len({t.subject for t in one.triples if isinstance(t.subject, ox.NamedNode)})
        parts = _parts(one)
        for count, part in enumerate(parts, 1):
            progress(f"shapes, {Path(one.file).name}", count, len(parts))
            results, triples = _shapes(one, part, whole)
            report.findings += results
            report.graph += triples
    mine = {local(t.subject.value): one for one in files for t in one.triples if isinstance(t.subject, ox.NamedNode)}
    report.findings += [
        _placed(f, mine[f.focus])
        for f in check(whole, progress=lambda done, total: progress("checks", done, total))
        if f.focus in mine
    ]
    order = {name: index for index, name in enumerate(SEVERITIES)}
    report.findings = sorted(
        set(report.findings), key=lambda f: (f.file, f.line or 0, order[f.severity], f.focus, f.check)
    )
    return report


def _remarks(one: Candidate) -> list[Finding]:
    """Return what is no error in a table and yet worth a look."""
    found = [
        Finding("warning", "row-repeated", "", "", "", f"This row says the same as line {earlier}.", one.file, line)
        for line, earlier in one.repeated
    ]
    if Path(one.file).suffix in load.TABLES and not one.rows:
        found.append(Finding("warning", "no-rows", "", "", "", "The table has a header and no rows.", one.file, 1))
    return found


def _with(store: Store, files: list[Candidate]) -> OxigraphStore:
    """Return a copy of the whole graph in which the files have taken their places and what follows is inferred anew."""
    if isinstance(store, OxigraphStore):
        whole = store.copy()
    else:
        whole = OxigraphStore()
        for name in store.graphs():
            whole.fill(store.get(name), ox.NamedNode(name))
    for name in [one.graph for one in files] + [g for g in whole.graphs() if is_derived(g)]:
        whole.engine.remove_graph(ox.NamedNode(name))
    for one in files:
        whole.fill(one.triples, ox.NamedNode(one.graph))
    whole.merge()
    derive(whole, folders=("infer",))
    return whole


@cache
def shapes_graph(top: Path | None = None) -> list[ox.Triple]:
    """Return the shapes as triples, but for SPARQL constraints, which run as checks of the same name.

    As a shape such a constraint parses and runs its query once for each focus node.
    """
    found = [q.triple for path in assets.files("shapes", ".ttl", at=top) for q in load.read_rdf(path)]
    return [t for t in found if t.predicate.value != _SH + "sparql"]


def _parts(one: Candidate) -> list[list[ox.Triple]]:
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


def _shapes(one: Candidate, part: list[ox.Triple], whole: OxigraphStore) -> tuple[list[Finding], list[ox.Triple]]:
    import pyshacl
    import rdflib

    from migkg import convert

    focus = {t.subject for t in part if isinstance(t.subject, ox.NamedNode)}
    typed = [f for f in focus if any(whole.engine.quads_for_pattern(f, RDF_TYPE, None, ox.DefaultGraph()))]
    untyped = [f for f in focus - set(typed) if f.value.startswith(PREFIXES["mgd"])]
    data = convert.graph(_seen(part, whole))
    shapes = convert.graph(shapes_graph())
    found = [
        _placed(Finding("error", "typed", local(f.value), "rdf:type", "", "This thing has no type. Say `a mg:…`."), one)
        for f in untyped
    ]
    if not typed:
        return found, []
    # pySHACL's own `focus_nodes` also filters nested shapes and so both misses and invents results.
    _, results, _ = pyshacl.validate(data, shacl_graph=shapes, inplace=True, advanced=False, meta_shacl=False)
    if not isinstance(results, rdflib.Graph):
        raise InputError(f"{one.file}: the shapes could not be applied: {str(results)[:300]}")
    sh = rdflib.Namespace(_SH)
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
            _SEVERITY.get(str(said["resultSeverity"]), "error"),
            local(str(said["sourceShape"])),
            local(str(said["focusNode"])),
            short(str(path)) if isinstance(path, rdflib.URIRef) else "",
            shown[:200],
            str(words[0]) if words else "This breaks the shape.",
            fix=_suggest(value, whole) if isinstance(value, rdflib.URIRef) else "",
        )
        found.append(_placed(finding, one))
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


def _placed(finding: Finding, one: Candidate) -> Finding:
    lines = one.lines.get(finding.focus, [])
    column = finding.path.rpartition(":")[2] if lines else ""
    also = f" (also line {', '.join(str(n) for n in lines[1:])})" if len(lines) > 1 else ""
    return Finding(
        **{
            **asdict(finding),
            "file": one.file,
            "line": min(lines) if lines else None,
            "column": column,
            "message": finding.message + also,
        }
    )


def _show(term: Any) -> str:
    """Write a term as people know it: things and codes by their local name, properties with their prefix."""
    if isinstance(term, ox.NamedNode) and not term.value.startswith((PREFIXES["mgd"], PREFIXES["mgc"], GRAPH)):
        return short(term.value)
    return queries.plain(term) or ""


def csv(report: Report) -> str:
    """Return the findings as CSV, with a header also where nothing was found."""
    columns = ["file", "line", "column", "severity", "check", "focus", "path", "value", "message", "fix"]
    rows = [{c: f.to_dict()[c] for c in columns} for f in report.findings]
    return table(rows) if rows else ",".join(columns) + "\n"


def turtle(report: Report) -> bytes:
    """Return a standard `sh:ValidationReport`; findings of checks are results like those of shapes."""
    lines = [f"@prefix sh: <{_SH}> .", f"@prefix mgs: <{PREFIXES['mgs']}> .", f"@prefix mgd: <{PREFIXES['mgd']}> .", ""]
    lines.append(f"[] a sh:ValidationReport ; sh:conforms {str(report.conforms).lower()}")
    for finding in report.findings:
        kind = next(iri for iri, name in _SEVERITY.items() if name == finding.severity)
        component = "SPARQLConstraintComponent" if finding.check.islower() else "NodeConstraintComponent"
        said = [
            "a sh:ValidationResult",
            f"sh:focusNode {ox.NamedNode(expand(finding.focus) or PREFIXES['mgd'] + finding.focus)}",
            f"sh:resultSeverity <{kind}>",
            f"sh:sourceShape {ox.NamedNode(PREFIXES['mgs'] + finding.check)}",
            f"sh:sourceConstraintComponent sh:{component}",
            f"sh:resultMessage {ox.Literal(finding.message, language='en')}",
        ]
        if path := expand(finding.path):
            said.append(f"sh:resultPath {ox.NamedNode(path)}")
        if finding.value:
            said.append(f"sh:value {ox.Literal(finding.value)}")
        lines.append("  ; sh:result [ " + " ; ".join(said) + " ]")
    return ("\n".join(lines) + " .\n").encode()
