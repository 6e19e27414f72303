"""Why a score is what it is, and what would change it: answers, weights, evidence, legal basis, bounds, what if.

Every value comes out of the score queries, over a scratch graph. Only the search for the fewest answers to the next
band is done here, and what it finds is scored by the same queries before it is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from migkg import candidate, lookup, queries, rescore, score, words
from migkg.asked import MISSING, Answer, change, fill, questions
from migkg.asked import answer as give
from migkg.errors import UsageError
from migkg.lifts import Item, need, value
from migkg.stores import Store
from migkg.terms import local, thing
from migkg.trace import trace

QUERIES = ("score/steps", "score/weights", "score/answers")


@dataclass(frozen=True)
class Lift:
    """The fewest answers that lift a part to the next band; `example` is one set, `sets` how many of that size do."""

    band: str
    band_label: str
    limit: float
    needed: int
    example: tuple[tuple[str, str], ...]
    sets: int | None
    gains: tuple[tuple[float, tuple[str, ...]], ...]
    value: float
    reached: bool


@dataclass
class Part:
    """A part with its score, the score before what-if changes, and the way to the next band where there is one."""

    now: score.Score
    before: score.Score | None = None
    lift: Lift | None = None


@dataclass
class Explanation:
    """A score explained."""

    area: str
    area_label: str
    method: str
    method_label: str
    version: str
    period: str
    rules: list[str]
    queries: tuple[str, ...]
    limits: list[str]
    parts: list[Part]
    answers: list[Answer]
    remarks: list[str]
    what_if: dict[str, str]
    unknown: str = MISSING
    not_asked: list[str] = field(default_factory=list)
    part_labels: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def explain(
    store: Store,
    area: str,
    name: str,
    *,
    data: Sequence[Path | candidate.Candidate] = (),
    on: str | None = None,
    period: str | None = None,
    what_if: Sequence[str] = (),
) -> Explanation:
    """Explain the score of a country by a method; `what_if` are changes such as `sdg1072-d2-b=yes`.

    Raises UnknownName, UsageError where there are no answers to explain, and as `score.of`.
    """
    node = score.method(store, name)
    place = local(lookup.resolve(store, area).value)
    head = queries.rows(store, "view/score-method", method=node)
    asked = questions(store, node)
    if not asked:
        raise UsageError(
            f"{name} counts countries and asks no questions. `migkg score {name} --area {place}` shows it."
        )
    remarks: list[str] = []
    if data or on:
        files = [one if isinstance(one, candidate.Candidate) else candidate.read(one, store=store) for one in data]
        made = score.on_day(store, node, on) if on else rescore.with_files(store, node, files)
        remarks += made.remarks
        rows = [row for row in made.answers() if row["area"] == place]
    else:
        rows = queries.rows(store, "view/score-answers", method=node, area=thing(place))
    years = sorted({row["period"] or "" for row in rows})
    if not rows or (period and period not in years):
        raise UsageError(_no_answers(store, node, name, place, years))
    year = period or years[-1]
    if len(years) > 1 and not period:
        remarks.append(f"There are answers for {', '.join(years)}; this is {year}. --period chooses another.")
    rows = [row for row in rows if row["period"] == year]
    fill(asked, rows)
    given = {q: one.answer for q, one in asked.items()}
    changes = dict(change(asked, text, words.of(store).answers) for text in what_if) if what_if else {}
    bench, case = rescore.scratch(store, node), (place, year)
    before = _scores(bench, case, given)
    after = _scores(bench, case, {**given, **changes}) if changes else before
    for question, answer in changes.items():
        give(asked[question], answer, was=asked[question].answer or MISSING)
    labelled = {one.element: one for one in score.labelled(store, after.values(), node)}
    frame = _frame(store, node, head[0]["missing"])
    silent = _not_asked(store, name, asked)
    parts = [
        Part(
            labelled[part],
            before.get(part) if changes else None,
            _lift(bench, frame, asked, (place, year), part, silent),
        )
        for part in sorted(labelled, key=lambda part: (-len(frame.weights[part]), part))
    ]
    _legal(store, asked)
    first = head[0]
    return Explanation(
        area=place,
        area_label=score.labels(store, [place]).get(place, ""),
        method=name,
        method_label=first["label"] or "",
        version=first["version"] or "",
        period=year,
        rules=_rules(first),
        queries=(*(reads for reads in _reads(head) if reads.startswith("score/")), *QUERIES),
        limits=list(dict.fromkeys(row["limitation"] for row in head if row["limitation"])),
        parts=parts,
        answers=list(asked.values()),
        remarks=remarks,
        what_if={q: a or MISSING for q, a in changes.items()},
        not_asked=silent,
        part_labels=score.labels(store, sorted({one.part for one in asked.values()})),
        unknown="not known" if any(reads.startswith("score/") for reads in _reads(head)) else MISSING,
    )


def _reads(head: Sequence[queries.Row]) -> list[str]:
    """Return the data sets that a method reads; one that a query makes bears the name of the query."""
    return list(dict.fromkeys(row["reads"] or "" for row in head))


def _scores(bench: rescore.Scratch, case: rescore.Case, given: Mapping[str, str | None]) -> dict[str, score.Score]:
    bench.put_answers({case: given})
    return {one.element: one for one in map(score.of_row, bench.scores())}


@dataclass(frozen=True)
class _Frame:
    """What the search for the next band needs to know of a method."""

    weights: Mapping[str, Mapping[str, Fraction]]
    missing: Fraction | None
    bands: Sequence[tuple[Fraction, str, str]]


def _frame(store: Store, node: ox.NamedNode, missing: str | None) -> _Frame:
    weights: dict[str, dict[str, Fraction]] = {}
    for row in queries.rows(store, "view/score-questions", method=node):
        weights.setdefault(row["part"] or "", {})[row["question"] or ""] = Fraction(row["weight"] or 0)
    bands = [
        (Fraction(row["from"] or 0), row["band"] or "", row["label"] or "")
        for row in queries.rows(store, "view/score-bands", method=node)
    ]
    return _Frame(weights, None if missing is None else Fraction(missing), sorted(bands))


def _lift(
    bench: rescore.Scratch,
    frame: _Frame,
    asked: Mapping[str, Answer],
    case: rescore.Case,
    part: str,
    silent: Sequence[str],
) -> Lift | None:
    """Return the fewest answers that lift a part to the next band, scored; None at the top and without bands."""
    left = frame.missing
    items = []
    for question, weight in frame.weights[part].items():
        one = asked[question]
        worths = {answer: Fraction(option[2]) for answer, option in one.options.items()}
        if worths and question not in silent:
            items.append(Item(question, weight, worths.get(one.answer or ""), max(worths.values())))
        else:  # nobody can answer it; where missing answers count, it stays in what is divided by
            items.append(Item(question, weight, None, left if left is not None else Fraction(0)))
    worth = value(items, left)
    limit, band, label = next((b for b in frame.bands if worth is not None and b[0] > worth), (None, "", ""))
    if limit is None:
        return None
    fewest = need(items, left, limit)
    if fewest is None:
        return None
    best = {q: max(asked[q].options, key=lambda a: (Fraction(asked[q].options[a][2]), a)) for q in fewest.names}
    then = _scores(bench, case, {q: one.answer for q, one in asked.items()} | best)[part]
    return Lift(
        band=band,
        band_label=label,
        limit=float(limit),
        needed=len(fewest.names),
        example=tuple((question, asked[question].options[answer][0] or answer) for question, answer in best.items()),
        sets=fewest.sets,
        gains=tuple((round(float(amount), score.DIGITS), names) for amount, names in fewest.gains),
        value=then.value,
        reached=then.band == band,
    )


def _legal(store: Store, asked: Mapping[str, Answer]) -> None:
    """Write to each question what it rests on, one line a path, each step with the force of the text it leads to.

    The way up from a question to the indicator is left out, so that questions that rest on the same say the same.
    """
    for one in asked.values():
        for path in trace(store, one.question).paths:
            up = next((i for i, hop in enumerate(path.hops) if hop.relation != "isPartOf"), len(path.hops))
            hops = path.hops[max(0, up - 1) :]
            steps = " → ".join(f"{hop.to_code or hop.to_label}{f' ({hop.force})' if hop.rank else ''}" for hop in hops)
            line = f"{steps}: {path.force if path.force != 'none' else 'no force in law'}"
            if line not in one.legal:
                one.legal.append(line)


def _not_asked(store: Store, name: str, asked: Mapping[str, Answer]) -> list[str]:
    """Return the questions that nobody has answered since no form asks them."""
    method = score.PREFIX + score.short(name)
    form = {row["element"] for row in queries.rows(store, "view/form-questions") if row["method"] == method}
    return [q for q, one in asked.items() if one.missing and (not one.options or (form and q not in form))]


def _rules(head: queries.Row) -> list[str]:
    """Return the rules of a method in words."""
    steps = {
        "aggregation-all-questions": "A part is the weighted mean of all questions below it, times 100.",
        "aggregation-step-by-step": "A part is the weighted mean of what is directly below it, times 100.",
    }
    rules = [steps.get(head["aggregation"] or "", "")]
    if head["unit"] == "unit-count":
        rules = ["A part is the sum of the points of all that is below it."]
    if head["missing"] is None:
        rules.append("A missing answer is left out; the bounds show what it could change.")
    else:
        rules.append(f"A missing answer counts as {float(head['missing']):g}; the bounds show what it could change.")
    if head["enough"]:
        rules.append(f"No band where less than {100 * float(head['enough']):g} per cent is answered.")
    if head["basis"] == "basis-judgement":
        rules.append("Points and limits of this method are this project's own.")
    return [rule for rule in rules if rule]


def _no_answers(store: Store, node: ox.NamedNode, name: str, area: str, years: list[str]) -> str:
    if years:
        return f"There are no answers of {area} for that year. Years with answers: {', '.join(years)}."
    bands = queries.rows(store, "view/score-published", method=node, area=thing(area))
    said = "; ".join(f"{r['element']} {r['period']}: {r['band_label']}" for r in bands)
    known = f" Published are only bands ({said}), and a band does not tell the answers behind it." if said else ""
    return (
        f"The graph holds no answers of {area} to the questions of {name}, so there is no score to explain.{known} "
        f"`migkg template {name} --country {area} --period YEAR -o {name}-{area}.xlsx` makes a form; fill it in and "
        "add --data FILE."
    )
