"""Query files: a YAML header behind `#+`, then plain SPARQL 1.1 that runs as it stands in any tool.

A parameter is `VALUES ?name { UNDEF }`; running the file as it is gives the unfiltered answer. A value goes
in as a serialised term, never as text, so nothing a user types can become part of the query.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pyoxigraph as ox
import yaml

from migkg import assets
from migkg.errors import InputError, UsageError
from migkg.stores import Store
from migkg.terms import PREFIXES, local

Term: TypeAlias = ox.NamedNode | ox.Literal
Row: TypeAlias = dict[str, str | None]

_SLOT = re.compile(r"VALUES\s+\?(\w+)\s*\{\s*UNDEF\s*\}")
_PREFIX = re.compile(r"^PREFIX\s+(\w*):\s*<([^>]*)>", re.MULTILINE)
_NO_NAMES = re.compile(r'^(?:#|PREFIX).*$|"[^"\n]*"', re.MULTILINE)
_IRI = re.compile(r"<([^<>\s]+)>|\b(\w+):(\w[\w-]*)")
# `needs`: the columns without which a table belongs to another family.
_EXTRA = ("reader", "who", "purpose", "columns", "example", "fix", "needs", "leaf", "figures")
_KEYS = {"summary", "description", "tags", "params", "severity", "after", *_EXTRA}


@dataclass(frozen=True)
class Param:
    """One parameter: `type` is thing, code, string, year, date, integer or graph; `of` names classes of a thing."""

    name: str
    type: str
    doc: str
    example: str = ""
    required: bool = False
    of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Query:
    """One query file; `name` is its path below `queries/` without extension."""

    name: str
    text: str
    summary: str
    description: str = ""
    tags: tuple[str, ...] = ()
    params: tuple[Param, ...] = ()
    severity: str = "error"
    after: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def short(self) -> str:
        """The name without its folder."""
        return self.name.rsplit("/", 1)[-1]


def parse(name: str, text: str) -> Query:
    """Read one query file. Raises InputError naming what is wrong in its header."""
    head = "\n".join(line[2:].removeprefix(" ") for line in text.splitlines() if line.startswith("#+"))
    try:
        said = yaml.safe_load(head) or {}
    except yaml.YAMLError as error:
        raise InputError(f"queries/{name}.rq: the header is not YAML: {error}") from None
    if not isinstance(said, dict) or "summary" not in said:
        raise InputError(f"queries/{name}.rq: the header needs at least `#+ summary:`.")
    if unknown := set(said) - _KEYS:
        raise InputError(f"queries/{name}.rq: unknown header key {', '.join(sorted(unknown))}.")
    params = tuple(
        Param(key, **{**value, "of": tuple(value.get("of", ()))}) for key, value in (said.get("params") or {}).items()
    )
    slots = set(_SLOT.findall(text))
    if slots != {p.name for p in params}:
        raise InputError(f"queries/{name}.rq: parameters of the header and of `VALUES ?x {{ UNDEF }}` differ.")
    return Query(
        name,
        text,
        said["summary"],
        said.get("description", ""),
        tuple(said.get("tags", ())),
        params,
        said.get("severity", "error"),
        tuple(said.get("after", ())),
        {key: said[key] for key in _EXTRA if key in said},
    )


@cache
def load(name: str, top: Path | None = None) -> Query:
    """Return the query `queries/<name>.rq`. Raises UsageError when there is none."""
    path = (top or assets.root()) / "queries" / f"{name}.rq"
    if not path.is_file():
        raise UsageError(f"There is no query “{name}”.")
    return parse(name, path.read_text(encoding="utf-8"))


def folder(name: str, top: Path | None = None) -> list[Query]:
    """Return the queries of one folder, by name; those that say `after:` come after what they name."""
    base = (top or assets.root()) / "queries"
    found = [load(p.relative_to(base).with_suffix("").as_posix(), top) for p in sorted((base / name).glob("*.rq"))]
    ordered: list[Query] = []
    while found:
        done = {q.short for q in ordered}
        ready = [q for q in found if set(q.after) <= done]
        if not ready:
            raise InputError(f"queries/{name}: these wait for each other: {', '.join(q.short for q in found)}.")
        ordered += ready
        found = [q for q in found if q not in ready]
    return ordered


def unordered(query: Query) -> Query:
    """Return a query without the order of its rows, for who sorts them: ordering can take longer than finding."""
    return replace(query, text=query.text.rpartition("ORDER BY")[0])


@cache
def iris(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the IRIs, each in <>, that a query names before its first WHERE, and those after it."""
    prefixes = dict(_PREFIX.findall(text))
    made, _, looked_at = _NO_NAMES.sub("", text).partition("WHERE")
    found = [
        frozenset(f"<{iri or prefixes.get(prefix, '') + name}>" for iri, prefix, name in _IRI.findall(part))
        for part in (made, looked_at)
    ]
    return found[0], found[1]


def bind(query: Query, values: Mapping[str, Term | Iterable[Term] | None]) -> str:
    """Return the text with each given parameter in its place, as one or several serialised terms.

    Raises UsageError for a parameter the query does not have.
    """
    text = query.text
    for name, value in values.items():
        if value is None:
            continue
        terms = [value] if isinstance(value, ox.NamedNode | ox.Literal) else list(value)
        if name not in {p.name for p in query.params}:
            known = ", ".join(p.name for p in query.params) or "none"
            raise UsageError(f"The query {query.name} has no parameter “{name}”. It has: {known}.")
        filled = " ".join(str(term) for term in terms)
        slot = re.compile(rf"VALUES\s+\?{name}\s*\{{\s*UNDEF\s*\}}")
        text = slot.sub(lambda _, f=filled, n=name: f"VALUES ?{n} {{ {f} }}", text)  # type: ignore[misc]
    return text


def solutions(store: Store, query: Query | str, **values: Term | Iterable[Term] | None) -> list[dict[str, Any]]:
    """Run a SELECT and return its rows as terms (None where unbound), keyed by variable."""
    found = store.query(bind(load(query) if isinstance(query, str) else query, values))
    if not isinstance(found, ox.QuerySolutions):
        raise UsageError("This query is not a SELECT.")
    names = [v.value for v in found.variables]
    return [{name: row[name] for name in names} for row in found]


def rows(store: Store, query: Query | str, **values: Term | Iterable[Term] | None) -> list[Row]:
    """Run a SELECT and return plain rows: local ids, literal values, None where unbound."""
    return [{k: plain(v) for k, v in row.items()} for row in solutions(store, query, **values)]


def construct(store: Store, query: Query | str, **values: Term | Iterable[Term] | None) -> list[ox.Triple]:
    """Run a CONSTRUCT and return its triples, each once, in the order of their text."""
    found = store.query(bind(load(query) if isinstance(query, str) else query, values))
    if not isinstance(found, ox.QueryTriples):
        raise UsageError("This query is not a CONSTRUCT.")
    return sorted(set(found), key=str)


def plain(term: Any) -> str | None:
    """Write a term the way people see it: local id of a thing, value of a literal."""
    if term is None:
        return None
    if isinstance(term, ox.NamedNode):
        return local(term.value)
    return str(term.value)


def prologue() -> str:
    """Return PREFIX lines for all prefixes that migkg knows."""
    return "".join(f"PREFIX {prefix}: <{start}>\n" for prefix, start in PREFIXES.items())
