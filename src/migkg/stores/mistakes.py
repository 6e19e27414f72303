"""Where the mistake in a query is, and how it is probably mended.

The engine only says how far it came, which is often behind the place where a person would look. So a text that it
refused is read once more with a grammar that stops at the first word which cannot stand there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from lark import Lark, Token, UnexpectedToken

from migkg.errors import QueryError
from migkg.near import nearest
from migkg.terms import PREFIXES

JOINED = ("GROUP BY", "ORDER BY", "NOT EXISTS", "NOT IN", "FROM NAMED")
OPENS = {"{": "}", "(": ")", "[": "]"}
TERMS = {"VAR", "IRI", "NAME", "NS", "STRING", "NUMBER", "SIGNED", "TRUE", "FALSE", "BLANK", "LPAR", "LSQB"}
STATEMENT = "A statement has a subject, a predicate and an object."
# How a person calls what may stand in a place.
WORDS = {
    "IRI": "an IRI", "NAME": "a name like mg:Framework", "VAR": "a variable", "STRING": "a text", "NUMBER": "a number",
    "A": "a", "FUNCTION": "a function", "$END": "the end",
}  # fmt: skip
SILENT = {"NS", "SIGNED", "BLANK", "TRUE", "FALSE", "LANG", "SERVICE"}
INSIDE = {"FILTER", "BIND", "OPTIONAL", "MINUS", "GRAPH", "UNION"}
# What the engine says of a query whose grammar is right.
PHRASES = {
    "The SELECT contains a variable that is unbound": "Where there is GROUP BY, COUNT, SUM and the like, SELECT may"
    " have only such variables as they are that stand in GROUP BY.",
    "The SELECT overrides an existing variable using an expression": "In (… AS ?name), take a name of its own.",
    "SELECT * is not authorized with GROUP BY": "Name the variables instead of *.",
}
SIGNS = {"AND": "&&", "OR": "||", "&": "&&", "|": "||", "==": "=", "<>": "!="}
LONGEST = 60
_IRI = re.compile(r"<[^<>\n]{1,500}>")
_IRI_RIGHT = re.compile(r"<[!#-;=?-\[\]_a-z~]+>")
_PLACE = re.compile(r"\bat (\d+):(\d+)[:.]?\s*(?:expected (?:one of )?(.*))?", re.S)


def explain(message: str, text: str) -> QueryError:
    """Turn the engine's message about `text` into one with line, column and, where we know it, the mend."""
    read = reader()
    tokens = [t for t in read.lex(text) if isinstance(t, Token)]
    prefix, stop = _undeclared(tokens), None
    try:
        read.parse(text)
    except UnexpectedToken as error:
        stop = error
    here = len(text) if stop is None or stop.token.type == "$END" else stop.token.start_pos or 0
    if prefix is not None and (prefix[0].start_pos or 0) <= here:
        token, said, hint = prefix
        return QueryError(said, token.line, token.column, text, hint)
    if stop is not None and stop.token.type == "$END":
        line, column = _end(tokens)
        return QueryError("the text ends too early.", line, column, text, _missing(tokens, stop.accepts))
    if stop is not None:
        before = [t for t in tokens if (t.start_pos or 0) < here]
        said, hint = _unexpected(stop.token, before, stop.accepts, text)
        return QueryError(said, stop.token.line, stop.token.column, text, hint)
    return _meaning(message, tokens, text)


@cache
def reader() -> Lark:
    """Return the grammar, ready to read."""
    return Lark(grammar(), parser="lalr", lexer="basic", postlex=_Strays())


@cache
def _known() -> tuple[list[str], list[str]]:
    """Return the keywords and the functions of the grammar."""
    patterns = {t.name: t.pattern.value for t in reader().terminals}
    keywords = [name for name, pattern in patterns.items() if pattern.startswith(f"{name}(")]
    return keywords, re.findall(r"\w\w+", patterns["FUNCTION"].partition(")")[0])


@cache
def grammar() -> str:
    """Return the rules; a process that may open no file later reads them before."""
    return Path(__file__).with_name("sparql.lark").read_text("utf-8")


class _Strays:
    """Lets the words and signs through that stand in no rule, so that the grammar says where they are."""

    always_accept = ("WORD", "OTHER")

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """Change nothing."""
        return stream


def _undeclared(tokens: list[Token]) -> tuple[Token, str, str] | None:
    """Return the first prefix that is used but not declared, what is wrong, and the mend."""
    declared: set[str] = set()
    for last, token in zip([None, *tokens], tokens, strict=False):
        if token.type not in ("NAME", "NS"):
            continue
        name = token.split(":", 1)[0]
        if last is not None and last.type == "PREFIX":
            declared.add(name)
        elif name not in declared:
            if token in ("http:", "https:") or re.match(r"https?:", token):
                return token, "an IRI stands here without its brackets.", "Write it between < and >."
            return token, f"the prefix “{name}:” is not declared.", _declare(name, declared)
    return None


def _declare(name: str, declared: set[str]) -> str:
    if name in PREFIXES:
        return f"Add: PREFIX {name}: <{PREFIXES[name]}>"
    near = nearest(name, sorted(declared - {""}) + list(PREFIXES), 1, 0.6)
    return f"Did you mean {near[0]}:?" if near else f"Declare it: PREFIX {name}: <…>"


def _end(tokens: list[Token]) -> tuple[int, int]:
    """Return the place behind the last word."""
    return (tokens[-1].end_line or 1, tokens[-1].end_column or 1) if tokens else (1, 1)


