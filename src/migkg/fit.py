"""Whether files may be scored: not a form whose answers cannot be read, nor two that contradict each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyoxigraph as ox

from migkg import words
from migkg.candidate import Candidate
from migkg.errors import RuleBroken
from migkg.findings import Finding, ordered, told
from migkg.stores import Store
from migkg.terms import PREFIXES, local
from migkg.texts import say

# What stands beside an answer: a score does not read it.
BESIDE = ("evidence_title", "evidence_link", "evidence_date", "note", "filled_on", "filled_by", "source", "nature")
SHOWN = 12
_LOST = ("question-gone", "sheet-gone", "answer-beside")  # warnings of a file that change a score
_DOUBLE = "rows-differ"  # said where both answers are at hand
_VALUE = PREFIXES["mg"] + "value"


def wrong(files: Iterable[Candidate]) -> list[str]:
    """Return what is wrong in files and does not keep their answers from being read, one remark each.

    Raises RuleBroken for a form with an answer that cannot be read: as a missing one it would make another score.
    """
    remarks: list[str] = []
    for one in files:
        remarks += [f"{one.file}, {f.place}: {f.message}" for f in told(one) if f.check in _LOST]
        errors = [f for f in told(one) if f.severity == "error" and f.check != _DOUBLE]
        answers = [f for f in errors if f.column not in BESIDE]
        if answers and one.meta.get("method"):
            raise RuleBroken(_refusal(one, answers))
        passed = "score.passed-over" if one.meta.get("method") else "score.row-left"
        # An answer that is none of its question is named by the score queries, for whatever kind of file.
        remarks += [
            say(passed, one.language, file=one.file, place=f.place, message=f.message)
            for f in errors
            if f.check != "answer"
        ]
    return remarks


def agree(files: Sequence[Candidate], store: Store) -> list[str]:
    """Return a remark for each file that says what an earlier one says. Raises RuleBroken where two contradict."""
    first: dict[str, Candidate] = {}
    remarks: list[str] = []
    for one in files:
        other = first.setdefault(one.graph, one)
        if other is one:
            continue
        mine, theirs = _answers(one), _answers(other)
        differing = [name for name in sorted(mine | theirs) if mine.get(name) != theirs.get(name)]
        name = local(one.graph).rpartition("/")[2]
        said = {"file": one.file, "other": other.file, "name": name}
        if differing:
            labels = _labels(store, one.language)
            places = [f"{_said(other, n, theirs, labels)} ≠ {_said(one, n, mine, labels)}" for n in differing[:SHOWN]]
            listed = "; ".join(places) + ("; …" if differing[SHOWN:] else "")
            raise RuleBroken(say("score.forms-differ", one.language, listed=listed, count=len(differing), **said))
        remarks.append(say("score.forms-same", one.language, **said))
    return remarks


def _refusal(one: Candidate, found: Sequence[Finding]) -> str:
    """Return in one sentence which answers cannot be read, each with its place, and what was probably meant."""
    listed = []
    for f in ordered(found)[:SHOWN]:
        what = f"“{f.value}”" if f.check == "answer" else f.message.rstrip(".")
        listed.append(" ".join(x for x in (f.place, what, f"({f.fix})" if f.fix else "") if x))
    text = "; ".join(listed) + ("; …" if found[SHOWN:] else "")
    key = "score.unread-one" if len(found) == 1 else "score.unread"
    return say(key, one.language, file=one.file, count=len(found), listed=text)


def _answers(one: Candidate) -> dict[str, str]:
    """Return the answers in a file by the local id of their observation."""
    return {
        local(t.subject.value): t.object.value
        for t in one.triples
        if t.predicate.value == _VALUE
        and isinstance(t.subject, ox.NamedNode)
        and isinstance(t.object, ox.NamedNode | ox.Literal)
    }


def _labels(store: Store, language: str) -> dict[str, str]:
    """Return the words of each answer by its code."""
    return {code.id: code.label(language) for codes in words.of(store).answers.values() for code in codes}


def _said(one: Candidate, name: str, answers: dict[str, str], labels: dict[str, str]) -> str:
    """Return where an answer stands and what it is: `ken.xlsx, Domain 2!D7 “yes”`."""
    code = local(answers.get(name, ""))
    value = labels.get(code, code) if name in answers else say("score.no-answer", one.language)
    return f"{one.file}, {one.cell(name, 'mg:value') or name} “{value}”"
