"""Questions: the query files in `queries/ask/`, with the values that people type turned into terms.

A value never becomes part of the query text; it becomes a term of the type that the file's header names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyoxigraph as ox

from migkg import lookup, queries
from migkg.errors import Candidate, UnknownName, UsageError
from migkg.near import nearest
from migkg.stores import Store
from migkg.terms import BASE, GRAPH, PREFIXES, XSD_STRING, local, short, thing
from migkg.terms import graph as graph_iri

FOLDER = "ask"
READERS = {
    "focal-point": "national focal points",
    "analyst": "policy analysts",
    "secretariat": "secretariats and their partners",
    "engineer": "linked-data engineers and editors",
}
LANGUAGES = ("en", "fr", "es", "")
LONGEST = 300
LISTED = "`migkg ask --list` lists the questions."
_XSD = PREFIXES["xsd"]


@dataclass(frozen=True)
class Answer:
    """What a question gave: rows of plain values, the labels of the things in them, and their full IRIs."""

    columns: tuple[str, ...]
    rows: tuple[queries.Row, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    iris: Mapping[str, str] = field(default_factory=dict)

    def table(self) -> list[dict[str, str | None]]:
        """Return the rows with a column `x_label` after each column `x` of things that has none yet."""
        named = {c for c in self.columns if any(row[c] in self.labels for row in self.rows)}
        made = []
        for row in self.rows:
            wide: dict[str, str | None] = {}
            for column in self.columns:
                wide[column] = row[column]
                if column in named and f"{column}_label" not in self.columns and not column.endswith("_label"):
                    wide[f"{column}_label"] = self.labels.get(row[column] or "")
            made.append(wide)
        return made


def by_reader() -> dict[str, list[queries.Query]]:
    """Return the questions grouped by the kind of reader who asks them (a key of `READERS`), each in one group."""
    every = queries.folder(FOLDER)
    return {reader: [q for q in every if q.extra.get("reader") == reader] for reader in READERS}


def find(name: str) -> queries.Query:
    """Return the question of this name. Raises UnknownName with the nearest ones."""
    known = {query.short: query for query in queries.folder(FOLDER)}
    short = name.removeprefix(f"{FOLDER}/")
    if short in known:
        return known[short]
    near = nearest(short, known, 5, 0.4)
    raise UnknownName(name[:LONGEST], [Candidate(n, known[n].summary, "question") for n in near], LISTED)


def ask(store: Store, name: str, values: Mapping[str, str]) -> Answer:
    """Answer the question `name`; `values` are texts by parameter, empty ones count as left out.

    Raises UnknownName for a question or thing that is not there, UsageError for a value that does not fit.
    """
    query = find(name)
    found = store.query(bound(store, query, values))
    if isinstance(found, ox.QueryBoolean):
        return Answer(("answer",), ({"answer": "yes" if found else "no"},))
    if not isinstance(found, ox.QuerySolutions):
        raise UsageError(f"The question {query.short} gives a graph, not rows.")
    columns = tuple(variable.value for variable in found.variables)
    terms: list[dict[str, Any]] = [{column: row[column] for column in columns} for row in found]
    iris = {short(local(t.value)): t.value for row in terms for t in row.values() if isinstance(t, ox.NamedNode)}
    rows = tuple({key: _readable(value) for key, value in row.items()} for row in terms)
    return Answer(columns, rows, _labels(store, set(iris.values())), iris)


def bound(store: Store, query: queries.Query, values: Mapping[str, str]) -> str:
    """Return the text of a question with the values in their places, ready to run; empty values are left out.

    Raises UnknownName for a thing that is not there, UsageError for a value that does not fit or that is needed.
    """
    params = {param.name: param for param in query.params}
    if wrong := sorted(set(values) - set(params)):
        known = ", ".join(params) or "none"
        raise UsageError(f"The question {query.short} has no parameter “{wrong[0][:80]}”. It has: {known}.")
    for param in query.params:
        if param.required and not values.get(param.name, "").strip():
            raise UsageError(f"The question {query.short} needs {param.name}: {param.doc}.")
    given = {key: term(store, params[key], text) for key, text in values.items() if text.strip()}
    for key, value in given.items():
        _fitting(store, params[key], value, values[key])
    return queries.bind(query, given)


def examples(query: queries.Query) -> dict[str, str]:
    """Return the example of each parameter that a question needs."""
    return {param.name: param.example for param in query.params if param.required}


def example(store: Store, query: queries.Query) -> str:
    """Return the text of a question with the example of what it needs in its place, so that it runs as it stands.

    In a graph without the thing of the example it asks about everything.
    """
    try:
        return bound(store, query, examples(query))
    except (UsageError, UnknownName):
        return query.text


def _fitting(store: Store, param: queries.Param, value: queries.Term, text: str) -> None:
    """Raise UsageError when the header says of what class a parameter is and the value is of none of them."""
    if not param.of or not isinstance(value, ox.NamedNode) or any(lookup.is_a(store, value, k) for k in param.of):
        return
    kind = lookup.describe(store, value).kind or "thing"
    raise UsageError(f"{param.name} is {param.doc}; “{text.strip()[:80]}” is a {kind}.")


def _readable(value: Any) -> str | None:
    """Write a term the way people see it; a name from another vocabulary with its prefix."""
    said = queries.plain(value)
    return short(said) if said and isinstance(value, ox.NamedNode) else said


def term(store: Store, param: queries.Param, text: str) -> queries.Term:
    """Return the term that `text` means for this parameter.

    Raises UnknownName or AmbiguousName for names, UsageError for a year, date or number that is none.
    """
    text = text.strip()
    if len(text) > LONGEST or any(c < " " for c in text):
        raise UsageError(f"The value of {param.name} is too long or holds control characters.")
    if param.type not in _TYPES:
        raise UsageError(f"The parameter {param.name} has the unknown type “{param.type}”.")
    return _TYPES[param.type](store, param, text)


def _thing(store: Store, _param: queries.Param, text: str) -> queries.Term:
    return lookup.resolve(store, text)


def _method(store: Store, _param: queries.Param, text: str) -> queries.Term:
    name = local(text).removeprefix("mgd:").removeprefix("scoring-")
    try:
        return lookup.resolve(store, f"scoring-{name}")
    except UnknownName as error:
        raise UnknownName(text, error.candidates) from None


def _code(store: Store, param: queries.Param, text: str) -> queries.Term:
    name = local(text).removeprefix("mgc:")
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    family = param.example.partition("-")[0]  # “labour migration” is theme-labour-migration where a theme is asked for
    for form in dict.fromkeys((name, slug, f"{family}-{slug}")):
        if re.fullmatch(r"[\w.-]+", form):
            iri = _iri(param, PREFIXES["mgc"] + form)
            if store.query(f"ASK {{ {iri} ?p ?o }}"):
                return iri
    raise UnknownName(text)


def _graph(store: Store, param: queries.Param, text: str) -> queries.Term:
    name = text if text.startswith("http") else GRAPH + local(text).removeprefix("graph/")
    if name in store.graphs():
        return ox.NamedNode(name)
    as_method = thing("scoring-" + text) if re.fullmatch(r"[\w-]+", text) else None
    if as_method is not None and store.query(f"ASK {{ {as_method} ?p ?o }}"):
        return as_method
    dataset = graph_iri(f"data/observations/{text}").value if re.fullmatch(r"[\w-]+", text) else ""
    if dataset in store.graphs():
        return ox.NamedNode(dataset)
    near = [g for g in store.graphs() if text.lower() in g.lower()][:5]
    raise UnknownName(text, [Candidate(local(g), "a graph", "graph") for g in near])


def _year(_store: Store, param: queries.Param, text: str) -> queries.Term:
    if not re.fullmatch(r"[12][0-9]{3}", text, re.A):
        raise UsageError(f"“{text}” is not a year ({param.name}). Write four digits, such as 2021.")
    return ox.Literal(text, datatype=ox.NamedNode(_XSD + "gYear"))


def _date(_store: Store, param: queries.Param, text: str) -> queries.Term:
    from datetime import date

    try:
        if re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", text, re.A):
            date.fromisoformat((text + "-01-01")[:10] if len(text) < 10 else text)
            # Dates in the graph are as precise as their source and compare as text.
            return ox.Literal(text, datatype=ox.NamedNode(XSD_STRING))
    except ValueError:
        pass
    raise UsageError(f"“{text}” is not a date ({param.name}). Write a year or a day, such as 2016 or 2016-12-31.")


def _integer(_store: Store, param: queries.Param, text: str) -> queries.Term:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text, re.A):
        raise UsageError(f"“{text}” is not a whole number ({param.name}).")
    return ox.Literal(str(int(text)), datatype=ox.NamedNode(_XSD + "integer"))


def _string(_store: Store, _param: queries.Param, text: str) -> queries.Term:
    return ox.Literal(text)


_TYPES: dict[str, Callable[[Store, queries.Param, str], queries.Term]] = {
    "thing": _thing,
    "code": _code,
    "string": _string,
    "year": _year,
    "date": _date,
    "integer": _integer,
    "graph": _graph,
    "method": _method,
}


def _iri(param: queries.Param, text: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(text)
    except ValueError:
        raise UsageError(f"The value of {param.name} cannot be part of an IRI.") from None


def _labels(store: Store, iris: set[str]) -> dict[str, str]:
    """Return the best label of each of our things: English, else French, Spanish, or without a language."""
    ours = " ".join(f"<{iri}>" for iri in sorted(iris) if iri.startswith(BASE))
    if not ours:
        return {}
    label = f"<{PREFIXES['skos']}prefLabel>|<{PREFIXES['dcterms']}title>"
    found = store.query(f"SELECT ?s ?l WHERE {{ VALUES ?s {{ {ours} }} ?s {label} ?l }} ORDER BY ?s ?l")
    best: dict[str, tuple[int, str]] = {}
    if isinstance(found, ox.QuerySolutions):
        for row in found:
            subject, said = row["s"], row["l"]
            if isinstance(subject, ox.NamedNode) and isinstance(said, ox.Literal):
                tongue = said.language or ""
                rank = LANGUAGES.index(tongue) if tongue in LANGUAGES else len(LANGUAGES)
                key = local(subject.value)
                if key not in best or rank < best[key][0]:
                    best[key] = (rank, said.value)
    return {key: text for key, (_, text) in best.items()}
