"""A form for a country and a year: the questions of a scoring method, with what the graph already knows filled in."""

from __future__ import annotations

from dataclasses import dataclass, field

from migkg import lookup, queries, texts, words
from migkg._version import __version__
from migkg.cells import YEARS
from migkg.errors import Candidate, UnknownName, UsageError
from migkg.stores import Store
from migkg.tables import table
from migkg.terms import local, thing
from migkg.texts import UNTRANSLATED, say
from migkg.words import Code, Question

FIELDS = ("value", "evidence_title", "evidence_link", "evidence_date", "note")


@dataclass(frozen=True)
class Asked:
    """One question as a form shows it, and what is filled in beforehand, by the names of `FIELDS`."""

    element: str
    code: str
    text: str
    codes: str
    given: dict[str, str]


@dataclass(frozen=True)
class Section:
    """The questions of one domain."""

    code: str
    label: str
    question: str
    known: str
    asked: list[Asked]


@dataclass(frozen=True)
class Form:
    """A form to be filled in; `lists` holds the allowed answers of each list of codes, in the order of their worth."""

    method: str
    label: str
    country: str
    country_label: str
    period: str
    language: str
    sections: list[Section]
    lists: dict[str, list[Code]]
    sources: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name of the filled form as a file, without its ending."""
        return f"{self.method}-{self.country}-{self.period}"

    @property
    def prefilled(self) -> int:
        """How many answers were filled in beforehand."""
        return sum(bool(one.given.get("value")) for section in self.sections for one in section.asked)

    @property
    def meta(self) -> dict[str, str]:
        """What the machine must know of the form when it comes back."""
        return {
            "method": self.method,
            "country": self.country,
            "period": self.period,
            "language": self.language,
            "software": f"migkg {__version__}",
        }


def form(store: Store, method: str, country: str, period: str, language: str = "en") -> Form:
    """Return the form of a method for a country and a year.

    Raises UnknownName for a method or country that is not there, UsageError for a method that asks no questions, for
    an area that is no country, and for a bad year or language.
    """
    texts.checked(language)
    known = words.of(store)
    name = local(method).removeprefix("mgd:").removeprefix("scoring-")
    head = _head(store, name, known.questions)
    if not (len(period) == 4 and period.isascii() and period.isdigit()):
        raise UsageError(f"“{period}” is not a year. Write four digits, such as 2026.")
    if not YEARS[0] <= int(period) < YEARS[1]:
        raise UsageError(f"{period} is no year of a form: forms are about the years from {YEARS[0]} to {YEARS[1] - 1}.")
    area = lookup.resolve(store, country)
    if not lookup.is_a(store, area, "Country"):
        raise UsageError(f"“{country}” is not a country. Take the three letters of one, such as KEN.")
    questions = known.questions[name]
    asked = [q.element for q in questions] + sorted({q.domain for q in questions})
    held = queries.rows(store, "view/form-known", area=area, element=[thing(e) for e in asked if e])
    domains = _domains(store, questions)
    sections = [
        _section(domain, domains.get(domain, {}), [q for q in questions if q.domain == domain], held, period, language)
        for domain in dict.fromkeys(q.domain for q in questions)
    ]
    lists = {q.codes: known.answers[q.element] for q in questions}
    labels = {r["language"] or "": r["label"] or "" for r in head}
    limits = {r["limitation"]: _marked(r["limitation_language"], language) for r in head if r["limitation"]}
    return Form(
        name,
        labels.get(language) or labels.get("en", name) + ("" if language == "en" else UNTRANSLATED),
        local(area.value),
        _country(known.areas, store, local(area.value), language),
        period,
        language,
        sections,
        lists,
        sorted({r["source"] for r in head if r["source"]}),
        [f"{text}{mark}" for text, mark in limits.items()],
    )


def csv(made: Form) -> str:
    """Return the form as CSV: a head behind #, then one row per question; the last columns need no filling in."""
    head = {**made.meta, "filled_by": "", "filled_on": ""}
    rows = [
        {
            "area": made.country,
            "element": one.element,
            "period": made.period,
            "domain": f"{section.code} {section.label}".strip(),
            "question": one.text,
            "answers": " / ".join(code.label(made.language) for code in made.lists[one.codes]),
            **{name: one.given.get(name, "") for name in FIELDS},
            "status": "",
            "unit": "",
            "source": "",
        }
        for section in made.sections
        for one in section.asked
    ]
    return "".join(f"# {key}: {value}".rstrip() + "\n" for key, value in head.items()) + table(rows)


