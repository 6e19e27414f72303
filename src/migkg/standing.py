"""Was a State party to a treaty on a day? Each dated list gives its answer; here they are set beside each other.

No list after its own day, and no incomplete list, ever gives a “no”: what is not known is said to be unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from migkg import queries
from migkg.stores import Store
from migkg.terms import XSD_STRING, thing

WORDS = {
    "party": "a party",
    "signatory": "a signatory, not a party",
    "not-party": "not a party",
    "not-in-force": "not bound: the treaty itself was not yet in force",
    "unknown": "not known",
    "disputed": "the lists disagree",
}


@dataclass(frozen=True)
class Reading:
    """What one list says. `listed` is the day of the list, `since` the day of consent as far as it is known."""

    list: str
    listed: str
    answer: str
    since: str | None
    signed: str | None
    bound_from: str | None
    act: str | None
    denounced: str | None
    in_force: str | None
    note: str | None
    source: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return dict(self.__dict__)


@dataclass(frozen=True)
class Standing:
    """The answer for one treaty.

    `answer` is party, signatory, not-party, not-in-force, unknown, or disputed where lists contradict each other.
    """

    treaty: str
    treaty_label: str
    answer: str
    readings: tuple[Reading, ...]

    @property
    def deciding(self) -> tuple[Reading, ...]:
        """The lists that the answer rests on, the most precise first."""
        known = [r for r in self.readings if r.answer == self.answer or self.answer == "disputed"]
        known = [r for r in known if r.answer != "unknown"]
        return tuple(sorted(known, key=lambda r: -len(r.since or ""))) or self.readings

    @property
    def since(self) -> str | None:
        """The day of consent, the most precise one that a deciding list gives."""
        days = {r.since for r in self.deciding if r.since and r.answer in ("party", "not-party")}
        return min(days, key=lambda day: (-len(day), day), default=None)

    def sentence(self) -> str:
        """Say it in words: “a party since 1984-03-06 (accession), by the list of 2014-10-26”."""
        if not self.readings:
            return "not known: the graph holds no list of its parties"
        if self.answer == "disputed":
            return "the lists disagree: " + "; ".join(_said(r) for r in self.deciding)
        if self.answer == "unknown":
            return "not known: " + "; ".join(
                f"the list of {r.listed} does not say" + (f" (it has: {r.note})" if r.note else "")
                for r in self.readings
            )
        return _said(self.deciding[0]) + (
            "" if len(self.deciding) == 1 else f", and {len(self.deciding) - 1} more agree"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "treaty": self.treaty,
            "treaty_label": self.treaty_label,
            "answer": self.answer,
            "since": self.since,
            "said": self.sentence(),
            "readings": [r.to_dict() for r in self.readings],
        }


def _said(reading: Reading) -> str:
    words = WORDS[reading.answer]
    if reading.answer == "party" and reading.since:
        words += f" since {reading.since}" + (f" ({reading.act})" if reading.act else "")
    elif reading.answer == "not-party" and reading.denounced:
        words += f" any more (denounced {reading.denounced})"
    elif reading.answer == "not-party" and reading.since:
        words += (
            f" yet (consent in {reading.since})" if len(reading.since) == 4 else f" yet (consent on {reading.since})"
        )
    elif reading.answer == "signatory" and reading.signed:
        words += f" (signed {reading.signed})"
    if reading.answer == "not-in-force":
        return f"{words} (it entered into force on {reading.in_force})"
    return f"{words}, by the list of {reading.listed}"


def standings(
    store: Store, state: ox.NamedNode, texts: Iterable[str], day: str | None = None
) -> dict[str, tuple[Standing, ...]]:
    """Return for each text (local id) where the State stands towards the treaties behind it.

    An article stands for its treaty, a group for its members. `day` is an ISO date; without it each list
    answers for its own day. A treaty without a list of parties is unknown; a text behind which
    there is no treaty gives nothing.
    """
    wanted = [thing(name) for name in dict.fromkeys(texts)]
    if not wanted:
        return {}
    asked = ox.Literal(day, datatype=ox.NamedNode(XSD_STRING)) if day else None
    rows = queries.rows(store, "view/standing", state=state, text=wanted, asOf=asked)
    if not rows:
        return {}
    treaties = sorted({row["instrument"] or "" for row in rows})
    labels = {
        r["thing"]: r["label"] for r in queries.rows(store, "view/labels", thing=[thing(name) for name in treaties])
    }
    grouped: dict[str, dict[str, dict[str, Reading]]] = {}
    for row in rows:
        seen = grouped.setdefault(row["text"] or "", {}).setdefault(row["instrument"] or "", {})
        if row["list"]:
            seen.setdefault(row["list"], _reading(row))
    return {
        text: tuple(_standing(name, labels.get(name) or name, tuple(lists.values())) for name, lists in behind.items())
        for text, behind in grouped.items()
    }


def _reading(row: queries.Row) -> Reading:
    return Reading(
        list=row["list"] or "",
        listed=row["listed"] or "",
        answer=row["answer"] or "unknown",
        since=row["since"],
        signed=row["signed"],
        bound_from=row["boundFrom"],
        act=row["act"],
        denounced=row["left"],
        in_force=row["inForce"],
        note=row["note"],
        source=row["source"] or "",
    )


def _standing(treaty: str, label: str, readings: tuple[Reading, ...]) -> Standing:
    known = {r.answer for r in readings} - {"unknown"}
    if known == {"signatory", "not-party"}:  # a signatory is no party either; one list tells more than the other
        known = {"signatory"}
    answer = known.pop() if len(known) == 1 else "disputed" if known else "unknown"
    return Standing(treaty, label, answer, readings)
