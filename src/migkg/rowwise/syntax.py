"""Read a load query as a tree, as far as such queries go. What this does not know, it refuses; it never guesses.

A parser of the whole language exists (rdflib's), but takes longer to read one query than ten thousand rows take here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pyoxigraph as ox

from migkg.terms import RDF_TYPE

_TOKEN = re.compile(
    r"""(?:\s|\#[^\n]*(?:\n|$))+ | (?P<iri><[^<>"{}|^`\\\s]*>) | [?$](?P<var>\w+) | "(?P<string>[^"\\\n]*)"
    | @(?P<lang>[a-z]+) | (?P<number>[0-9]+) | (?P<name>[A-Za-z][\w-]*:[\w-]*) | (?P<word>[A-Za-z]\w*)
    | (?P<sign>&&|\|\||[{}().;,=!])""",
    re.VERBOSE,
)


class Refused(Exception):
    """This part of the language is not read here."""


@dataclass(frozen=True)
class Var:
    """A variable."""

    name: str


@dataclass(frozen=True)
class Call:
    """A function or operator with its arguments; a cast is called by the IRI of its datatype."""

    name: str
    args: tuple[Any, ...]


@dataclass
class Group:
    """What stands between braces: pairs of `triple`, `bind`, `values`, `optional` or `union` and its content."""

    parts: list[tuple[str, Any]] = field(default_factory=list)
    filters: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Construct:
    """A CONSTRUCT: the triples of its template and its pattern."""

    template: list[tuple[Any, Any, Any]]
    where: Group


def read(text: str) -> Construct:
    """Return a query as a tree. Raises Refused."""
    return _Reader(text).construct()


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        self.prefixes: dict[str, str] = {}
        self.at = place = 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            if not found:
                raise Refused(text[place : place + 20])
            if found.lastgroup:
                self.tokens.append((found.lastgroup, found[found.lastgroup]))
            place = found.end()
        self.tokens.append(("end", ""))

    def construct(self) -> Construct:
        while self.took("PREFIX"):
            prefix, iri = self.take("name"), self.take("iri")
            self.prefixes[prefix.removesuffix(":")] = iri[1:-1]
        self.need("CONSTRUCT", "{")
        template = self.triples()
        self.need("}", "WHERE")
        made = Construct(template, self.group())
        self.take("end")
        return made

    def group(self) -> Group:
        self.need("{")
        made = Group()
        while not self.took("}"):
            self.took(".")
            kind, text = self.tokens[self.at]
            word = text.upper() if kind == "word" else text
            if word == "OPTIONAL":
                self.need(word)
                made.parts.append(("optional", self.group()))
            elif word == "BIND":
                self.need(word, "(")
                bound = self.expression()
                self.need("AS")
                made.parts.append(("bind", (self.take("var"), bound)))
                self.need(")")
            elif word == "VALUES":
                self.need(word)
                made.parts.append(("values", self.values()))
            elif word == "FILTER":
                self.need(word)
                made.filters.append(self.unary())
            elif word == "{":
                some = [self.group()]
                while self.took("UNION"):
                    some.append(self.group())
                made.parts.append(("union", some))
            elif kind == "var":
                made.parts += [("triple", t) for t in self.triples()]
            elif word != "}":
                raise Refused(word)
        return made

    def triples(self) -> list[tuple[Any, Any, Any]]:
        made = []
        while self.tokens[self.at][0] in ("var", "iri", "name"):
            subject = self.term()
            while True:
                predicate = RDF_TYPE if self.took("a") else self.term()
                made.append((subject, predicate, self.term()))
                while self.took(","):
                    made.append((subject, predicate, self.term()))
                if not self.took(";"):
                    break
            if not self.took("."):
                break
        return made

    def values(self) -> list[dict[str, Any]]:
        single = self.tokens[self.at][0] == "var"
        names = [self.take("var")] if single else []
        if not single:
            self.need("(")
            while not self.took(")"):
                names.append(self.take("var"))
        self.need("{")
        rows = []
        while not self.took("}"):
            if not single:
                self.need("(")
            rows.append({name: self.term() for name in names})
            if not single:
                self.need(")")
        if any(isinstance(value, Var) for row in rows for value in row.values()):
            raise Refused("a variable among values")
        return rows

    def expression(self) -> Any:
        made = self.both()
        while self.took("||"):
            made = Call("||", (made, self.both()))
        return made

    def both(self) -> Any:
        made = self.equal()
        while self.took("&&"):
            made = Call("&&", (made, self.equal()))
        return made

    def equal(self) -> Any:
        made = self.unary()
        return Call("=", (made, self.unary())) if self.took("=") else made

    def unary(self) -> Any:
        if self.took("!"):
            return Call("!", (self.unary(),))
        if self.took("("):
            made = self.expression()
            self.need(")")
            return made
        kind, text = self.tokens[self.at]
        if kind == "word":
            self.at += 1
            return Call(text.upper(), self.arguments())
        made = self.term()
        if isinstance(made, ox.NamedNode) and self.tokens[self.at] == ("sign", "("):
            return Call(made.value, self.arguments())
        return made

    def arguments(self) -> tuple[Any, ...]:
        self.need("(")
        made = [self.expression()]
        while self.took(","):
            made.append(self.expression())
        self.need(")")
        return tuple(made)

    def term(self) -> Any:
        """Return a variable, an IRI, a text (as `str`), a text in a language, or a whole number (as `int`)."""
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "var":
            return Var(text)
        if kind == "iri":
            return ox.NamedNode(text[1:-1])
        if kind == "name":
            prefix, _, name = text.partition(":")
            if prefix not in self.prefixes:
                raise Refused(text)
            return ox.NamedNode(self.prefixes[prefix] + name)
        if kind == "number":
            return int(text)
        if kind == "string":
            return ox.Literal(text, language=self.take("lang")) if self.tokens[self.at][0] == "lang" else text
        raise Refused(text)

    def take(self, kind: str) -> str:
        found, text = self.tokens[self.at]
        if found != kind:
            raise Refused(text)
        self.at += 1
        return text

    def took(self, word: str) -> bool:
        kind, text = self.tokens[self.at]
        if kind not in ("sign", "word") or text.upper() != word.upper():
            return False
        self.at += 1
        return True

    def need(self, *words: str) -> None:
        for word in words:
            if not self.took(word):
                raise Refused(self.tokens[self.at][1])
