"""What a page says about one thing: names, facts, relations in words both ways, records, sources.

In: the IRI of a thing. Out: plain values for the template. Which records are tables is data (`records.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pyoxigraph as ox

from migkg.server.addresses import graph_name, page, place
from migkg.server.facts import Facts
from migkg.server.latest import is_context, latest
from migkg.server.merging import merged
from migkg.server.records import RECORDS, Record
from migkg.server.words import Index, Link
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import BASE, GRAPH, PREFIXES

MANY = 200
LANGUAGES = {"fr": "français", "es": "español", "ru": "русский", "zh": "中文", "ar": "العربية"}
_MERGED = ox.DefaultGraph()
_NAMELESS = {PREFIXES["mg"] + name for name in ("Observation", "Weight", "MethodStep")}


# Said elsewhere on the page, or derived from what is said.
_HEAD = {
    "rdf:type",
    "skos:prefLabel",
    "mg:officialLabel",
    "mg:ourLabel",
    "dcterms:title",
    "skos:altLabel",
    "skos:hiddenLabel",
    "skos:notation",
    "skos:definition",
    "dcterms:description",
    "mg:text",
    "dcterms:source",
    "mg:tracesTo",
    "mg:relatesTo",
    "rdfs:isDefinedBy",
    "skos:topConceptOf",
}
_QUIET_IN = {
    "mg:tracesTo",
    "mg:relatesTo",
    "rdf:type",
    "skos:topConceptOf",
    "sssom:subject_source",
    "sssom:object_source",
    "sssom:mappings",
    "mg:relation",
    "mg:hopForce",
    "mg:status",
    "mg:standing",
    "mg:act",
    "mg:value",
    "prov:wasDerivedFrom",
    "skos:broader",
    "mg:isPartOf",
    "qb:dataSet",
    "mg:method",
}


@dataclass
class Table:
    """A record table: columns that hold something, rows of cells, and how many rows there are in all."""

    title: str
    columns: list[str]
    rows: list[list[list[Link]]]
    total: int
    numbers: list[bool] = field(default_factory=list)


def view(store: OxigraphStore, index: Index, iri: str) -> dict[str, Any]:
    """Return everything that the page about `iri` shows."""
    facts = Facts(store, index, iri)
    tables = [t for t in (table(facts, record) for record in RECORDS) if t is not None]
    languages = index.labels.get(iri, {})
    return {
        "iri": iri,
        "title": index.label(iri),
        "labels": _labels(facts, languages),
        "kind": index.kind(iri),
        "classes": [index.link(c) for c in index.kinds.get(iri, ()) if c.startswith(BASE)],
        "code": index.link(iri).code,
        "codes": _texts(facts, "skos:notation"),
        "others": [t for t in _texts(facts, "skos:altLabel") if t != index.label(iri)],
        "misprints": _texts(facts, "skos:hiddenLabel"),
        "about": _texts(facts, "skos:definition", "dcterms:description", "mg:text"),
        "facts": _facts(facts),
        "out": _outward(facts),
        "into": _inward(facts),
        "tables": tables,
        "latest": latest(store, index, iri),
        "parts": parts(facts),
        "sources": _sources(facts),
        "built": len(facts.into.get(_full("mg:tracesTo"), ())),
        "graphs": [Link(graph_name(g), page(g)) for g in facts.graphs],
        "empty": not facts.out,
        "place": _place(facts),
    }


def table(facts: Facts, record: Record) -> Table | None:
    """Return the rows of one kind of record, without columns that are empty throughout; None without rows."""
    via = _full(record.via)
    nodes = (
        [t.value for t in facts.out.get(via, []) if isinstance(t, ox.NamedNode)]
        if record.outward
        else facts.into.get(via, [])
    )
    if record.outward and record.via == "mg:reading":
        nodes = sorted({*nodes, *(t.value for t in facts.out.get(_full("mg:adoptedReading"), []))})
    if record.of:
        nodes = [n for n in nodes if _full(record.of) in facts.index.kinds.get(n, ())]
    nodes = [n for n in nodes if not n.startswith(GRAPH)] if record.via == "mg:from" else nodes
    if record.via in ("mg:area", "mg:element"):
        element = _full("mg:element")
        nodes = [n for n in nodes if not is_context(facts.index, facts.objects(n, element))]
    if not nodes:
        return None
    rows: list[list[list[Link]]] = []
    if record.merge:
        rows = merged(facts, nodes, [_full(name) for _, name in record.columns])
    for node in () if record.merge else nodes:
        said = facts.of(ox.NamedNode(node))
        if record.where and ox.NamedNode(_full(record.where[1])) not in said.get(_full(record.where[0]), []):
            continue
        row: list[list[Link]] = []
        for _, name in record.columns:
            values = [ox.NamedNode(node)] if name == "." else said.get(_full(name), [])
            show = facts.source if name == "dcterms:source" else facts.link
            row.append([show(v) for v in values])
        rows.append(row)
    if not any(any(row) for row in rows):
        return None
    rows.sort(key=lambda row: [[cell.text for cell in cells] for cells in row])
    used = [i for i in range(len(record.columns)) if any(row[i] for row in rows)]
    return Table(
        record.title,
        [record.columns[i][0] for i in used],
        [[row[i] for i in used] for row in rows[:MANY]],
        len(rows),
        [all(_numeric(cell.text) for row in rows for cell in row[i]) for i in used],
    )


def _numeric(text: str) -> bool:
    return text.replace(".", "", 1).lstrip("-").isdigit()


def parts(facts: Facts) -> list[dict[str, Any]]:
    """Return the parts of a framework or code list as a tree: link and children, by code."""
    wanted = {
        _full("skos:inScheme"),
        _full("skos:topConceptOf"),
        _full("skos:broader"),
        _full("mg:isPartOf"),
        _full("eli:is_part_of"),
        _full("dcterms:isPartOf"),
    }
    below: dict[str, list[str]] = {}
    members = {m for p in wanted for m in facts.into.get(p, ())}
    for member in sorted(members):
        said = facts.of(ox.NamedNode(member))
        above = [t.value for p in wanted for t in said.get(p, ()) if isinstance(t, ox.NamedNode)]
        inside = [a for a in above if a in members]
        below.setdefault(inside[0] if inside else facts.iri, []).append(member)
    return _tree(facts, below, facts.iri, set())


def _tree(facts: Facts, below: dict[str, list[str]], top: str, seen: set[str]) -> list[dict[str, Any]]:
    made = []
    for member in sorted(below.get(top, ()), key=lambda m: natural(facts.index.codes.get(m) or m)):
        if member not in seen:
            seen.add(member)
            made.append({"link": facts.index.link(member), "parts": _tree(facts, below, member, seen)})
    return made


def natural(text: str) -> list[tuple[int, int | str]]:
    """Return a key that sorts 2 before 10."""
    import re

    return [(0, int(part)) if part.isdigit() else (1, part) for part in re.findall(r"[0-9]+|[^0-9]+", text)]


def _facts(facts: Facts) -> list[tuple[str, list[Link]]]:
    """Return plain values and codes, by relation in words."""
    made = []
    for name, values in facts.out.items():
        plain = [v for v in values if isinstance(v, ox.Literal) or _is_code(v)]
        if plain and not _is(name, _HEAD) and not _is(name, {r.via for r in RECORDS if r.outward}):
            made.append((facts.index.relation(name), [facts.link(v) for v in plain]))
    return sorted(made)


def _outward(facts: Facts) -> list[tuple[str, list[Link]]]:
    shown = {r.via for r in RECORDS if r.outward} | {"mg:adoptedReading"}
    made = []
    for name, values in facts.out.items():
        links = [facts.link(v) for v in values if isinstance(v, ox.NamedNode) and not _is_code(v)]
        if links and not _is(name, _HEAD) and not _is(name, shown):
            made.append((facts.index.relation(name), sorted(links, key=lambda x: natural(x.code or x.text))))
    return sorted(made, key=lambda pair: pair[0])


def _inward(facts: Facts) -> list[dict[str, Any]]:
    """Return what points here and stands in no table: phrase, links, how many in all."""
    tabled = {(r.via, _full(r.of) if r.of else "") for r in RECORDS if not r.outward}
    hidden = _QUIET_IN | {"skos:inScheme", "eli:is_part_of", "dcterms:isPartOf"}
    made = []
    for name, subjects in facts.into.items():
        if _is(name, hidden) and not (_is(name, {"rdf:type"}) and facts.iri.startswith(BASE)):
            continue
        rest = [
            s
            for s in subjects
            if not any(_full(via) == name and (not of or of in facts.index.kinds.get(s, ())) for via, of in tabled)
            and not s.startswith(BASE + "shape/")
            and not _NAMELESS & set(facts.index.kinds.get(s, ()))  # many, and without a name
        ]
        if _is(name, {"dcterms:source"}):
            rest = [s for s in rest if s in facts.index.labels]
        if rest:
            links = sorted((facts.index.link(s) for s in rest[: MANY * 10]), key=lambda x: natural(x.code or x.text))
            made.append({"phrase": facts.index.inverse(name), "links": links[:MANY], "total": len(rest)})
    return sorted(made, key=lambda one: one["phrase"])


def _sources(facts: Facts) -> list[dict[str, Any]]:
    made = []
    for term in facts.out.get(_full("dcterms:source"), []):
        link = facts.source(term)
        said = facts.of(term) if isinstance(term, ox.NamedNode) else {}
        whole = said.get(_full("dcterms:isPartOf"), [None])[0]
        above = facts.of(whole) if isinstance(whole, ox.NamedNode) else {}
        web = [
            v.value
            for s in (said, above)
            for v in s.get(_full("dcterms:source"), [])
            if isinstance(v, ox.NamedNode) and not v.value.startswith(BASE)
        ]
        publisher = [facts.link(v) for s in (said, above) for v in s.get(_full("dcterms:publisher"), [])]
        if isinstance(term, ox.NamedNode) and not term.value.startswith(BASE):
            web, link = [term.value], Link(term.value, None)
        made.append({"link": link, "web": web[0] if web else None, "publisher": publisher[0] if publisher else None})
    return sorted(made, key=lambda one: (one["link"].text, one["link"].hint))


def _labels(facts: Facts, languages: dict[str, str]) -> list[dict[str, str]]:
    """Return the labels in other languages than English, each with whose words it is."""
    official, ours = ({v.value for v in facts.out.get(_full(n), [])} for n in ("mg:officialLabel", "mg:ourLabel"))
    made = []
    for tag, name in LANGUAGES.items():
        if text := languages.get(tag):
            if text in official:
                whose = "official translation"
            elif text in ours:
                whose = "our translation"
            else:
                whose = facts.said_by(_full("skos:prefLabel"), ox.Literal(text, language=tag))
            made.append({"tag": tag, "language": name, "text": text, "whose": whose})
    return made


def _place(facts: Facts) -> str:
    """Return where a term stands on the page of the ontology; small shapes that only serve others stand nowhere."""
    known = place(facts.iri, facts.index.kinds.get(facts.iri, ()))
    if facts.iri.startswith(PREFIXES["mgs"]) and not {PREFIXES["sh"] + "message", _full("sh:description")} & set(
        facts.out
    ):
        return ""
    return known


def _texts(facts: Facts, *names: str) -> list[str]:
    found: Iterable[Any] = (v for name in names for v in facts.out.get(_full(name), []))
    return list(dict.fromkeys(v.value for v in found if isinstance(v, ox.Literal)))


def _is_code(term: Any) -> bool:
    return isinstance(term, ox.NamedNode) and term.value.startswith(PREFIXES["mgc"])


def _is(iri: str, names: set[str]) -> bool:
    return any(iri == _full(name) for name in names)


def _full(name: str) -> str:
    prefix, _, rest = name.partition(":")
    return PREFIXES[prefix] + rest
