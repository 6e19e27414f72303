"""Answers that are not in the graph, scored by the same queries as those that are.

A scratch graph holds the methods, their codes and weights, and nothing else but the answers that are put into it.
Nothing is computed here and nothing is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyoxigraph as ox

from migkg import fit, queries
from migkg.candidate import Candidate
from migkg.errors import InputError, RuleBroken
from migkg.stores import Store
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import GRAPH, ID, PREFIXES, RDF_TYPE, graph, local, thing

PARTS = ("data/methods/", "ontology/codes/", "score/steps", "score/weights")
SCORES = graph("score/answers")
LOOSE = graph("answers")
_CONFORMS = ox.NamedNode(PREFIXES["dcterms"] + "conformsTo")
_MG = PREFIXES["mg"]

Case = tuple[str, str]
Answers = Mapping[Case, Mapping[str, str | None]]


@dataclass
class Scratch:
    """A graph of methods and answers; `sets` are the data sets in it, `remarks` what was left out and why."""

    store: OxigraphStore
    method: ox.NamedNode
    sets: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def put(self, name: str, triples: Iterable[ox.Triple]) -> None:
        """Put a data set of answers in, to be read by the method."""
        said = ox.Triple(ox.NamedNode(name), _CONFORMS, self.method)
        self.store.put(name, {*triples, said})
        if name not in self.sets:
            self.sets.append(name)

    def put_answers(self, answers: Answers) -> None:
        """Put answers by area and year in, in place of all that is there; None is a missing answer."""
        for name in self.sets:
            self.store.drop(name)
        self.sets.clear()
        self.put(
            LOOSE.value, [t for case, given in answers.items() for q, a in given.items() for t in _said(case, q, a)]
        )

    def scores(self) -> list[queries.Row]:
        """Score what is in the graph, by the queries of `score/`, and return rows of `view/scores`."""
        self.store.put(SCORES.value, queries.construct(self.store, "score/answers"))
        return queries.rows(self.store, "view/scores", method=self.method)

    def answers(self) -> list[queries.Row]:
        """Return the answers in the graph that the method reads, as rows of `view/score-answers`."""
        return queries.rows(self.store, "view/score-answers", method=self.method)


def scratch(store: Store, method: ox.NamedNode) -> Scratch:
    """Return a scratch graph with the methods, codes and weights of `store`, without any answer."""
    made = OxigraphStore()
    for name in store.graphs():
        if local(name).startswith(PARTS) and name.startswith(GRAPH):
            made.put(name, store.get(name))
    return Scratch(made, method)


def with_files(store: Store, method: ox.NamedNode, files: Sequence[Candidate]) -> Scratch:
    """Return a scratch graph with the answers of files that were read.

    Raises RuleBroken where answers cannot be read or a question has two, InputError where a file holds no answer to
    any question.
    """
    made = scratch(store, method)
    made.remarks += [*fit.agree(files, store), *fit.wrong(files)]
    for one in files:
        made.put(one.graph, one.triples)
    found = made.answers()
    if not found:
        raise InputError(_nothing(made, files))
    _refuse_double(found, files)
    for row in found:
        if row["answer"] and row["worth"] is None:
            made.remarks.append(
                f"{_place(files, row)}: “{row['answer']}” is no answer that {row['question']} can have; "
                "it counts as missing."
            )
    return made


def _refuse_double(found: Sequence[queries.Row], files: Sequence[Candidate]) -> None:
    """Raise RuleBroken where two answers are given to one question."""
    first: dict[tuple[str | None, ...], queries.Row] = {}
    for row in found:
        key = (row["area"], row["period"], row["question"])
        other = first.setdefault(key, row)
        if (other["answer"], other["data"]) != (row["answer"], row["data"]):
            places = " and ".join(sorted({_place(files, other), _place(files, row)}))
            raise RuleBroken(
                f"{places}: two answers to {row['question']} for {row['area']} {row['period']}, "
                f"“{other['answer'] or 'missing'}” and “{row['answer'] or 'missing'}”. Keep one."
            )


def _place(files: Sequence[Candidate], row: queries.Row) -> str:
    """Return the file and the places of an answer."""
    name = row["observation"] or ""
    for one in files:
        if lines := one.lines.get(name):
            return f"{one.file}, {', '.join(one.place(line, 'value') for line in sorted(lines))}"
    return " ".join(one.file for one in files) or name


def _nothing(made: Scratch, files: Sequence[Candidate]) -> str:
    """Say why the files hold nothing to score."""
    name = local(made.method.value).removeprefix("scoring-")
    listed = ", ".join(one.file for one in files)
    asked = queries.rows(made.store, "view/score-questions", method=made.method)
    questions = sorted({row["question"] or "" for row in asked})
    elements = {
        t.object.value
        for one in files
        for t in one.triples
        if t.predicate.value == _MG + "element" and isinstance(t.object, ox.NamedNode)
    }
    if elements & {ID + (row["part"] or "") for row in asked}:
        return (
            f"{listed}: the figures are of whole parts of {name}, and no answers to its questions. A band or a "
            "value does not tell the answers it was made from, so no score can be worked out from it."
        )
    example = f"{questions[0]} … {questions[-1]}" if questions else "none"
    return (
        f"{listed}: no row is about a question of {name}. Its questions are: {example} (column element). "
        f"`migkg template {name}` makes a form."
    )


def _said(case: Case, question: str, answer: str | None) -> list[ox.Triple]:
    """Return one answer as an observation."""
    area, period = case
    node = thing(f"ob-answers-{area}-{question}-{period}")
    year = ox.Literal(period, datatype=ox.NamedNode(PREFIXES["xsd"] + "gYear"))
    made = [
        ox.Triple(node, RDF_TYPE, ox.NamedNode(_MG + "Observation")),
        ox.Triple(node, ox.NamedNode(PREFIXES["qb"] + "dataSet"), LOOSE),
        ox.Triple(node, ox.NamedNode(_MG + "area"), thing(area)),
        ox.Triple(node, ox.NamedNode(_MG + "period"), year),
        ox.Triple(node, ox.NamedNode(_MG + "element"), thing(question)),
    ]
    way, code = ("value", answer) if answer else ("status", "status-missing")
    return [*made, ox.Triple(node, ox.NamedNode(_MG + way), ox.NamedNode(PREFIXES["mgc"] + code))]
