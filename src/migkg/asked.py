"""The questions of a method and their answers: what each can be, what it counts, what it was given with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import pyoxigraph as ox

from migkg import queries
from migkg.errors import UnknownName, UsageError
from migkg.stores import Store
from migkg.words import Code, fold

MISSING = "missing"


@dataclass(frozen=True)
class Evidence:
    """What an answer rests on: a title, an address, a day, as far as they are given."""

    title: str | None
    link: str | None
    day: str | None


@dataclass
class Answer:
    """One question with its answer; `shares` says how much it counts in each part, from 0 to 1."""

    question: str
    code: str
    label: str
    asks: str
    part: str
    shares: dict[str, float] = field(default_factory=dict)
    options: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    answer: str | None = None
    answer_label: str | None = None
    worth: float | None = None
    changed_from: str | None = None
    note: str | None = None
    evidence: list[Evidence] = field(default_factory=list)
    legal: list[str] = field(default_factory=list)

    @property
    def missing(self) -> bool:
        """Whether there is no answer."""
        return self.answer is None


def questions(store: Store, node: ox.NamedNode) -> dict[str, Answer]:
    """Return the questions of a method, unanswered, in their order, with what each counts and can be answered."""
    made: dict[str, Answer] = {}
    for row in queries.rows(store, "view/score-questions", method=node):
        question, part = row["question"] or "", row["part"] or ""
        one = made.setdefault(
            question, Answer(question, row["code"] or "", row["label"] or "", row["asks"] or "", part)
        )
        one.shares[part] = float(Fraction(row["weight"] or 0) / Fraction(row["in_all"] or 1))
        if one.shares[part] > one.shares[one.part]:
            one.part = part
        if row["answer"]:
            one.options[row["answer"]] = (row["answer_code"] or "", row["answer_label"] or "", row["worth"] or "0")
    return dict(sorted(made.items()))


def fill(asked: Mapping[str, Answer], rows: Iterable[queries.Row]) -> None:
    """Write the answers that were given to their questions, with note and evidence."""
    for row in rows:
        one = asked[row["question"] or ""]
        if row["answer"] and row["worth"] is not None:
            answer(one, row["answer"])
        one.note = row["note"] or one.note
        if row["evidence"] or row["link"]:
            said = Evidence(row["evidence"], row["link"], row["day"])
            if said not in one.evidence:
                one.evidence.append(said)


def answer(one: Answer, given: str | None, was: str | None = None) -> None:
    """Write an answer to its question; `was` is what it was before a change."""
    one.answer, one.changed_from = given, was
    option = one.options.get(given or "")
    one.answer_label, one.worth = (option[1], float(option[2])) if option else (None, None)


def change(
    asked: Mapping[str, Answer], text: str, meant: Mapping[str, Sequence[Code]] | None = None
) -> tuple[str, str | None]:
    """Read `QUESTION=ANSWER`, each by id, code or label; `meant` holds the words of answers in other languages.

    Raises UsageError, UnknownName.
    """
    name, equals, said = (part.strip() for part in text.partition("="))
    if not equals or not name or not said:
        raise UsageError(f"“{text}” is no change. Write QUESTION=ANSWER, such as {next(iter(asked))}=yes.")
    found = [one for one in asked.values() if name.lower() in (one.question.lower(), one.code.lower())]
    if len(found) != 1:
        raise UnknownName(name, hint=f"It is no question of this method. They are: {', '.join(asked)}.")
    one = found[0]
    if said.lower() == MISSING:
        return one.question, None
    for answer, (code, label, _worth) in one.options.items():
        if said.lower() in (answer.lower(), code.lower(), label.lower()):
            return one.question, answer
    wanted = fold(said)
    others = {c.id for c in (meant or {}).get(one.question, ()) if any(wanted in known for known in c.words("en"))}
    if len(found_there := others & one.options.keys()) == 1:
        return one.question, found_there.pop()
    can = ", ".join(f"{code or answer} ({label})" for answer, (code, label, _worth) in one.options.items())
    raise UsageError(f"“{said}” is no answer to {one.question}. It can be: {can or 'nothing'}, or {MISSING}.")
