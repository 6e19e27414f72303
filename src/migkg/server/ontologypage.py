"""The page on the ontology: every class, property, code and shape with what it means, how they connect, what changed.

In: the answers of `queries/view/ontology-*.rq`. Out: plain values for the template. Made by ourselves, because the
tools that document ontologies write styles into the page, which the policy of this server forbids, and know neither
codes nor shapes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from migkg import plot, queries
from migkg.server import world
from migkg.server.addresses import page
from migkg.server.render import page as html_page
from migkg.server.render import svg
from migkg.server.signposts import links
from migkg.server.words import Link
from migkg.server.world import World
from migkg.terms import BASE, PREFIXES, local, short

# How often a relation must occur to be drawn; the list beside the picture has all.
DRAWN = 5
KINDS = {"ObjectProperty": "between things", "DatatypeProperty": "value", "AnnotationProperty": "note"}
GRAVE = {"Violation": "error", "Warning": "warning", "Info": "remark"}
Row = dict[str, Any]


@dataclass
class Term:
    """One class or property: names, meaning, neighbours, and for a class what bears on it."""

    iri: str
    names: dict[str, str]
    meaning: str
    notes: list[str]
    kind: str = ""
    above: list[Link] = field(default_factory=list)
    below: list[Link] = field(default_factory=list)
    starts: list[Link] = field(default_factory=list)
    ends: list[Link] = field(default_factory=list)
    inverse: list[Link] = field(default_factory=list)
    bears: list[Term] = field(default_factory=list)
    leads: list[Term] = field(default_factory=list)
    rules: list[Row] = field(default_factory=list)
    things: int = 0
    example: Link | None = None

    @property
    def name(self) -> str:
        """The local name, which is also the anchor."""
        return local(self.iri)

    @property
    def page(self) -> str:
        """Where the term has a page of its own."""
        return page(self.iri)


def ontology_page(request: Request) -> Response:
    """Show the ontology to a person."""
    here = world.of(request)
    made = here.cached("ontology", lambda: view(here))
    return html_page(request, "ontology.html", links=links(here, BASE + "ontology"), **made)


def view(here: World) -> dict[str, Any]:
    """Return everything that the page shows."""
    rules = _shapes(here)
    properties = _properties(here)
    classes = _classes(here, properties, rules)
    connections = _rows(here, "links")
    return {
        "head": _rows(here, "head"),
        "classes": classes,
        "properties": properties,
        "schemes": _codes(here),
        "shapes": rules,
        "connections": [_connection(here, row) for row in connections],
        "picture": svg(_picture(here, connections)),
        "least": DRAWN,
    }


def anchor(here: World, iri: str) -> Link:
    """Return a link to the place of a term on this page, or only its short name when it is not ours."""
    if iri.startswith(PREFIXES["mg"]):
        return Link(here.index.label(iri), "#" + local(iri), "", iri)
    return Link(short(iri), None, "", iri)


def _rows(here: World, name: str) -> list[Row]:
    """Return the answer of one query, with full IRIs."""
    found = queries.solutions(here.store, f"view/ontology-{name}")
    return [{key: None if term is None else term.value for key, term in row.items()} for row in found]


def _each(rows: Iterable[Row], key: str) -> Iterable[list[Row]]:
    """Yield the rows of one value of a column together."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[key], []).append(row)
    return groups.values()


def _term(group: list[Row]) -> Term:
    first = group[0]
    notes = [first[key] for key in ("scope", "waits") if first.get(key)]
    return Term(first["term"], {tag: first[tag] for tag in ("en", "fr", "es")}, first["definition"], notes)


def _several(here: World, group: list[Row], key: str) -> list[Link]:
    return [anchor(here, iri) for iri in sorted({row[key] for row in group if row[key]})]


def _properties(here: World) -> list[Term]:
    made = []
    for group in _each(_rows(here, "properties"), "term"):
        one = _term(group)
        one.kind = KINDS[local(group[0]["kind"]).rpartition("#")[2]]
        one.starts, one.ends = _several(here, group, "domain"), _several(here, group, "range")
        one.above, one.inverse = _several(here, group, "above"), _several(here, group, "inverse")
        if group[0]["anyDomain"]:
            one.starts = [Link("things of several kinds")]
        if group[0]["anyRange"]:
            one.ends = [Link("things of several kinds" if one.kind == "between things" else "text, a date or a number")]
        made.append(one)
    _below(here, made)
    return sorted(made, key=lambda one: one.names["en"].casefold())


