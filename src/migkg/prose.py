"""A trace in sentences with footnotes, as Markdown that can be pasted into a report.

Footnotes are those of Pandoc, GitHub and most editors (`[^1]`). Nothing is said here that the trace does not hold.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from migkg import queries
from migkg.hops import BINDING_RANK, Hop, Path
from migkg.stores import Store
from migkg.trace import Trace

FORCES = {
    "treaty": "binding on its parties",
    "decision": "a decision binding an organisation",
    "recommendation": "a recommendation or endorsement",
    "voluntary": "voluntary",
}
BASES = {
    "seed-stated": "stated in a source document of the project",
    "seed-implied": "implied by a source document of the project",
    "background": "general knowledge, not looked up",
    "judgement": "our own judgement",
    "structure": "follows from the structure of the document",
}
LONG = 70  # a label longer than this is quoted once; afterwards the code stands for it
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")


@dataclass
class Footnotes:
    """Numbers the footnotes in the order of their first use; the same words have one number."""

    texts: list[str] = field(default_factory=list)

    def mark(self, text: str) -> str:
        """Return the mark of a footnote with this text."""
        if text not in self.texts:
            self.texts.append(text)
        return f"[^{self.texts.index(text) + 1}]"

    def lines(self) -> list[str]:
        """Return the footnotes, one a line."""
        return [f"[^{number}]: {text}" for number, text in enumerate(self.texts, 1)]


def phrases(store: Store) -> dict[str, str]:
    """Return how each relation (local name) reads in a sentence."""
    return {row["relation"] or "": row["phrase"] or "" for row in queries.rows(store, "view/phrases")}


def markdown(found: Trace, said: Mapping[str, str]) -> str:
    """Return the trace as sentences with footnotes. `said` is what `phrases` returns."""
    notes, named = Footnotes(), set[str]()
    start = found.start
    code = escape(str(found.extra.get("code") or ""))
    label = escape(start.label or start.id)
    subject = f"{start.kind} {code}" if code and len(label) > LONG else label
    subject = subject[0].upper() + subject[1:]
    lines = [f"# Legal basis of {_inner(subject)}", ""]
    lines += [f"{subject}: “{label}”.", ""] if subject != label else []
    lines += [_summary(found, subject), ""]
    for number, path in enumerate(found.paths, 1):
        lines += [f"{number}. {_path(path, subject, said, notes, named)}", ""]
    if found.cut:
        lines += ["There are more ways than are listed here.", ""]
    if found.state:
        lines += _state(found)
    return "\n".join([*lines, *notes.lines()]).rstrip() + "\n"


def _inner(subject: str) -> str:
    """Write a subject as it stands inside a sentence: “indicator 10.7.2”, but names keep their capital."""
    return subject[0].lower() + subject[1:] if subject.split(" ")[0] in ("Indicator", "Target", "Domain") else subject


def escape(text: str) -> str:
    """Return text in which nothing is read as Markdown."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def day(date: str | None) -> str:
    """Write a date the long way, as precise as it is: 19 December 2018, December 2018, 2018."""
    parts = (date or "").split("-")
    if len(parts) < 2:
        return date or ""
    month = datetime.date(2000, int(parts[1]), 1).strftime("%B")
    return f"{int(parts[2])} {month} {parts[0]}" if len(parts) == 3 else f"{month} {parts[0]}"


def listed(items: Sequence[str]) -> str:
    """Write a list in words: a, b and c."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def _summary(found: Trace, subject: str) -> str:
    when = f" as of {day(found.as_of)}" if found.as_of else ""
    if not found.paths and found.gap:
        gap = {key: escape(str(value)) for key, value in found.gap.items()}
        return f"No legal basis was found ({day(found.gap['as_of'])}). {gap['reason']} Searched: {gap['searched']}"
    if not found.paths:
        return f"No legal basis of {_inner(subject)} is recorded{when}. That says what is known, not what there is."
    ends = {path.hops[-1].to for path in found.paths}
    count = f"{_number(len(found.paths), 'way')} lead{'s' if len(found.paths) == 1 else ''} from {_inner(subject)}"
    said = [f"{count[0].upper()}{count[1:]} to {_number(len(ends), 'text')}{when}."]
    if found.binding:
        many = len(found.binding) > 1
        said.append(f"{_number(len(found.binding), 'of them').capitalize()} bind{'' if many else 's'} throughout.")
    else:
        said.append("None binds throughout.")
    if found.reaching:
        law = {h.to: escape(h.to_label) for p in found.reaching for h in p.hops if h.rank >= BINDING_RANK}
        weak = {h.to: f"{escape(h.to_label)} ({FORCES[h.force]})" for p in found.reaching for h in p.weak_texts}
        said.append(f"Binding law ({listed([*law.values()])}) is reached only through {listed([*weak.values()])}.")
    return " ".join(said)


def _number(number: int, noun: str) -> str:
    small = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    words = small[number] if number < len(small) else str(number)
    return f"{words} {noun}" + ("s" if number != 1 and not noun.endswith("them") else "")


def _path(path: Path, subject: str, said: Mapping[str, str], notes: Footnotes, named: set[str]) -> str:
    words = subject
    for step, hop in enumerate(path.hops):
        verb = said.get(hop.relation) or hop.relation_label
        words += f"{', which' if step else ''} {verb} {_target(hop, named)}{notes.mark(_footnote(hop))}"
    ends = _force(path)
    return f"{words}. {ends}"


def _target(hop: Hop, named: set[str]) -> str:
    """Name what a hop leads to: with its label the first time, by kind and code when that is long."""
    label, code = escape(hop.to_label), escape(hop.to_code)
    facts = []
    if code and len(hop.to_label) > LONG:
        words = f"{hop.to_kind} {code}" if hop.rank == 0 else code
        words += "" if hop.to in named else f" “{label}”"
    else:
        words = label
        facts += [code] if code and code.lower() not in label.lower() else []
    named.add(hop.to)
    if hop.date and hop.rank:
        facts.append({"statement": "since ", "entry into force": "in force "}.get(hop.date_of, "") + day(hop.date))
    elif hop.rank:
        facts.append("undated")
    if hop.legal and hop.force in FORCES:
        facts.append(FORCES[hop.force])
    return words + (f" ({', '.join(facts)})" if facts else "")


def _force(path: Path) -> str:
    if not all(hop.legal for hop in path.hops):
        return "This is a relation of meaning and no legal basis."
    if path.binding:
        return "Every text on this way binds."
    weakest = path.weakest
    return f"As a whole this way is {FORCES[weakest.force]}, because of {escape(weakest.to_label)}." if weakest else ""


def _footnote(hop: Hop) -> str:
    cited = [
        escape(s.title) + (f", {escape(s.locator)}" if s.locator else "") + (f", <{s.url}>" if s.url else "")
        for s in hop.sources
    ]
    how = [BASES[hop.basis]] if hop.basis in BASES else []
    how += [f"confidence {hop.confidence}"] if hop.confidence else []
    text = "; ".join(cited) + (f" ({', '.join(how)})" if how else "") + "."
    return text + (f" {escape(hop.note)}" if hop.note else "")


def _state(found: Trace) -> list[str]:
    assert found.state
    when = f" on {day(found.state_day)}" if found.state_day else ", each by lists of their own day"
    lines = [f"## {escape(found.state.label or found.state.id)} and the treaties on these ways{when}", ""]
    said = {one.treaty: one for group in found.standings.values() for one in group}
    lines += [f"- {escape(one.treaty_label)}: {escape(one.sentence())}." for one in said.values()]
    return [*lines, *([] if said else ["No treaty stands on these ways."]), ""]