def _section(
    domain: str, said: dict[str, str], asked: list[Question], held: list[queries.Row], period: str, language: str
) -> Section:
    """Return the questions of a domain, with what was last published of it and what is known of each for the year."""
    question = _in(said, "question", language)
    published = [r for r in held if r["element"] == domain and r["language"] in (language, "en")]
    latest = [r for r in published if r["year"] == published[0]["year"]]
    best = next((r for r in latest if r["language"] == language), latest[0] if latest else None)
    return Section(
        said.get("code", ""),
        _in(said, "label", language),
        question,
        say("form.known", language, period=best["year"], value=best["word"]) if best else "",
        [
            Asked(q.element, q.code, _text(q, bool(question), language), q.codes, _given(held, q, period, language))
            for q in asked
        ],
    )


def _head(store: Store, name: str, questions: dict[str, list[Question]]) -> list[queries.Row]:
    if name not in questions:
        known = queries.rows(store, "view/methods")
        all_of_them = {(r["method"] or "").removeprefix("scoring-"): r["label"] or "" for r in known}
        asking = ", ".join(sorted(questions))
        if name in all_of_them:
            raise UsageError(
                f"{name} asks no questions: it works from what the graph holds. Forms exist for: {asking}."
            )
        raise UnknownName(name, [Candidate(m, all_of_them.get(m, ""), "scoring method") for m in sorted(questions)])
    return queries.rows(store, "view/form-method", method=thing(f"scoring-{name}"))


def _domains(store: Store, questions: list[Question]) -> dict[str, dict[str, str]]:
    """Return label and question of each domain by language (`label fr`), and its code."""
    found: dict[str, dict[str, str]] = {}
    names = sorted({q.domain for q in questions if q.domain})
    for row in queries.rows(store, "view/form-domains", domain=[thing(n) for n in names]) if names else ():
        said = found.setdefault(row["domain"] or "", {})
        said["code"] = row["code"] or ""
        said[f"label {row['language']}"] = row["label"] or ""
        if row["question"]:
            said[f"question {row['question_language']}"] = row["question"]
    return found


def _in(said: dict[str, str], what: str, language: str) -> str:
    """Return a label or question in the language; in English, and marked, where there is none."""
    return said.get(f"{what} {language}") or (
        said[f"{what} en"] + _marked("en", language) if said.get(f"{what} en") else ""
    )


def _text(question: Question, completes: bool, language: str) -> str:
    """Return the words of a question: its label where it completes the question of its domain, else its own."""
    if label := question.labels.get(language):
        if completes or language != "en" or not question.text:
            return label
        return question.text
    return (question.text or question.labels.get("en", question.element)) + _marked("en", language)


def _given(held: list[queries.Row], question: Question, period: str, language: str) -> dict[str, str]:
    """Return what the graph knows of this question for this year; nothing where sources disagree."""
    mine = [r for r in held if r["element"] == question.element and r["year"] == period]
    if len({r["value"] for r in mine}) != 1:
        return {}
    best = next((r for r in mine if r["language"] == language), mine[0])
    return {"value": best["word"] or "", **{key: best[key] or "" for key in FIELDS[1:]}}


def _marked(language: str | None, wanted: str) -> str:
    return "" if language == wanted else UNTRANSLATED


def _country(areas: dict[str, str], store: Store, country: str, language: str) -> str:
    found = {r["language"]: r["word"] for r in queries.rows(store, "view/form-areas", area=thing(country))}
    return found.get(language) or areas.get(country, country)
