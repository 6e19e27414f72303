"""What two releases differ in: things that came and went, labels and figures that changed, and every statement.

In: two sorted files of N-Quads, which is what a release is. They are walked side by side, so the size of the graph does
not matter, only that of the difference. Out: a `Diff`, as plain values, as RDF, or as a patch from one to the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox

from migkg.errors import LimitReached
from migkg.sorted_file import beginning, differences, mapped
from migkg.syntax import written
from migkg.terms import BASE, GRAPH, PREFIXES, RDF_TYPE, XSD_INTEGER, local, short

_LABEL = PREFIXES["skos"] + "prefLabel"
_VALUE = PREFIXES["mg"] + "value"
_NAMES = (_LABEL, PREFIXES["dcterms"] + "title", PREFIXES["rdfs"] + "label")
_OF_FIGURE = ("area", "element", "period", "method")


@dataclass(frozen=True)
class Thing:
    """Something that came or went: its short name, label, kind, and the graphs that say or said so."""

    id: str
    label: str
    kind: str
    graphs: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """A label or figure that is another now; what is missing on one side is empty there."""

    id: str
    what: str
    old: str
    new: str
    graphs: tuple[str, ...]


@dataclass
class Diff:
    """What came and went between two releases; `lines` are the statements, True for those that came."""

    old: str
    new: str
    added: list[Thing] = field(default_factory=list)
    gone: list[Thing] = field(default_factory=list)
    labels: list[Change] = field(default_factory=list)
    figures: list[Change] = field(default_factory=list)
    graphs: dict[str, tuple[int, int]] = field(default_factory=dict)
    lines: list[tuple[bytes, bool]] = field(default_factory=list)

    def kinds(self, things: list[Thing]) -> list[tuple[str, int]]:
        """Return how many of these are of each kind, the most first."""
        return sorted(Counter(one.kind for one in things).items(), key=lambda item: (-item[1], item[0]))

    @property
    def came(self) -> int:
        """How many statements came."""
        return sum(came for came, _ in self.graphs.values())

    @property
    def went(self) -> int:
        """How many statements went."""
        return sum(went for _, went in self.graphs.values())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, without the statements."""
        return {
            "old": self.old,
            "new": self.new,
            "came": self.came,
            "went": self.went,
            "added": [vars(one) for one in self.added],
            "gone": [vars(one) for one in self.gone],
            "labels": [vars(one) for one in self.labels],
            "figures": [vars(one) for one in self.figures],
            "graphs": [{"graph": g, "came": came, "went": went} for g, (came, went) in self.graphs.items()],
        }


def compare(old: Path, new: Path, named: tuple[str, str], most: int | None = None) -> Diff:
    """Return what two sorted files of N-Quads differ in; `named` is what the two are called.

    Raises LimitReached when that is more than `most` statements.
    """
    made = Diff(*named)
    counts: Counter[tuple[str, bool]] = Counter()
    touched: dict[str, list[tuple[ox.Quad, bool]]] = {}
    for line, came in differences(old, new):
        quad = next(iter(ox.parse(line, format=ox.RdfFormat.N_QUADS, lenient=True)))
        made.lines.append((line, came))
        if most is not None and len(made.lines) > most:
            raise LimitReached(f"{named[0]} and {named[1]} differ in more than {most:,} statements. Use `migkg diff`.")
        counts[_graph(quad), came] += 1
        if isinstance(quad.subject, ox.NamedNode):
            touched.setdefault(quad.subject.value, []).append((quad, came))
    made.graphs = {g: (counts[g, True], counts[g, False]) for g in sorted({g for g, _ in counts})}
    with mapped(old) as before, mapped(new) as after:
        for iri, changes in touched.items():
            _sort(made, iri, changes, before, after)
    return made


def _sort(made: Diff, iri: str, changes: list[tuple[ox.Quad, bool]], before: Any, after: Any) -> None:
    start = f"<{iri}> ".encode()
    was, now = (next(beginning(text, start), None) is not None for text in (before, after))
    graphs = tuple(sorted({_graph(q) for q, _ in changes}))
    if not was or not now:
        quads = [q for q, _ in changes]
        if any(q.predicate == RDF_TYPE for q in quads):
            (made.added if now else made.gone).append(Thing(_name(iri), _label(quads), _kind(quads), graphs))
        return
    for predicate, into in ((_LABEL, made.labels), (_VALUE, made.figures)):
        sides = [
            {
                _tongue(q.object): _text(q.object)
                for q, came in changes
                if q.predicate.value == predicate and came == is_new
            }
            for is_new in (False, True)
        ]
        for tongue in sorted({*sides[0], *sides[1]}):
            a, b = (side.get(tongue, "") for side in sides)
            if a != b:
                what = tongue if predicate == _LABEL else _figure(_quads(after, start))
                into.append(Change(_name(iri), what, a, b, graphs))


def _quads(text: Any, start: bytes) -> list[ox.Quad]:
    lines = b"\n".join(beginning(text, start))
    return list(ox.parse(lines, format=ox.RdfFormat.N_QUADS, lenient=True))


def _figure(quads: list[ox.Quad]) -> str:
    """Return what a figure is of: area, element, period."""
    said = {q.predicate.value.removeprefix(PREFIXES["mg"]): _text(q.object) for q in quads}
    return ", ".join(said[name] for name in _OF_FIGURE if name in said)


def _label(quads: list[ox.Quad]) -> str:
    found = {
        (_NAMES.index(q.predicate.value), _tongue(q.object) != "en", _tongue(q.object)): _text(q.object)
        for q in quads
        if q.predicate.value in _NAMES
    }
    return found[min(found)] if found else ""