def _open(tokens: list[Token]) -> list[Token]:
    """Return the brackets that are still open."""
    found: list[Token] = []
    for token in tokens:
        if token in OPENS and token.type not in ("STRING", "OTHER"):
            found.append(token)
        elif found and token == OPENS[found[-1]]:
            found.pop()
    return found


def _missing(tokens: list[Token], accepts: set[str]) -> str:
    still = _open(tokens)
    if still:
        last = still[-1]
        return f"Add “{OPENS[last]}”: the “{last}” in line {last.line}, column {last.column} is not closed."
    return _wanted(accepts)


def _unexpected(token: Token, before: list[Token], accepts: set[str], text: str) -> tuple[str, str]:
    """Say of the first word that cannot stand in its place what is wrong, and what would do."""
    last = before[-1] if before else None
    still = _open(before)
    shown = token if len(token) <= LONGEST else f"{token[:LONGEST]}…"
    stop = f"“{shown}” cannot stand here."
    if token.type == "WORD":
        return f"“{shown}” is no word of SPARQL.", _meant(token, accepts) if token == shown else ""
    if token.type == "OTHER" and token in "'\"":
        return "the text that begins here is not closed.", f"End it with {token}, or write three of them around lines."
    if token.type == "OTHER" and token in "“”„‘’«»":
        return f"{token} is no quotation mark of SPARQL.", "Use ' or \"."
    if token.type == "LESSTHAN" and (broken := _IRI.match(text, token.start_pos or 0)):
        mended = broken.group().replace(" ", "%20")
        return "this IRI has a sign that no IRI has.", f"Write {mended}." if _IRI_RIGHT.fullmatch(mended) else ""
    if token in OPENS.values() and token.type != "OTHER":
        if not still:
            return f"there is one “{token}” too many.", "Take it away, or open it before."
        if OPENS[still[-1]] != token:
            opened = still[-1]
            return stop, f"First close the “{opened}” of line {opened.line}, column {opened.column}."
    if token == "," and last is not None and last.type == "VAR" and {"FROM", "WHERE"} <= accepts:
        return stop, "Variables of SELECT stand side by side, without commas."
    if last is not None and (two := SIGNS.get(last + token)):
        return stop, f"Write {two}."
    if token.type == "OTHER" and token in SIGNS and "STAR" in accepts:
        return stop, f"Write {SIGNS[token]}."
    if token.type in INSIDE and not still:
        return stop, f"{token.upper()} belongs between the braces: {{ … {token.upper()} … }}."
    if last is not None and last.type in ("FILTER", "HAVING") and "LPAR" in accepts:
        return stop, f"{last.upper()} needs brackets: {last.upper()}(…)."
    if "AS" in accepts and token.type in ("VAR", "RPAR"):
        return stop, "Give the value a name: (… AS ?name)."
    if {"DOT", "SEMICOLON"} <= accepts and token.type in TERMS:
        return stop, f"{STATEMENT} End the one before with “.”."
    return stop, _wanted(accepts)


def _meant(token: Token, accepts: set[str]) -> str:
    """Return the word of SPARQL that a wrong one was meant to be: first among those that may stand here."""
    word = token.upper()
    if word in SIGNS:
        return f"Write {SIGNS[word]}."
    keywords, functions = _known()
    fitting = [k for k in keywords if k in accepts] + (functions if "FUNCTION" in accepts else [])
    fitting += [j for j in JOINED if j.split()[0] in accepts]
    for known in (fitting, [*keywords, *functions, *JOINED]):
        near = nearest(word, known, 1, 0.65)
        if near:
            return f"Did you mean {near[0]}?"
    if "VAR" not in accepts:
        return _wanted(accepts)
    return f"A variable is written ?{token}, a name mg:{token}, a text '{token}'."


def _wanted(accepts: set[str]) -> str:
    """Say what may stand here, in the words of people."""
    if {"STRING", "BLANK", "VAR"} <= accepts and "RBRACE" not in accepts:
        return f"An object is missing. {STATEMENT}"
    if {"A", "VAR", "CIRCUMFLEX"} <= accepts and "STRING" not in accepts:
        return f"A predicate is missing. {STATEMENT}"
    signs = {t.name: t.pattern.value for t in reader().terminals if t.pattern.type == "str"}
    said = [WORDS.get(name) or (f"“{signs[name]}”" if name in signs else name) for name in sorted(accepts - SILENT)]
    said.sort(key=lambda one: (not one.startswith(("a", "the")), one.startswith("“")))
    return f"Expected {', '.join(said[:8])}{' …' if len(said) > 8 else ''}." if said else ""


def _meaning(message: str, tokens: list[Token], text: str) -> QueryError:
    """Explain why the engine refuses a query whose grammar is right."""
    for phrase, hint in PHRASES.items():
        if phrase in message:
            place = next((t for t in tokens if t.type == "SELECT"), tokens[0])
            said = re.sub("^The ", "the ", phrase) + "."
            return QueryError(said, place.line, place.column, text, hint)
    seen: set[str] = set()
    for last, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "VAR":
            if last is not None and last.type == "AS" and token[1:] in seen:
                return QueryError(
                    f"“{token}” has a value already.", token.line, token.column, text, "Take another name."
                )
            seen.add(token[1:])
    found = _PLACE.search(message)
    if found is None:
        return QueryError(message.strip() or "this is not SPARQL 1.1.", text=text)
    said = next((w for w in re.findall(r"[A-Z][A-Za-z]+(?: [a-zA-Z]+)+", found.group(3) or "") if w), "")
    return QueryError(f"{said or 'this cannot stand here'}.", int(found.group(1)), int(found.group(2)), text)