def _classes(here: World, properties: list[Term], shapes: list[Row]) -> list[Term]:
    made = []
    for group in _each(_rows(here, "classes"), "term"):
        one = _term(group)
        one.above = _several(here, group, "above")
        one.things = int(group[0]["things"] or 0)
        one.example = here.index.link(group[0]["example"]) if group[0]["example"] else None
        one.bears = [p for p in properties if one.iri in {link.iri for link in p.starts}]
        one.leads = [p for p in properties if one.iri in {link.iri for link in p.ends}]
        one.rules = [rule for shape in shapes if one.iri in shape["looks"] for rule in shape["rules"]]
        made.append(one)
    _below(here, made)
    return sorted(made, key=lambda one: one.names["en"].casefold())


def _below(here: World, terms: list[Term]) -> None:
    """Give each term those that name it as wider."""
    for one in terms:
        one.below = [anchor(here, other.iri) for other in terms if one.iri in {link.iri for link in other.above}]


def _codes(here: World) -> list[Row]:
    made = []
    for group in _each(_rows(here, "codes"), "scheme"):
        codes = []
        for rows in _each(group, "code"):
            first = rows[0]
            meaning = " ".join(dict.fromkeys(row["meaning"] for row in rows if row["meaning"]))
            codes.append({**first, "meaning": meaning, "name": local(first["code"]), "page": page(first["code"])})
        first = group[0]
        said = {"name": local(first["scheme"]), "page": page(first["scheme"]), "codes": codes}
        made.append({"title": first["list"], "about": first["about"], "ranked": any(c["rank"] for c in codes), **said})
    return sorted(made, key=lambda one: str(one["title"]).casefold())


def _shapes(here: World) -> list[Row]:
    made = []
    for group in _each(_rows(here, "shapes"), "shape"):
        rules: dict[str, Row] = {}
        for row in group:
            severity = GRAVE[row["severity"].rpartition("#")[2]]
            path = short(row["path"]) if row["path"] else ""
            rules[row["rule"]] = {
                "name": local(row["rule"]), "path": path, "severity": severity, "message": row["message"],
            }  # fmt: skip
        looks = sorted({row["class"] for row in group})
        first = group[0]
        made.append(
            {
                "name": local(first["shape"]),
                "page": page(first["shape"]),
                "why": first["why"],
                "looks": looks,
                "at": [anchor(here, iri) for iri in looks],
                "bearers": first["of"] is not None,
                "rules": list(rules.values()),
            }
        )
    return made


def _connection(here: World, row: Row) -> Row:
    return {
        "from": anchor(here, row["from"]),
        "relation": _relation(here, row["relation"]),
        "to": anchor(here, row["to"]),
        "count": int(row["count"]),
    }


def _relation(here: World, iri: str) -> Link:
    """Return a relation in words, also one of another vocabulary."""
    return Link(here.index.relation(iri), anchor(here, iri).href, "", iri)


def _picture(here: World, rows: list[Row]) -> str:
    """Draw the main kinds and, for each pair, the relation that joins them most often."""
    pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
    labels: dict[str, str] = {}
    for row in rows:
        if int(row["count"]) >= DRAWN and row["from"] != row["to"]:
            pairs[row["from"], row["to"]].append(here.index.relation(row["relation"]))
            for end in ("from", "to"):
                labels[row[end]] = row[end + "Label"] or short(row[end]).rpartition(":")[2].lower()
    boxes = [
        plot.Box(iri, label, short(iri), "#" + local(iri) if iri.startswith(BASE) else "")
        for iri, label in sorted(labels.items())
    ]
    arrows = [(a, b, words[0] + (" …" if len(words) > 1 else "")) for (a, b), words in pairs.items()]
    return plot.chart("The main kinds of things and how they connect", boxes, arrows) if arrows else ""