def _kind(quads: list[ox.Quad]) -> str:
    return ", ".join(sorted({_name(_text(q.object, whole=True)) for q in quads if q.predicate == RDF_TYPE}))


def _tongue(term: Any) -> str:
    return (term.language or "") if isinstance(term, ox.Literal) else ""


def _text(term: Any, *, whole: bool = False) -> str:
    return _name(term.value) if isinstance(term, ox.NamedNode) and not whole else str(getattr(term, "value", term))


def _name(iri: str) -> str:
    return local(iri) if iri.startswith(BASE) else short(iri)


def _graph(quad: ox.Quad) -> str:
    return local(quad.graph_name.value) if isinstance(quad.graph_name, ox.NamedNode) else ""


# ---- As text, as a patch, as RDF -------------------------------------------------------------------------------


def words(made: Diff, limit: int | None = None) -> str:
    """Return the difference in plain words; lists longer than `limit` end with how many more there are."""
    if not made.lines:
        return f"{made.old} and {made.new} say the same.\n"
    went = f"{made.went:,} went, in {_many(len(made.graphs), 'graph')}."
    head = f"From {made.old} to {made.new}: {_many(made.came, 'statement')} came, {went}"
    text = [head]
    for title, things in (("Things that came", made.added), ("Things that went", made.gone)):
        shown = [f"{t.id}{f'  {t.label}' if t.label else ''} ({t.kind}), in {_and(t.graphs)}" for t in things]
        text += _listed(title, shown, limit)
        if len(things) > 1:
            text.append(f"  By kind: {', '.join(f'{kind} {count:,}' for kind, count in made.kinds(things))}")
    for title, changes in (("Labels that changed", made.labels), ("Figures that changed", made.figures)):
        shown = [
            f"{c.id} ({c.what or 'no language'}): {_quoted(c.old)} → {_quoted(c.new)}, in {_and(c.graphs)}"
            for c in changes
        ]
        text += _listed(title, shown, limit)
    counted = [f"{g or 'no graph'}: {came:,} came, {went:,} went" for g, (came, went) in made.graphs.items()]
    return "\n".join(text + _listed("All statements, by graph", counted, limit)) + "\n"


def rdf(made: Diff, form: ox.RdfFormat) -> bytes:
    """Return the difference as RDF: Turtle counts by graph, TriG and N-Quads also hold the statements."""
    whole = form in (ox.RdfFormat.TRIG, ox.RdfFormat.N_QUADS)
    text = ox.serialize(quads(made, statements=whole), format=ox.RdfFormat.N_QUADS) or b""
    return written(sorted(text.splitlines()), form)


def _listed(title: str, lines: list[str], limit: int | None) -> list[str]:
    if not lines:
        return []
    more = len(lines) - limit if limit is not None and len(lines) > limit else 0
    rest = [f"  … and {more:,} more"] if more else []
    return ["", f"{title} ({len(lines):,})", *(f"  {line}" for line in lines[:limit]), *rest]


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _and(graphs: tuple[str, ...]) -> str:
    return ", ".join(graphs)


def _quoted(text: str) -> str:
    return f"“{text}”" if text else "nothing"


def patch(made: Diff) -> bytes:
    """Return the statements as an RDF Patch: `D` for one that goes, `A` for one that comes, each with its graph."""
    head = [
        b"H old %s ." % str(ox.Literal(made.old)).encode(),
        b"H new %s ." % str(ox.Literal(made.new)).encode(),
        b"TX .",
    ]
    gone = [b"D " + line for line, came in made.lines if not came]
    added = [b"A " + line for line, came in made.lines if came]
    return b"\n".join([*head, *gone, *added, b"TC .", b""])


def quads(made: Diff, *, statements: bool = True) -> Iterator[ox.Quad]:
    """Yield the difference as RDF: for each graph a part that came and a part that went, with their sizes.

    With `statements` each part is a named graph that holds them. The parts belong to a node for the difference, which
    was derived from the two releases.
    """
    start = f"{BASE}releases/{_safe(made.old)}/{_safe(made.new)}"
    node, catalog = ox.NamedNode(start), BASE + "catalog#migkg-"
    for release in (made.old, made.new):
        yield ox.Quad(node, ox.NamedNode(PREFIXES["prov"] + "wasDerivedFrom"), ox.NamedNode(catalog + _safe(release)))
    yield ox.Quad(node, RDF_TYPE, ox.NamedNode(PREFIXES["prov"] + "Entity"))
    for graph, sizes in made.graphs.items():
        for way, size in zip(("added", "removed"), sizes, strict=True):
            if size:
                part = ox.NamedNode(f"{start}#{way}/{_safe(graph)}")
                yield ox.Quad(node, ox.NamedNode(PREFIXES["dcterms"] + "hasPart"), part)
                yield ox.Quad(part, RDF_TYPE, ox.NamedNode(PREFIXES["prov"] + "Entity"))
                of = ox.NamedNode(graph if ":" in graph else GRAPH + graph)
                yield ox.Quad(part, ox.NamedNode(PREFIXES["prov"] + "specializationOf"), of)
                count = ox.Literal(str(size), datatype=ox.NamedNode(XSD_INTEGER))
                yield ox.Quad(part, ox.NamedNode(PREFIXES["void"] + "triples"), count)
    for line, came in made.lines if statements else ():
        quad = next(iter(ox.parse(line, format=ox.RdfFormat.N_QUADS, lenient=True)))
        part = ox.NamedNode(f"{start}#{'added' if came else 'removed'}/{_safe(_graph(quad))}")
        yield ox.Quad(quad.subject, quad.predicate, quad.object, part)


def _safe(name: str) -> str:
    return quote(name, safe="/-_.~")
