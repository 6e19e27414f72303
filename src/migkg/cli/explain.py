"""`explain` and `compare`: why a score is what it is, and countries side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from migkg.cli import show
from migkg.cli.common import DelimiterOption, EncodingOption, ForceOption, OutputOption, StoreOption, opened, read
from migkg.errors import UsageError

if TYPE_CHECKING:
    from migkg.asked import Answer
    from migkg.explain import Explanation, Lift, Part

DataOption = Annotated[
    list[Path] | None, typer.Option("--data", "-d", help="A filled form or table of answers; may be given again.")
]
OnOption = Annotated[str | None, typer.Option("--on", help="For methods that look at a day: this day.")]
PeriodOption = Annotated[str | None, typer.Option("--period", "-p", help="The year, e.g. 2026.")]


def explain(
    country: Annotated[str, typer.Argument(help="The country, e.g. KEN.")],
    method: Annotated[str, typer.Argument(help="The method, e.g. sdg-10-7-2.")],
    data: DataOption = None,
    on: OnOption = None,
    period: PeriodOption = None,
    what_if: Annotated[
        list[str] | None, typer.Option("--what-if", "-w", help="QUESTION=ANSWER; may be given again.")
    ] = None,
    encoding: EncodingOption = None,
    delimiter: DelimiterOption = None,
    form: Annotated[str, typer.Option("--format", "-f", help="text, md or json.")] = "text",
    output: OutputOption = None,
    force: ForceOption = False,
    store: StoreOption = None,
) -> None:
    """Explain a score, and what would change it.

    Shows each answer and its weight, what is missing, the rules, the evidence, the legal basis of each question, what
    other answers would change, and the fewest answers that lift a part to the next band. Nothing is stored; all
    values come out of the score queries.

    Examples: `migkg explain KEN sdg-10-7-2 --data ken.csv --what-if 2.e=yes` · `migkg explain KEN ratification`
    """
    from migkg.explain import explain as explained

    if form not in ("text", "md", "json"):
        raise UsageError(f"“{form}” is not a format of this command. Take text, md or json.")
    graph = opened(store)
    files = read(data or (), graph, encoding, delimiter)
    found = explained(graph, country, method, data=files, on=on, period=period, what_if=what_if or ())
    for remark in found.remarks:
        show.note(remark)
    if form == "json":
        show.write(show.as_json(found.to_dict()), output, force)
    else:
        show.write(show.clean_lines(story(found, "md" if form == "md" else "text")), output, force)


def compare(
    countries: Annotated[list[str], typer.Argument(help="Two countries or more, e.g. KEN UGA.")],
    method: Annotated[str, typer.Option("--method", "-m", help="The method, e.g. sdg-10-7-2.")],
    data: DataOption = None,
    on: OnOption = None,
    period: PeriodOption = None,
    encoding: EncodingOption = None,
    delimiter: DelimiterOption = None,
    form: Annotated[str, typer.Option("--format", "-f", help="table, csv, json or md.")] = "table",
    output: OutputOption = None,
    force: ForceOption = False,
    store: StoreOption = None,
) -> None:
    """Set countries side by side by one method, by part and period. Never a ranking.

    The countries stand in the order in which they are named. Where no answers are at hand, the band that was published
    stands in, marked so.

    Examples: `migkg compare KEN UGA --method sdg-10-7-2` · `migkg compare KEN UGA -m ratification --on 2010-01-01`
    """
    from migkg import compare as comparing

    graph = opened(store)
    if len(set(countries)) < 2:
        raise UsageError("Name two different countries or more, such as KEN UGA.")
    files = read(data or (), graph, encoding, delimiter)
    found = comparing.compare(graph, countries, method, data=files, on=on, period=period)
    for place in comparing.absent(found, graph, countries):
        show.note(f"{place}: nothing is known by this method.")
    if form in ("csv", "json"):
        show.write(show.rows([one.to_dict() for one in found], form), output, force)
    else:
        tables: list[dict[str, str]] = []
        places = list(dict.fromkeys(one.area for one in sorted(found, key=lambda c: _order(countries, c.area))))
        for year in sorted({one.period for one in found}):
            rows: dict[str, dict[str, str]] = {}
            for one in (c for c in found if c.period == year):
                row = rows.setdefault(one.element, {"part": one.element, "": one.element_label})
                row[one.area] = _figure(one.value, one.band_label, one.how)
            shown = [{c: row.get(c, "–") for c in ("part", "", *places)} for row in rows.values()]
            if form == "table":
                show.draw(shown, year)
            tables += [{"year": year, **row} for row in shown]
        if form != "table":
            show.write(show.rows(tables, form), output, force)
    show.note(comparing.NO_RANKING)


def _order(countries: list[str], area: str) -> int:
    return countries.index(area) if area in countries else len(countries)


def _figure(value: float | None, band: str | None, how: str) -> str:
    """Write a figure with its band; a published band stands alone, marked."""
    if value is None:
        return f"{band} ({how})"
    return f"{value:.1f}{f' {band}' if band else ''}"


def story(found: Explanation, form: str) -> str:
    """Return an explanation in plain words, as text or as Markdown."""
    mark, inner = ("- ", "  - ") if form == "md" else ("  ", "    ")
    lines = [
        f"{'# ' if form == 'md' else ''}{found.area_label or found.area}, {found.period}: {found.method_label}",
        "",
    ]
    lines += [f"{mark}{_score(part, bool(found.what_if))}" for part in found.parts]
    lines += ["", _head(form, "How it was worked out")]
    lines += [f"{mark}{rule}" for rule in found.rules]
    lines += [
        f"{mark}By the queries {', '.join(found.queries)}; method {found.method}, {found.version or 'no version'}."
    ]
    if found.what_if:
        lines += ["", _head(form, "What if")]
        lines += [f"{mark}{_changed(one)}" for one in found.answers if one.changed_from is not None]
    lines += ["", _head(form, "Answers")]
    names = found.part_labels | {part.now.element: part.now.element_label for part in found.parts}
    silent = [one for one in found.answers if one.question in found.not_asked]
    for part in dict.fromkeys(one.part for one in found.answers if one not in silent):
        lines += [f"{mark}{part} {names.get(part, '')}".rstrip()]
        for one in (a for a in found.answers if a.part == part and a not in silent):
            lines += [f"{inner}{line}" for line in _answer(one, found.unknown, form)]
    if silent:
        listed = _names([one.code or one.question for one in silent])
        lines += [f"{mark}Not asked by the form, and so not answered: {listed}."]
    lines += ["", _head(form, "The fewest answers to the next band")]
    lines += [f"{mark}{_lift(part.now.element, part.lift, found)}" for part in found.parts if part.lift] or [
        f"{mark}There is no higher band to reach, or the method has no bands."
    ]
    lines += ["", _head(form, "What the questions rest on")]
    grouped: dict[tuple[str, ...], list[Answer]] = {}
    for one in found.answers:
        grouped.setdefault(tuple(one.legal), []).append(one)
    for legal, ones in grouped.items():
        lines += [f"{mark}{_names([one.code or one.question for one in ones])}:"]
        lines += [f"{inner}{line}" for line in legal or ("No legal basis is known.",)]
    lines += ["", _head(form, "Limits")]
    lines += [f"{mark}{text}" for text in found.limits]
    return "\n".join(lines) + "\n"


def _head(form: str, text: str) -> str:
    return f"## {text}\n" if form == "md" else f"{text}\n{'-' * len(text)}"


def _score(part: Part, changed: bool) -> str:
    one = part.now
    unit = "" if one.unit == "unit-count" else " per cent"
    text = f"{one.element} {one.element_label}: {one.value:.1f}{unit}"
    if one.coverage == 0:
        text += ", nothing is answered"
    if one.band_label:
        text += f", {one.band_label}"
    if one.lower != one.upper:
        text += f"; between {one.lower:.1f} and {one.upper:.1f}, {100 * (one.coverage or 0):.0f} per cent answered"
    if changed and part.before:
        was = part.before
        same = was.value == one.value
        text += "; as before" if same else f"; before {was.value:.1f}{f', {was.band_label}' if was.band_label else ''}"
    return text


def _changed(one: Answer) -> str:
    was = one.options.get(one.changed_from or "")
    before = was[1] if was else one.changed_from
    return f"{one.code or one.question} {one.label}: {before} → {one.answer_label or 'missing'}"


def _answer(one: Answer, unknown: str, form: str) -> list[str]:
    """Return a question and its answer in one line, and note and evidence below."""
    said = f"{one.answer_label} ({one.worth:g} of 1)" if one.worth is not None else unknown
    weights = ", ".join(f"{100 * share:.3g} % of {part}" for part, share in sorted(one.shares.items(), key=_heavy))
    lines = [f"{one.code or one.question} {one.label}: {said}; weighs {weights}"]
    below = "  - " if form == "md" else "    "
    if one.note:
        lines.append(f"{below}Note: {one.note}")
    for said_by in one.evidence:
        lines.append(f"{below}Evidence: {', '.join(x for x in (said_by.title, said_by.day, said_by.link) if x)}")
    return lines


def _heavy(pair: tuple[str, float]) -> float:
    return -pair[1]


def _lift(part: str, lift: Lift | None, found: Explanation) -> str:
    assert lift is not None
    codes = {one.question: one.code or one.question for one in found.answers}
    words = {(q.question, code): label for q in found.answers for code, label, _ in q.options.values()}
    answers = "answer" if lift.needed == 1 else "answers"
    example = ", ".join(f"{codes[q]} = {words.get((q, answer), answer)}" for q, answer in lift.example)
    text = f"{part}: {lift.needed} {answers} to “{lift.band_label}” (from {lift.limit:g}): "
    text += f"{example} gives {lift.value:.1f}."
    if not lift.reached:
        text += " That is still without a band: too little is answered."
    if lift.sets and lift.sets > 1:
        gains = "; ".join(f"+{amount:.1f} each: {_names([codes[n] for n in names])}" for amount, names in lift.gains)
        text += f" {lift.sets} sets of this size do it. Gains: {gains}."
    return text


def _names(names: list[str]) -> str:
    """Write names in a row, a long row by its ends."""
    return ", ".join(names) if len(names) <= 6 else f"{', '.join(names[:3])} … {names[-1]} ({len(names)})"
